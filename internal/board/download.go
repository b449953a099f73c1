package board

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// MaxDownloads is how many sources one request may ask for.
const MaxDownloads = 100

// Download is the file of one story as it was sent.
type Download struct {
	Story *story.Story // nil where Err is set
	ID    string
	Name  string // of the file: ASCII, at most 100 characters, distinct in one answer
	Err   error  // why there is no file for the team
}

// Downloads names the files of published stories whose release stands, each
// once. A story without one has an error: "story.unknown",
// "board.not_published", "selection.release", or "download.gone" where the
// file is kept no longer.
func (s *Service) Downloads(ctx context.Context, slug string, ids []string) ([]Download, error) {
	ids = unique(ids)
	if err := checkBulk(ids, MaxDownloads); err != nil {
		return nil, err
	}
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	stories, err := s.store.Stories(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := map[string]*story.Story{}
	for _, st := range stories {
		if st.Campaign == c.ID {
			found[st.ID] = st
		}
	}
	out := make([]Download, len(ids))
	used := map[string]bool{}
	for i, id := range ids {
		st := found[id]
		if out[i] = (Download{ID: id, Err: downloadable(st)}); out[i].Err == nil {
			out[i].Story, out[i].Name = st, distinct(fileName(st), used)
		}
	}
	return out, nil
}

func downloadable(st *story.Story) error {
	switch {
	case st == nil:
		return errUnknownStory
	case st.State != story.Published:
		return errNotPublished
	case !st.Release.WithdrawnAt.IsZero():
		return errWithdrawn
	case st.Source == nil || st.Source.Erased():
		return fault.New(fault.Conflict, "download.gone", "the file of this story is kept no longer")
	}
	return nil
}

var (
	plainWord = regexp.MustCompile(`^[a-z0-9]+$`)
	extension = regexp.MustCompile(`^\.[a-z0-9]{1,5}$`)
)

// fileName is the song and the end of the story's id, which is random, with the
// extension of the file that was sent. It names no contributor.
func fileName(st *story.Story) string {
	name := plainWords(st.Song.Title + " " + st.Song.Artist)
	if name != "" {
		name += "-"
	}
	ext := strings.ToLower(path.Ext(st.Upload.FileName))
	if !extension.MatchString(ext) {
		ext = ".mp4"
	}
	return name + st.ID[max(0, len(st.ID)-12):] + ext
}

// FileName is the list's name in the name of a file: at most 70 of a-z, 0-9 and
// dashes; empty where it has no such letters.
func (l *List) FileName() string { return plainWords(l.Name) }

// plainWords are the words of a text between dashes, without those of scripts
// that ASCII cannot write.
func plainWords(s string) string {
	words := slices.DeleteFunc(text.Terms(s), func(w string) bool { return !plainWord.MatchString(w) })
	name := strings.Join(words, "-")
	return strings.TrimRight(name[:min(len(name), 70)], "-")
}

// distinct returns the name, with a number before its extension if it is used.
func distinct(name string, used map[string]bool) string {
	ext := path.Ext(name)
	for n, base := 2, strings.TrimSuffix(name, ext); used[name]; n++ {
		name = base + "-" + strconv.Itoa(n) + ext
	}
	used[name] = true
	return name
}
