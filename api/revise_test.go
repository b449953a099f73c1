package api

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/mail"
)

// TestRevise_FromRejectionToSecondReview is what contributor and moderator see
// of it, by the API.
func TestRevise_FromRejectionToSecondReview(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	path := "/v1/stories/" + b.Story.ID
	moderator := e.keys[account.Moderator]
	e.decide(moderator, b.Story.ID, map[string]any{
		"action": "reject", "reason": "no_song", "note": "mumbles", "message": "Which song is it?",
	})
	a := e.want(200, "GET", path, b.Token, nil)
	require.NotContains(t, string(a.body), "mumbles", "notes are for colleagues")
	var st storyView
	a.into(t, &st)
	require.Equal(t, "no_song", st.Reason.Code)
	require.Equal(t, "Which song is it?", st.Reason.Message)
	require.NotNil(t, st.Reason.At)
	require.Equal(t, mendingView{3, true}, *st.Mending)

	e.want(401, "PATCH", path, "", map[string]any{"text": "x"})
	require.Equal(t, "story.stale", e.want(409, "PATCH", path, b.Token,
		map[string]any{"text": "x", "version": st.Version - 1}).code(t))
	revision := map[string]any{
		"version": st.Version, "message": "It is this one.",
		"song": map[string]any{"title": "Life on Mars?", "artist": "David Bowie"},
	}
	var revised storyView
	e.want(200, "PATCH", path, b.Token, revision).into(t, &revised)
	require.Equal(t, "in_review", revised.State)
	require.Nil(t, revised.Mending)
	e.want(200, "PATCH", path, b.Token, revision) // as after a lost answer

	var queue queueView
	e.want(200, "GET", "/v1/review/queue", moderator, nil).into(t, &queue)
	require.Len(t, queue.Items, 1)
	require.Len(t, queue.Items[0].Revisions, 1)
	got := queue.Items[0].Revisions[0]
	require.Equal(t, "It is this one.", got.Message)
	require.Equal(t, "Heroes – David Bowie", got.Changes[0].From)
	require.Equal(t, "rejected", got.From)
	require.Equal(t, "story.stale", e.want(409, "POST", path+"/decisions", moderator,
		map[string]any{"action": "approve", "version": st.Version}).code(t))
	var found StoryList
	e.want(200, "GET", "/v1/campaigns/"+e.slug+"/stories?q=mars", moderator, nil).into(t, &found)
	require.Len(t, found.Items, 1, "lookups find it by its new song")
	e.want(200, "GET", "/v1/campaigns/"+e.slug+"/stories?q=heroes", moderator, nil).into(t, &found)
	require.Empty(t, found.Items, "and no more by the former one")

	var data dataView
	e.want(200, "GET", path+"/data", b.Token, nil).into(t, &data)
	last := data.History[len(data.History)-1]
	require.Equal(t, "It is this one.", last.Message)
	require.Len(t, last.Changes, 1)
	require.Equal(t, "Which song is it?", data.History[len(data.History)-2].Message)
}

func TestDecide_MessagesGoWithRejectionsOnly(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	moderator := e.keys[account.Moderator]
	require.Equal(t, "decision.message", e.want(422, "POST", "/v1/stories/"+b.Story.ID+"/decisions", moderator,
		map[string]any{"action": "approve", "message": "Well done"}).code(t))
	e.want(200, "POST", "/v1/review/decisions", moderator, map[string]any{
		"stories": []any{map[string]any{"id": b.Story.ID}}, "action": "reject", "reason": "spam", "message": "No ads.",
	})
	var st storyView
	e.want(200, "GET", "/v1/stories/"+b.Story.ID, b.Token, nil).into(t, &st)
	require.Equal(t, "No ads.", st.Reason.Message)
}

// TestReasons_HaveASentenceInMails compares the reasons of moderators with the
// sentences that mails have for them.
func TestReasons_HaveASentenceInMails(t *testing.T) {
	t.Parallel()
	var want []string
	for _, r := range campaign.StandardReasons() {
		want = append(want, r.Code)
		require.Equal(t, r.Detail, mail.Reasons("en")[r.Code])
	}
	slices.Sort(want)
	for _, locale := range mail.Locales() {
		require.Equal(t, want, slices.Sorted(maps.Keys(mail.Reasons(locale))), locale)
	}
}
