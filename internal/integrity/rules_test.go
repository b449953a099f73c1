package integrity_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// TestAudit_JudgesWorkFromWhenItBecameDue: none of these changes the state, which
// is a year old.
func TestAudit_JudgesWorkFromWhenItBecameDue(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const year = 365 * 24 * time.Hour
		ctx, admin := t.Context(), testkit.Actor(account.Admin, "Ada")
		now := func() time.Time { return clock().Add(w.later) }
		stories := story.NewService(w.db, silent{}, now, story.Options{}, slog.New(slog.DiscardHandler))
		kept := retention.NewService(w.db, stories, retention.Periods{Source: 30 * 24 * time.Hour}, now)
		stuck := func() bool { return slices.Contains(codes(w.audit(integrity.Options{})), integrity.StoryStuck) }
		w.exec(`UPDATE campaigns SET closes_at = ?`, clock().UnixMicro())
		require.NoError(t, kept.HoldCampaign(ctx, w.campaign.ID, "case 12", admin))
		st := w.apply(w.reviewed, story.EventWithdrawn, account.Actor{Role: account.Contributor})
		w.later = year
		require.False(t, stuck(), "held")
		require.NoError(t, kept.LiftCampaign(ctx, w.campaign.ID, admin))
		require.False(t, stuck(), "the hold on %s was lifted now", st.ID)
		_, err := kept.Sweep(ctx, 10)
		require.NoError(t, err)
		source, err := w.db.Story(ctx, w.published.ID)
		require.NoError(t, err)
		require.Equal(t, story.LapseDue, source.Source.Lapse)
		require.False(t, stuck(), "the period of the source ended now")
		w.later += 7 * time.Hour
		require.True(t, stuck())
	})
}

func TestAudit_JudgesALadderFromItsRetry(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, err := w.stories.Change(t.Context(), w.published.ID, func(st *story.Story) (*story.Entry, error) {
			st.Public.First, st.Public.GivenUp = true, true
			return nil, nil
		})
		require.NoError(t, err)
		w.later = 365 * 24 * time.Hour
		stuck := func() bool { return slices.Contains(codes(w.audit(integrity.Options{})), integrity.StoryStuck) }
		require.False(t, stuck(), "given up")
		_, err = w.stories.Change(t.Context(), w.published.ID, func(st *story.Story) (*story.Entry, error) {
			return st.Retry(testkit.Actor(account.Admin, "Ada"), w.deps.Now())
		})
		require.NoError(t, err)
		require.False(t, stuck())
		w.later += 8 * 24 * time.Hour
		require.True(t, stuck())
	})
}
