package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// staffRoles are the roles that a group of a sign-in provider may give.
var staffRoles = []string{"moderator", "lead", "creative", "admin"}

// GroupRoles returns the role that each group gives, from STORYREEL_OIDC_GROUPS.
// A group may hold "=": the role follows the last one.
func (c *Config) GroupRoles() map[string]string {
	roles := map[string]string{}
	for _, pair := range c.OIDCGroups {
		if i := strings.LastIndexByte(pair, '='); i > 0 {
			roles[strings.TrimSpace(pair[:i])] = strings.TrimSpace(pair[i+1:])
		}
	}
	return roles
}

// checkSignIn checks the settings of the sign-in provider.
func (c *Config) checkSignIn() (err error) {
	roles := c.GroupRoles()
	for _, r := range roles {
		if !slices.Contains(staffRoles, r) {
			err = errors.Join(err, fmt.Errorf("STORYREEL_OIDC_GROUPS: %q is no role; roles are %s", r,
				strings.Join(staffRoles, ", ")))
		}
	}
	if len(roles) != len(c.OIDCGroups) {
		err = errors.Join(err, errors.New(
			"STORYREEL_OIDC_GROUPS: each entry must look like GROUP=ROLE, each group once"))
	}
	if c.OIDCIssuer == "" {
		if c.OIDCClientID != "" || len(roles) > 0 {
			err = errors.Join(err, errors.New(
				"STORYREEL_OIDC_ISSUER: is missing, though other settings of it are given"))
		}
		return err
	}
	u, parseErr := url.Parse(c.OIDCIssuer)
	if parseErr != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		err = errors.Join(err, errors.New("STORYREEL_OIDC_ISSUER: must look like https://login.example.com/realm; "+
			"http:// is for this machine only"))
	}
	if c.OIDCClientID == "" {
		err = errors.Join(err, errors.New("STORYREEL_OIDC_CLIENT_ID: is needed with STORYREEL_OIDC_ISSUER"))
	}
	if c.OIDCName == "" {
		err = errors.Join(err, errors.New("STORYREEL_OIDC_NAME: a button needs a name"))
	}
	return err
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
