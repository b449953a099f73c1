package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Ref names a story and holds the token that speaks for it. Stored as JSON,
// it is all that a later run needs to resume the upload, to follow the story
// or to withdraw it. Whoever has the token can do the same: keep it private.
type Ref struct {
	Story string `json:"story"`
	Token string `json:"token"`
}

// Campaign is what a contributor must know of a campaign.
type Campaign struct {
	Slug         string        `json:"slug"`
	Title        string        `json:"title"`
	Prompt       string        `json:"prompt"`
	Open         bool          `json:"open"`
	ReleaseForms []ReleaseForm `json:"release_forms"` // the current form of each locale
}

// ReleaseForm is the text that a contributor agrees to; show all of it.
type ReleaseForm struct {
	Version int    `json:"version"`
	Locale  string `json:"locale"`
	Title   string `json:"title"`
	Text    string `json:"text"`
}

// Campaign reads a campaign; 404 "campaign.unknown".
func (c *Client) Campaign(ctx context.Context, slug string) (*Campaign, error) {
	out := &Campaign{}
	return out, c.call(ctx, http.MethodGet, "/v1/campaigns/"+slug, "", nil, out)
}

// Submission is what is recorded when a story begins.
type Submission struct {
	Contributor Contributor       `json:"contributor"`
	Title       string            `json:"title,omitempty"`
	Text        string            `json:"text,omitempty"`
	Song        Song              `json:"song"`
	Answers     map[string]string `json:"answers,omitempty"` // to the campaign's questions, by id
	Cut         *Cut              `json:"cut,omitempty"`     // nil: the whole video
	Release     Release           `json:"release"`
	File        File              `json:"file"`
	// IdempotencyKey makes a repeated Begin answer with the same story for a
	// day; empty: every Begin is a story of its own.
	IdempotencyKey string `json:"-"`
}

// Contributor is who sends the story.
type Contributor struct {
	Name    string `json:"name"`              // shown with the story
	Email   string `json:"email,omitempty"`   // never public
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Locale  string `json:"locale,omitempty"`  // BCP 47
}

// Song is the song that the story is about; title and artist are required.
type Song struct {
	Title  string `json:"title"`
	Artist string `json:"artist"`
	ISRC   string `json:"isrc,omitempty"`
	Link   string `json:"link,omitempty"` // http or https
}

// Cut is the part of the video that is the story, in milliseconds of the
// file. The whole file is uploaded all the same.
type Cut struct {
	FromMS int64 `json:"from_ms"`
	ToMS   int64 `json:"to_ms"` // 0: to the end
}

// CutBetween is the part between two times; zero to means to the end.
func CutBetween(from, to time.Duration) *Cut { return &Cut{from.Milliseconds(), to.Milliseconds()} }

// Release is the agreement to a release form. The three acts are those of
// the contributor; a program must not perform them on its own.
type Release struct {
	Version      int    `json:"version"` // of the form that was shown
	Locale       string `json:"locale,omitempty"`
	Agreed       bool   `json:"agreed"`
	OfAge        bool   `json:"of_age"`
	OthersAgreed bool   `json:"others_agreed"` // everyone seen or heard agreed
}

// File describes the video file. Storage accepts exactly this many bytes.
type File struct {
	Name        string `json:"name,omitempty"`
	Bytes       int64  `json:"bytes"`
	ContentType string `json:"content_type,omitempty"`
	SHA256      string `json:"sha256,omitempty"` // base64; storage checks it for small files
}

// Begin records a story in the campaign and returns its upload. Store the
// upload's Ref before sending, so that an interrupted program can resume.
func (c *Client) Begin(ctx context.Context, campaign string, s Submission) (*Upload, error) {
	key := s.IdempotencyKey
	if key == "" {
		key = rand.Text() // for our own retries
	}
	var out struct {
		Story  Story      `json:"story"`
		Token  string     `json:"token"`
		Upload uploadPlan `json:"upload"`
	}
	err := c.call(ctx, http.MethodPost, "/v1/campaigns/"+campaign+"/stories", "", s, &out, "Idempotency-Key", key)
	if err != nil {
		return nil, err
	}
	return &Upload{Ref: Ref{out.Story.ID, out.Token}, plan: out.Upload}, nil
}

// ErrClosed means that a story takes no upload any more: it is complete,
// expired or gone.
var ErrClosed = errors.New("the story's upload is over")

// Resume asks what storage has received of a story that began earlier, and
// returns the upload of the rest; ErrClosed when there is nothing to resume.
func (c *Client) Resume(ctx context.Context, ref Ref) (*Upload, error) {
	u := &Upload{Ref: ref}
	err := c.call(ctx, http.MethodGet, "/v1/stories/"+ref.Story+"/upload", ref.Token, nil, &u.plan)
	switch statusOf(err) {
	case http.StatusConflict, http.StatusNotFound:
		return nil, fmt.Errorf("%w: %w", ErrClosed, err)
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// Story is a story as its contributor sees it.
type Story struct {
	ID       string   `json:"id"`
	State    string   `json:"state"`    // such as in_review; the OpenAPI document lists them
	Progress float64  `json:"progress"` // of the work in this state, 0 to 1
	Failure  *Failure `json:"failure,omitempty"`
	Reason   *Failure `json:"reason,omitempty"` // why a moderator rejected or hid it
	// JSON is the whole answer of the API, which has many more fields.
	JSON json.RawMessage `json:"-"`
}

// Failure is why a video cannot be used, or why a moderator refused it.
type Failure struct {
	Code   string `json:"code"` // stable, such as "too_long"
	Detail string `json:"detail"`
}

// Story reads the story as it is now.
func (c *Client) Story(ctx context.Context, ref Ref) (*Story, error) {
	st := &Story{}
	if err := c.call(ctx, http.MethodGet, "/v1/stories/"+ref.Story, ref.Token, nil, &st.JSON); err != nil {
		return nil, err
	}
	return st, json.Unmarshal(st.JSON, st)
}
