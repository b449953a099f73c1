package api

import (
	"context"

	"github.com/storyreel/storyreel/internal/account"
)

type userView struct {
	ID       string         `json:"id"`
	Email    string         `json:"email"`
	Name     string         `json:"name"`
	Roles    []account.Role `json:"roles"`
	Disabled bool           `json:"disabled"`
}

func userOf(u *account.User) userView { return userView{u.ID, u.Email, u.Name, u.Roles, u.Disabled} }

type createUserInput struct {
	Body struct {
		Email    string         `json:"email" maxLength:"254"`
		Name     string         `json:"name,omitempty" maxLength:"100"`
		Password string         `json:"password,omitempty" maxLength:"72" doc:"10 to 72 bytes; empty: sign-in by link only."`
		Roles    []account.Role `json:"roles" minItems:"1"`
	}
}

func (s *server) userRoutes() {
	handle(s, admins, op("list-users", "GET /v1/admin/users", "admin", "List users"), s.listUsers)
	handle(s, admins, op("create-user", "POST /v1/admin/users", "admin", "Create a user").
		created().fails(conflict), s.createUser)
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
	return bodyOf(userOf(u)), nil
}
