package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

// begins is the campaign of the stories that are begun, so that the large one
// stays as it was made.
const begins = "begins"

// moderator is who claims and decides.
var moderator = account.Actor{ID: "bench", Name: "Bench", Role: account.Moderator}

// writer performs writes.
type writer struct {
	*reader
	b        *bench
	address  string
	intake   *intake.Service
	review   *review.Service
	attempts *attempt.Service
	begun    *intake.Begun // one, for its status
	held     []*story.Story
	waiting  []string // ids in review
	next     int
	serving  *process
	close    func()
}

// newWriter wires the use cases as the service does, to the same Redis and
// bucket.
func (b *bench) newWriter(ctx context.Context, r *reader, address string) (*writer, error) {
	redis, err := queue.Redis(b.redis.URL)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	limiter, err := limit.New(b.redis.URL, log)
	if err != nil {
		return nil, err
	}
	announcer := queue.NewClient(redis)
	stories := story.NewService(r.db, announcer, time.Now, story.Options{}, log)
	w := &writer{
		reader: r, b: b, address: address,
		review:   review.NewService(r.db, stories, r.campaigns, time.Now),
		attempts: attempt.NewService(r.db, stories, announcer, time.Now, attempt.Options{}),
		intake: intake.NewService(r.db, stories, b.bucket, r.campaigns, limiter, time.Now,
			intake.Options{BeginsPerHour: 1 << 40, BytesPerHour: 1 << 50}, log),
		close: func() {
			_ = announcer.Close() // nothing was left in it
			_ = limiter.Close()
		},
	}
	if err := w.arrange(ctx); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// arrange makes the campaign, one story in it, and an empty sweep.
func (w *writer) arrange(ctx context.Context) error {
	if _, err := w.campaigns.Get(ctx, begins); fault.Is(err, "campaign.unknown") {
		c := &campaign.Campaign{Slug: begins, Title: "Begins", Limits: campaign.DefaultLimits()}
		if err := w.campaigns.Create(ctx, c); err != nil {
			return err
		}
		if _, err := w.campaigns.AddReleaseForm(ctx, begins,
			campaign.ReleaseForm{Locale: "en", Title: "Release", Text: "You may show my video."}); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := w.begin(); err != nil {
		return err
	}
	for {
		if n, err := w.attempts.Dispatch(ctx, time.Minute, 10_000); n == 0 || err != nil {
			return err
		}
	}
}

func (w *writer) all() []operation {
	return []operation{
		{name: "begin a story", do: w.begin},
		{name: "status by token", do: func() error {
			_, err := w.intake.Authorize(w.ctx, w.begun.Story.ID, w.begun.Token)
			return err
		}},
		{name: "story by id", do: func() error {
			_, err := w.stories.Get(w.ctx, w.anyID())
			return err
		}},
		{name: "claim, ten stories", do: w.claim, undo: w.release},
		{name: "decision", do: w.reject, undo: w.restore},
		{name: "sweep, nothing due", do: func() error { return w.sweep(time.Minute) }},
		{name: "sweep, and a look at what the queue holds", do: func() error { return w.sweep(0) }},
		{name: "start-up, opening the database", do: w.open},
		{name: "start-up, until serve is ready", do: w.start,
			undo: func() error { return w.serving.stop() }, times: 5},
	}
}

// begin begins a story whose file is one PUT.
func (w *writer) begin() error {
	begun, err := w.intake.Begin(w.ctx, intake.BeginRequest{
		Campaign: begins, Contributor: story.Contributor{Name: "Zoë", Country: "DE", Locale: "en"},
		Song: story.Song{Title: "Heroes", Artist: "David Bowie"}, Text: "We danced on the roof.",
		Agreement: intake.Agreement{Version: 1, Agreed: true, OfAge: true, OthersAgreed: true},
		File:      intake.File{Name: "clip.mp4", Bytes: 5 << 20, ContentType: "video/mp4"}, Address: "192.0.2.1",
	})
	w.begun = begun
	return err
}

func (w *writer) claim() error {
	var err error
	w.held, err = w.review.Claim(w.ctx, w.queue, moderator, 10, nil)
	if err == nil && len(w.held) == 0 {
		err = fmt.Errorf("no story is in review")
	}
	return err
}

func (w *writer) release() error {
	for _, st := range w.held {
		if err := w.review.Release(w.ctx, st.ID, moderator); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) reject() error {
	return w.decide(review.Decision{Action: review.Reject, Reason: "other"})
}

func (w *writer) restore() error {
	err := w.decide(review.Decision{Action: review.Restore})
	w.next++
	return err
}

// decide decides on the next story that waits for a moderator.
func (w *writer) decide(d review.Decision) error {
	if w.waiting == nil {
		page, err := w.review.Queue(w.ctx, w.queue, nil, perPage)
		if err != nil {
			return err
		}
		for _, st := range page.Items {
			w.waiting = append(w.waiting, st.ID)
		}
		if len(w.waiting) == 0 {
			return fmt.Errorf("no story is in review")
		}
	}
	d.Lead = true
	_, err := w.review.Decide(w.ctx, w.waiting[w.next%len(w.waiting)], d, moderator)
	return err
}

// sweep looks for work; with 0, also whether the queue holds all of it, which
// the service does once in a while.
func (w *writer) sweep(redispatch time.Duration) error {
	n, err := w.attempts.Dispatch(w.ctx, redispatch, 1000)
	if err == nil && n > 0 {
		err = fmt.Errorf("%d jobs were due", n)
	}
	return err
}

func (w *writer) open() error {
	db, err := store.Open(w.ctx, w.address)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Ping(w.ctx)
}

// start starts `serve`; its end is not measured.
func (w *writer) start() error {
	dir := filepath.Join(w.b.dir, "start")
	if err := os.MkdirAll(filepath.Join(dir, "scratch"), 0o700); err != nil {
		return err
	}
	var err error
	w.serving, err = startProcess(w.ctx, "serve", w.b.vars(w.address, dir))
	return err
}
