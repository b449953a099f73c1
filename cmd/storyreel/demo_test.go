package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestDemo_IsCreatedOnceAndKeepsWhatWasChanged(t *testing.T) {
	t.Parallel()
	vars := environment(t)
	e := &env{ctx: t.Context(), vars: vars, stderr: t.Output()}
	b, err := openBase(e)
	require.NoError(t, err)
	defer func() { require.NoError(t, b.close()) }()
	require.NoError(t, createDemo(t.Context(), b))
	c, err := b.campaigns.Get(t.Context(), demoCampaign)
	require.NoError(t, err)
	require.NoError(t, c.Open(clock()), "it takes stories at once")
	forms, err := b.campaigns.CurrentForms(t.Context(), c.ID)
	require.NoError(t, err)
	require.Len(t, forms, 1)
	require.Equal(t, demoRelease, forms[0].Text)
	require.Zero(t, runWith(t, vars, "", "campaign", "set", demoCampaign, "--title", "Mine").code)

	require.NoError(t, createDemo(t.Context(), b))
	all, err := b.campaigns.List(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "Mine", all[0].Title)
	users, err := b.accounts.Users(t.Context())
	require.NoError(t, err)
	roles := map[string][]account.Role{}
	for _, u := range users {
		roles[u.Email] = u.Roles
	}
	require.Equal(t, map[string][]account.Role{
		demoModerator: {account.Moderator}, demoCreative: {account.Creative}, demoAdmin: {account.Admin},
	}, roles)
}
