package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/storyreel/storyreel/api"
	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/catalog"
	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/funnel"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/metric"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/smtp"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/webhook"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
	"github.com/storyreel/storyreel/worker"
)

// base is what commands that only touch the database need.
type base struct {
	cfg       config.Config
	log       *slog.Logger
	store     *store.Store
	campaigns *campaign.Service
	accounts  *account.Service
	audit     *audit.Log
	origins   *campaign.Origins
	metrics   *metric.Set
}

// clock is UTC at microseconds, which is what both databases keep.
func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// openBase connects to the database and brings its schema up to date when it
// is SQLite, whose file belongs to this installation alone.
func openBase(e *env) (*base, error) {
	cfg, log, err := e.config()
	if err != nil {
		return nil, err
	}
	return newBase(e.ctx, cfg, log)
}

func newBase(ctx context.Context, cfg config.Config, log *slog.Logger) (*base, error) {
	if err := privateFolder(cfg.Data, log); err != nil {
		return nil, fmt.Errorf("STORYREEL_DATA: %w", err)
	}
	for _, o := range cfg.Origins {
		if o != "*" && !campaign.ValidOrigin(o) {
			return nil, fmt.Errorf("STORYREEL_ORIGINS: %q must look like https://www.example.com, or be *", o)
		}
	}
	metrics := metric.New(knownLabels(cfg))
	pools := pools(cfg)
	pools.Observe = metrics.Statement
	db, err := store.OpenPools(ctx, cfg.DatabaseURL, pools)
	if err != nil {
		return nil, err
	}
	if db.Dialect() == "sqlite" {
		_, err = db.Migrate(ctx)
	} else {
		err = db.Current(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	campaigns := campaign.NewService(db, clock)
	return &base{
		cfg: cfg, log: log, store: db, campaigns: campaigns,
		accounts: account.NewService(db, clock, account.Options{
			Session: cfg.SessionLife, Idle: cfg.SessionIdle, Link: cfg.LinkLife, KeyLifetime: cfg.KeyLife,
			Groups: groupRoles(cfg), NoPasswords: !cfg.Passwords, Words: campaigns.Names,
		}),
		audit:   audit.NewLog(db, clock, audit.Options{Keep: cfg.AuditKeep}, log),
		origins: campaign.NewOrigins(campaigns, append([]string{cfg.Origin()}, cfg.Origins...)...),
		metrics: metrics,
	}, nil
}

func (b *base) close() error { return b.store.Close() }

// app is the service with everything wired, leaf to root.
type app struct {
	*base
	bucket   *storage.Bucket
	queue    *queue.Client
	limiter  *limit.Limiter
	stories  *story.Service
	intake   *intake.Service
	attempts *attempt.Service
	removal  *cdn.Service
	webhooks *webhook.Service
	mails    *mail.Service
	worker   atomic.Pointer[worker.Pipeline]     // nil in a process that runs no jobs
	audited  atomic.Pointer[integrity.Scheduler] // nil in processes that make no audits
	sandbox  string                              // how ffmpeg is confined
	name     string                              // of this process, in leases and attempt records
	songs    songs
	stopFill func()
	// mailServer is nil where none is configured
	mailServer *smtp.Client
	stopping   atomic.Bool // the API takes its last requests
	// shared by metrics and the page of queues
	backlog func() (*store.Backlog, error)
	depths  func() ([]queue.Depth, error)
}

// newApp wires the service. redisURL and s3 come from the configuration, or
// from what `up` started.
func newApp(ctx context.Context, b *base, redisURL string, s3 storage.Config) (*app, error) {
	s3.Observe = b.metrics.Storage
	bucket, err := storage.Open(ctx, s3)
	if err != nil {
		return nil, err
	}
	redis, err := queue.Redis(redisURL)
	if err != nil {
		return nil, err
	}
	limiter, err := limit.New(redisURL, b.log)
	if err != nil {
		return nil, err
	}
	a := &app{
		base: b, bucket: bucket, queue: queue.NewClient(redis), limiter: limiter,
		name: processName(),
	}
	a.sandbox = sandboxLevel(b.cfg.Sandbox)
	a.metrics.Describe(metric.Process{Version: versionName(), Sandbox: a.sandbox})
	a.watch(ctx)
	a.stories = story.NewService(b.store, a.queue, clock, story.Options{Lease: b.cfg.Lease}, b.log)
	if a.songs, err = songCatalog(b.cfg.SongsURL); err != nil {
		return nil, err
	}
	a.intake = intake.NewService(b.store, a.stories, bucket, b.campaigns, limiter, clock,
		intake.Options{
			Songs: a.songs, LinkHosts: b.cfg.LinkHosts,
			BeginsPerHour: b.cfg.BeginsPerHour, BytesPerHour: int64(b.cfg.BytesPerHour),
			Replacements: b.cfg.ReplacementsPerStory, Resubmissions: b.cfg.ResubmissionsPerStory,
			Sent: a.sent,
		}, b.log)
	a.attempts = attempt.NewService(b.store, a.stories, a.queue, clock,
		attempt.Options{Watched: b.cfg.Ladder == "watched"})
	if a.removal, err = a.newRemoval(); err != nil {
		return nil, err
	}
	a.webhooks = webhook.NewService(b.store, b.campaigns, clock, webhook.Options{Private: b.cfg.WebhookPrefixes()})
	if a.mailServer, err = mailServer(b.cfg); err != nil {
		return nil, err
	}
	a.mails = mail.NewService(b.store, b.campaigns, clock, a.mailServer != nil)
	a.stopFill = a.fill(ctx)
	return a, nil
}

func (a *app) close() error {
	a.stopFill()
	return errors.Join(a.queue.Close(), a.limiter.Close(), a.base.close())
}

// songs is a catalog of songs.
type songs interface {
	Search(ctx context.Context, query string, limit int) ([]catalog.Song, error)
}

// songCatalog returns the catalog at the address, by default the one built in.
func songCatalog(address string) (songs, error) {
	if address == "" {
		return catalog.Demo(), nil
	}
	remote, err := catalog.NewRemote(address)
	if err != nil {
		return nil, fmt.Errorf("STORYREEL_SONGS_URL: %w", err)
	}
	return remote, nil
}

// storageConfig is the configured bucket. Every campaign's origins may
// upload to it, besides the pages' own.
func (b *base) storageConfig(ctx context.Context) (storage.Config, error) {
	origins, err := b.origins.Reload(ctx)
	return bucketConfig(b.cfg, origins), err
}

// bucketConfig is the configured bucket, to which these origins may upload.
func bucketConfig(cfg config.Config, origins []string) storage.Config {
	c := storage.Config{
		Endpoint: cfg.S3Endpoint, PublicEndpoint: cfg.S3PublicEndpoint, Bucket: cfg.S3Bucket,
		MediaURL: cfg.MediaURL, Origins: origins, PublicCache: cfg.MediaCache(),
	}
	if cfg.S3Addressing == storage.Virtual {
		c.Addressing = storage.Virtual
	}
	return c
}

// handler is the API over the app.
func (a *app) handler() (http.Handler, error) {
	deps := api.Deps{
		Services: api.Services{
			Stories: a.stories, Intake: a.intake, Attempts: a.attempts,
			Captions: caption.NewService(a.store, a.stories, clock), Funnel: funnel.NewService(a.store),
			Retention: a.retention(),
			Campaigns: a.campaigns, Accounts: a.accounts, Audit: a.audit,
			Review: review.NewService(a.store, a.stories, a.campaigns, clock),
			Feed:   feed.NewService(a.store, a.campaigns), Watched: feed.NewWatched(a.store, clock),
			Board: board.NewService(a.store, a.campaigns, clock), Songs: a.songs, Webhooks: a.webhooks,
			Mails: a.mails, Notices: notice.NewService(a.store, a.stories, a.limiter, clock, 0),
		},
		Origins: a.origins, Bucket: a.bucket, Limit: a.limiter,
		SignIn:  signIn(a.cfg),
		Streams: api.StreamQuota{PerAddress: a.cfg.StreamsPerAddress, Total: a.cfg.Streams},
		Addresses: api.Addresses{
			Pages: a.cfg.PublicURL, Upload: a.bucket.UploadOrigin(), Media: a.bucket.PublicURL(""),
		},
		Monitoring: api.Monitoring{
			Ready: a.ready, Answered: a.metrics.Request, Metrics: a.metrics.Handler(), Work: a.underWay,
		},
		Front:   front.Options{Proxies: a.cfg.TrustedProxies, ProxyHeader: a.cfg.ProxyHeader},
		Version: versionName(), Now: clock, Log: a.log,
	}
	return api.New(deps)
}

// ready checks the services that this one needs.
func (a *app) ready(ctx context.Context) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	status := func(err error) string {
		if err != nil {
			return "unreachable"
		}
		return "ok"
	}
	if a.stopping.Load() {
		return map[string]string{"process": "stopping"}
	}
	checks := map[string]string{
		"database": status(a.store.Ping(ctx)), "storage": status(a.bucket.Ping(ctx)),
		"queue": "ok", "sandbox": a.sandbox,
	}
	if a.queue.Ping() != nil {
		checks["queue"] = "degraded"
	}
	if p := a.worker.Load(); p != nil {
		checks["worker"] = "ok"
		if err := p.Ready(); err != nil {
			checks["worker"] = "paused: " + pauseReason(err)
		}
	}
	return checks
}

func sandboxLevel(mode string) string {
	m, err := sandbox.ParseMode(mode)
	if err != nil {
		return "none"
	}
	box, err := sandbox.New(m)
	if err != nil {
		return "none"
	}
	return string(box.Level())
}

// work runs jobs and the sweep until ctx ends, then requeues running jobs.
func (a *app) work(ctx context.Context, redisURL string) error {
	mode, err := sandbox.ParseMode(a.cfg.Sandbox)
	if err != nil {
		return err
	}
	t, err := transcode.New(transcode.Options{Threads: a.cfg.Cores(), Sandbox: mode, Log: a.log})
	if err != nil {
		return err
	}
	options, err := publishOptions(ctx, t, a.cfg)
	if err != nil {
		return err
	}
	if level := t.SandboxLevel(); level != sandbox.Full {
		a.log.Warn("ffmpeg is not fully confined on this system; set STORYREEL_SANDBOX=require to refuse that",
			"sandbox", level)
	}
	p, err := worker.New(a.attempts, a.bucket, t,
		worker.Options{
			Scratch: a.cfg.Scratch, MinFree: int64(a.cfg.ScratchFree),
			Name: a.name, Lease: a.cfg.Lease, BeatEvery: a.cfg.Lease / 10, Publish: options,
			Removal: a.removal, Limits: a.limits, Ended: a.ended, Now: clock, Log: a.log,
		})
	if err != nil {
		return err
	}
	defer a.closeWorker(p)
	a.worker.Store(p)
	p.ReportLost(ctx)
	redis, err := queue.Redis(redisURL)
	if err != nil {
		return err
	}
	var beside sync.WaitGroup
	beside.Go(func() { a.sweeper().Run(ctx) })
	beside.Go(func() { a.audits(ctx) })
	err = queue.Serve(ctx, redis,
		queue.Options{
			Review: a.cfg.ReviewWorkers, Publish: a.cfg.ReviewWorkers, Ladder: a.cfg.PublishWorkers,
			Shutdown: a.cfg.Shutdown, Ready: p.Ready, Log: a.log,
		}, p.Run)
	beside.Wait()
	return err
}

func (a *app) closeWorker(p *worker.Pipeline) {
	if err := p.Close(); err != nil {
		a.log.Warn("scratch folder not removed", "err", err)
	}
}

// sweeper finds what is due and not under way.
func (a *app) sweeper() *worker.Sweeper {
	return worker.NewSweeper(
		worker.SweepDeps{
			Stories: a.stories, Uploads: a.intake, Attempts: a.attempts,
			Ending: []worker.Ending{a.accounts, a.audit, a.webhooks, a.mails},
			Bucket: a.bucket, Leases: a.store, Database: a.store, Removal: a.removal,
			Keep: a.retention(),
		},
		worker.SweepOptions{
			Every: a.cfg.SweepEvery, Redispatch: a.cfg.Redispatch, Name: a.name,
			Drift: a.metrics.Drift, Lapsed: a.metrics.Lapsed, Swept: a.metrics.Swept,
			Now: clock, Log: a.log,
		})
}

// publishOptions is what the configuration asks of publishing, once it is clear
// that this machine can do it: better no start than every job failing.
func publishOptions(ctx context.Context, t *transcode.Transcoder, cfg config.Config) (plan.Options, error) {
	options := plan.Options{Quality: plan.Quality(cfg.Quality), AV1: cfg.AV1}
	missing, err := t.Missing(ctx, options)
	if err != nil {
		return options, err
	}
	if len(missing) > 0 {
		return options,
			fault.New(fault.Unavailable, "ffmpeg.lacks", "the installed ffmpeg lacks %s; `storyreel doctor` says more",
				strings.Join(missing, ", "))
	}
	options.Encoder, err = t.Encoder(ctx, cfg.Encoder)
	return options, err
}

// limits is what a campaign's limits mean to the transcoder.
func (a *app) limits(ctx context.Context, campaignID string) (refusal.Limits, error) {
	c, err := a.campaigns.Get(ctx, campaignID)
	l := refusal.DefaultLimits()
	if err == nil {
		l.MinDuration, l.MaxDuration, l.MaxBytes = c.Limits.MinDuration, c.Limits.MaxDuration, c.Limits.MaxBytes
	}
	return l, err
}
