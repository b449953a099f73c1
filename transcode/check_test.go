package transcode

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// TestCheckDecodes_FindsDamageInAnyFile damages one output file after the
// other in its first frame or audio packet.
func TestCheckDecodes_FindsDamageInAnyFile(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "interlaced-ts")
	p := newPlan(t, tr, src, plan.Options{Profile: plan.Publish, Findings: &media.Findings{Silent: true}})
	require.Greater(t, len(p.Rungs), 1)
	dir := t.TempDir()
	_, err := tr.Run(t.Context(), p, src, dir, nil)
	require.NoError(t, err)
	m := &meter{now: time.Now, alive: func() {}}
	j := &job{Transcoder: tr, plan: p, src: src, dir: dir, disk: &disk{dir: dir}, meter: m}
	require.NoError(t, j.checkDecodes(t.Context()))

	names := []string{command.FileAudio}
	for _, r := range p.Rungs {
		names = append(names, r.Name+".mp4")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			intact, err := os.ReadFile(path)
			require.NoError(t, err)
			defer func() { require.NoError(t, os.WriteFile(path, intact, 0o600)) }()
			damaged := bytes.Clone(intact)
			at := bytes.Index(damaged, []byte("mdat")) + 4
			for i := at + 900; i < at+1500; i++ { // after x264's settings, which no decoder reads
				damaged[i] ^= 0x5a
			}
			require.NoError(t, os.WriteFile(path, damaged, 0o600))
			err = j.checkDecodes(t.Context())
			require.Equal(t, refusal.CodeDefect, fault.CodeOf(err), "%v", err)
		})
	}
}

// TestCheckLength_RefusesDamagedClocks: zzuf found a transport stream whose
// damaged packets decode to more video than ffprobe reports.
func TestCheckLength_RefusesDamagedClocks(t *testing.T) {
	j := &job{plan: plan.Plan{Duration: 3 * time.Second, Rate: media.Rate{Num: 25, Den: 1}}}
	var res Result
	require.NoError(t, j.checkLength(&res, 3.1))
	require.Equal(t, refusal.CodeCorrupt, fault.CodeOf(j.checkLength(&res, 4.8)))
}
