package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
)

// KeyView is an API key without the key.
type KeyView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	Owner     string     `json:"owner,omitempty" doc:"Id of the user who acts by it; absent: nobody, so it cannot choose or confirm."`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	UsedAt    *time.Time `json:"used_at,omitempty" doc:"Last request, to the minute; absent: never used."`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
}

func keyOf(k *account.Key) KeyView {
	return KeyView{
		k.ID, k.Name, string(k.Role), k.Owner, k.CreatedAt, k.ExpiresAt, timePtr(k.UsedAt), timePtr(k.RevokedAt),
	}
}

type createKeyInput struct {
	Body struct {
		Name    string       `json:"name,omitempty" maxLength:"100"`
		Role    account.Role `json:"role" enum:"moderator,lead,creative,admin"`
		Expires *time.Time   `json:"expires_at,omitempty" doc:"Absent: as late as the service allows."`
	}
}

// createdKeyView is the only answer that holds the key itself.
type createdKeyView struct {
	Key string `json:"key"`
	KeyView
}

type revokeKeyInput struct {
	Key string `path:"key" maxLength:"36" doc:"The key's id, not the key."`
}

func (s *server) keyRoutes() {
	handle(s, admins, op("list-keys", "GET /v1/admin/keys", "admin", "List API keys"), s.listKeys)
	handle(s, admins, op("create-key", "POST /v1/admin/keys", "admin", "Create an API key").
		about("It belongs to whoever makes it, acts as them, and ends with them. The key itself is answered only "+
			"here.").
		created().audited("key.created"), s.createKey)
	handle(s, admins, op("revoke-key", "DELETE /v1/admin/keys/{key}", "admin", "Revoke an API key").
		noContent().fails(notFound).audited("key.revoked"), s.revokeKey)
}

// listKeys answers with every key, revoked ones too.
func (s *server) listKeys(ctx context.Context, _ *none) (*items[KeyView], error) {
	all, err := s.Accounts.Keys(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]KeyView, len(all))
	for i, k := range all {
		views[i] = keyOf(k)
	}
	return itemsOf(views), nil
}

// createKey makes a key of one role. Only its hash is stored.
func (s *server) createKey(ctx context.Context, in *createKeyInput) (*body[createdKeyView], error) {
	who := callerOf(ctx)
	n := account.NewKey{Name: in.Body.Name, Role: in.Body.Role}
	if who.principal.Person {
		n.Owner = who.principal.ID
	}
	if in.Body.Expires != nil {
		n.Expires = *in.Body.Expires
	}
	secret, k, err := s.Accounts.CreateKey(ctx, n)
	if err != nil {
		return nil, err
	}
	who.about(k.ID, "role", string(k.Role), "owner", k.Owner, "expires", k.ExpiresAt.Format(time.RFC3339))
	return bodyOf(createdKeyView{secret, keyOf(k)}), nil
}

// revokeKey ends a key at once.
func (s *server) revokeKey(ctx context.Context, in *revokeKeyInput) (*none, error) {
	callerOf(ctx).about(in.Key)
	return nil, s.Accounts.RevokeKey(ctx, in.Key)
}
