package storage

import (
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

// TestCopyAndHash_FullDiskIsUnavailable needs /dev/full, which only Linux has.
func TestCopyAndHash_FullDiskIsUnavailable(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer full.Close()
	_, _, err = copyAndHash(full, strings.NewReader("data"))
	require.Equal(t, []string{"unavailable", "disk.full"}, []string{fault.KindOf(err).String(), fault.CodeOf(err)})
	require.True(t, fault.IsLocal(err))
}

func TestCopyAndHash_TimeoutIsUnavailable(t *testing.T) {
	t.Parallel()
	var sink strings.Builder
	_, n, err := copyAndHash(&sink, iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("data"))))
	require.Equal(t, "storage.unavailable", fault.CodeOf(err))
	require.ErrorIs(t, err, iotest.ErrTimeout)
	require.Equal(t, int64(1), n)
}
