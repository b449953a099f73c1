package campaign

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChanges_NilLeavesAndEmptyEmpties(t *testing.T) {
	t.Parallel()
	title, most := "New", int64(5)
	c := Campaign{Title: "Old", Prompt: "Why?", AdSlots: []string{"ad-1"}, Countries: []string{"DE"}}
	Changes{Title: &title, MaxBytes: &most, Countries: []string{}}.Apply(&c)
	want := Campaign{Title: "New", Prompt: "Why?", AdSlots: []string{"ad-1"}, Countries: []string{}}
	want.Limits.MaxBytes = 5
	require.Equal(t, want, c)
}
