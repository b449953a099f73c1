package story

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
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
	Contributor    Contributor
	Title          string
	Text           string
	Song           Song
	Answers        map[string]string // by question id
	Cut            media.Cut
	Agreement      Agreement
	File           File
	Address        string // the client's, as evidence of the release
	IdempotencyKey string // optional; the same key and request make one story
}

var (
	contentTypePattern = regexp.MustCompile(`^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}$`)
	emailPattern       = regexp.MustCompile(`^[^@\s]{1,64}@[^@\s]{1,190}$`)
	isrcPattern        = regexp.MustCompile(`^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$`)
)

// Begin records a story and its release, and returns it with its token (seen
// only here) and the way to upload its file.
func (s *Service) Begin(ctx context.Context, r BeginRequest) (*Story, string, *UploadPlan, error) {
	c, err := s.campaigns.Get(ctx, r.Campaign)
	if err != nil {
		return nil, "", nil, err
	}
	idem, err := s.idempotency(c.ID, r)
	if err != nil {
		return nil, "", nil, err
	}
	if st, token, plan, err := s.again(ctx, idem); st != nil || err != nil {
		return st, token, plan, err
	}
	st, err := s.admit(ctx, c, &r)
	if err != nil {
		return nil, "", nil, err
	}
	if st.Upload, err = s.newUpload(ctx, st.ID, r.File); err != nil {
		return nil, "", nil, err
	}
	st.NextRunAt = s.now().Add(uploadCheckFirst)
	token := account.NewToken()
	first := newEntry(st.ID, EventCreated, account.Actor{Role: account.Contributor}, st.CreatedAt)
	first.To = AwaitingUpload
	if idem != nil {
		idem.Story, idem.CreatedAt = st.ID, st.CreatedAt
	}
	if err := s.store.CreateStory(ctx, st, first, account.HashToken(token), idem); err != nil {
		s.abandon(ctx, st.Upload)
		if fault.Is(err, "idempotency.known") { // the same press, at the same moment
			return s.again(ctx, idem)
		}
		return nil, "", nil, err
	}
	plan, err := s.plan(ctx, st, nil)
	return st, token, plan, err
}

// again answers a repeated creation with the story that the first one made
// and a further token for it; all nil when there was none.
func (s *Service) again(ctx context.Context, idem *Idempotency) (*Story, string, *UploadPlan, error) {
	if idem == nil {
		return nil, "", nil, nil
	}
	known, err := s.store.Idempotency(ctx, idem.Key)
	if err != nil || known == nil {
		return nil, "", nil, err
	}
	if known.Request != idem.Request {
		return nil, "", nil,
			fault.New(fault.Conflict, "idempotency.mismatch",
				"this Idempotency-Key was used for another request; send a new key")
	}
	st, err := s.store.Story(ctx, known.Story)
	if err != nil {
		return nil, "", nil, err
	}
	if st.State != AwaitingUpload {
		return nil, "", nil,
			fault.New(fault.Conflict, "idempotency.spent", "the story of this Idempotency-Key is already %s", st.State)
	}
	token := account.NewToken()
	if err := s.store.AddToken(ctx, st.ID, account.HashToken(token)); err != nil {
		return nil, "", nil, err
	}
	plan, err := s.UploadPlan(ctx, st)
	return st, token, plan, err
}

func (s *Service) idempotency(campaign string, r BeginRequest) (*Idempotency, error) {
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

// admit checks the request against the campaign and makes the story of it.
func (s *Service) admit(ctx context.Context, c *campaign.Campaign, r *BeginRequest) (*Story, error) {
	now := s.now()
	if err := c.Open(now); err != nil {
		return nil, err
	}
	if err := c.Accepts(r.File.Bytes, r.Contributor.Country); err != nil {
		return nil, err
	}
	if err := r.clean(); err != nil {
		return nil, err
	}
	answers, err := c.Answers(r.Answers)
	if err != nil {
		return nil, err
	}
	if err := checkCut(r.Cut, c.Limits); err != nil {
		return nil, err
	}
	release, err := s.release(ctx, c, r, now)
	if err != nil {
		return nil, err
	}
	return &Story{
		ID: id.New(), Campaign: c.ID, State: AwaitingUpload, Version: 1,
		Contributor: r.Contributor, Title: r.Title, Text: r.Text, Song: r.Song, Answers: answers, Release: *release,
		Cut:       r.Cut,
		CreatedAt: now, UpdatedAt: now,
	}, nil
}

func (s *Service) release(ctx context.Context, c *campaign.Campaign, r *BeginRequest, now time.Time) (*Release, error) {
	forms, err := s.campaigns.CurrentForms(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	a := r.Agreement
	switch {
	case !a.Agreed:
		return nil, fault.New(fault.Invalid, "release.required", "the release form must be agreed to")
	case !a.OfAge && c.Limits.MinAge > 0:
		return nil,
			fault.New(fault.Invalid, "release.age", "contributors must confirm that they are %d or older",
				c.Limits.MinAge).With("min_age", c.Limits.MinAge)
	case !a.OthersAgreed:
		return nil, fault.New(fault.Invalid, "release.others", "everyone seen or heard in the video must have agreed")
	}
	for _, f := range forms {
		if f.Version == a.Version && (a.Locale == "" || a.Locale == f.Locale) {
			return &Release{
				Version: f.Version, TextSHA256: f.SHA256, Locale: f.Locale, AgreedAt: now, Address: r.Address,
				OfAge: a.OfAge, OthersAgreed: a.OthersAgreed,
			}, nil
		}
	}
	return nil,
		fault.New(fault.Conflict, "release.outdated",
			"version %d is not a current release form of this campaign; show the current one and ask again", a.Version)
}

// clean trims and bounds the texts. They are text for ever: nobody may
// render them as anything else.
func (r *BeginRequest) clean() error {
	for _, f := range []struct {
		name string
		p    *string
		max  int
		need bool
	}{
		{"contributor name", &r.Contributor.Name, 100, true},
		{"contributor e-mail", &r.Contributor.Email, 254, false},
		{"title", &r.Title, 150, false},
		{"text", &r.Text, 4000, false},
		{"song title", &r.Song.Title, 200, true},
		{"song artist", &r.Song.Artist, 200, true},
		{"song link", &r.Song.Link, 500, false},
		{"song cover", &r.Song.Cover, 500, false},
		{"file name", &r.File.Name, 255, false},
	} {
		*f.p = plain(*f.p)
		if n := utf8.RuneCountInString(*f.p); n > f.max || (f.need && n == 0) {
			return fault.New(fault.Invalid, "story.invalid", "%s must have %d to %d characters", f.name,
				min(1, f.max*btoi(f.need)), f.max).With("field", f.name)
		}
	}
	for id, text := range r.Answers {
		r.Answers[id] = plain(text)
	}
	r.Song.ISRC = strings.ToUpper(strings.ReplaceAll(r.Song.ISRC, "-", ""))
	r.Contributor.Country = strings.ToUpper(r.Contributor.Country)
	r.File.ContentType, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(r.File.ContentType)), ";")
	if r.File.ContentType == "" {
		r.File.ContentType = "application/octet-stream"
	}
	bad := func(what string) error { return fault.New(fault.Invalid, "story.invalid", "%s", what) }
	switch {
	case r.Contributor.Email != "" && !emailPattern.MatchString(r.Contributor.Email):
		return bad("that does not look like an e-mail address")
	case r.Contributor.Country != "" &&
		(len(r.Contributor.Country) != 2 || strings.Trim(r.Contributor.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != ""):
		return bad("country must be a two-letter ISO 3166-1 code")
	case r.Song.ISRC != "" && !isrcPattern.MatchString(r.Song.ISRC):
		return bad("an ISRC looks like GBAYE7700123")
	case !webLink(r.Song.Link) || !webLink(r.Song.Cover):
		return bad("links must start with https:// or http://")
	case !contentTypePattern.MatchString(r.File.ContentType):
		return bad("content_type must look like video/mp4")
	}
	if r.File.SHA256 != "" {
		if sum, err := base64.StdEncoding.DecodeString(r.File.SHA256); err != nil || len(sum) != sha256.Size {
			return bad("sha256 must be the base64 of 32 bytes")
		}
	}
	return nil
}

// checkCut reports whether the cut can be one of any film that the campaign
// takes; where it ends with the film, intake measures.
func checkCut(c media.Cut, l campaign.Limits) error {
	length := c.To - c.From
	switch {
	case !c.Valid():
		return fault.New(fault.Invalid, "cut.invalid", "a cut runs from a moment to a later one")
	case c.To != 0 && length < l.MinDuration:
		return fault.New(fault.Invalid, "too_short", "the chosen part has %s; this campaign asks for at least %s",
			length, l.MinDuration)
	case c.To != 0 && length > l.MaxDuration:
		return fault.New(fault.Invalid, "too_long", "the chosen part has %s; this campaign takes at most %s", length,
			l.MaxDuration)
	}
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// plain drops control and direction-changing characters, which serve only to
// deceive a reader, and trims space.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s))
}

func webLink(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// UploadPlan is how a client sends, or goes on sending, a story's bytes.
type UploadPlan struct {
	Bytes     int64
	PartSize  int64 // 0: one PUT
	PartCount int   // 0: one PUT
	Received  []media.Part
	Requests  []media.Signed // the single PUT, or the first missing parts
	ExpiresAt time.Time
}
