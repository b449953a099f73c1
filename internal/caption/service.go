package caption

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Track is the captions of a story in one language. Tracks live in the
// database and are public exactly while their story is and they are not
// pending. Changing them never changes the state of their story; while it is
// in review its version rises, so that nobody approves captions unseen.
type Track struct {
	Story   string
	Locale  string // BCP 47
	Label   string // for a player's menu
	VTT     string // WebVTT as this package writes it; empty in lists
	Version string // of label and text: the start of their SHA-256, for addresses that may be cached
	Pending bool   // written by others than moderators, and not approved yet: not public
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
	// ApproveCaption makes the captions public if they still have the version;
	// it reports whether they had.
	ApproveCaption(ctx context.Context, story, locale, version string) (bool, error)
	// PendingCaptions returns pending tracks of stories that are approved or
	// published, without their texts, oldest first.
	PendingCaptions(ctx context.Context, limit int) ([]Track, error)
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

	maxPending = 100 // listed
)

// Set reads WebVTT or SubRip and stores it as the story's captions in the
// language, replacing earlier ones. Those of a moderator are public with their
// story; those of others, unless nothing changed, wait for a moderator.
func (s *Service) Set(ctx context.Context, id, locale, label, file string, by account.Actor) (*Track, error) {
	st, err := s.stories.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	label = text.Line(label)
	locale, ok := text.Language(locale)
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
	known := slices.IndexFunc(have, func(t Track) bool { return t.Locale == locale })
	if len(have) >= maxTracks && known < 0 {
		return nil,
			fault.New(fault.Conflict, "caption.many", "a story has captions in at most %d languages", maxTracks)
	}
	t := &Track{Story: id, Locale: locale, Label: label, VTT: vtt, By: by, At: s.now()}
	sum := sha256.Sum256([]byte(t.Label + "\n" + t.VTT))
	t.Version = hex.EncodeToString(sum[:6])
	t.Pending = by.Role != account.Moderator && by.Role != account.Admin &&
		(known < 0 || have[known].Pending || have[known].Version != t.Version)
	return t, s.store.PutCaption(ctx, t)
}

// Approve makes pending captions public, as the moderator saw them in the
// version; Conflict "caption.stale" if they have changed since.
func (s *Service) Approve(ctx context.Context, id, locale, version string) error {
	locale, _ = text.Language(locale)
	if _, err := s.Get(ctx, id, locale); err != nil {
		return err
	}
	ok, err := s.store.ApproveCaption(ctx, id, locale, version)
	if err == nil && !ok {
		err = fault.New(fault.Conflict, "caption.stale",
			"these captions have changed since you saw them; read them again")
	}
	return err
}

// Pending lists captions that wait for a moderator, apart from those of
// stories in review, which are decided on with their story. There are at most
// 100, oldest first.
func (s *Service) Pending(ctx context.Context) ([]Track, error) {
	return s.store.PendingCaptions(ctx, maxPending)
}

// Delete removes the captions of one language; deleting twice is no error.
func (s *Service) Delete(ctx context.Context, id, locale string) error {
	if _, err := s.stories.Get(ctx, id); err != nil {
		return err
	}
	locale, _ = text.Language(locale)
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
