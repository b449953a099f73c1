// Package story holds the story: what it is, the states it may be in, how it
// begins, how work on it starts and ends, and how it is taken back.
package story

import (
	"context"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/media"
)

// Story is one submission: who, which song, what words, which video, in
// which state.
type Story struct {
	ID          string
	Campaign    string // campaign id
	State       State
	Version     int64 // raised by every stored change; what writers must have seen
	Contributor Contributor
	Title       string
	Text        string // the contributor's words
	Song        Song
	Answers     []campaign.Answer // to the campaign's questions
	Release     Release
	Cut         media.Cut // what the contributor chose to show; everything made of the source is of it only

	Upload   Upload
	Source   *Source         // nil until pinned
	Media    *media.Media    // nil until probed
	Findings *media.Findings // nil until prepared
	Review   *media.Set      // nil until prepared
	Public   *media.Set      // nil unless public objects exist

	Attempt     int       // fencing token: number of the last try that started
	Tries       int       // tries the present work has spent
	NextRunAt   time.Time // the present work is not due before; zero: at once
	HeartbeatAt time.Time // zero: no worker holds the story
	Progress    float64   // 0…1 of the present work
	Failure     *Failure

	Escalated    bool
	ClaimedBy    account.Actor // zero: nobody
	ClaimedUntil time.Time

	CreatedAt   time.Time
	UpdatedAt   time.Time
	PublishedAt time.Time // zero unless published
}

// Contributor is the person who tells the story.
type Contributor struct {
	Name    string // shown with the story
	Email   string // never public
	Country string // ISO 3166-1 alpha-2
	Locale  string // BCP 47
}

// Song is what the story is about.
type Song struct {
	Title  string `json:"title"`
	Artist string `json:"artist"`
	ISRC   string `json:"isrc,omitempty"`
	Link   string `json:"link,omitempty"`
	Cover  string `json:"cover,omitempty"`
}

// Fold is how songs, artists and filters are compared: trimmed, single
// spaces, lower case.
func Fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// Release is one person's agreement to a release form.
type Release struct {
	Version      int
	TextSHA256   string // hex; which exact text
	Locale       string
	AgreedAt     time.Time
	Address      string // network address it came from
	OfAge        bool   // confirmed the campaign's minimum age
	OthersAgreed bool   // everyone shown agreed
	SourceSHA256 string // hex; bound when the source is pinned
	WithdrawnAt  time.Time
}

// Upload is where the bytes are, or were, expected.
type Upload struct {
	ID          string    `json:"id"` // our own random id
	Key         string    `json:"key"`
	Multipart   string    `json:"multipart,omitempty"` // storage's upload id; empty: one PUT
	Bytes       int64     `json:"bytes"`
	PartSize    int64     `json:"part_size,omitempty"`
	ContentType string    `json:"content_type"`
	SHA256      string    `json:"sha256,omitempty"`    // base64, when the client gave one
	FileName    string    `json:"file_name,omitempty"` // as the client calls it; only ever shown
	ETag        string    `json:"etag,omitempty"`      // once complete
	ExpiresAt   time.Time `json:"expires_at"`
}

// PartCount returns the number of parts, 0 for a single PUT.
func (u Upload) PartCount() int {
	if u.Multipart == "" {
		return 0
	}
	return int((u.Bytes + u.PartSize - 1) / u.PartSize)
}

// PartBytes returns the exact size of part number n, from 1.
func (u Upload) PartBytes(n int) int64 {
	return min(u.PartSize, u.Bytes-int64(n-1)*u.PartSize)
}

// Source is the uploaded file, pinned: no presigned URL can change it.
type Source struct {
	Key    string `json:"key"`
	Bytes  int64  `json:"bytes"`
	ETag   string `json:"etag"`
	SHA256 string `json:"sha256"` // hex
}

// Failure is why work ended without a result.
type Failure struct {
	Code   string  `json:"code"` // stable
	Detail string  `json:"detail"`
	Job    JobKind `json:"job"`
}

// Store is where stories are kept. Writes are guarded: a stale one fails
// with Conflict "story.stale" and changes nothing.
type Store interface {
	// CreateStory keeps s, its first history line, the hash of its token and,
	// when idem is not nil, the idempotency record, all or nothing. A known
	// idempotency key fails with Conflict "idempotency.known".
	CreateStory(ctx context.Context, s *Story, first *Entry, tokenHash string, idem *Idempotency) error
	// Story fails with NotFound "story.unknown".
	Story(ctx context.Context, id string) (*Story, error)
	// SaveStory writes every field of s where the stored version is still
	// s.Version, raises s.Version, ends any claim, and appends the line unless
	// it is nil. Facet counters follow From and To of the line.
	SaveStory(ctx context.Context, s *Story, line *Entry) error
	// EraseStory is SaveStory that also forgets notes of the history, the
	// idempotency record, search text, captions, prints, and what the board
	// knows of the story.
	EraseStory(ctx context.Context, s *Story, line *Entry) error
	// History returns all lines, oldest first.
	History(ctx context.Context, id string) ([]*Entry, error)
	// Beat sets heartbeat and progress where attempt and one of the states
	// still hold; Conflict "job.overtaken" otherwise. It raises no version.
	Beat(ctx context.Context, id string, attempt int, states []State, at time.Time, progress float64) error
	// Due returns jobs that the states call for (see Story.Work), those
	// dispatched longest ago first, skipping any dispatched after redispatch,
	// and marks them dispatched now.
	Due(ctx context.Context, now, stale, redispatch time.Time, limit int) ([]Job, error)
	// OpenUploads returns stories awaiting upload with NextRunAt before now.
	OpenUploads(ctx context.Context, now time.Time, limit int) ([]*Story, error)
	// AddToken lets one more token speak for the story.
	AddToken(ctx context.Context, story, tokenHash string) error
	// HasToken reports whether the token speaks for the story.
	HasToken(ctx context.Context, story, tokenHash string) (bool, error)
	// Idempotency returns the record, or nil.
	Idempotency(ctx context.Context, key string) (*Idempotency, error)
	// ForgetIdempotency drops records made before the time.
	ForgetIdempotency(ctx context.Context, before time.Time) error
	// RecordAttempt inserts or replaces the record of one try.
	RecordAttempt(ctx context.Context, a *Attempt) error
	// Attempts returns the tries of a story, oldest first.
	Attempts(ctx context.Context, id string) ([]*Attempt, error)
	// Troubled returns stories that failed, and those whose work has spent
	// tries, newest first: what an operator must look at.
	Troubled(ctx context.Context, limit int) ([]*Story, error)
	// CountStates counts the campaign's stories by state.
	CountStates(ctx context.Context, campaign string) (map[State]int64, error)
	// Passages returns, for the newest stories of the campaign that entered
	// one of the states `to`, the time to that from first entering `from`.
	Passages(ctx context.Context, campaign string, from State, to []State, limit int) ([]time.Duration, error)
	// Selections returns, for each story that fills an ad slot, the time from
	// its first publication to the choice.
	Selections(ctx context.Context, campaign string) ([]time.Duration, error)
	// PutCaption adds or replaces the captions of one language.
	PutCaption(ctx context.Context, c *Caption) error
	// DeleteCaption removes them; removing twice is no error.
	DeleteCaption(ctx context.Context, story, locale string) error
	// Captions returns what captions the stories have, without their texts,
	// by story and locale.
	Captions(ctx context.Context, stories []string) ([]Caption, error)
	// Caption returns one with its text; NotFound "caption.unknown".
	Caption(ctx context.Context, story, locale string) (*Caption, error)
	// StatesOf returns the state of each known id.
	StatesOf(ctx context.Context, ids []string) (map[string]State, error)
}

// Idempotency remembers one creation, so that pressing twice makes one story.
type Idempotency struct {
	Key       string // SHA-256 of campaign and client key, hex
	Request   string // SHA-256 of the request, hex
	Story     string
	CreatedAt time.Time
}

// Attempt is the record of one try at a job.
type Attempt struct {
	Story     string
	Attempt   int
	Kind      JobKind
	Worker    string
	StartedAt time.Time
	EndedAt   time.Time // zero: under way, or lost
	Outcome   string    // done, failed, deferred, overtaken, handed_back; empty while under way
	Code      string    // of the failure
	Error     string    // for operators only
	CPU       time.Duration
	MaxRSS    int64 // bytes
	BytesIn   int64
	BytesOut  int64
	Sandbox   string // full, partial, none
}
