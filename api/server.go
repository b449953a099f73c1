// Package api is the HTTP interface: routes, who may call them, and the shapes
// of requests and answers. It cannot reach storage, queue or database; it
// calls the domain.
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/api/site"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/funnel"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/webhook"
)

// bucket makes addresses for stored objects and lets web origins upload.
type bucket interface {
	SignGet(ctx context.Context, key string, ttl time.Duration, downloadName string) (string, error)
	PublicURL(key string) string
	Keys(ctx context.Context, prefix, after string, limit int) ([]media.Object, error)
	AllowOrigins(ctx context.Context, origins []string) error
}

// limiter counts what a caller does, and returns TooMany beyond the rule.
type limiter interface {
	Allow(ctx context.Context, r limit.Rule, key string, n int64) error
}

// Services are the parts of the domain that the API exposes.
type Services struct {
	Stories   *story.Service
	Intake    *intake.Service
	Attempts  *attempt.Service
	Captions  *caption.Service
	Funnel    *funnel.Service
	Retention *retention.Service
	Campaigns *campaign.Service
	Accounts  *account.Service
	Audit     *audit.Log
	Review    *review.Service
	Feed      *feed.Service
	Watched   *feed.Watched
	Board     *board.Service
	Songs     songs
	Webhooks  *webhook.Service
	Notices   *notice.Service
	Mails     *mail.Service
}

// Addresses are base URLs, without a slash at the end.
type Addresses struct {
	Pages  string
	Upload string // of the server that presigned requests go to
	Media  string // of published objects
}

// Monitoring connects the API with whoever watches the service.
type Monitoring struct {
	// Ready checks each service we need: "ok", or a short reason. Nil: not ready.
	Ready func(ctx context.Context) map[string]string
	// Answered is called after every request; nil: not at all.
	Answered func(operation string, status int, took time.Duration)
	// Metrics answers administrators at /metrics; nil: no metrics.
	Metrics http.Handler
	// Work is what waits and who works; nil: this process has no queue.
	Work func(ctx context.Context) (Work, error)
}

// Deps is what the API is made of.
type Deps struct {
	Services
	Origins    *campaign.Origins // web origins that may call with a token
	Bucket     bucket
	Limit      limiter
	Streams    StreamQuota
	SignIn     SignIn
	Addresses  Addresses
	Monitoring Monitoring
	Front      front.Options // the proxies in front
	Pages      fs.FS         // the built pages; nil: those in the binary
	Version    string
	Now        func() time.Time
	Log        *slog.Logger
}

type server struct {
	Deps
	huma    huma.API
	cross   *http.CrossOriginProtection
	site    *site.Site
	streams *streams
	handler http.Handler
	// everywhere has the routes that pages of all websites may read.
	everywhere map[string]bool
}

// New returns the handler of every route, pages included.
func New(d Deps) (http.Handler, error) {
	s, _, err := build(d)
	if err != nil {
		return nil, err
	}
	return s.handler, nil
}

// Document returns the OpenAPI description as YAML.
func Document() ([]byte, error) {
	s, _, err := build(
		Deps{Addresses: Addresses{Pages: "http://127.0.0.1:8080"}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return s.huma.OpenAPI().YAML()
}

func build(d Deps) (*server, *gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	installErrors()
	s := &server{Deps: d, cross: http.NewCrossOriginProtection(), streams: newStreams(d.Streams)}
	if err := s.cross.AddTrustedOrigin(originOf(d.Addresses.Pages)); err != nil {
		return nil, nil, err
	}
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.Use(s.guard)
	engine.NoRoute(s.noRoute)
	engine.NoMethod(s.noMethod)

	s.huma = humagin.New(engine, describe())
	s.huma.UseMiddleware(s.authenticate)
	for _, register := range []func(){
		s.campaignRoutes, s.storyRoutes, s.uploadRoutes, s.eventRoutes, s.songRoutes, s.dataRoutes, s.captionRoutes,
		s.feedRoutes, s.reviewRoutes, s.historyRoutes, s.duplicateRoutes, s.bulkRoutes, s.reportRoutes, s.boardRoutes,
		s.shortlistRoutes, s.listRoutes, s.downloadRoutes, s.sheetRoutes, s.tagRoutes, s.voteRoutes, s.searchRoutes,
		s.selectionRoutes, s.exportRoutes,
		s.sessionRoutes, s.providerRoutes, s.factorRoutes, s.campaignAdminRoutes, s.funnelRoutes, s.userRoutes,
		s.keyRoutes, s.auditRoutes, s.retentionRoutes, s.jobRoutes, s.queueRoutes, s.webhookRoutes, s.noticeRoutes,
		s.mailRoutes,
	} {
		register()
	}
	s.everywhere = readableEverywhere(s.huma.OpenAPI())
	s.healthRoutes(engine)
	s.siteRoutes(engine)
	var err error
	d.Front.Form = site.StopPath
	s.handler, err = front.New(engine, d.Front)
	return s, engine, err
}

// describe is what the OpenAPI document says besides the operations.
func describe() huma.Config {
	cfg := huma.DefaultConfig("Storyreel", "1")
	cfg.Info.Description = "Video stories: begun with a presigned upload, reviewed by moderators, published to a " +
		"feed, selected for ads."
	cfg.Info.License = &huma.License{Name: "Apache-2.0"}
	cfg.CreateHooks = nil
	cfg.DocsPath = "" // the renderer is served by us, without a foreign script
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"storyToken": {
			Type: "http", Scheme: "bearer",
			Description: "The token that creation answered with; it gives access to one story.",
		},
		"apiKey": {
			Type: "http", Scheme: "bearer", BearerFormat: "srk_…",
			Description: "A staff API key; its role decides what it may do.",
		},
		"session": {
			Type: "apiKey", In: "cookie", Name: sessionCookie,
			Description: "A signed-in browser. Under https the cookie is " + secureCookie + ".",
		},
	}
	return cfg
}
