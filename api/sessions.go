package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/limit"
)

type meView struct {
	ID    string         `json:"id"`
	Name  string         `json:"name"`
	Roles []account.Role `json:"roles"`
}

type sessionOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      meView
}

func meOf(p *account.Principal) meView { return meView{p.ID, p.Name, p.Roles} }

func (s *server) sessionRoutes() {
	tags := []string{"sessions"}
	handle(s, huma.Operation{
		OperationID: "sign-in", Method: http.MethodPost, Path: "/v1/sessions", Tags: tags,
		DefaultStatus: http.StatusCreated,
		Summary:       "Sign in",
		Description:   "With e-mail and password, or with the token of a sign-in link. Sets the session cookie.",
		Errors:        []int{http.StatusUnauthorized, http.StatusTooManyRequests},
	}, anyone, func(ctx context.Context, in *struct {
		Body struct {
			Email    string `json:"email,omitempty" maxLength:"254"`
			Password string `json:"password,omitempty" maxLength:"72"`
			Link     string `json:"link,omitempty" maxLength:"64" doc:"Token of a sign-in link; works once."`
		}
	}) (*sessionOutput, error) {
		rule := limit.Rule{Name: "sign-in", Max: 20, Per: 5 * time.Minute}
		if err := s.Limit.Allow(ctx, rule, limitKey(callerOf(ctx).address), 1); err != nil {
			return nil, err
		}
		token, p, err := s.signIn(ctx, in.Body.Email, in.Body.Password, in.Body.Link)
		if err != nil {
			return nil, err
		}
		return &sessionOutput{SetCookie: s.setSession(token), Body: meOf(p)}, nil
	})
	handle(s, huma.Operation{
		OperationID: "get-session", Method: http.MethodGet, Path: "/v1/sessions/me", Tags: tags,
		Summary: "Who am I",
	}, staff, func(ctx context.Context, _ *struct{}) (*struct{ Body meView }, error) {
		return &struct{ Body meView }{meOf(callerOf(ctx).principal)}, nil
	})
	handle(s, huma.Operation{
		OperationID: "sign-out", Method: http.MethodDelete, Path: "/v1/sessions/me", Tags: tags,
		DefaultStatus: http.StatusNoContent,
		Summary:       "Sign out",
	}, staff, func(ctx context.Context, in *struct {
		Session string `cookie:"storyreel_session"`
	}) (*struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}, error) {
		return &struct {
			SetCookie http.Cookie `header:"Set-Cookie"`
		}{s.setSession("")}, s.Accounts.SignOut(ctx, in.Session)
	})
}

func (s *server) signIn(ctx context.Context, email, password, link string) (string, *account.Principal, error) {
	if link != "" {
		return s.Accounts.UseLink(ctx, link)
	}
	return s.Accounts.SignIn(ctx, email, password)
}
