package api

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
)

type userView struct {
	ID          string         `json:"id"`
	Email       string         `json:"email"`
	Name        string         `json:"name"`
	Roles       []account.Role `json:"roles"`
	Disabled    bool           `json:"disabled"`
	HasPassword bool           `json:"has_password" doc:"False: signs in by link or provider only."`
	HasFactor   bool           `json:"has_factor" doc:"Whether sign-ins by password and link ask for a code."`
}

func userOf(u *account.User) userView {
	return userView{u.ID, u.Email, u.Name, u.Roles, u.Disabled, u.PasswordHash != "", u.HasFactor}
}

type createUserInput struct {
	Body struct {
		Email    string         `json:"email" maxLength:"254"`
		Name     string         `json:"name,omitempty" maxLength:"100"`
		Password string         `json:"password,omitempty" maxLength:"256" doc:"12 to 256 characters; empty: sign-in by link only."`
		Roles    []account.Role `json:"roles" minItems:"1"`
	}
}

// UserPath names the user that a request is about.
type UserPath struct {
	User string `path:"user" maxLength:"36" doc:"The user's id."`
}

type updateUserInput struct {
	UserPath
	Body struct {
		Name     *string        `json:"name,omitempty" minLength:"1" maxLength:"100"`
		Roles    []account.Role `json:"roles,omitempty" minItems:"1"`
		Disabled *bool          `json:"disabled,omitempty" doc:"True ends the user's sessions, links and keys for good."`
	}
}

type createLinkInput struct {
	UserPath
	Body struct {
		Reset bool `json:"reset,omitempty" doc:"Also removes the password and ends the user's sessions."`
	}
}

type linkView struct {
	URL       string    `json:"url" doc:"Signs the user in, once. A secret: shown only here."`
	ExpiresAt time.Time `json:"expires_at"`
}

func (s *server) userRoutes() {
	handle(s, admins, op("list-users", "GET /v1/admin/users", "admin", "List users"), s.listUsers)
	handle(s, admins, op("create-user", "POST /v1/admin/users", "admin", "Create a user").
		created().fails(conflict).audited("user.created"), s.createUser)
	handle(s, admins, op("update-user", "PUT /v1/admin/users/{user}", "admin", "Change a user").
		about("Absent fields keep what they are. Nobody can disable or demote themselves.").
		fails(notFound, conflict).audited("user.changed"), s.updateUser)
	handle(s, admins, op("create-sign-in-link", "POST /v1/admin/users/{user}/links", "admin",
		"Make a sign-in link for a user").
		about("With reset, for a forgotten password: whoever signs in by the link sets a new one.").created().
		fails(notFound, conflict).audited("link.created"), s.createLink)
	handle(s, admins, op("end-user-sessions", "DELETE /v1/admin/users/{user}/sessions", "admin",
		"Sign a user out everywhere").noContent().fails(notFound).audited("sessions.ended"), s.endUserSessions)
}

// listUsers answers with every user, disabled ones too.
func (s *server) listUsers(ctx context.Context, _ *none) (*items[userView], error) {
	all, err := s.Accounts.Users(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]userView, len(all))
	for i, u := range all {
		views[i] = userOf(u)
	}
	return itemsOf(views), nil
}

// createUser makes a user; an address that is taken is a conflict.
func (s *server) createUser(ctx context.Context, in *createUserInput) (*body[userView], error) {
	u, err := s.Accounts.CreateUser(ctx, in.Body.Email, in.Body.Name, in.Body.Password, in.Body.Roles)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(u.ID, "roles", rolesText(u.Roles), "password", strconv.FormatBool(u.PasswordHash != ""))
	return bodyOf(userOf(u)), nil
}

// updateUser changes name and roles, disables and enables.
func (s *server) updateUser(ctx context.Context, in *updateUserInput) (*body[userView], error) {
	who := callerOf(ctx)
	before, after, err := s.Accounts.UpdateUser(ctx, in.User,
		account.UserChange{Name: in.Body.Name, Roles: in.Body.Roles, Disabled: in.Body.Disabled}, who.id())
	if err != nil {
		return nil, err
	}
	who.about(after.ID)
	for name, v := range map[string][2]string{
		"name": {before.Name, after.Name}, "roles": {rolesText(before.Roles), rolesText(after.Roles)},
		"disabled": {strconv.FormatBool(before.Disabled), strconv.FormatBool(after.Disabled)},
	} {
		if v[0] != v[1] {
			who.about(after.ID, name, v[0]+" → "+v[1])
		}
	}
	return bodyOf(userOf(after)), nil
}

// createLink makes a link that signs the user in once.
func (s *server) createLink(ctx context.Context, in *createLinkInput) (*body[linkView], error) {
	callerOf(ctx).about(in.User, "reset", strconv.FormatBool(in.Body.Reset))
	if in.Body.Reset {
		if _, err := s.Accounts.ResetPassword(ctx, in.User); err != nil {
			return nil, err
		}
	}
	token, until, err := s.Accounts.NewLink(ctx, in.User)
	if err != nil {
		return nil, err
	}
	return bodyOf(linkView{s.Addresses.Pages + "/sign-in#link=" + token, until}), nil
}

// endUserSessions ends what a user is signed in with.
func (s *server) endUserSessions(ctx context.Context, in *UserPath) (*none, error) {
	u, err := s.Accounts.User(ctx, in.User)
	if err != nil {
		return nil, err
	}
	n, err := s.Accounts.EndSessions(ctx, u.ID)
	callerOf(ctx).about(u.ID, "ended", strconv.FormatInt(n, 10))
	return nil, err
}

func rolesText(roles []account.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}
