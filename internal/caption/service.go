package caption

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"golang.org/x/text/language"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Track is the captions of a story in one language. Tracks live in the
// database, are public exactly while their story is, and changing them changes
// neither its state nor its version.
type Track struct {
	Story   string
	Locale  string // BCP 47
	Label   string // for a player's menu
	VTT     string // WebVTT as this package writes it; empty in lists
	Version string // of the text: the start of its SHA-256, for addresses that may be cached
	By      account.Actor
	At      time.Time
}

// Store is where captions are kept.
type Store interface {
	// PutCaption adds or replaces the captions of one language. An erased
	// story is a Conflict "story.state".
	PutCaption(ctx context.Context, t *Track) error
	// DeleteCaption removes them; removing twice is no error.
	DeleteCaption(ctx context.Context, story, locale string) error
	// Captions returns the tracks of the stories, without their texts, by
	// story and locale.
	Captions(ctx context.Context, stories []string) ([]Track, error)
	// Caption returns one with its text; NotFound "caption.unknown".
	Caption(ctx context.Context, story, locale string) (*Track, error)
}

// Service keeps the captions of stories.
type Service struct {
	store   Store
	stories *story.Service
	now     func() time.Time
}

// NewService wires a Service; now is the clock.
func NewService(store Store, stories *story.Service, now func() time.Time) *Service {
	return &Service{store: store, stories: stories, now: now}
}

const (
	maxTracks = 20 // languages of one story
	maxLabel  = 60 // characters
)

// Set reads WebVTT or SubRip and stores it as the story's captions in the
// language, replacing earlier ones.
func (s *Service) Set(ctx context.Context, id, locale, label, file string, by account.Actor) (*Track, error) {
	st, err := s.stories.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	label = text.Line(label)
	locale, ok := canonical(locale)
	switch {
	case st.State == story.Withdrawn || st.State == story.Erased:
		return nil, fault.New(fault.Conflict, "story.state", "this story is %s", st.State)
	case !ok, text.Len(label) > maxLabel:
		return nil,
			fault.New(fault.Invalid, "caption.invalid",
				"captions need a language such as en or pt-BR, and a label of at most %d characters", maxLabel)
	}
	cues, err := Parse(file)
	if err != nil {
		return nil, err
	}
	vtt := VTT(cues)
	if _, err := Parse(vtt); err != nil { // written in full, times can make the file larger than MaxBytes
		return nil, err
	}
	have, err := s.store.Captions(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if len(have) >= maxTracks && !slices.ContainsFunc(have, func(t Track) bool { return t.Locale == locale }) {
		return nil,
			fault.New(fault.Conflict, "caption.many", "a story has captions in at most %d languages", maxTracks)
	}
	t := &Track{Story: id, Locale: locale, Label: label, VTT: vtt, By: by, At: s.now()}
	sum := sha256.Sum256([]byte(t.VTT))
	t.Version = hex.EncodeToString(sum[:6])
	return t, s.store.PutCaption(ctx, t)
}

// canonical writes a language tag as BCP 47 does, so that pt-br and pt-BR are
// one language; false for a tag that browsers can't name.
func canonical(locale string) (string, bool) {
	tag, err := language.Raw.Parse(locale)
	return tag.String(), err == nil && tag != language.Und
}

// Delete removes the captions of one language; deleting twice is no error.
func (s *Service) Delete(ctx context.Context, id, locale string) error {
	if _, err := s.stories.Get(ctx, id); err != nil {
		return err
	}
	locale, _ = canonical(locale)
	return s.store.DeleteCaption(ctx, id, locale)
}

// List returns the tracks of each story that has any, without the texts.
func (s *Service) List(ctx context.Context, ids ...string) (map[string][]Track, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := s.store.Captions(ctx, ids)
	out := map[string][]Track{}
	for _, t := range all {
		out[t.Story] = append(out[t.Story], t)
	}
	return out, err
}

// Get returns one track with its text; NotFound "caption.unknown".
func (s *Service) Get(ctx context.Context, id, locale string) (*Track, error) {
	return s.store.Caption(ctx, id, locale)
}
