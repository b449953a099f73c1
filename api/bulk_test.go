package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestBulk_EachStoryIsDecidedByItself(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mod, ben := e.keys[account.Moderator], e.newKey("moderator", "Ben")
	a, b, c, d := e.inReview(), e.inReview(), e.inReview(), e.inReview()
	e.want(200, "POST", "/v1/stories/"+c.Story.ID+"/decisions", ben, map[string]any{"action": "approve"})
	one := func(x begunStory) map[string]any { return map[string]any{"id": x.Story.ID} }
	many := func(status int, action, reason string, stories ...map[string]any) answer {
		return e.want(status, "POST", "/v1/review/decisions", mod,
			map[string]any{"action": action, "reason": reason, "stories": stories})
	}
	many(422, "reject", "", one(a))
	many(422, "reject", "spam")
	e.want(403, "POST", "/v1/review/decisions", e.keys[account.Creative],
		map[string]any{"action": "approve", "stories": []any{one(a)}})
	var out struct{ Items []outcomeView }
	many(200, "reject", "spam", one(a), one(b), one(c), map[string]any{"id": "no-such-story"},
		map[string]any{"id": d.Story.ID, "version": 1}).into(t, &out)
	require.Len(t, out.Items, 5)
	for i, code := range []string{"", "", "story.state", "story.unknown", "story.stale"} {
		if code == "" {
			require.Equal(t, "rejected", out.Items[i].Story.State)
			continue
		}
		require.Nil(t, out.Items[i].Story)
		require.Equal(t, code, out.Items[i].Refused.Code)
	}
	require.Equal(t, "approved", e.state(c.Story.ID), "the faster colleague's decision stands")
	require.Equal(t, "in_review", e.state(d.Story.ID))
}
