package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/client"
)

// resumeState is what an interrupted submission goes on from: a small private
// file, named by the video's content and destination.
type resumeState struct {
	client.Ref
	path string // empty: submissions of this file are not resumed
}

// openResumeState finds the state of an earlier run that sent the same file to
// the same campaign. The file is known by its size, its time, and its first
// and last 64 KiB.
func openResumeState(server, campaign string, f *os.File, info os.FileInfo) (*resumeState, error) {
	h := sha256.New()
	fmt.Fprintln(h, server, campaign, info.Size(), info.ModTime().UnixNano())
	const edge = 64 << 10
	for _, from := range []int64{0, max(0, info.Size()-edge)} {
		if _, err := io.Copy(h, io.NewSectionReader(f, from, edge)); err != nil {
			return nil, err
		}
	}
	s := &resumeState{}
	if dir, err := os.UserCacheDir(); err == nil { // a system without a home does not resume between runs
		s.path = filepath.Join(dir, "storyreel", "submit", hex.EncodeToString(h.Sum(nil)[:16])+".json")
	}
	if b, err := os.ReadFile(s.path); err == nil && json.Unmarshal(b, &s.Ref) != nil {
		s.Ref = client.Ref{}
	}
	return s, nil
}

// save writes the state; failing only costs the chance to resume.
func (s *resumeState) save(ref client.Ref) {
	s.Ref = ref
	b, err := json.Marshal(ref)
	if err == nil && s.path != "" {
		err = os.MkdirAll(filepath.Dir(s.path), 0o700)
	}
	if err != nil || os.WriteFile(s.path, b, 0o600) != nil {
		s.path = ""
	}
}

// remove ends resuming: there is nothing left to send.
func (s *resumeState) remove() {
	if s.path != "" {
		_ = os.Remove(s.path) // gone already is as good
	}
	s.Ref = client.Ref{}
}
