package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/limit"
)

type meView struct {
	ID    string         `json:"id"`
	Name  string         `json:"name"`
	Roles []account.Role `json:"roles"`
}

// sessionView is a signed-in browser of the caller.
type sessionView struct {
	ID        string    `json:"id"`
	Current   bool      `json:"current" doc:"The session that asks."`
	Device    string    `json:"device,omitempty" doc:"The browser's User-Agent."`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at" doc:"Last request, to the minute."`
	ExpiresAt time.Time `json:"expires_at" doc:"When it ends, however busy."`
}

type signInInput struct {
	Body struct {
		Email    string `json:"email,omitempty" maxLength:"254"`
		Password string `json:"password,omitempty" maxLength:"256"`
		Link     string `json:"link,omitempty" maxLength:"64" doc:"Token of a sign-in link; works once."`
		Code     string `json:"code,omitempty" maxLength:"40" doc:"Of the authenticator app, or a recovery code, with a password or link."`

		Provider *flowInput `json:"provider,omitempty" doc:"What the sign-in provider answered; see begin-sign-in."`
	}
}

type signInOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      meView
}

type signOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type endSessionInput struct {
	Session string `path:"session" maxLength:"36" doc:"The session's id."`
}

type changePasswordInput struct {
	Body struct {
		Current  string `json:"current,omitempty" maxLength:"256" doc:"Not needed within 15 minutes after a sign-in by link."`
		Password string `json:"password" maxLength:"256" doc:"12 to 256 characters of any kind; refused if easily guessed."`
	}
}

// signIns is how often one address may try to sign in.
var signIns = limit.Rule{Name: "sign-in", Max: 20, Per: 5 * time.Minute}

func meOf(p *account.Principal) meView { return meView{p.ID, p.Name, p.Roles} }

func (s *server) sessionRoutes() {
	handle(s, anyone, op("sign-in", "POST /v1/sessions", "sessions", "Sign in").
		about("With e-mail and password, with the token of a sign-in link, or by what the sign-in provider gave. "+
			"Sets the session cookie and ends the session that the browser had. After wrong passwords an account "+
			"takes none for a while; links still work.").
		created().fails(unauthorized, forbidden, notFound, tooMany, unavailable).audited("session.started"), s.signIn)
	handle(s, staff, op("get-session", "GET /v1/sessions/me", "sessions", "Who am I"), s.getSession)
	handle(s, staff, op("sign-out", "DELETE /v1/sessions/me", "sessions", "Sign out").noContent().
		audited("session.ended"), s.signOut)
	handle(s, staff, op("list-sessions", "GET /v1/sessions", "sessions", "List one's sessions").
		about("The caller's own, newest first.").fails(conflict), s.listSessions)
	handle(s, staff, op("end-session", "DELETE /v1/sessions/{session}", "sessions", "End one of one's sessions").
		noContent().fails(notFound, conflict).audited("session.ended"), s.endSession)
	handle(s, staff, op("end-sessions", "DELETE /v1/sessions", "sessions", "Sign out everywhere").
		about("Ends all sessions of the caller, this one too, and voids unused sign-in links.").noContent().
		fails(conflict).audited("sessions.ended"), s.endSessions)
	handle(s, staff, op("change-password", "PUT /v1/sessions/me/password", "sessions", "Change one's password").
		about("Ends the caller's other sessions and voids unused sign-in links.").noContent().
		fails(conflict, tooMany).audited("password.changed"), s.changePassword)
}

// signIn starts a session and sets its cookie.
func (s *server) signIn(ctx context.Context, in *signInInput) (*signInOutput, error) {
	who := callerOf(ctx)
	if err := s.Limit.Allow(ctx, signIns, limit.Key(who.address), 1); err != nil {
		return nil, err
	}
	from := account.Browser{Device: who.device, Session: who.session, Code: in.Body.Code}
	var token string
	var p *account.Principal
	var err error
	switch {
	case in.Body.Provider != nil:
		token, p, err = s.finishFlow(ctx, in.Body.Provider, from)
	case in.Body.Link != "":
		who.about("", "by", "link")
		token, p, err = s.Accounts.UseLink(ctx, in.Body.Link, from)
	default:
		// the address that was typed may hold a password, so the trail names the account, if there is one
		if u, err := s.Accounts.User(ctx, strings.ToLower(strings.TrimSpace(in.Body.Email))); err == nil {
			who.about(u.ID)
		}
		who.about(who.act.target, "by", "password")
		token, p, err = s.Accounts.SignIn(ctx, in.Body.Email, in.Body.Password, from)
	}
	if err != nil {
		return nil, err
	}
	who.principal = p
	who.about(p.ID)
	cookies := []http.Cookie{s.setSession(token)}
	if who.flow != "" {
		cookies = append(cookies, s.flowCookie("", -time.Second))
	}
	return &signInOutput{SetCookie: cookies, Body: meOf(p)}, nil
}

// getSession answers with the user or key that calls.
func (s *server) getSession(ctx context.Context, _ *none) (*body[meView], error) {
	return bodyOf(meOf(callerOf(ctx).principal)), nil
}

// signOut ends the session and removes its cookie.
func (s *server) signOut(ctx context.Context, _ *none) (*signOutOutput, error) {
	who := callerOf(ctx)
	who.about(who.principal.ID)
	return &signOutOutput{s.setSession("")}, s.Accounts.SignOut(ctx, who.session)
}

// signedIn returns the session's user, as sessions and passwords are no matter
// of keys.
func signedIn(ctx context.Context) (*account.Principal, error) {
	p := callerOf(ctx).principal
	if p.Session == "" {
		return nil, fault.New(fault.Conflict, "session.needed", "this takes a signed-in browser, not an API key")
	}
	return p, nil
}

// listSessions answers with the caller's own sessions.
func (s *server) listSessions(ctx context.Context, _ *none) (*items[sessionView], error) {
	p, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Accounts.Sessions(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	views := make([]sessionView, len(all))
	for i, x := range all {
		views[i] = sessionView{x.ID, x.ID == p.Session, x.Device, x.CreatedAt, x.SeenAt, x.ExpiresAt}
	}
	return itemsOf(views), nil
}

// endSession ends a session of the caller, such as one on a lost phone.
func (s *server) endSession(ctx context.Context, in *endSessionInput) (*none, error) {
	p, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(p.ID, "session", in.Session)
	return nil, s.Accounts.EndSession(ctx, p.ID, in.Session)
}

// endSessions signs the caller out everywhere.
func (s *server) endSessions(ctx context.Context, _ *none) (*signOutOutput, error) {
	p, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	n, err := s.Accounts.EndSessions(ctx, p.ID)
	callerOf(ctx).about(p.ID, "ended", strconv.FormatInt(n, 10))
	return &signOutOutput{s.setSession("")}, err
}

// changePassword sets the caller's own password.
func (s *server) changePassword(ctx context.Context, in *changePasswordInput) (*none, error) {
	p, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(p.ID)
	return nil, s.Accounts.ChangePassword(ctx, callerOf(ctx).session, in.Body.Current, in.Body.Password)
}
