package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/store"
)

// TestMigrate_Staff starts from rows as the versions before kept them.
func TestMigrate_Staff(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *store.Store) {
		require.NoError(t, db.MigrateTo(t.Context(), 3))
		for _, q := range []string{
			`INSERT INTO users VALUES ('u1', 'a@example.com', 'A', '["creative"]', '', false, 1)`,
			`INSERT INTO users VALUES ('u2', 'b@example.com', 'B', '["creative"]', '', false, 1)`,
			`INSERT INTO sessions VALUES ('h', 'u1', false, 1, 9000000000000000)`,
			`INSERT INTO api_keys VALUES ('k1', 'key', 'creative', 'hash', 1, 0)`,
			oldCampaign,
		} {
			require.NoError(t, db.Exec(t.Context(), q))
		}
		for slot, people := range map[string][2]string{
			"ad-1": {"u1", "u2"}, "ad-2": {"k1", "u2"}, "ad-3": {"u1", "k1"},
		} {
			require.NoError(t, db.Exec(t.Context(), oldStory, "s-"+slot, "published"))
			require.NoError(t, db.Exec(t.Context(), `INSERT INTO selection (campaign_id, slot, story_id, note, actor_id,
				actor_name, at, confirmed_id, confirmed_name, confirmed_at)
				VALUES ('c', ?, ?, '', ?, 'x', 1, ?, 'y', 2)`,
				slot, "s-"+slot, people[0], people[1]))
		}
		_, err := db.Migrate(t.Context())
		require.NoError(t, err)

		picks, err := db.Selection(t.Context(), "c")
		require.NoError(t, err)
		require.Len(t, picks, 3)
		require.True(t, picks[0].Confirmed(), "two users")
		require.True(t, picks[0].By.Person)
		require.False(t, picks[1].Confirmed())
		require.False(t, picks[1].By.Person, "a key of nobody chose")
		require.False(t, picks[2].Confirmed(), "a key of nobody confirmed")
		require.True(t, picks[2].By.Person)
		keys, err := db.Keys(t.Context())
		require.NoError(t, err)
		require.Empty(t, keys[0].Owner)
		require.WithinDuration(t, time.Now().Add(365*24*time.Hour), keys[0].ExpiresAt, time.Hour)
		sessions, err := db.Sessions(t.Context(), "u1", time.Now())
		require.NoError(t, err)
		require.Empty(t, sessions)
		c, err := db.Campaign(t.Context(), "c")
		require.NoError(t, err)
		require.Equal(t, "UTC", c.Zone)
	})
}

func TestFactors_AreInForceOnceConfirmedAndNotReplaced(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		u := &account.User{ID: id.New(), Email: "ana@example.com", Roles: []account.Role{account.Moderator}}
		require.NoError(t, db.CreateUser(ctx, u))
		has := func() bool {
			t.Helper()
			one, err := db.User(ctx, u.Email)
			require.NoError(t, err)
			all, err := db.Users(ctx)
			require.NoError(t, err)
			require.Equal(t, one, all[0])
			return one.HasFactor
		}
		_, err := db.Factor(ctx, u.ID)
		require.ErrorIs(t, err, account.ErrNoFactor)
		for _, secret := range []string{"A", "B"} {
			require.NoError(t, db.CreateFactor(ctx, &account.Factor{User: u.ID, Secret: secret}))
		}
		require.False(t, has())
		f, err := db.Factor(ctx, u.ID)
		require.NoError(t, err)
		require.Equal(t, "B", f.Secret)
		next := *f
		next.Since, next.LastStep, next.Recovery = time.Now().UTC().Truncate(time.Microsecond), 7, []string{"x"}
		for _, want := range []bool{true, false} { // it stands no more
			done, err := db.ReplaceFactor(ctx, f, &next)
			require.NoError(t, err)
			require.Equal(t, want, done)
		}
		require.True(t, has())
		err = db.CreateFactor(ctx, &account.Factor{User: u.ID, Secret: "C"})
		require.True(t, fault.Is(err, "factor.exists"), err)
		require.NoError(t, db.DeleteFactor(ctx, u.ID))
		require.False(t, has())
	})
}
