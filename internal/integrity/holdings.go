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
	allowed []string        // prefixes of what may exist
	kept    map[string]bool // folders of attempts with objects that are named
	strays  []stray
	more    stray // the objects of those that are not listed
}

// set is a tree of files that must exist.
type set struct {
	media.Assets
	bytes int64 // met
	count int
}

// stray is the folder of one attempt, or one key outside of any, with objects
// that the row does not name.
type stray struct {
	key     string
	folder  bool
	count   int
	bytes   int64
	newest  time.Time
	objects []media.Object // the first of a folder, for the case that it is kept
}

// maxStrays bounds the strays of one story, and the objects of each, that are
// listed.
const maxStrays = 20

// holdingsOf returns what the row names; nothing for nil.
func holdingsOf(id string, st *story.Story) *holdings {
	h := &holdings{id: id, story: st, files: map[string]*media.Object{}, kept: map[string]bool{}}
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
	key, folder := strayOf(o.Key)
	if named || h.story != nil && h.story.Needs(o.Key) ||
		slices.ContainsFunc(h.allowed, func(p string) bool { return p != "" && strings.HasPrefix(o.Key, p) }) {
		if folder {
			h.kept[key] = true
		}
		return
	}
	i := slices.IndexFunc(h.strays, func(s stray) bool { return s.key == key && s.folder == folder })
	if i < 0 {
		if len(h.strays) == maxStrays {
			h.more.meet(o)
			return
		}
		i, h.strays = len(h.strays), append(h.strays, stray{key: key, folder: folder})
	}
	h.strays[i].meet(o)
}

func (s *stray) meet(o media.Object) {
	s.count, s.bytes = s.count+1, s.bytes+o.Bytes
	if o.ModifiedAt.After(s.newest) {
		s.newest = o.ModifiedAt
	}
	if s.folder && len(s.objects) < maxStrays {
		s.objects = append(s.objects, o)
	}
}

// strayOf returns by what an object that nothing names is removed: the folder of
// its attempt, in which no other program writes, else its exact key. Other
// folders may hold what a row names, and a key that ends in a slash is the mark
// that tools put in place of a folder.
func strayOf(key string) (prefix string, folder bool) {
	parts := strings.SplitN(key, "/", 4)
	if len(parts) == 4 {
		prefix = strings.Join(parts[:3], "/") + "/"
		if _, made := media.AttemptOf(prefix); made {
			return prefix, true
		}
	}
	return key, false
}

// listed returns the strays, where a folder with objects that are named is
// replaced by the first of its objects that are not.
func (h *holdings) listed() []stray {
	var out []stray
	for _, s := range h.strays {
		if !s.folder || !h.kept[s.key] {
			out = append(out, s)
			continue
		}
		for _, o := range s.objects {
			out = append(out, stray{key: o.Key, count: 1, bytes: o.Bytes, newest: o.ModifiedAt})
		}
		if n := s.count - len(s.objects); n > 0 {
			h.more.count, h.more.newest = h.more.count+n, s.newest
		}
	}
	return out
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
	return append(found, h.orphans(old)...)
}

// orphans returns what nothing names.
func (h *holdings) orphans(old time.Time) []Finding {
	var found []Finding
	young := func(s stray) bool { return (h.story != nil || h.trial()) && s.newest.After(old) }
	for _, s := range h.listed() {
		if young(s) {
			continue
		}
		found = append(found, Finding{
			Code: ObjectOrphan, Story: h.id, Key: s.key, folder: s.folder, unknown: h.sent(s.key),
			Detail: fmt.Sprintf("%d objects of %d bytes: %s", s.count, s.bytes, h.why()),
		})
	}
	if h.more.count > 0 && !young(h.more) {
		found = append(found, Finding{
			Code: ObjectOrphan, Story: h.id, rest: true,
			Detail: fmt.Sprintf("%d more objects: %s; another audit lists them once the others are gone", h.more.count,
				h.why()),
		})
	}
	return found
}

// sent reports whether a contributor sent the object, or it is the source that
// was made of it, and the row may be from before that: there is none, or it
// names another upload or no source yet. Who withdrew wants all of it removed.
func (h *holdings) sent(key string) bool {
	root := media.RootOf(key)
	if root != media.SourcesRoot && root != media.IncomingRoot || strings.HasSuffix(key, "/") {
		return false
	}
	switch st := h.story; {
	case st == nil:
		return !h.trial()
	case st.State == story.Withdrawn || st.State == story.Erased:
		return false
	default:
		upload, _, _ := strings.Cut(strings.TrimPrefix(key, media.StoryPrefix(root, st.ID)), "/")
		return upload != st.Upload.ID || root == media.SourcesRoot && st.Source == nil
	}
}

// why says why nothing names the strays.
func (h *holdings) why() string {
	switch {
	case h.id == "":
		return "the key has no story's id, so they stay"
	case h.story == nil:
		return "no story has this id"
	case h.story.State == story.Erased:
		return "the story is erased"
	}
	return "the row does not name it"
}
