// Package oidc signs people in at an OpenID Connect provider: authorization
// code flow with PKCE, state and nonce. It knows who somebody is, not what they
// may do here.
package oidc

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

// answerTime bounds each request to the provider.
const answerTime = 10 * time.Second

// Options describe the provider and this service as its client.
type Options struct {
	Issuer       string   // address, as the provider's discovery document and tokens name it
	ClientID     string   // given by the provider
	ClientSecret string   // empty for a public client; PKCE is always used
	RedirectURL  string   // where the provider sends browsers back to
	Scopes       []string // "openid" is added where it is missing
	// GroupsClaim is the claim that lists a person's groups; dots lead into
	// objects: realm_access.roles.
	GroupsClaim string
}

// Provider is safe for use by several goroutines. Its discovery document is
// read at the first use, and again at the next one if that failed: the service
// starts while the provider is away.
type Provider struct {
	opts   Options
	client *http.Client

	mu    sync.Mutex
	found *oidc.Provider
}

// New returns a provider without asking it anything.
func New(o Options) *Provider {
	if !slices.Contains(o.Scopes, oidc.ScopeOpenID) {
		o.Scopes = append([]string{oidc.ScopeOpenID}, o.Scopes...)
	}
	return &Provider{opts: o, client: &http.Client{Timeout: answerTime}}
}

// Flow is one attempt to sign in. Its browser keeps it, in a cookie, until it
// comes back: who does not have it cannot finish the attempt.
type Flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // of PKCE
}

// Begin returns the provider's address to which the browser goes. It fails
// with Unavailable "auth.provider" while the provider does not answer.
func (p *Provider) Begin(ctx context.Context) (address string, f Flow, err error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", f, err
	}
	f = Flow{account.NewToken(), account.NewToken(), oauth2.GenerateVerifier()}
	return p.config(found).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), f, nil
}

var errFlow = fault.New(fault.Unauthorized, "auth.flow",
	"this sign-in was not begun in this browser, or too long ago; begin again")

// Finish returns who signed in, from what the provider gave to the browser.
// Errors are Unauthorized "auth.flow" for a flow that is none, or whose code
// was used before, and Unavailable "auth.provider".
func (p *Provider) Finish(ctx context.Context, f Flow, state, code string) (*account.Identity, error) {
	if f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 {
		return nil, errFlow
	}
	found, err := p.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.config(found).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.ErrorCode == "invalid_grant" {
			return nil, errFlow.Because(err)
		}
		return nil, away(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.VerifierContext(ctx, &oidc.Config{ClientID: p.opts.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, away(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return nil, errFlow
	}
	return p.identity(ctx, found, id, token)
}

// identity reads the claims: those of the ID token, and where the e-mail
// address or the groups are missing there, as with providers that keep tokens
// small, those of the provider's userinfo endpoint.
func (p *Provider) identity(ctx context.Context, found *oidc.Provider, id *oidc.IDToken, token *oauth2.Token) (
	*account.Identity, error,
) {
	all := claims{}
	if err := id.Claims(&all); err != nil {
		return nil, away(err)
	}
	if found.UserInfoEndpoint() != "" && (all.text("email") == "" || all.at(p.opts.GroupsClaim) == nil) {
		info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return nil, away(err)
		}
		if info.Subject != id.Subject {
			return nil, errFlow
		}
		more := claims{}
		if err := info.Claims(&more); err != nil {
			return nil, away(err)
		}
		for name, value := range more {
			if _, has := all[name]; !has {
				all[name] = value
			}
		}
	}
	return &account.Identity{
		Issuer: id.Issuer, Subject: id.Subject, Email: strings.ToLower(strings.TrimSpace(all.text("email"))),
		Verified: all["email_verified"] == true || all["email_verified"] == "true",
		Name:     cmp.Or(all.text("name"), all.text("preferred_username")), Groups: all.list(p.opts.GroupsClaim),
	}, nil
}

func (p *Provider) config(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.opts.ClientID, ClientSecret: p.opts.ClientSecret, Endpoint: found.Endpoint(),
		RedirectURL: p.opts.RedirectURL, Scopes: p.opts.Scopes,
	}
}

// discover reads the provider's document once.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// the keys are fetched later, when this request is over
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.opts.Issuer)
	if err != nil {
		return nil, away(err)
	}
	p.found = found
	return found, nil
}

func away(err error) error {
	return fault.New(fault.Unavailable, "auth.provider",
		"the sign-in service did not answer as it should; try again, or ask an administrator").Because(err)
}
