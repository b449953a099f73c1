package notice

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/page"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Filter narrows the list of notices.
type Filter struct {
	Campaign string // id; empty: all
	Ended    bool   // those decided, newest first, instead of the open ones
}

// Cursor is the place in a list just after the notice with this id; Rest says
// that the urgent ones are over.
type Cursor struct {
	Rest bool   `json:"r,omitempty"`
	ID   string `json:"i"`
}

// Store is where notices are kept.
type Store interface {
	// AddNotice stores the notice with the hash of its receipt's token, and the
	// mail of the receipt where it has an address; false where its story is not
	// published, or was taken off the feed meanwhile.
	AddNotice(ctx context.Context, n *Notice, tokenHash string) (bool, error)
	// Notice fails with NotFound "notice.unknown".
	Notice(ctx context.Context, id string) (*Notice, error)
	// HasNoticeToken reports whether the token is one of the notice's.
	HasNoticeToken(ctx context.Context, id, tokenHash string) (bool, error)
	// Notices returns open notices, the urgent before the others and each the
	// oldest first, or with Ended the newest first.
	Notices(ctx context.Context, f Filter, after *Cursor, limit int) ([]*Notice, error)
	// NoticesOf returns all notices about a story, oldest first.
	NoticesOf(ctx context.Context, story string) ([]*Notice, error)
	// CountNotices counts open notices.
	CountNotices(ctx context.Context, campaign string) (int64, error)
	// EndNotice ends an open notice as Kept; false where it was not open.
	EndNotice(ctx context.Context, n *Notice) (bool, error)
}

// stories reads stories.
type stories interface {
	Get(ctx context.Context, id string) (*story.Story, error)
}

// quota counts what network addresses use; TooMany "rate_limited".
type quota interface {
	Take(ctx context.Context, key string, uses ...limit.Use) error
}

// Service takes notices and ends them.
type Service struct {
	store   Store
	stories stories
	quota   quota
	now     func() time.Time
	perHour int64
}

// NewService wires a Service; now is the clock. Each network may report perHour
// times an hour; 20 when zero.
func NewService(store Store, s stories, q quota, now func() time.Time, perHour int64) *Service {
	return &Service{store: store, stories: s, quota: q, now: now, perHour: cmp.Or(perHour, 20)}
}

// Request is a report as it was sent.
type Request struct {
	Campaign string // slug
	Story    string
	Kind     Kind
	Text     string // required unless whoever reports is in the video
	Email    string
	Locale   string
	Address  string // the client's, by which reports are counted
}

func (r *Request) normalize() error {
	r.Text, r.Email = text.Block(r.Text), strings.ToLower(text.Line(r.Email))
	locale, ok := text.Language(r.Locale)
	switch {
	case !known(r.Kind):
		return invalid("kind must be one of %v", Kinds())
	case r.Text == "" && r.Kind != Depicted:
		return invalid("please state what is wrong with the video").With("field", "text")
	case text.Len(r.Text) > MaxText:
		return invalid("text has at most %d characters", MaxText).With("field", "text")
	case r.Email != "" && !text.LikeEmail(r.Email):
		return invalid("that does not look like an e-mail address").With("field", "email")
	case r.Locale != "" && !ok:
		return invalid("locale must be a language such as en or pt-BR").With("field", "locale")
	}
	r.Locale = locale
	return nil
}

// File stores a report about a published story, and returns it with the token
// of its receipt, which is returned only here. NotFound "story.unknown" where the
// public does not see the story, Invalid "notice.invalid", TooMany
// "rate_limited".
func (s *Service) File(ctx context.Context, r Request) (*Notice, string, error) {
	if err := r.normalize(); err != nil {
		return nil, "", err
	}
	st, err := s.stories.Get(ctx, r.Story)
	if err != nil {
		return nil, "", err
	}
	if st.State != story.Published || st.CampaignSlug != r.Campaign {
		return nil, "", errNotPublished
	}
	if err := s.quota.Take(ctx, limit.Key(r.Address), limit.Use{
		Rule: limit.Rule{Name: "notices", Max: s.perHour, Per: time.Hour}, N: 1,
	}); err != nil {
		return nil, "", err
	}
	n := &Notice{
		ID: id.New(), Campaign: st.Campaign, Story: st.ID, Kind: r.Kind, Text: r.Text, Email: r.Email,
		Locale: r.Locale, At: s.now(), Outcome: Open,
	}
	token := account.NewToken()
	added, err := s.store.AddNotice(ctx, n, account.HashToken(token))
	switch {
	case err != nil:
		return nil, "", err
	case !added:
		return nil, "", errNotPublished
	}
	return n, token, nil
}

var errNotPublished = fault.New(fault.NotFound, "story.unknown", "there is no such published story")

// Receipt returns a notice to whoever holds its token; NotFound
// "notice.unknown".
func (s *Service) Receipt(ctx context.Context, id, token string) (*Notice, error) {
	ok, err := s.store.HasNoticeToken(ctx, id, account.HashToken(token))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrUnknown
	}
	return s.store.Notice(ctx, id)
}

// ErrUnknown is returned for a notice that does not exist, or whose token is
// another.
var ErrUnknown = fault.New(fault.NotFound, "notice.unknown", "there is no such report, or this is not its link")

// Get returns a notice to a moderator; NotFound "notice.unknown".
func (s *Service) Get(ctx context.Context, id string) (*Notice, error) {
	return s.store.Notice(ctx, id)
}

// List returns a page of notices.
func (s *Service) List(
	ctx context.Context, f Filter, after *Cursor, limit int,
) (page.Page[*Notice, Cursor], error) {
	rows, err := s.store.Notices(ctx, f, after, limit+1)
	return page.Cut(rows, limit, func(n *Notice) Cursor { return Cursor{!n.Kind.Urgent(), n.ID} }), err
}

// About returns all notices about a story, oldest first.
func (s *Service) About(ctx context.Context, story string) ([]*Notice, error) {
	return s.store.NoticesOf(ctx, story)
}

// Count counts the open notices of a campaign, or of all for an empty id.
func (s *Service) Count(ctx context.Context, campaign string) (int64, error) {
	return s.store.CountNotices(ctx, campaign)
}

// Keep ends a notice whose story stays public. A reply, which may be empty, is
// for whoever reported it. The same again changes nothing; Conflict
// "notice.ended" where it ended otherwise. Removal needs no call: open notices end
// with the change that takes their story off the feed.
func (s *Service) Keep(ctx context.Context, id, reply string, by account.Actor) (*Notice, error) {
	if reply = text.Block(reply); text.Len(reply) > MaxReply {
		return nil, invalid("a reply has at most %d characters", MaxReply).With("field", "reply")
	}
	n, err := s.store.Notice(ctx, id)
	if err != nil {
		return nil, err
	}
	if n.Outcome == Open {
		kept := *n
		kept.Outcome, kept.Reply, kept.By, kept.EndedAt = Kept, reply, by, s.now()
		done, err := s.store.EndNotice(ctx, &kept)
		if err != nil || done {
			return &kept, err
		}
		if n, err = s.store.Notice(ctx, id); err != nil {
			return nil, err
		}
	}
	if n.Outcome == Kept && n.By.ID == by.ID && n.Reply == reply {
		return n, nil
	}
	return nil, fault.New(fault.Conflict, "notice.ended", "this report was decided already").
		With("outcome", n.Outcome).With("decided_by", n.By.Name).With("decided_at", n.EndedAt)
}
