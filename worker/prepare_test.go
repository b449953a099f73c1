package worker

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// TestCheckSum uses the SHA-256 of "abc", as hex and as base64.
func TestCheckSum(t *testing.T) {
	t.Parallel()
	const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	for announced, want := range map[string]string{
		"": "", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=": "",
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=": "upload.checksum",
	} {
		err := checkSum(story.Upload{SHA256: announced}, sum)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, want, fault.CodeOf(err))
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	}
}
