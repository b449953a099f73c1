package api

import (
	"testing"

	"github.com/storyreel/storyreel/internal/account"
)

func TestKeys_RevokedOnesEndAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.keys[account.Admin]
	key := e.newKey("moderator", "Ben")
	e.want(200, "GET", "/v1/review/queue", key, nil)
	var keys struct{ Items []KeyView }
	e.want(200, "GET", "/v1/admin/keys", admin, nil).into(t, &keys)
	for _, k := range keys.Items {
		if k.Name == "Ben" {
			e.want(204, "DELETE", "/v1/admin/keys/"+k.ID, admin, nil)
		}
	}
	e.want(401, "GET", "/v1/review/queue", key, nil)
}
