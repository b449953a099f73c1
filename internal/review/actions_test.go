package review

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestActions_AreThoseWithAnEvent(t *testing.T) {
	t.Parallel()
	require.Len(t, events, len(Actions()))
	for _, a := range Actions() {
		require.Contains(t, events, a)
	}
}
