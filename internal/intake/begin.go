package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// File is what a client declares about the bytes it is going to send.
type File struct {
	Name        string
	Bytes       int64
	ContentType string // "" becomes application/octet-stream
	SHA256      string // base64 of the whole file, optional; checked by storage on a single PUT
}

// Agreement is a contributor's explicit act of agreeing to a release form.
type Agreement struct {
	Version      int
	Locale       string
	Agreed       bool
	OfAge        bool
	OthersAgreed bool
}

// BeginRequest is everything a new story starts with.
type BeginRequest struct {
	Campaign       string // slug
	Contributor    story.Contributor
	Title          string
	Text           string
	Song           story.Song
	Answers        map[string]string // by question id
	Cut            media.Cut
	Agreement      Agreement
	File           File
	Address        string // the client's, as evidence of the release
	IdempotencyKey string // optional; the same key and request make one story
}

// Begun is a new story with its token, which is returned only here, and the
// plan for uploading its file.
type Begun struct {
	Story  *story.Story
	Token  string
	Upload *UploadPlan
}

// Begin records a story and its release.
func (s *Service) Begin(ctx context.Context, r BeginRequest) (*Begun, error) {
	if err := s.try(ctx, r.Address); err != nil {
		return nil, err
	}
	c, err := s.campaigns.Get(ctx, r.Campaign)
	if err != nil {
		return nil, err
	}
	if err := r.normalizeTexts(); err != nil {
		return nil, err
	}
	idem, err := idempotency(c.ID, r)
	if err != nil {
		return nil, err
	}
	if begun, err := s.replay(ctx, idem); begun != nil || err != nil {
		return begun, err
	}
	st, err := s.newStory(ctx, c, &r)
	if err != nil {
		return nil, err
	}
	giveBack, err := s.use(ctx, r.Address, r.File)
	if err != nil {
		return nil, err
	}
	token, err := s.create(ctx, st, r.File, idem)
	if err != nil {
		giveBack()
		if fault.Is(err, "idempotency.known") { // the same request at the same moment
			return s.replay(ctx, idem)
		}
		return nil, err
	}
	s.opts.Sent(Announced, r.File.Bytes)
	plan, err := s.plan(ctx, st, nil)
	return &Begun{st, token, plan}, err
}

// create stores a new story with the place for its file, and returns its token.
func (s *Service) create(ctx context.Context, st *story.Story, f File, idem *Idempotency) (string, error) {
	var err error
	if st.Upload, err = s.newUpload(ctx, st.ID, f); err != nil {
		return "", err
	}
	st.NextRunAt = s.now().Add(uploadCheckFirst)
	if idem != nil {
		idem.Story, idem.CreatedAt = st.ID, st.CreatedAt
	}
	token := account.NewToken()
	first := st.Created(account.Actor{Role: account.Contributor})
	if err := s.store.CreateStory(ctx, st, first, account.HashToken(token), idem); err != nil {
		s.abandon(ctx, st.Upload)
		return "", err
	}
	return token, nil
}

// replay answers a repeated creation with the story that the first one made
// and a further token of it; nil when there was none.
func (s *Service) replay(ctx context.Context, idem *Idempotency) (*Begun, error) {
	if idem == nil {
		return nil, nil
	}
	known, err := s.store.Idempotency(ctx, idem.Key)
	if err != nil || known == nil {
		return nil, err
	}
	if known.Request != idem.Request {
		return nil,
			fault.New(fault.Conflict, "idempotency.mismatch",
				"this Idempotency-Key was used for another request; send a new key")
	}
	st, err := s.stories.Get(ctx, known.Story)
	if err != nil {
		return nil, err
	}
	if st.State != story.AwaitingUpload {
		return nil,
			fault.New(fault.Conflict, "idempotency.spent", "the story of this Idempotency-Key is already %s", st.State)
	}
	token := account.NewToken()
	if err := s.store.AddToken(ctx, st.ID, account.HashToken(token)); err != nil {
		return nil, err
	}
	plan, err := s.UploadPlan(ctx, st)
	return &Begun{st, token, plan}, err
}

// idempotency returns the record of a request that carries a key, else nil.
func idempotency(campaign string, r BeginRequest) (*Idempotency, error) {
	if r.IdempotencyKey == "" {
		return nil, nil
	}
	if len(r.IdempotencyKey) < 16 || len(r.IdempotencyKey) > 200 {
		return nil,
			fault.New(fault.Invalid, "idempotency.invalid",
				"an Idempotency-Key needs 16 to 200 characters, such as a random UUID")
	}
	key := sha256.Sum256([]byte(campaign + "\x00" + r.IdempotencyKey))
	r.Address, r.IdempotencyKey = "", ""
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	request := sha256.Sum256(body)
	return &Idempotency{Key: hex.EncodeToString(key[:]), Request: hex.EncodeToString(request[:])}, nil
}

// newStory checks the request against the campaign and makes a story of it.
func (s *Service) newStory(ctx context.Context, c *campaign.Campaign, r *BeginRequest) (*story.Story, error) {
	now := s.now()
	if err := c.Open(now); err != nil {
		return nil, err
	}
	answers, err := r.normalize(c)
	if err != nil {
		return nil, err
	}
	if err := s.checkSong(ctx, &r.Song); err != nil {
		return nil, err
	}
	forms, err := s.campaigns.CurrentForms(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	release, err := r.release(forms, c.Limits.MinAge, now)
	if err != nil {
		return nil, err
	}
	return &story.Story{
		ID:           id.New(),
		Campaign:     c.ID,
		CampaignSlug: c.Slug,
		State:        story.AwaitingUpload,
		Version:      1,
		Contributor:  r.Contributor,
		Title:        r.Title,
		Text:         r.Text,
		Song:         r.Song,
		Answers:      answers,
		Release:      *release,
		Cut:          r.Cut,
		CreatedAt:    now,
		UpdatedAt:    now,
	}, nil
}

// release returns the release that the request agrees to.
func (r *BeginRequest) release(forms []*campaign.ReleaseForm, minAge int, now time.Time) (*story.Release, error) {
	a := r.Agreement
	switch {
	case !a.Agreed:
		return nil, fault.New(fault.Invalid, "release.required", "the release form must be agreed to")
	case !a.OfAge && minAge > 0:
		return nil,
			fault.New(fault.Invalid, "release.age", "contributors must confirm that they are %d or older", minAge).
				With("min_age", minAge)
	case !a.OthersAgreed:
		return nil, fault.New(fault.Invalid, "release.others", "everyone seen or heard in the video must have agreed")
	}
	for _, f := range forms {
		if f.Version == a.Version && (a.Locale == "" || strings.EqualFold(a.Locale, f.Locale)) {
			return &story.Release{
				Version: f.Version, TextSHA256: f.SHA256, Locale: f.Locale, AgreedAt: now, Address: r.Address,
				OfAge: a.OfAge, OthersAgreed: a.OthersAgreed,
			}, nil
		}
	}
	return nil,
		fault.New(fault.Conflict, "release.outdated",
			"version %d is not a current release form of this campaign; show the current one and ask again", a.Version)
}
