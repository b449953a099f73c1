package storage

import (
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

// Linux has a disk that is always full.
func TestSave_FullDiskIsUnavailable(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer full.Close() //nolint:errcheck // nothing can be pending
	_, _, err = save(full, strings.NewReader("film"))
	require.Equal(t, []string{"unavailable", "disk.full"}, []string{fault.KindOf(err).String(), fault.CodeOf(err)})
}

func TestSave_ATimeoutIsTheStorages(t *testing.T) {
	t.Parallel()
	var sink strings.Builder
	_, n, err := save(&sink, iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("film"))))
	require.Equal(t, "storage.unavailable", fault.CodeOf(err))
	require.ErrorIs(t, err, iotest.ErrTimeout)
	require.Equal(t, int64(1), n)
}
