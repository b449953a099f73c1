package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

// created is a key as the API answers it.
type created struct {
	Key string
	KeyView
}

func (e *env) createKey(bearer string, body map[string]any) (k created) {
	e.t.Helper()
	e.want(201, "POST", "/v1/admin/keys", bearer, body).into(e.t, &k)
	return k
}

// myself is who the key stands for.
func (e *env) myself(key string) (me meView) {
	e.t.Helper()
	e.want(200, "GET", "/v1/sessions/me", key, nil).into(e.t, &me)
	return me
}

func TestKeys_RevokedOnesEndAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.keys[account.Admin]
	k := e.createKey(admin, map[string]any{"role": "moderator", "name": "Ben"})
	e.want(200, "GET", "/v1/review/queue", k.Key, nil)
	var keys struct{ Items []KeyView }
	e.want(200, "GET", "/v1/admin/keys", admin, nil).into(t, &keys)
	last := keys.Items[len(keys.Items)-1]
	require.Equal(t, k.ID, last.ID)
	require.NotNil(t, last.UsedAt)
	e.want(204, "DELETE", "/v1/admin/keys/"+k.ID, admin, nil)
	e.want(401, "GET", "/v1/review/queue", k.Key, nil)
}

func TestKeys_BelongToWhoeverMakesThem(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.users[account.Admin]
	k := e.createKey(e.keys[account.Admin], map[string]any{"role": "creative"})
	require.Equal(t, admin.ID, k.Owner)
	require.Equal(t, admin.ID, e.myself(k.Key).ID)
	require.Equal(t, []account.Role{account.Creative}, e.myself(k.Key).Roles, "in the key's role alone")
	program, _, err := e.api.Accounts.CreateKey(ctx, account.NewKey{Role: account.Admin})
	require.NoError(t, err)
	require.Empty(t, e.createKey(program, map[string]any{"role": "admin"}).Owner, "what nobody makes belongs to nobody")
}

func TestKeys_Expire(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.keys[account.Admin]
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	k := e.createKey(admin, map[string]any{"role": "creative", "expires_at": soon})
	require.Equal(t, soon, k.ExpiresAt)
	for name, at := range map[string]time.Time{
		"past": time.Now().Add(-time.Second), "late": time.Now().Add(9000 * time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, "key.expiry", e.want(http.StatusUnprocessableEntity, "POST", "/v1/admin/keys", admin,
				map[string]any{"role": "creative", "expires_at": at}).code(t))
		})
	}
}

func TestKeys_TwoOfOnePersonAreOneHand(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	st := e.published()
	creative, admin := account.Creative, account.Admin
	_, _, err := e.api.Accounts.UpdateUser(ctx, e.users[creative].ID,
		account.UserChange{Roles: []account.Role{creative, admin}}, "")
	require.NoError(t, err)
	another, _, err := e.api.Accounts.CreateKey(ctx, account.NewKey{Role: admin, Owner: e.users[creative].ID})
	require.NoError(t, err)
	nobody, _, err := e.api.Accounts.CreateKey(ctx, account.NewKey{Role: creative})
	require.NoError(t, err)
	slot := "/v1/campaigns/" + e.slug + "/selection/ad-1"
	choice := map[string]any{"story": st.Story.ID}
	require.Equal(t, "selection.person", e.want(403, "PUT", slot, nobody, choice).code(t))
	e.want(200, "PUT", slot, e.keys[creative], choice)
	for name, key := range map[string]string{"the same key": e.keys[creative], "another key": another} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, "selection.own", e.want(409, "POST", slot+"/confirmation", key, nil).code(t))
		})
	}
	cookie := e.signIn("creative@example.com")
	require.Equal(t, "selection.own", e.want(409, "POST", slot+"/confirmation", "", nil, "Cookie", cookie).code(t))
	require.Equal(t, "selection.person", e.want(403, "POST", slot+"/confirmation", nobody, nil).code(t))
	e.want(200, "POST", slot+"/confirmation", e.keys[admin], nil)
	for _, key := range []string{e.keys[creative], another} {
		e.want(204, "PUT", "/v1/campaigns/"+e.slug+"/stories/"+st.Story.ID+"/vote", key, map[string]any{"value": 1})
	}
	votes, err := e.api.Board.Votes(ctx, e.slug)
	require.NoError(t, err)
	require.Len(t, votes[st.Story.ID], 1, "one vote a person")
}
