package campaign

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// campaignList is a store that can only list, or fail to.
type campaignList struct {
	Store
	all  []*Campaign
	err  error
	read int
}

func (l *campaignList) Campaigns(context.Context) ([]*Campaign, error) {
	l.read++
	return l.all, l.err
}

func TestOrigins_AreReadAgainWhenTheyExpire(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	store := &campaignList{all: []*Campaign{{Origins: []string{"https://a.example"}}}}
	o := NewOrigins(NewService(store, time.Now), "https://pages.example")
	o.clock = func() time.Time { return now }
	require.Equal(t, []string{"https://pages.example", "https://a.example"}, o.All(t.Context()))

	store.all = append(store.all, &Campaign{Origins: []string{"https://b.example", "https://c.example"}})
	now = now.Add(originsAge - time.Millisecond)
	require.Len(t, o.All(t.Context()), 2)
	require.Equal(t, 1, store.read)
	now = now.Add(time.Millisecond)
	require.Len(t, o.All(t.Context()), 4)
	require.Equal(t, 2, store.read)
}

func TestOrigins_LastKnownOnesStandWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	store := &campaignList{err: errors.New("away")}
	o := NewOrigins(NewService(store, time.Now), "https://pages.example")
	o.clock = func() time.Time { return now }
	require.Equal(t, []string{"https://pages.example"}, o.All(t.Context()))
	store.all, store.err = []*Campaign{{Origins: []string{"https://a.example"}}}, nil
	now = now.Add(originsAge)
	require.Len(t, o.All(t.Context()), 2)
	store.err = errors.New("away again")
	now = now.Add(originsAge)
	require.Len(t, o.All(t.Context()), 2)
	read := store.read
	require.Len(t, o.All(t.Context()), 2)
	require.Equal(t, read, store.read, "a database that is away is asked once in a while, not by every request")
}

func TestOrigins_ReloadCountsAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	store := &campaignList{}
	o := NewOrigins(NewService(store, time.Now))
	o.clock = func() time.Time { return now }
	require.Empty(t, o.All(t.Context()))
	store.all = []*Campaign{{Origins: []string{"https://a.example"}}}
	list, err := o.Reload(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"https://a.example"}, list)
	require.Equal(t, list, o.All(t.Context()))
}
