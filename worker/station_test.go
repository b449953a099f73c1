package worker

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// station is a worker's pipeline and all it needs, with a clip to work on.
type station struct {
	*testkit.Env
	bucket     *storage.Bucket
	attempts   *attempt.Service
	transcoder *transcode.Transcoder
	clip       []byte
}

func newStation(t *testing.T, clip string) *station {
	t.Helper()
	s := &station{Env: testkit.NewEnv(t), bucket: testkit.Bucket(t)}
	s.attempts = attempt.NewService(s.DB, s.Stories, s, s.Clock, attempt.Options{})
	var err error
	s.transcoder, err = transcode.New(transcode.Options{Threads: 1, Sandbox: sandbox.Require})
	require.NoError(t, err)
	s.clip, err = os.ReadFile(clips.Get(t, clip))
	require.NoError(t, err)
	return s
}

// pipeline returns one with its scratch folder in dir, on a disk of that size.
func (s *station) pipeline(t *testing.T, dir string, size int64) *Pipeline {
	t.Helper()
	limits := func(context.Context, string) (refusal.Limits, error) { return refusal.DefaultLimits(), nil }
	hook, err := cdn.NewHook(cdn.Config{Media: s.bucket.PublicURL})
	require.NoError(t, err)
	p, err := New(s.attempts, s.bucket, s.transcoder, Options{
		Removal: cdn.New(s.DB, s.bucket, hook, func(bool) {}, s.Clock, s.Log),
		Scratch: filepath.Join(dir, "scratch"), MinFree: 64 << 20, Name: "test", Limits: limits, Now: s.Clock,
		Log: s.Log,
	})
	require.NoError(t, err)
	p.gate.spaceAt = func(path string) (machine.Space, error) { // a part of a disk may stand in for a small one
		s, err := machine.SpaceAt(path)
		s.Total = min(s.Total, size)
		return s, err
	}
	return p
}

// uploaded is a story whose upload of the clip is complete.
func (s *station) uploaded(t *testing.T) *story.Story {
	t.Helper()
	return s.Story(story.Uploaded, func(st *story.Story) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, st.Upload.ID), s.clip, 0o600))
		_, err := s.bucket.PutTree(t.Context(), media.IncomingPrefix(st.ID), dir, nil)
		require.NoError(t, err)
		st.Upload.Key = media.IncomingKey(st.ID, st.Upload.ID)
		o, err := s.bucket.Head(t.Context(), st.Upload.Key)
		require.NoError(t, err)
		st.Upload.Bytes, st.Upload.ETag = o.Bytes, o.ETag
	})
}

// approved is a story that was prepared as of was, and approved.
func (s *station) approved(of *story.Story) *story.Story {
	return s.Story(story.Approved, func(st *story.Story) {
		st.Source, st.Media, st.Findings, st.Review = of.Source, of.Media, of.Findings, of.Review
	})
}

// published is a story that is public with the first set of another one.
func (s *station) published(t *testing.T, of *story.Story) *story.Story {
	t.Helper()
	s.Advance(time.Second) // no two stories are published at the same time
	st := s.Story(story.Published, func(st *story.Story) {
		st.Source, st.Media, st.Findings = of.Source, of.Media, of.Findings
	})
	st, err := s.Stories.Change(t.Context(), st.ID, func(st *story.Story) (*story.Entry, error) {
		st.Review, st.Public = of.Review, of.Public
		return nil, nil
	})
	require.NoError(t, err)
	return st
}

// work runs the story's job and returns the story after it, and the record of
// the attempt.
func (s *station) work(t *testing.T, p *Pipeline, st *story.Story) (*story.Story, *attempt.Record) {
	t.Helper()
	require.NoError(t, p.Run(t.Context(), story.Job{Kind: st.WorkKind(), Story: st.ID, Attempt: st.Attempt + 1}))
	st, err := s.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	records, err := s.attempts.List(t.Context(), st.ID)
	require.NoError(t, err)
	require.NotEmpty(t, records)
	return st, records[len(records)-1]
}
