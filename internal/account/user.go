package account

import (
	"context"
	"net/mail"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/text"
)

// CreateUser makes a user; an empty password means sign-in by link only.
func (s *Service) CreateUser(ctx context.Context, email, name, password string, roles []Role) (*User, error) {
	addr, err := mail.ParseAddress(email)
	if err != nil {
		return nil, fault.New(fault.Invalid, "user.invalid", "the e-mail address must look like ana@example.com")
	}
	if err := checkRoles(roles); err != nil {
		return nil, err
	}
	u := &User{
		ID: id.New(), Email: strings.ToLower(addr.Address), Name: text.Line(name), Roles: roles, CreatedAt: s.now(),
	}
	if u.Name == "" {
		u.Name, _, _ = strings.Cut(u.Email, "@")
	}
	if password != "" {
		if u.PasswordHash, err = s.newPassword(ctx, u, password); err != nil {
			return nil, err
		}
	}
	return u, s.store.CreateUser(ctx, u)
}

func checkRoles(roles []Role) error {
	if len(roles) == 0 || slices.ContainsFunc(roles, func(r Role) bool { return !r.Valid() }) {
		return fault.New(fault.Invalid, "user.invalid", "roles must be some of moderator, lead, creative, admin")
	}
	return nil
}

// UserChange is what an administrator may set of a user. Nil leaves a field.
type UserChange struct {
	Name     *string
	Roles    []Role
	Disabled *bool
}

// UpdateUser changes a user and returns it as it was and as it is. A user who
// is disabled loses sessions, links and keys for good. Nobody may disable or
// demote themselves: by is who asks, empty for the operator.
func (s *Service) UpdateUser(ctx context.Context, idOrEmail string, ch UserChange, by string) (
	before, after *User, err error) {
	before, err = s.store.User(ctx, idOrEmail)
	if err != nil {
		return nil, nil, err
	}
	changed := *before
	if ch.Name != nil {
		changed.Name = text.Line(*ch.Name)
	}
	if ch.Roles != nil {
		if err := checkRoles(ch.Roles); err != nil {
			return nil, nil, err
		}
		changed.Roles = ch.Roles
	}
	if ch.Disabled != nil {
		changed.Disabled = *ch.Disabled
	}
	if changed.Name == "" {
		return nil, nil, fault.New(fault.Invalid, "user.invalid", "a name must have characters that can be seen")
	}
	if before.ID == by && (changed.Disabled || holds(before.Roles, Admin) && !holds(changed.Roles, Admin)) {
		return nil, nil, fault.New(fault.Conflict, "user.self",
			"nobody can disable themselves or give up their own role admin; another administrator can")
	}
	if changed.Disabled {
		err = s.store.ShutOut(ctx, &changed, s.now())
	} else {
		err = s.store.UpdateUser(ctx, &changed)
	}
	return before, &changed, err
}

// User finds a user by id or e-mail.
func (s *Service) User(ctx context.Context, idOrEmail string) (*User, error) {
	return s.store.User(ctx, idOrEmail)
}

// Users lists every user, oldest first.
func (s *Service) Users(ctx context.Context) ([]*User, error) { return s.store.Users(ctx) }

// ChangePassword sets the caller's own password and ends the user's other
// sessions and links. The current password is needed, except in a session that
// began with a link less than recently ago, which is how a forgotten one is
// replaced.
func (s *Service) ChangePassword(ctx context.Context, token, current, password string) error {
	sess, u, err := s.session(ctx, token)
	if err != nil {
		return err
	}
	if err := s.assure(ctx, sess, u, current); err != nil {
		return err
	}
	hash, err := s.newPassword(ctx, u, password)
	if err != nil {
		return err
	}
	return s.store.SetPassword(ctx, u.ID, hash, sess.Hash)
}

// assure demands the current password for a change of how somebody signs in,
// or a session that began with a link less than recently ago.
func (s *Service) assure(ctx context.Context, sess *Session, u *User, current string) error {
	switch {
	case current != "" && u.PasswordHash != "":
		return s.counted(ctx, u.Email, func() error { return s.verify(ctx, u, current) })
	case !sess.ByLink || s.now().Sub(sess.CreatedAt) >= recently:
		return fault.New(fault.Forbidden, "auth.recent",
			"give the current password, or sign in with a new link and make the change within %d minutes",
			int(recently.Minutes()))
	}
	return nil
}

// ResetPassword removes a user's password and ends the user's sessions and
// links. The user comes back with a new link.
func (s *Service) ResetPassword(ctx context.Context, idOrEmail string) (*User, error) {
	u, err := s.store.User(ctx, idOrEmail)
	if err != nil {
		return nil, err
	}
	return u, s.store.SetPassword(ctx, u.ID, "", "")
}

// newPassword checks a password against the rules and returns its hash.
func (s *Service) newPassword(ctx context.Context, u *User, password string) (string, error) {
	if s.opts.NoPasswords {
		return "", errNoPasswords
	}
	words := []string{"storyreel", u.Email, u.Name}
	if s.opts.Words != nil {
		more, err := s.opts.Words(ctx)
		if err != nil {
			return "", err
		}
		words = append(words, more...)
	}
	if err := checkPassword(password, words); err != nil {
		return "", err
	}
	return hashPassword(ctx, password)
}

// verify checks a password of the user, which may be nil; its caller counts it.
// A wrong e-mail takes the same time as a wrong password, so that callers
// cannot tell them apart. A hash of an earlier version is replaced.
func (s *Service) verify(ctx context.Context, u *User, password string) error {
	hash := absentHash()
	if u != nil && u.PasswordHash != "" {
		hash = u.PasswordHash
	}
	right, err := matches(ctx, hash, password)
	if err != nil {
		return err
	}
	if !right || u == nil || u.PasswordHash == "" || u.Disabled {
		return errCredentials
	}
	if !outdated(hash) {
		return nil
	}
	fresh, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.store.ReplaceHash(ctx, u.ID, hash, fresh)
}
