package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pkg/xattr"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/backup"
	"github.com/storyreel/storyreel/internal/fault"
)

var manifest = backup.Manifest{Version: "1.2.3", CreatedAt: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}

// archive is the backup of a folder with two objects and an upload under way.
func archive(t *testing.T) []byte {
	t.Helper()
	data := t.TempDir()
	for name, content := range map[string]string{
		"s3/objects/storyreel/public/a b/video.mp4": "video", "s3/objects/storyreel/empty": "",
		"s3/objects/storyreel/.sgwtmp/multipart/part": "part", "s3/attributes/storyreel/x/etag": "e",
		"s3/keys.json": "secret", "redis/appendonly": "hints", "scratch/job/frame": "working file",
	} {
		file := filepath.Join(data, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	}
	require.NoError(t, xattr.LSet(filepath.Join(data, "s3/objects/storyreel/public/a b/video.mp4"), "user.etag",
		[]byte("5\x00f")))
	var b bytes.Buffer
	s, err := backup.Write(t.Context(), &b, manifest, backup.Source{Data: data, Objects: true,
		Snapshot: func(_ context.Context, file string) error { return os.WriteFile(file, []byte("database"), 0o600) }})
	require.NoError(t, err)
	require.Equal(t, [2]int64{4, 14}, [2]int64{s.Files, s.Bytes})
	left, err := filepath.Glob(filepath.Join(data, ".backup-*"))
	require.NoError(t, err)
	require.Empty(t, left)
	return b.Bytes()
}

// files are the contents of a folder, by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		found[rel] = string(b)
		return err
	}))
	return found
}

func TestRestore_IsWhatWasWritten(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	m, s, err := backup.Restore(t.Context(), bytes.NewReader(archive(t)), data)
	require.NoError(t, err)
	require.Equal(t, "1.2.3", m.Version)
	require.True(t, manifest.CreatedAt.Equal(m.CreatedAt))
	require.Equal(t, int64(4), s.Files)
	require.Equal(t, map[string]string{
		"storyreel.db": "database", "s3/objects/storyreel/public/a b/video.mp4": "video",
		"s3/objects/storyreel/empty": "", "s3/attributes/storyreel/x/etag": "e",
	}, files(t, data))
	etag, err := xattr.LGet(filepath.Join(data, "s3/objects/storyreel/public/a b/video.mp4"), "user.etag")
	require.NoError(t, err)
	require.Equal(t, "5\x00f", string(etag))
	for _, name := range []string{".", "storyreel.db", "s3/objects/storyreel"} {
		st, err := os.Stat(filepath.Join(data, name))
		require.NoError(t, err)
		require.Zero(t, st.Mode().Perm()&0o077, "%s is this user's alone", name)
	}
}

func TestRestore_ReplacesNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"storyreel.db", "s3/objects/storyreel/x"} {
		data := t.TempDir()
		file := filepath.Join(data, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte("mine"), 0o600))
		_, _, err := backup.Restore(t.Context(), bytes.NewReader(archive(t)), data)
		require.True(t, fault.Is(err, "backup.not_empty"), err)
		require.Equal(t, map[string]string{name: "mine"}, files(t, data))
	}
	data := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(data, "s3/objects"), 0o700))
	_, _, err := backup.Restore(t.Context(), bytes.NewReader(archive(t)), data)
	require.NoError(t, err, "an empty folder that the server made")
}

func TestRestore_ADamagedArchiveLeavesNothing(t *testing.T) {
	t.Parallel()
	whole := archive(t)
	refused := func(b []byte) {
		t.Helper()
		data := t.TempDir()
		_, _, err := backup.Restore(t.Context(), bytes.NewReader(b), data)
		require.True(t, fault.Is(err, "backup.damaged"), err)
		require.Empty(t, files(t, data))
	}
	refused(nil)
	refused([]byte("no archive"))
	last := bytes.LastIndex(whole, []byte("complete.json"))
	for cut := 0; cut < last; cut += 97 {
		refused(whole[:cut])
	}
	padding := string(make([]byte, 8)) // the name has none
	changed := bytes.Replace(whole, []byte("database"+padding), []byte("dbtabase"+padding), 1)
	require.NotEqual(t, whole, changed)
	refused(changed)
}

// entries is an archive of entries after a manifest.
func entries(t *testing.T, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h tar.Header, content string) {
		h.Size, h.Mode = int64(len(content)), 0o777
		require.NoError(t, w.WriteHeader(&h))
		_, err := w.Write([]byte(content))
		require.NoError(t, err)
	}
	add(tar.Header{Name: "manifest.json"}, `{"format":1}`)
	for _, h := range headers {
		add(h, "")
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestRestore_WritesNothingElsewhere(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]tar.Header{
		"above":      {Name: "s3/objects/../../../evil"},
		"absolute":   {Name: "/tmp/evil"},
		"dots":       {Name: "s3/objects/./x"},
		"other name": {Name: "s3/keys.json"},
		"a link":     {Name: "s3/objects/x", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		"hard link":  {Name: "s3/objects/x", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"},
		"a device":   {Name: "s3/objects/x", Typeflag: tar.TypeChar},
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			_, _, err := backup.Restore(t.Context(), bytes.NewReader(entries(t, h)), data)
			require.True(t, fault.Is(err, "backup.damaged"), err)
			require.Empty(t, files(t, filepath.Dir(data)))
		})
	}
}

// full takes some bytes, then fails as a full disk does.
type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(b), nil
}

func TestWrite_AFullDiskIsAnError(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	snapshot := func(_ context.Context, file string) error { return os.WriteFile(file, make([]byte, 1<<20), 0o600) }
	for _, room := range []int{0, 600, 5000, 1 << 20} {
		_, err := backup.Write(t.Context(), &full{room}, manifest, backup.Source{Data: data, Snapshot: snapshot})
		require.ErrorContains(t, err, "disk full")
		require.Empty(t, files(t, data))
	}
}
