package transcode

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/clips"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// TestCheckDecodes_DamageOfAnyFileIsFound breaks one made file after the other
// in the picture or sound that viewers would meet first.
func TestCheckDecodes_DamageOfAnyFileIsFound(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "interlaced-ts")
	plan := planned(t, tr, src, Order{Profile: Publish, Known: &media.Findings{Silent: true}})
	require.Greater(t, len(plan.Rungs), 1)
	dir := t.TempDir()
	_, err := tr.Run(t.Context(), plan, src, dir, nil)
	require.NoError(t, err)
	j := &job{Transcoder: tr, plan: plan, src: src, dir: dir, meter: &meter{now: time.Now, moved: func() {}}}
	require.NoError(t, j.checkDecodes(t.Context()))

	names := []string{fileAudio}
	for _, r := range plan.Rungs {
		names = append(names, r.Name+".mp4")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			whole, err := os.ReadFile(path)
			require.NoError(t, err)
			defer func() { require.NoError(t, os.WriteFile(path, whole, 0o600)) }()
			bad := bytes.Clone(whole)
			at := bytes.Index(bad, []byte("mdat")) + 4
			for i := at + 900; i < at+1500; i++ { // before it x264 tells its settings, which nobody decodes
				bad[i] ^= 0x5a
			}
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			err = j.checkDecodes(t.Context())
			require.Equal(t, CodeDefect, fault.CodeOf(err), "%v", err)
		})
	}
}
