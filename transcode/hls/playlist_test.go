package hls

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlaylist_Bitrates(t *testing.T) {
	p, err := Parse(
		"#EXTM3U\n#EXT-X-MAP:URI=\"a.mp4\",BYTERANGE=\"10@0\"\n#EXTINF:4.0,\n#EXT-X-BYTERANGE:4000@10\na.mp4\n" +
			"#EXTINF:2.0,\n#EXT-X-BYTERANGE:1000@4010\na.mp4\n#EXT-X-ENDLIST\n")
	require.NoError(t, err)
	peak, average := p.Bitrates()
	require.Equal(t, int64(8000), peak)
	require.Equal(t, int64(6667), average)
}

func TestParse_RefusesMalformedPlaylists(t *testing.T) {
	for name, text := range map[string]string{
		"empty":       "",
		"no playlist": "no list",
		"length":      "#EXTM3U\n#EXTINF:x,\na\n",
		"byte range":  "#EXTM3U\n#EXT-X-BYTERANGE:1\na\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(text)
			require.Error(t, err)
		})
	}
}

func FuzzPlaylist(f *testing.F) {
	f.Add("#EXTM3U\n#EXTINF:4.0,\n#EXT-X-BYTERANGE:4000@10\na.mp4\n")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := Parse(s); err == nil {
			peak, average := p.Bitrates()
			require.GreaterOrEqual(t, peak, average)
		}
	})
}

func TestCodecs_MatchOnly8Bit420(t *testing.T) {
	require.Regexp(t, H264, "avc1.640028")
	require.NotRegexp(t, H264, "avc1.F4001E", "High 4:4:4")
	require.Regexp(t, AV1, "av01.0.08M.08")
	require.NotRegexp(t, AV1, "av01.0.13H.10")
}
