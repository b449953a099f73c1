// Package api is the HTTP interface: routes, who may call them, and the shapes
// of requests and answers. It cannot reach storage, queue or database; it
// calls the domain.
package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/funnel"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

// bucket makes addresses for stored objects and lets web origins upload.
type bucket interface {
	SignGet(ctx context.Context, key string, ttl time.Duration, downloadName string) (string, error)
	PublicURL(key string) string
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
	Campaigns *campaign.Service
	Accounts  *account.Service
	Review    *review.Service
	Feed      *feed.Service
	Board     *board.Service
	Songs     songs
}

// Addresses are base URLs, without a slash at the end.
type Addresses struct {
	Pages  string
	Upload string // of the server that presigned requests go to
	Media  string // of published objects
}

// Quota is what one network address may do in an hour.
type Quota struct {
	Begins int
	Bytes  int64 // announced for upload
}

// Monitoring connects the API with whoever watches the service.
type Monitoring struct {
	// Ready checks each service we need: "ok", or a short reason. Nil: not ready.
	Ready func(ctx context.Context) map[string]string
	// Answered is called after every request; nil: not at all.
	Answered func(operation string, status int, took time.Duration)
	// Metrics answers administrators at /metrics; nil: no metrics.
	Metrics http.Handler
}

// Deps is what the API is made of.
type Deps struct {
	Services
	Origins        *campaign.Origins // web origins that may call with a token
	Bucket         bucket
	Limit          limiter
	Quota          Quota
	Addresses      Addresses
	Monitoring     Monitoring
	TrustedProxies []string // networks whose X-Forwarded-For is believed
	Version        string
	Now            func() time.Time
	Log            *slog.Logger
}

type server struct {
	Deps
	huma  huma.API
	cross *http.CrossOriginProtection
}

// New returns the handler of every route, pages included.
func New(d Deps) (http.Handler, error) {
	_, engine, err := build(d)
	return engine, err
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
	s := &server{Deps: d, cross: http.NewCrossOriginProtection()}
	if err := s.cross.AddTrustedOrigin(originOf(d.Addresses.Pages)); err != nil {
		return nil, nil, err
	}
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	if err := engine.SetTrustedProxies(d.TrustedProxies); err != nil {
		return nil, nil, err
	}
	engine.Use(s.guard)
	engine.NoRoute(func(c *gin.Context) {
		s.write(c,
			newProblem(http.StatusNotFound, "not_found",
				"there is nothing at this address; /docs lists what there is"))
	})
	engine.NoMethod(func(c *gin.Context) {
		s.write(c,
			newProblem(http.StatusMethodNotAllowed, "method_not_allowed",
				"this address does not know that method; /docs lists what it knows"))
	})

	s.huma = humagin.New(engine, describe())
	s.huma.UseMiddleware(s.authenticate)
	for _, register := range []func(){
		s.campaignRoutes, s.storyRoutes, s.uploadRoutes, s.eventRoutes, s.songRoutes, s.dataRoutes, s.captionRoutes,
		s.feedRoutes, s.reviewRoutes, s.historyRoutes, s.duplicateRoutes, s.bulkRoutes, s.reportRoutes, s.boardRoutes,
		s.shortlistRoutes, s.tagRoutes, s.voteRoutes, s.searchRoutes, s.selectionRoutes, s.exportRoutes,
		s.sessionRoutes, s.campaignAdminRoutes, s.funnelRoutes, s.userRoutes, s.keyRoutes, s.jobRoutes,
	} {
		register()
	}
	s.healthRoutes(engine)
	s.siteRoutes(engine)
	return s, engine, nil
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
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "A signed-in browser."},
	}
	return cfg
}

// maxBody bounds a request, in bytes. Videos never pass through the API.
const maxBody = 256 << 10

type instanceKey struct{}

// guard is around everything: a panic becomes a problem, every answer has
// the headers that browsers need to stay safe, and every request an id.
func (s *server) guard(c *gin.Context) {
	b := make([]byte, 8)
	rand.Read(b)
	instance := "urn:storyreel:request:" + hex.EncodeToString(b)
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), instanceKey{}, instance))
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if strings.HasPrefix(s.Addresses.Pages, "https:") {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	if s.cors(c) {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			s.Log.Error("panic in a request", "instance", instance, "panic", r)
			if !c.Writer.Written() {
				s.write(c, newProblem(http.StatusInternalServerError, "internal", "something went wrong on our side"))
			}
			c.Abort()
		}
	}()
	c.Next()
}

// cors lets the pages of brands call with a token. No answer ever allows
// credentials, so a foreign page can never act with a staff cookie. It
// reports whether the request was a preflight, now answered.
func (s *server) cors(c *gin.Context) bool {
	origin := c.GetHeader("Origin")
	if origin == "" || origin == originOf(s.Addresses.Pages) {
		return false
	}
	h := c.Writer.Header()
	h.Add("Vary", "Origin")
	allowed := s.Origins.All(c.Request.Context())
	if slices.Contains(allowed, origin) || slices.Contains(allowed, "*") {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
		if c.Request.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
			h.Set("Access-Control-Max-Age", "7200")
		}
	}
	if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
		c.AbortWithStatus(http.StatusNoContent)
		return true
	}
	return false
}

// write answers with a problem outside huma.
func (s *server) write(c *gin.Context, p *Problem) {
	p.Instance, _ = c.Request.Context().Value(instanceKey{}).(string)
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(p.Status, p)
}
