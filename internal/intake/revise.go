package intake

import (
	"context"
	"slices"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// MaxMessage is the most characters that a message to the moderators has.
const MaxMessage = 1000

// ReviseRequest changes what is written of a story. Nil fields stay as they are.
type ReviseRequest struct {
	Story   string
	Version int64 // of the story as the contributor saw it; 0: whatever it is now
	Title   *string
	Text    *string
	Song    *story.Song
	Answers map[string]string // all of them, by question id
	Message string            // to the moderators, optional
	Address string            // the client's, by which requests are counted
}

// words are what a contributor may change of a story.
type words struct {
	title, text string
	song        story.Song
	answers     []campaign.Answer
}

// Revise changes texts, song and answers of a story that is neither approved
// nor withdrawn. A rejected one returns to review, which without any change is
// a second look and granted once. The same request again changes nothing. The
// campaign may be closed meanwhile: the story was sent in time.
//
// Errors are those of Begin about texts and song, Conflict "story.state",
// "story.stale", "revision.empty", "revision.asked" and "revision.limit".
func (s *Service) Revise(ctx context.Context, r ReviseRequest) (*story.Story, error) {
	if err := s.try(ctx, r.Address); err != nil {
		return nil, err
	}
	if err := normalizeFields(field{"message", &r.Message, text.Block, MaxMessage, false}); err != nil {
		return nil, err
	}
	st, err := s.stories.Get(ctx, r.Story)
	if err != nil {
		return nil, err
	}
	if err := st.May(story.EventRevised, account.Contributor); err != nil {
		return nil, err
	}
	revised, err := s.revised(ctx, st, &r)
	if err != nil {
		return nil, err
	}
	return s.stories.Change(ctx, r.Story, func(st *story.Story) (*story.Entry, error) {
		lines, err := s.stories.History(ctx, st.ID)
		if err != nil {
			return nil, err
		}
		return s.revise(st, lines, revised(st), r)
	})
}

// revised checks the request and returns what it makes of the story.
func (s *Service) revised(
	ctx context.Context, st *story.Story, r *ReviseRequest,
) (func(*story.Story) words, error) {
	title, body, song := orElse(r.Title, st.Title), orElse(r.Text, st.Text), orElse(r.Song, st.Song)
	if err := normalizeWords(&title, &body, &song); err != nil {
		return nil, err
	}
	if r.Song != nil && song != st.Song {
		if err := s.checkSong(ctx, &song); err != nil {
			return nil, err
		}
	}
	var answers []campaign.Answer
	if r.Answers != nil {
		c, err := s.campaigns.Get(ctx, st.Campaign)
		if err != nil {
			return nil, err
		}
		if answers, err = c.Answers(r.Answers); err != nil {
			return nil, err
		}
	}
	return func(now *story.Story) words {
		w := words{now.Title, now.Text, now.Song, now.Answers}
		if r.Title != nil {
			w.title = title
		}
		if r.Text != nil {
			w.text = body
		}
		if r.Song != nil {
			w.song = song
		}
		if r.Answers != nil {
			w.answers = answers
		}
		return w
	}, nil
}

func orElse[T any](given *T, present T) T {
	if given != nil {
		return *given
	}
	return present
}

// revise applies the words, given the story's history.
func (s *Service) revise(st *story.Story, lines []*story.Entry, w words, r ReviseRequest) (*story.Entry, error) {
	m := s.Mending(lines)
	changes := w.differences(st)
	if len(changes) == 0 && st.State != story.Rejected {
		if r.Message == "" || m.last != nil && m.last.Message == r.Message {
			return nil, story.ErrUnchanged
		}
		return nil, fault.New(fault.Conflict, "revision.empty", "nothing was changed; a message goes with a change, "+
			"or asks for a second look at a story that was rejected")
	}
	if r.Version != 0 && r.Version != st.Version {
		return nil, fault.New(fault.Conflict, "story.stale", "this story has changed since you saw it; it is now %s",
			st.State).With("state", st.State).With("version", st.Version)
	}
	rejected := st.State == story.Rejected
	switch {
	case m.Left == 0, rejected && m.ReturnsLeft == 0:
		return nil, fault.New(fault.Conflict, "revision.limit",
			"this story was changed as often as is possible; send another file, or begin a new story")
	case rejected && len(changes) == 0 && !m.SecondLook:
		return nil, fault.New(fault.Conflict, "revision.asked",
			"a second look was taken already; change what the reason names, or send another file")
	}
	line, err := st.Apply(story.EventRevised, account.Actor{Role: account.Contributor}, s.now())
	if err != nil {
		return nil, err
	}
	if rejected {
		st.ClearWork()
	}
	st.Title, st.Text, st.Song, st.Answers = w.title, w.text, w.song, w.answers
	line.Message, line.Changes = r.Message, changes
	return line, nil
}

// Mending is how often a story may still be revised.
type Mending struct {
	Left        int  // revisions of any kind
	ReturnsLeft int  // of these, from a rejection to review
	SecondLook  bool // whether one of these may change nothing
	last        *story.Entry
}

// Mending returns how often the story with this history may still be revised.
func (s *Service) Mending(lines []*story.Entry) Mending {
	m := Mending{Left: s.opts.Revisions, ReturnsLeft: s.opts.Resubmissions, SecondLook: true}
	for _, l := range lines {
		if l.Event != story.EventRevised {
			continue
		}
		m.last = l
		m.Left = max(m.Left-1, 0)
		if l.From == story.Rejected {
			m.ReturnsLeft = max(m.ReturnsLeft-1, 0)
			m.SecondLook = m.SecondLook && len(l.Changes) > 0
		}
	}
	m.ReturnsLeft = min(m.ReturnsLeft, m.Left)
	m.SecondLook = m.SecondLook && m.ReturnsLeft > 0
	return m
}

// differences are the changes that the words make to the story. A cover, which
// comes with a song, is none by itself.
func (w words) differences(st *story.Story) []story.FieldChange {
	var out []story.FieldChange
	add := func(field, label, from, to string) {
		if from != to {
			out = append(out, story.FieldChange{Field: field, Label: label, From: from, To: to})
		}
	}
	song := func(s story.Song) string { return s.Title + " – " + s.Artist }
	add("title", "", st.Title, w.title)
	add("text", "", st.Text, w.text)
	add("song", "", song(st.Song), song(w.song))
	add("isrc", "", st.Song.ISRC, w.song.ISRC)
	add("link", "", st.Song.Link, w.song.Link)
	for _, a := range w.answers {
		add("answer", a.Label, valueOf(st.Answers, a.ID), a.Value)
	}
	for _, a := range st.Answers {
		if valueOf(w.answers, a.ID) == "" {
			add("answer", a.Label, a.Value, "")
		}
	}
	return out
}

func valueOf(answers []campaign.Answer, id string) string {
	i := slices.IndexFunc(answers, func(a campaign.Answer) bool { return a.ID == id })
	if i < 0 {
		return ""
	}
	return answers[i].Value
}
