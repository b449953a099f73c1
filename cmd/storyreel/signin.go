package main

import (
	"github.com/storyreel/storyreel/api"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/oidc"
)

// signInPage is where sign-in links lead, and the provider sends browsers back to.
const signInPage = "/sign-in"

// signIn is how staff may sign in to the API.
func signIn(cfg config.Config) api.SignIn {
	s := api.SignIn{Passwords: cfg.Passwords, Name: cfg.OIDCName}
	if cfg.OIDCIssuer != "" {
		s.Provider = oidc.New(oidc.Options{
			Issuer: cfg.OIDCIssuer, ClientID: cfg.OIDCClientID, ClientSecret: cfg.OIDCClientSecret,
			RedirectURL: cfg.PublicURL + signInPage, Scopes: cfg.OIDCScopes, GroupsClaim: cfg.OIDCGroupsClaim,
		})
	}
	return s
}

// groupRoles are the roles that the provider's groups give.
func groupRoles(cfg config.Config) map[string]account.Role {
	roles := map[string]account.Role{}
	for group, role := range cfg.GroupRoles() {
		roles[group] = account.Role(role)
	}
	return roles
}
