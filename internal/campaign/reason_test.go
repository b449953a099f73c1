package campaign_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestReasons_EachHasASentenceForContributors(t *testing.T) {
	t.Parallel()
	own := campaign.Reason{
		Code: "wrong_song", Detail: "Tell us about a song of this album.",
		Locales: map[string]string{"de": "Erzähl uns von einem Lied dieses Albums."},
	}
	c := &campaign.Campaign{Reasons: []campaign.Reason{own, {Code: "spam"}}}
	require.Equal(t, own.Detail, c.ReasonDetail("wrong_song", "en-GB"))
	require.Equal(t, own.Locales["de"], c.ReasonDetail("wrong_song", "de-AT"), "the language counts, not the region")
	require.Equal(t, own.Detail, c.ReasonDetail("wrong_song", ""))
	require.True(t, c.HasReason("spam"))
	require.False(t, c.HasReason("quality"))
	require.Equal(t, "We could not see or hear the story well enough.", c.ReasonDetail("quality", "en"),
		"of a decision made before the campaign had its own")
	require.Equal(t, "The video does not fit the campaign.", c.ReasonDetail("gone", "en"))

	standard := (&campaign.Campaign{}).ReasonsInUse()
	require.LessOrEqual(t, len(standard), campaign.MaxReasons)
	for _, r := range standard {
		require.NotEmpty(t, r.Detail, r.Code)
	}
	require.Equal(t, campaign.Reason{Code: "spam", Detail: "The video advertises something."}, c.ReasonsInUse()[1])
}

func TestUpdate_ChecksReasons(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	set := func(reasons ...campaign.Reason) error {
		_, err := env.Campaigns.Update(t.Context(), "song", func(c *campaign.Campaign) { c.Reasons = reasons })
		return err
	}
	for name, bad := range map[string][]campaign.Reason{
		"no sentence": {{Code: "wrong_song"}},
		"a bad code":  {{Code: "Wrong song", Detail: "x"}},
		"twice":       {{Code: "spam"}, {Code: "spam"}},
		"too long":    {{Code: "wrong_song", Detail: strings.Repeat("x", 301)}},
		"a bad tag":   {{Code: "wrong_song", Detail: "x", Locales: map[string]string{"<b>": "y"}}},
		"too many":    make([]campaign.Reason, campaign.MaxReasons+1),
		"too long a":  {{Code: "wrong_song", Detail: "x", Locales: map[string]string{"de": strings.Repeat("x", 301)}}},
	} {
		require.True(t, fault.Is(set(bad...), "campaign.invalid"), name)
	}
	require.NoError(t, set(campaign.Reason{Code: "spam", Detail: "mine"}))
	c, err := env.Campaigns.Get(t.Context(), "song")
	require.NoError(t, err)
	require.Equal(t, []campaign.Reason{{Code: "spam"}}, c.Reasons, "a standard code keeps its sentence")
}
