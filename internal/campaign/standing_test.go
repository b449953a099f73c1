package campaign_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestStanding_DecidesBeforeTheTimes(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	for standing, code := range map[campaign.Standing]string{
		campaign.Paused: "campaign.paused", campaign.Archived: "campaign.archived", campaign.Live: "",
	} {
		c, err := env.Campaigns.Update(t.Context(), "song", func(c *campaign.Campaign) { c.Standing = standing })
		require.NoError(t, err)
		err = c.Open(env.Now)
		require.Equal(t, code == "", err == nil)
		require.True(t, code == "" || fault.Is(err, code), err)
	}
	_, err := env.Campaigns.Update(t.Context(), "song", func(c *campaign.Campaign) { c.Standing = "ended" })
	require.True(t, fault.Is(err, "campaign.invalid"), err)
}

func TestUpdateRevision_RefusesWhatWasMadeOfAnOlderOne(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	c, err := env.Campaigns.Get(t.Context(), "song")
	require.NoError(t, err)
	title := func(text string) func(*campaign.Campaign) {
		return func(c *campaign.Campaign) { c.Title = text }
	}
	one, err := env.Campaigns.UpdateRevision(t.Context(), "song", c.Revision, title("One"))
	require.NoError(t, err)
	require.Equal(t, c.Revision+1, one.Revision)
	for _, stale := range []int64{c.Revision, c.Revision + 2, -1} {
		_, err = env.Campaigns.UpdateRevision(t.Context(), "song", stale, title("Two"))
		require.True(t, fault.Is(err, "campaign.changed"), err)
	}
	now, err := env.Campaigns.Get(t.Context(), "song")
	require.NoError(t, err)
	require.Equal(t, one, now)
}

// TestUpdate_LosesNoChangeMadeMeanwhile changes the campaign between the read
// and the write of another change.
func TestUpdate_LosesNoChangeMadeMeanwhile(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	meanwhile := true
	c, err := env.Campaigns.Update(t.Context(), "song", func(c *campaign.Campaign) {
		if meanwhile {
			meanwhile = false
			_, err := env.Campaigns.Update(t.Context(), "song", func(c *campaign.Campaign) { c.Title = "Theirs" })
			require.NoError(t, err)
		}
		c.Prompt = "Mine"
	})
	require.NoError(t, err)
	require.Equal(t, []string{"Theirs", "Mine"}, []string{c.Title, c.Prompt})
}

func TestDuplicate_CopiesSettingsAndCurrentForms(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	from, err := env.Campaigns.Update(t.Context(), "song", func(c *campaign.Campaign) {
		c.Policy, c.Origins, c.Standing = "Songs only.", []string{"https://brand.example"}, campaign.Archived
	})
	require.NoError(t, err)
	_, err = env.Campaigns.AddReleaseForm(t.Context(), "song",
		campaign.ReleaseForm{Locale: "de", Text: "Du darfst mein Video verwenden."})
	require.NoError(t, err)
	c, err := env.Campaigns.Duplicate(t.Context(), "song", "again", "Again")
	require.NoError(t, err)
	want := *from
	want.ID, want.Slug, want.Title, want.Standing, want.Revision = c.ID, "again", "Again", campaign.Live, 0
	want.CreatedAt, want.UpdatedAt = c.CreatedAt, c.UpdatedAt
	stored, err := env.Campaigns.Get(t.Context(), "again")
	require.NoError(t, err)
	require.Equal(t, &want, stored)
	require.NotEqual(t, from.ID, stored.ID)
	texts := func(id string) map[string]string {
		forms, err := env.Campaigns.CurrentForms(t.Context(), id)
		require.NoError(t, err)
		out := map[string]string{}
		for _, f := range forms {
			out[f.Locale] = f.SHA256
		}
		return out
	}
	require.Len(t, texts(c.ID), 2)
	require.Equal(t, texts(from.ID), texts(c.ID))
	_, err = env.Campaigns.Duplicate(t.Context(), "song", "again", "")
	require.True(t, fault.Is(err, "campaign.exists"), err)
}
