package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

var errStale = fault.New(fault.Conflict, "story.stale", "version %d is old", 3)

func TestKindAndCode_OfAnyError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		kind fault.Kind
		code string
	}{
		"none":      {nil, fault.Internal, "internal"},
		"foreign":   {errors.New("disk full"), fault.Internal, "internal"},
		"a fault":   {errStale, fault.Conflict, "story.stale"},
		"wrapped":   {fmt.Errorf("save: %w", errStale), fault.Conflict, "story.stale"},
		"joined":    {errors.Join(errors.New("x"), errStale), fault.Conflict, "story.stale"},
		"cancelled": {context.Canceled, fault.Unavailable, "internal"},
		"too late":  {fmt.Errorf("read: %w", context.DeadlineExceeded), fault.Unavailable, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.kind, fault.KindOf(c.err))
			require.Equal(t, c.code, fault.CodeOf(c.err))
			require.Equal(t, c.code != "internal", fault.Is(c.err, c.code))
			require.Equal(t, c.code != "internal", fault.As(c.err) != nil)
			require.False(t, fault.Is(c.err, "another"))
		})
	}
}

func TestBecause_KeepsTheCausePrivate(t *testing.T) {
	t.Parallel()
	cause := errors.New("/var/db is full")
	err := errStale.Because(cause)
	require.ErrorIs(t, err, cause)
	require.Contains(t, err.Error(), "/var/db", "for the log")
	require.NotContains(t, err.Detail, "/var/db")
	require.NoError(t, errStale.Err, "the original is not changed")
}

func TestWith_AddsFactsToACopy(t *testing.T) {
	t.Parallel()
	one := errStale.With("version", 3)
	two := one.With("state", "hidden")
	require.Empty(t, errStale.Facts)
	require.Equal(t, map[string]any{"version": 3}, one.Facts)
	require.Equal(t, map[string]any{"version": 3, "state": "hidden"}, two.Facts)
}

func TestNew_FillsVerbsOnlyWithArguments(t *testing.T) {
	t.Parallel()
	require.Equal(t, "version 3 is old", errStale.Detail)
	require.Equal(t, "100 % of it", fault.New(fault.Invalid, "x", "100 % of it").Detail)
}

func TestPermanent(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]bool{
		fault.Invalid: true, fault.TooLarge: true, fault.Forbidden: true, fault.Unauthorized: true,
		fault.NotFound: true, fault.Internal: false, fault.Conflict: false, fault.TooMany: false,
		fault.Unavailable: false,
	} {
		t.Run(kind.String(), func(t *testing.T) {
			require.Equal(t, want, fault.Permanent(fault.New(kind, "x", "x")))
		})
	}
	require.False(t, fault.Permanent(errors.New("x")), "an unknown error may be temporary")
	require.Equal(t, "kind(99)", fault.Kind(99).String())
}
