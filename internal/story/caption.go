package story

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/fault"
)

// Caption is what is said in a story, written down in one language. Captions
// are words, not media: they live in the database, are public exactly while
// their story is, and changing them changes no state.
type Caption struct {
	Story   string
	Locale  string // BCP 47
	Label   string // as a player's menu names it
	VTT     string // WebVTT as package caption writes it; empty in lists
	Version string // of the text: the start of its SHA-256, for addresses that may be cached
	By      account.Actor
	At      time.Time
}

const maxCaptions = 20 // languages of one story

// SetCaption reads WebVTT or SubRip and keeps it as the story's captions in
// the language, in the place of earlier ones.
func (s *Service) SetCaption(ctx context.Context, id, locale, label, file string, by account.Actor) (*Caption, error) {
	st, err := s.store.Story(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case st.State == Withdrawn || st.State == Erased:
		return nil, fault.New(fault.Conflict, "story.state", "this story is %s", st.State)
	case !known(locale), utf8.RuneCountInString(label) > 60:
		return nil,
			fault.New(fault.Invalid, "caption.invalid",
				"captions need a language such as en or pt-BR, and a label of at most 60 characters")
	}
	cues, err := caption.Parse(file)
	if err != nil {
		return nil, err
	}
	vtt := caption.VTT(cues)
	if _, err := caption.Parse(vtt); err != nil { // written out in full, times can take more room
		return nil, err
	}
	have, err := s.store.Captions(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if len(have) >= maxCaptions && !slices.ContainsFunc(have, func(c Caption) bool { return c.Locale == locale }) {
		return nil,
			fault.New(fault.Conflict, "caption.many", "a story has captions in at most %d languages", maxCaptions)
	}
	c := &Caption{Story: id, Locale: locale, Label: plain(label), VTT: vtt, By: by, At: s.now()}
	sum := sha256.Sum256([]byte(c.VTT))
	c.Version = hex.EncodeToString(sum[:6])
	return c, s.store.PutCaption(ctx, c)
}

// known reports whether the text names a language, as browsers must be able
// to tell its name.
func known(locale string) bool {
	tag, err := language.Parse(locale)
	return err == nil && tag != language.Und
}

// DropCaption removes the captions of one language; twice is no error.
func (s *Service) DropCaption(ctx context.Context, id, locale string) error {
	if _, err := s.store.Story(ctx, id); err != nil {
		return err
	}
	return s.store.DeleteCaption(ctx, id, locale)
}

// Captions lists what captions the stories have, without the texts.
func (s *Service) Captions(ctx context.Context, ids ...string) (map[string][]Caption, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := s.store.Captions(ctx, ids)
	out := map[string][]Caption{}
	for _, c := range all {
		out[c.Story] = append(out[c.Story], c)
	}
	return out, err
}

// Caption returns one with its text.
func (s *Service) Caption(ctx context.Context, id, locale string) (*Caption, error) {
	return s.store.Caption(ctx, id, locale)
}
