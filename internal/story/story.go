// Package story holds the story: its fields, the states it may be in, the work
// that each state calls for, and the one way to change a stored story.
package story

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/address"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/media"
)

// Story is one submission: contributor, song, text and video, in one state.
type Story struct {
	ID           string
	Campaign     string // id
	CampaignSlug string
	State        State
	Version      int64 // raised by every stored change; what writers must have seen
	Contributor  Contributor
	Title        string
	Text         string // written by the contributor
	Song         Song
	Answers      []campaign.Answer // to the campaign's questions
	Release      Release
	Cut          media.Cut // the part of the source to show; everything derived is of this part only

	Upload   Upload
	Source   *Source         // nil until pinned
	Media    *media.Media    // nil until probed
	Findings *media.Findings // nil until prepared
	Review   *media.Assets   // nil until prepared
	Public   *media.Assets   // nil unless public objects exist

	Attempt     int       // fencing token: number of the last attempt that started
	Tries       int       // attempts that the present work has used up
	NextRunAt   time.Time // the present work is not due before; zero: at once
	HeartbeatAt time.Time // zero: no worker holds the story
	Progress    float64   // 0…1 of the present work
	Failure     *Failure

	Held         bool // a legal hold forbids erasing it; read from the holds, never saved
	Escalated    bool
	ClaimedBy    account.Actor // zero: nobody
	ClaimedUntil time.Time

	CreatedAt   time.Time
	UpdatedAt   time.Time
	PublishedAt time.Time // zero unless published
}

// Contributor is the person who sent the story.
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

// Release is one person's agreement to a release form.
type Release struct {
	Version      int
	TextSHA256   string // hex; which exact text
	Locale       string
	AgreedAt     time.Time
	Address      string // network address it came from; after a while its network only
	OfAge        bool   // confirmed the campaign's minimum age
	OthersAgreed bool   // everyone shown agreed
	SourceSHA256 string // hex; bound when the source is pinned
	WithdrawnAt  time.Time
}

// FullAddress reports whether the network address names one connection.
func (r Release) FullAddress() bool {
	_, err := netip.ParseAddr(r.Address)
	return err == nil
}

// TruncateAddress cuts the network address to its network: 24 bits of IPv4, 48
// of IPv6.
func (r *Release) TruncateAddress() {
	if network := address.Network(r.Address); network != "" {
		r.Address = network
	}
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
	Discards    []string  `json:"discards,omitempty"`  // prefixes of replaced files' objects, still to be removed
	ExpiresAt   time.Time `json:"expires_at"`
}

// Needs reports whether an object under incoming/ is still needed: until its
// bytes are kept as the source. A signed address works again once the object
// is gone, so that objects can appear when nobody expects them.
func (s *Story) Needs(incomingKey string) bool {
	switch s.State {
	case AwaitingUpload, Uploaded, Preparing, Failed:
		return s.Source == nil && s.Upload.Key == incomingKey
	case InReview, Approved, Publishing, Published, Hidden, Rejected, Expired, Withdrawn, Erased:
	}
	return false
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
	// Lapse says that the file's retention period ended: LapseDue until the
	// object is gone, LapseDone from then on. The rest stays as evidence.
	Lapse string `json:"lapse,omitempty"`
}

// What Source.Lapse holds.
const (
	LapseDue  = "due"
	LapseDone = "done"
)

// Erased reports whether the file is gone or about to go; false for nil.
func (s *Source) Erased() bool { return s != nil && s.Lapse != "" }

// Failure is why work ended without a result.
type Failure struct {
	Code   string  `json:"code"` // stable
	Detail string  `json:"detail"`
	Job    JobKind `json:"job"`
	Input  bool    `json:"input,omitempty"` // the file is the cause: another one can succeed
}

// ErrTimeTaken is returned for a publication time that another story has.
var ErrTimeTaken = errors.New("story: the publication time is taken")

// Store is where stories are kept. Writes are guarded: a stale one fails
// with Conflict "story.stale" and changes nothing.
type Store interface {
	// Story fails with NotFound "story.unknown".
	Story(ctx context.Context, id string) (*Story, error)
	// SaveStory writes every field of s where the stored version is still
	// s.Version, raises s.Version, ends any claim, and appends the line unless
	// it is nil. Facet counters follow From and To of the line. A story that
	// becomes Published at the very time of another may be refused with
	// ErrTimeTaken.
	SaveStory(ctx context.Context, s *Story, line *Entry) error
	// History returns all lines, oldest first.
	History(ctx context.Context, id string) ([]*Entry, error)
	// StatesOf returns the state of each known id.
	StatesOf(ctx context.Context, ids []string) (map[string]State, error)
}
