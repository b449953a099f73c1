package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/oidc"
)

// flowTime is how long somebody may take at the provider's sign-in page.
const flowTime = 15 * time.Minute

// SignIn is how staff may sign in besides links.
type SignIn struct {
	Passwords bool
	Provider  *oidc.Provider // nil: none
	Name      string         // of the provider, as its button says it
}

type methodsView struct {
	Passwords bool   `json:"passwords" doc:"Whether passwords are accepted."`
	Provider  string `json:"provider,omitempty" doc:"Name of the sign-in provider; absent: there is none."`
}

// flowInput is what the provider gave to the browser that it sent back.
type flowInput struct {
	State string `json:"state" maxLength:"128"`
	Code  string `json:"code" maxLength:"4096"`
}

type flowOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Address string `json:"address" doc:"Of the provider's page, which sends the browser back to /sign-in."`
	}
}

func (s *server) providerRoutes() {
	handle(s, anyone, op("sign-in-methods", "GET /v1/sessions/methods", "sessions", "How staff may sign in"),
		s.methods)
	handle(s, anyone, op("begin-sign-in", "POST /v1/sessions/provider", "sessions", "Begin to sign in by provider").
		about("OpenID Connect with PKCE. Sets a cookie that only this browser has; POST /v1/sessions takes what the "+
			"provider answers within 15 minutes.").
		fails(notFound, tooMany, unavailable), s.beginFlow)
}

// methods answers with how people sign in here.
func (s *server) methods(context.Context, *none) (*body[methodsView], error) {
	v := methodsView{Passwords: s.SignIn.Passwords}
	if s.SignIn.Provider != nil {
		v.Provider = s.SignIn.Name
	}
	return bodyOf(v), nil
}

var errNoProvider = fault.New(fault.NotFound, "auth.no_provider", "there is no sign-in service here")

// beginFlow sends a browser to the provider.
func (s *server) beginFlow(ctx context.Context, _ *none) (*flowOutput, error) {
	if s.SignIn.Provider == nil {
		return nil, errNoProvider
	}
	if err := s.Limit.Allow(ctx, signIns, limit.Key(callerOf(ctx).address), 1); err != nil {
		return nil, err
	}
	address, flow, err := s.SignIn.Provider.Begin(ctx)
	if err != nil {
		return nil, err
	}
	out := &flowOutput{}
	raw, err := json.Marshal(flow)
	out.SetCookie, out.Body.Address = s.flowCookie(base64.RawURLEncoding.EncodeToString(raw), flowTime), address
	return out, err
}

// finishFlow signs in whoever the provider identified.
func (s *server) finishFlow(ctx context.Context, in *flowInput, from account.Browser) (
	string, *account.Principal, error,
) {
	if s.SignIn.Provider == nil {
		return "", nil, errNoProvider
	}
	who := callerOf(ctx)
	who.about("", "by", "provider")
	var flow oidc.Flow // an unreadable one is refused as an absent one
	if raw, err := base64.RawURLEncoding.DecodeString(who.flow); err == nil {
		_ = json.Unmarshal(raw, &flow)
	}
	identity, err := s.SignIn.Provider.Finish(ctx, flow, in.State, in.Code)
	if err != nil {
		return "", nil, err
	}
	token, p, joined, err := s.Accounts.SignInAs(ctx, *identity, from)
	switch {
	case joined.Created:
		who.about("", "user", "created")
	case joined.Linked:
		who.about("", "user", "linked")
	}
	if joined.Roles != nil {
		who.about("", "roles", rolesText(joined.Roles))
	}
	return token, p, err
}

// flowCookie keeps an attempt to sign in with the provider. It comes back with
// requests of our pages only.
func (s *server) flowCookie(value string, life time.Duration) http.Cookie {
	c := s.setSession(value)
	c.Name, c.MaxAge = s.flowName(), int(life/time.Second)
	return c
}

func (s *server) flowName() string {
	return strings.Replace(s.cookieName(), "session", "flow", 1)
}
