package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/telemetry"
)

// Names of the session cookie. Browsers take the first under https only, for
// this host and all of its paths, and from no other host.
const (
	secureCookie  = "__Host-storyreel_session"
	sessionCookie = "storyreel_session"
)

// apiPath is where the cookie is sent to without https: not to other servers
// of the host, such as the embedded S3 server, whose paths begin with the
// bucket's name.
const apiPath = "/v1"

// Who may call an operation. Every operation declares one of these or a
// list of roles; a test walks all routes and holds them to it.
var (
	anyone      = []account.Role{}
	moderators  = []account.Role{account.Moderator} // leads are moderators
	leads       = []account.Role{account.Lead}
	creatives   = []account.Role{account.Creative}
	admins      = []account.Role{account.Admin}
	staff       = account.StaffRoles()
	contributor = []account.Role{account.Contributor}
	ownerAdmin  = []account.Role{account.Contributor, account.Admin}
	ownerStaff  = append([]account.Role{account.Contributor}, account.StaffRoles()...)
)

const allowKey = "allow"

// declare writes the policy into the operation, where the middleware and the
// OpenAPI document find it.
func declare(op *huma.Operation, who []account.Role) {
	*op = huma.Operation(operation(*op).marked(allowKey, who))
	op.BodyReadTimeout = -1 // the front has read the body
	if slices.Contains(who, account.Contributor) {
		op.Security = append(op.Security, map[string][]string{"storyToken": {}})
	}
	if slices.ContainsFunc(who, account.Role.Valid) {
		op.Security = append(op.Security, map[string][]string{"apiKey": {}}, map[string][]string{"session": {}})
	}
	op.Errors = append(op.Errors, http.StatusUnprocessableEntity, http.StatusInternalServerError)
	if len(who) > 0 {
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
}

// allowedOf returns the policy that was written into the operation, and whether
// one was.
func allowedOf(op *huma.Operation) ([]account.Role, bool) {
	who, declared := op.Metadata[allowKey].([]account.Role)
	return who, declared
}

type callerKey struct{}

// caller is who a request comes from.
type caller struct {
	principal *account.Principal // nil: no staff
	story     *story.Story       // the story that a token gives access to
	storyID   string             // in the path
	campaign  string             // in the path
	address   string
	// credential is the hash of the token, key or cookie by which the caller was let in.
	credential string
	// still reports, as an error, that the caller would not be let in any more.
	still   func(context.Context) error
	device  string // User-Agent
	session string // token of the session cookie; empty: none was sent
	flow    string // cookie of an attempt to sign in with the provider; empty: none was sent
	again   bool   // asked by us: an open stream does not keep a session from being idle
	act     act
}

func callerOf(ctx context.Context) *caller {
	if c, ok := ctx.Value(callerKey{}).(*caller); ok {
		return c
	}
	return &caller{}
}

func storyIn(ctx context.Context) string { return callerOf(ctx).storyID }

// id is the id of the staff user or key that calls; empty for anybody else.
func (c *caller) id() string {
	if c.principal == nil {
		return ""
	}
	return c.principal.ID
}

// actor is the caller in the role by which the operation was allowed.
func (c *caller) actor(r account.Role) account.Actor {
	if c.principal == nil {
		return account.Actor{Role: account.Contributor}
	}
	return c.principal.Actor(r)
}

var errSignIn = fault.New(fault.Unauthorized, "auth.required",
	"sign in, or send an API key or the story's token as Authorization: Bearer …")

// authenticate finds out who calls, and whether they may.
func (s *server) authenticate(hc huma.Context, next func(huma.Context)) {
	g := humagin.Unwrap(hc)
	traced, span := s.trace(hc, g.Request)
	defer s.answered(hc.Operation(), g, span, time.Now())
	who := &caller{
		storyID: hc.Param("id"), campaign: hc.Param("campaign"), address: front.Address(hc.Context()),
		device: g.Request.UserAgent(),
	}
	if cookie, err := g.Request.Cookie(s.cookieName()); err == nil {
		who.session = cookie.Value
	}
	if cookie, err := g.Request.Cookie(s.flowName()); err == nil {
		who.flow = cookie.Value
	}
	ctx := context.WithValue(traced, callerKey{}, who)
	who.still = func(ctx context.Context) error {
		again := &caller{
			storyID: who.storyID, campaign: who.campaign, address: who.address, session: who.session, again: true,
		}
		return s.admit(ctx, again, g.Request, hc.Operation())
	}
	if err := s.admit(ctx, who, g.Request, hc.Operation()); err != nil {
		s.recordRefusal(ctx, hc.Operation(), problemOf(err))
		s.fail(g, hc.Operation().OperationID, err)
		return
	}
	if openToAll(hc.Operation()) {
		front.Compress(ctx)
	}
	next(huma.WithContext(hc, ctx))
}

// trace begins the span of a request. An event stream has none: it would last
// as long as somebody listens, and hold a statement for each second.
func (s *server) trace(hc huma.Context, r *http.Request) (context.Context, telemetry.Span) {
	op := hc.Operation()
	if op.Metadata[streamKey] != nil {
		return hc.Context(), telemetry.Span{}
	}
	return telemetry.Serve(hc.Context(), telemetry.Request{
		Operation: op.OperationID, Method: op.Method, Route: op.Path, Story: storyOfPath(hc),
		TraceParent: r.Header.Get("Traceparent"),
	})
}

// storyOfPath is the story that the path names, if it is one's id: whatever
// else somebody puts there is of no trace.
func storyOfPath(hc huma.Context) string {
	if id := hc.Param("id"); uuid.Validate(id) == nil && len(id) == 36 {
		return strings.ToLower(id)
	}
	return ""
}

// answered reports a request that began at the time, refused ones included. A
// panic is answered further out.
func (s *server) answered(op *huma.Operation, g *gin.Context, span telemetry.Span, began time.Time) {
	status := g.Writer.Status()
	if r := recover(); r != nil {
		defer panic(r)
		status = http.StatusInternalServerError
	}
	span.Answered(status)
	if s.Monitoring.Answered != nil {
		s.Monitoring.Answered(op.OperationID, status, time.Since(began))
	}
}

// admit fills in who calls and holds them to the operation's policy.
func (s *server) admit(ctx context.Context, who *caller, r *http.Request, op *huma.Operation) error {
	allowed, declared := allowedOf(op)
	if !declared {
		return fmt.Errorf("operation %s declares no policy", op.OperationID)
	}
	bearer, hasBearer := bearerOf(r)
	switch {
	case hasBearer:
		who.credential = account.HashToken(bearer)
	case who.session != "":
		who.credential = account.HashToken(who.session)
	}
	if len(allowed) == 0 && op.Method != http.MethodGet {
		if err := s.checkSite(ctx, r, who.campaign, op); err != nil {
			return err
		}
	}
	var err error
	switch {
	case hasBearer && account.IsKey(bearer):
		who.principal, err = s.Accounts.ByKey(ctx, bearer)
	case hasBearer && slices.Contains(allowed, account.Contributor):
		who.story, err = s.Intake.Authorize(ctx, who.storyID, bearer)
		return err
	case who.session != "" && len(allowed) > 0:
		if err := s.cross.Check(r); err != nil {
			return errCrossSite.Because(err)
		}
		if !ownFetch(r) { // reading is an act too: an export is recorded, and opens on the screen
			return errCrossSite
		}
		who.principal, err = s.Accounts.BySession(ctx, who.session, !who.again)
	}
	if err != nil {
		return err
	}
	if len(allowed) == 0 {
		return nil
	}
	if who.principal == nil {
		return errSignIn
	}
	if !slices.ContainsFunc(allowed, account.Role.Valid) {
		return fault.New(fault.Forbidden, "auth.role", "this needs the story's token")
	}
	if !slices.ContainsFunc(allowed, func(r account.Role) bool { return r.Valid() && who.principal.Can(r) }) {
		return fault.New(fault.Forbidden, "auth.role", "this needs the role %s", roleList(allowed))
	}
	if strings.HasPrefix(op.Path, "/v1/stories/") && !who.principal.Can(account.Lead) {
		return s.within(ctx, who, op.OperationID)
	}
	return nil
}

// within refuses a story that is out of reach for the caller, who is no lead:
// an escalated one; and to the creative team, as if there were none, one that
// they do not work with. Decisions are checked with the story they are made on.
func (s *server) within(ctx context.Context, who *caller, operation string) error {
	if who.creativeOnly() {
		return s.onBoard(ctx, who.storyID)
	}
	if operation == "decide" {
		return nil
	}
	st, err := s.Stories.Get(ctx, who.storyID)
	if err == nil && review.ForLeads(st) {
		return review.ErrForLeads
	}
	return err
}

// onBoard refuses a story that the creative team does not work with, as if
// there were none.
func (s *server) onBoard(ctx context.Context, id string) error {
	st, err := s.Stories.Get(ctx, id)
	if err == nil && !board.Shows(st.State) {
		return fault.New(fault.NotFound, "story.unknown", "there is no such story")
	}
	return err
}

// creativeOnly reports whether the caller is staff who neither moderates nor
// administers: they learn no e-mail and network addresses of contributors.
func (c *caller) creativeOnly() bool {
	return c.principal != nil && !c.principal.Can(account.Moderator)
}

// bearerOf returns the token in the Authorization header. The name of a
// scheme has no case.
func bearerOf(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

func roleList(roles []account.Role) string {
	var names []string
	for _, r := range roles {
		if r.Valid() {
			names = append(names, string(r))
		}
	}
	return strings.Join(names, " or ")
}

// setSession puts the session into the browser: unreadable to scripts, never
// sent along from other sites' forms.
func (s *server) setSession(token string) http.Cookie {
	c := http.Cookie{
		Name: s.cookieName(), Value: token, Path: apiPath, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(s.Accounts.SessionLifetime() / time.Second),
	}
	if c.Name == secureCookie {
		c.Path, c.Secure = "/", true
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

func (s *server) cookieName() string {
	if strings.HasPrefix(s.Addresses.Pages, "https:") {
		return secureCookie
	}
	return sessionCookie
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
