package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/client"
)

// It sets the process's cache folder, so it does not run in parallel.
func TestResumeState_BelongsToOneFileServerAndCampaign(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", "")
	open := func(name, server, campaign string) *resumeState {
		f, err := os.Open(name)
		require.NoError(t, err)
		defer f.Close()
		info, err := f.Stat()
		require.NoError(t, err)
		s, err := openResumeState(server, campaign, f, info)
		require.NoError(t, err)
		return s
	}
	video := filepath.Join(t.TempDir(), "clip.mp4")
	require.NoError(t, os.WriteFile(video, []byte("bytes"), 0o600))
	first := open(video, "https://a.example", "songs")
	require.Empty(t, first.Ref)
	ref := client.Ref{Story: "s1", Token: "secret"}
	first.save(ref)
	info, err := os.Stat(first.path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm(), "the token is a password")

	require.Equal(t, ref, open(video, "https://a.example", "songs").Ref)
	require.Empty(t, open(video, "https://b.example", "songs").Ref)
	require.Empty(t, open(video, "https://a.example", "other").Ref)
	other := filepath.Join(t.TempDir(), "other.mp4")
	require.NoError(t, os.WriteFile(other, []byte("other"), 0o600))
	require.Empty(t, open(other, "https://a.example", "songs").Ref)

	require.NoError(t, os.WriteFile(first.path, []byte("{broken"), 0o600))
	require.Empty(t, open(video, "https://a.example", "songs").Ref, "a broken file is ignored")
	first.save(ref)
	open(video, "https://a.example", "songs").remove()
	require.Empty(t, open(video, "https://a.example", "songs").Ref)
}
