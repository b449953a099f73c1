package integrity

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// holdings compare the objects of one story with what its row names. They need
// no more memory than the row, however many objects there are.
type holdings struct {
	id      string
	story   *story.Story             // nil: there is no such row
	files   map[string]*media.Object // objects that must exist; nil until met
	sets    []*set
	allowed []string // prefixes of what may exist
	strays  []stray
	more    int // strays that are not listed
}

// set is a tree of files that must exist.
type set struct {
	media.Assets
	bytes int64 // met
	count int
}

// stray is one prefix, or one key outside of any, with objects that the row does
// not name.
type stray struct {
	key    string
	count  int
	bytes  int64
	newest time.Time
}

// maxStrays bounds the prefixes of one story that are listed.
const maxStrays = 20

// holdingsOf returns what the row names; nothing for nil.
func holdingsOf(id string, st *story.Story) *holdings {
	h := &holdings{id: id, story: st, files: map[string]*media.Object{}}
	if st == nil || st.State == story.Erased {
		return h
	}
	removes := st.WorkKind() == story.Remove
	if removes {
		h.allowed = append(h.allowed, st.Removable()...)
	}
	if st.State == story.Withdrawn && !st.Held {
		return h
	}
	h.allowed = append(h.allowed, st.Upload.Discards...)
	if !st.HeartbeatAt.IsZero() { // an attempt writes before the row names it
		h.allowed = append(h.allowed, media.ReviewPrefix(st.ID, st.Attempt), media.PublicPrefix(st.ID, st.Attempt),
			media.SourceFolder(st.ID, st.Upload.ID))
	}
	switch {
	case st.Source != nil && !st.Source.Erased():
		h.files[st.Source.Key] = nil
	case st.Source == nil && (st.State == story.Uploaded || st.State == story.Preparing):
		h.files[st.Upload.Key] = nil
	}
	if st.Review != nil {
		h.require(*st.Review)
	}
	if st.Public == nil {
		return h
	}
	h.allowed = append(h.allowed, st.Public.Prefix)
	if st.State == story.Published {
		h.require(*st.Public)
		if st.Public.Before != "" {
			h.allowed = append(h.allowed, st.Public.Before)
		}
	}
	return h
}

// require adds a set and the files that it names.
func (h *holdings) require(a media.Assets) {
	h.sets = append(h.sets, &set{Assets: a})
	for _, name := range []string{a.MP4, a.HLS, a.Poster, a.PosterModern, a.Storyboard, a.StoryboardVTT, a.Preview} {
		if name != "" {
			h.files[a.Prefix+name] = nil
		}
	}
}

// meet takes account of an object that exists.
func (h *holdings) meet(o media.Object) {
	_, named := h.files[o.Key]
	if named {
		h.files[o.Key] = &o
	}
	for _, s := range h.sets {
		if strings.HasPrefix(o.Key, s.Prefix) {
			s.bytes += o.Bytes
			s.count++
			named = true
		}
	}
	if named || h.story != nil && h.story.Needs(o.Key) ||
		slices.ContainsFunc(h.allowed, func(p string) bool { return p != "" && strings.HasPrefix(o.Key, p) }) {
		return
	}
	key := h.folderOf(o.Key)
	i := slices.IndexFunc(h.strays, func(s stray) bool { return s.key == key })
	if i < 0 {
		if len(h.strays) == maxStrays {
			h.more++
			return
		}
		i, h.strays = len(h.strays), append(h.strays, stray{key: key})
	}
	s := &h.strays[i]
	s.count, s.bytes = s.count+1, s.bytes+o.Bytes
	if o.ModifiedAt.After(s.newest) {
		s.newest = o.ModifiedAt
	}
}

// folderOf returns the prefix by which an object that nothing names is removed:
// that of its attempt or upload, of the whole story where there is no row, or
// the key itself.
func (h *holdings) folderOf(key string) string {
	parts := strings.SplitN(key, "/", 4)
	switch {
	case len(parts) > 2 && h.story == nil:
		return strings.Join(parts[:2], "/") + "/"
	case len(parts) == 4:
		return strings.Join(parts[:3], "/") + "/"
	}
	return key
}

// trial reports whether the objects are those with which `doctor` tries the
// bucket, which it removes itself.
func (h *holdings) trial() bool {
	return h.story == nil &&
		(strings.HasPrefix(h.id, "check-") || strings.HasPrefix(h.id, ".check-") || h.id == "check")
}

// judge returns what is missing and what nothing names. Objects of known
// stories that are not older than the moment may be of an attempt that was
// overtaken and still cleans up, or of a second use of a signed address.
func (h *holdings) judge(old time.Time) []Finding {
	var found []Finding
	for _, key := range sortedKeys(h.files) {
		o := h.files[key]
		if o == nil {
			found = append(found, Finding{
				Code: ObjectMissing, Key: key, Detail: "the row names it, the bucket has no such object",
			})
			continue
		}
		src := h.story.Source
		if src == nil || src.Key != key {
			continue
		}
		if src.Bytes != o.Bytes || o.ETag != "" && src.ETag != "" && src.ETag != o.ETag {
			found = append(found, Finding{
				Code: SourceChanged, Key: key,
				Detail: fmt.Sprintf("pinned were %d bytes with ETag %s, there are %d with %s", src.Bytes, src.ETag,
					o.Bytes, o.ETag),
			})
		}
	}
	for _, s := range h.sets {
		complete := !slices.ContainsFunc(found, func(f Finding) bool { return strings.HasPrefix(f.Key, s.Prefix) })
		if complete && s.Bytes > 0 && s.bytes != s.Bytes {
			found = append(found, Finding{
				Code: ObjectMissing, Key: s.Prefix,
				Detail: fmt.Sprintf("the set had %d bytes, its %d objects have %d", s.Bytes, s.count, s.bytes),
			})
		}
	}
	for _, s := range h.strays {
		if (h.story != nil || h.trial()) && s.newest.After(old) {
			continue
		}
		why := "no story has this id"
		switch {
		case h.story != nil && h.story.State == story.Erased:
			why = "the story is erased"
		case h.story != nil:
			why = "the row does not name it"
		}
		found = append(found, Finding{
			Code: ObjectOrphan, Key: s.key, Detail: fmt.Sprintf("%d objects of %d bytes: %s", s.count, s.bytes, why),
		})
	}
	return found
}
