package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestCreatives_SeeOnlyStoriesTheyWorkWith(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	creative, moderator := e.keys[account.Creative], e.keys[account.Moderator]
	hidden := e.published()
	e.decide(moderator, hidden.Story.ID, map[string]any{"action": "hide", "reason": "other"})
	rejected := e.inReview()
	e.decide(moderator, rejected.Story.ID, map[string]any{"action": "reject", "reason": "other"})
	withdrawn := e.published()
	e.want(200, "DELETE", "/v1/stories/"+withdrawn.Story.ID, withdrawn.Token, nil)
	for name, id := range map[string]string{
		"awaiting its upload": e.begin(5).Story.ID, "uploaded": e.uploaded().Story.ID,
		"in review": e.inReview().Story.ID,
		"hidden":    hidden.Story.ID, "rejected": rejected.Story.ID, "withdrawn": withdrawn.Story.ID, "none": "none",
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"", "/history", "/captions/en", "/events"} {
				require.Equal(t, "story.unknown",
					e.want(404, "GET", "/v1/stories/"+id+path, creative, nil).code(t), path)
			}
			require.Equal(t, "story.unknown", e.want(404, "PUT", "/v1/stories/"+id+"/captions/en", creative,
				map[string]any{"vtt": "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nHi\n"}).code(t))
		})
	}
	approved := e.inReview()
	e.decide(moderator, approved.Story.ID, map[string]any{"action": "approve"})
	for name, id := range map[string]string{"approved": approved.Story.ID, "published": e.published().Story.ID} {
		t.Run(name, func(t *testing.T) {
			var v storyView
			e.want(200, "GET", "/v1/stories/"+id, creative, nil).into(t, &v)
			require.Equal(t, "Zoë", v.Contributor.Name)
			require.NotNil(t, v.Review)
			require.Empty(t, v.Contributor.Email)
			require.Empty(t, v.Release.Address)
			e.want(200, "GET", "/v1/stories/"+id, moderator, nil).into(t, &v)
			require.Equal(t, "zoe@private.example", v.Contributor.Email)
			require.NotEmpty(t, v.Release.Address)
		})
	}
}

func TestBoard_CarriesNoAddressesAndForgetsWhoLeft(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	creative, st := e.keys[account.Creative], e.published()
	base := "/v1/campaigns/" + e.slug
	e.want(204, "PUT", base+"/shortlist/"+st.Story.ID, creative, map[string]any{})
	e.want(200, "PUT", base+"/selection/ad-1", creative, map[string]any{"story": st.Story.ID})
	lists := []string{"/shortlist", "/selection", "/search", "/selection/export", "/selection/export?format=csv"}
	for _, path := range lists {
		body := string(e.want(200, "GET", base+path, creative, nil).body)
		require.Contains(t, body, "Zoë", path)
		require.NotContains(t, body, "127.0.0.1\"", path)
		require.NotContains(t, body, ",127.0.0.1,", path)
	}
	evidence := string(e.want(200, "GET", base+"/selection/export", e.keys[account.Admin], nil).body)
	require.Contains(t, evidence, `"address":"127.0.0.1"`, "an administrator gets the whole evidence")
	e.want(200, "DELETE", "/v1/stories/"+st.Story.ID, st.Token, nil)
	for _, path := range lists {
		body := string(e.want(200, "GET", base+path, creative, nil).body)
		for _, word := range []string{"Zoë", "zoe@private.example", "danced", "127.0.0.1\""} {
			require.NotContains(t, body, word, path)
		}
	}
}
