// Package intake takes stories in: it checks what a contributor sends, records
// the story with its release, hands out presigned requests for the file, and
// completes the upload by what storage reports.
package intake

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/catalog"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// Store is where new stories, their tokens and idempotency records are kept.
type Store interface {
	// CreateStory stores s, its first history line, the hash of its token and,
	// when idem is not nil, the idempotency record, all or nothing. A known
	// idempotency key fails with Conflict "idempotency.known".
	CreateStory(ctx context.Context, s *story.Story, first *story.Entry, tokenHash string, idem *Idempotency) error
	// OpenUploads returns stories awaiting upload with NextRunAt at or before now.
	OpenUploads(ctx context.Context, now time.Time, limit int) ([]*story.Story, error)
	// AddToken adds one more token of the story.
	AddToken(ctx context.Context, story, tokenHash string) error
	// HasToken reports whether the token is one of the story's.
	HasToken(ctx context.Context, story, tokenHash string) (bool, error)
	// Idempotency returns the record, or nil.
	Idempotency(ctx context.Context, key string) (*Idempotency, error)
	// PruneIdempotency deletes records made before the time.
	PruneIdempotency(ctx context.Context, before time.Time) error
}

// Idempotency is the record of one creation, by which a repeated request finds
// the story that the first one made.
type Idempotency struct {
	Key       string // SHA-256 of campaign and client key, hex
	Request   string // SHA-256 of the request, hex
	Story     string
	CreatedAt time.Time
}

// bucket is the part of storage that uploads use.
type bucket interface {
	SignPut(
		ctx context.Context, key string, bytes int64, contentType, sha256 string, ttl time.Duration,
	) (media.SignedRequest, error)
	StartMultipart(ctx context.Context, key, contentType string) (string, error)
	SignPart(
		ctx context.Context, key, uploadID string, number int, bytes int64, ttl time.Duration,
	) (media.SignedRequest, error)
	Parts(ctx context.Context, key, uploadID string) ([]media.Part, error)
	CompleteMultipart(ctx context.Context, key, uploadID string, parts []media.Part) (media.Object, error)
	AbortMultipart(ctx context.Context, key, uploadID string) error
	Head(ctx context.Context, key string) (media.Object, error)
	DeletePrefix(ctx context.Context, prefix string) (int, error)
}

// campaigns is the part of campaign.Service that intake uses.
type campaigns interface {
	Get(ctx context.Context, slugOrID string) (*campaign.Campaign, error)
	CurrentForms(ctx context.Context, campaign string) ([]*campaign.ReleaseForm, error)
}

// songs is the catalog that songs are picked from.
type songs interface {
	Search(ctx context.Context, query string, limit int) ([]catalog.Song, error)
}

// quota counts what network addresses use. Take counts all or, with TooMany
// "rate_limited", nothing; Return gives back.
type quota interface {
	Take(ctx context.Context, key string, uses ...limit.Use) error
	Return(ctx context.Context, key string, uses ...limit.Use)
}

// Options tune a Service. Zero values take the defaults given per field.
type Options struct {
	BeginsPerHour int   // stories one address may begin, and files it may replace; 60
	BytesPerHour  int64 // bytes one address may announce for upload; 20 GiB
	Replacements  int   // times the file of one story may be replaced; 10
	Resubmissions int   // of these, after a rejection; 3; so often may it be revised after one, too
	Revisions     int   // times texts and song of one story may be changed; 20

	UploadTTL time.Duration // an upload not finished after this expires; 24 h
	SignTTL   time.Duration // life of a presigned request; 1 h, a slow phone's 8 MiB
	SingleMax int64         // bytes up to which one PUT is used; 8 MiB
	PartSize  int64         // bytes of a part; 8 MiB; more where a file would have over 1,000 parts
	Songs     songs         // where links and covers of songs come from; nil: from nowhere
	LinkHosts []string      // hosts that a song's link may lead to besides the catalog's links
	// Sent is called for each file that was announced, and once more when storage
	// holds all of its bytes; nil: nobody is interested.
	Sent func(stage Stage, bytes int64)
}

// Stage is how far a file has come.
type Stage string

// The stages.
const (
	Announced Stage = "announced"
	Completed Stage = "completed"
)

func (o Options) withDefaults() Options {
	o.BeginsPerHour, o.BytesPerHour = cmp.Or(o.BeginsPerHour, 60), cmp.Or(o.BytesPerHour, 20<<30)
	o.Replacements, o.Resubmissions = cmp.Or(o.Replacements, 10), cmp.Or(o.Resubmissions, 3)
	o.Revisions = cmp.Or(o.Revisions, 20)
	if o.UploadTTL == 0 {
		o.UploadTTL = 24 * time.Hour
	}
	if o.SignTTL == 0 {
		o.SignTTL = time.Hour
	}
	if o.SingleMax == 0 {
		o.SingleMax = 8 << 20
	}
	if o.PartSize == 0 {
		o.PartSize = 8 << 20
	}
	if o.Sent == nil {
		o.Sent = func(Stage, int64) {}
	}
	return o
}

// Service takes stories in.
type Service struct {
	store      Store
	stories    *story.Service
	bucket     bucket
	campaigns  campaigns
	quota      quota
	now        func() time.Time
	opts       Options
	log        *slog.Logger
	completing singleflight.Group
}

// NewService wires a Service; now is the clock.
func NewService(
	store Store, stories *story.Service, b bucket, c campaigns, q quota, now func() time.Time, opts Options,
	log *slog.Logger,
) *Service {
	return &Service{
		store: store, stories: stories, bucket: b, campaigns: c, quota: q, now: now, opts: opts.withDefaults(),
		log: log,
	}
}

// Authorize returns the story if the token is one of its own. A wrong token
// and an unknown story are the same NotFound, so that ids cannot be probed.
func (s *Service) Authorize(ctx context.Context, id, token string) (*story.Story, error) {
	ok, err := s.store.HasToken(ctx, id, account.HashToken(token))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound, "story.unknown", "there is no such story, or this is not its token")
	}
	return s.stories.Get(ctx, id)
}

// idempotencyLife is how long a repeated creation finds its story.
const idempotencyLife = 24 * time.Hour

// PruneIdempotency deletes idempotency records that have run out.
func (s *Service) PruneIdempotency(ctx context.Context) error {
	return s.store.PruneIdempotency(ctx, s.now().Add(-idempotencyLife))
}
