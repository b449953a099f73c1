package account

import (
	"cmp"
	"context"
	"net/mail"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/text"
)

// Identity is who somebody is by the word of a sign-in provider.
type Identity struct {
	Issuer, Subject string // name a person at a provider for good
	Email           string // lower case; may change, or pass to somebody else
	Verified        bool   // the provider knows that the address is this person's
	Name            string
	Groups          []string
}

// Joined is what a sign-in with a provider changed.
type Joined struct {
	Created bool   // there was no user
	Linked  bool   // the user was known by the e-mail address only
	Roles   []Role // those that the groups give now, if they differ from before
}

// SignInAs opens a session for somebody whom a provider has identified. A user
// who signs in with the provider for the first time is found by the verified
// e-mail address, and from then on by issuer and subject. Where the operator
// has set what groups mean, they give the roles at each sign-in, and a user who
// does not exist yet is made. Errors are Forbidden: "auth.email_unverified",
// "auth.no_account", "auth.no_role", "auth.identity".
func (s *Service) SignInAs(ctx context.Context, who Identity, from Browser) (string, *Principal, Joined, error) {
	var j Joined
	u, err := s.store.UserByIdentity(ctx, who.Issuer, who.Subject)
	if fault.KindOf(err) == fault.NotFound {
		u, j, err = s.join(ctx, who)
	}
	if err != nil {
		return "", nil, j, err
	}
	if u.Disabled {
		return "", nil, j, errCredentials
	}
	if len(s.opts.Groups) > 0 && !j.Created {
		roles := s.rolesOf(who.Groups)
		if len(roles) == 0 {
			return "", nil, j, errNoRole
		}
		if !slices.Equal(roles, sorted(u.Roles)) {
			u.Roles, j.Roles = roles, roles
			if err := s.store.UpdateUser(ctx, u); err != nil {
				return "", nil, j, err
			}
		}
	}
	token, p, err := s.open(ctx, u, false, from)
	return token, p, j, err
}

var errNoRole = fault.New(fault.Forbidden, "auth.no_role",
	"your account at the sign-in service is in no group that may work here; ask an administrator")

// join links an identity that signs in for the first time with its user, or
// makes the user.
func (s *Service) join(ctx context.Context, who Identity) (*User, Joined, error) {
	addr, err := mail.ParseAddress(who.Email)
	if err != nil || !who.Verified || addr.Address != who.Email {
		return nil, Joined{}, fault.New(fault.Forbidden, "auth.email_unverified",
			"the sign-in service has not verified your e-mail address; verify it there first")
	}
	j := Joined{Linked: true}
	u, err := s.store.User(ctx, who.Email)
	if fault.KindOf(err) == fault.NotFound {
		j = Joined{Created: true}
		u, err = s.newUser(who)
	}
	if err == nil && j.Created {
		err = s.store.CreateUser(ctx, u)
	}
	if err != nil {
		return nil, Joined{}, err
	}
	return u, j, s.store.LinkIdentity(ctx, who.Issuer, who.Subject, u.ID, s.now())
}

// newUser is a user with the roles of the groups.
func (s *Service) newUser(who Identity) (*User, error) {
	if len(s.opts.Groups) == 0 {
		return nil, fault.New(fault.Forbidden, "auth.no_account",
			"nobody here has your e-mail address; ask an administrator to add you")
	}
	roles := s.rolesOf(who.Groups)
	if len(roles) == 0 {
		return nil, errNoRole
	}
	name, _, _ := strings.Cut(who.Email, "@")
	return &User{
		ID: id.New(), Email: who.Email, Name: cmp.Or(text.Line(who.Name), name), Roles: roles, CreatedAt: s.now(),
	}, nil
}

// rolesOf returns the roles that the groups give, sorted.
func (s *Service) rolesOf(groups []string) []Role {
	var roles []Role
	for _, g := range groups {
		if r, ok := s.opts.Groups[g]; ok && !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	return sorted(roles)
}

func sorted(roles []Role) []Role {
	roles = slices.Clone(roles)
	slices.Sort(roles)
	return roles
}
