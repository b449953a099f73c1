package api

import (
	"context"
	"net/http"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/limit"
)

type meView struct {
	ID    string         `json:"id"`
	Name  string         `json:"name"`
	Roles []account.Role `json:"roles"`
}

type signInInput struct {
	Body struct {
		Email    string `json:"email,omitempty" maxLength:"254"`
		Password string `json:"password,omitempty" maxLength:"72"`
		Link     string `json:"link,omitempty" maxLength:"64" doc:"Token of a sign-in link; works once."`
	}
}

type signInOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      meView
}

type signOutInput struct {
	Session string `cookie:"storyreel_session"`
}

type signOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

// signIns is how often one address may try to sign in.
var signIns = limit.Rule{Name: "sign-in", Max: 20, Per: 5 * time.Minute}

func meOf(p *account.Principal) meView { return meView{p.ID, p.Name, p.Roles} }

func (s *server) sessionRoutes() {
	handle(s, anyone, op("sign-in", "POST /v1/sessions", "sessions", "Sign in").
		about("With e-mail and password, or with the token of a sign-in link. Sets the session cookie.").
		created().fails(unauthorized, tooMany), s.signIn)
	handle(s, staff, op("get-session", "GET /v1/sessions/me", "sessions", "Who am I"), s.getSession)
	handle(s, staff, op("sign-out", "DELETE /v1/sessions/me", "sessions", "Sign out").noContent(), s.signOut)
}

// signIn starts a session and sets its cookie.
func (s *server) signIn(ctx context.Context, in *signInInput) (*signInOutput, error) {
	if err := s.Limit.Allow(ctx, signIns, limit.Key(callerOf(ctx).address), 1); err != nil {
		return nil, err
	}
	var token string
	var p *account.Principal
	var err error
	if in.Body.Link != "" {
		token, p, err = s.Accounts.UseLink(ctx, in.Body.Link)
	} else {
		token, p, err = s.Accounts.SignIn(ctx, in.Body.Email, in.Body.Password)
	}
	if err != nil {
		return nil, err
	}
	return &signInOutput{SetCookie: s.setSession(token), Body: meOf(p)}, nil
}

// getSession answers with the user or key that calls.
func (s *server) getSession(ctx context.Context, _ *none) (*body[meView], error) {
	return bodyOf(meOf(callerOf(ctx).principal)), nil
}

// signOut ends the session and removes its cookie.
func (s *server) signOut(ctx context.Context, in *signOutInput) (*signOutOutput, error) {
	return &signOutOutput{s.setSession("")}, s.Accounts.SignOut(ctx, in.Session)
}
