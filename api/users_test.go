package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestUsers_HaveStaffRolesOnly(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.keys[account.Admin]
	var u userView
	e.want(201, "POST", "/v1/admin/users", admin,
		map[string]any{"email": "new@example.com", "roles": []string{"creative"}}).into(t, &u)
	require.Equal(t, "user.invalid",
		e.want(422, "POST", "/v1/admin/users", admin,
			map[string]any{"email": "x@example.com", "roles": []string{"system"}}).code(t))
}
