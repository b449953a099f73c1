package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

// waiting keeps a story in review by the name that its title has.
func waiting(t *testing.T, db *store.Store, c *campaign.Campaign, title, country, locale string,
	length time.Duration, warnings ...string) {
	t.Helper()
	st := newStory(t, db, c, func(s *story.Story) {
		s.Title, s.Contributor.Country, s.Contributor.Locale = title, country, locale
		s.Escalated = title == "escalated"
	})
	st.Review = &media.Assets{Width: 9, Height: 16, Duration: length}
	st.Findings = &media.Findings{Warnings: warnings}
	move(t, db, st, story.InReview, story.EventPrepared)
}

func titles(stories []*story.Story) []string {
	out := []string{}
	for _, st := range stories {
		out = append(out, st.Title)
	}
	return out
}

// filters are what a queue is narrowed by, with what is left of the queue of
// those who see no escalated stories. Leads see the escalated one too where
// escalated is set.
var filters = map[string]struct {
	filter    review.Filter
	plain     []string
	escalated bool
}{
	"a language of any region": {review.Filter{Languages: []string{"de"}}, []string{"german", "swiss"}, true},
	"languages": {
		review.Filter{Languages: []string{"fr", "de"}},
		[]string{"german", "swiss", "french"}, true,
	},
	"a country": {review.Filter{Countries: []string{"CH"}}, []string{"swiss", "french"}, false},
	"a country and a language": {
		review.Filter{Countries: []string{"CH"}, Languages: []string{"fr"}},
		[]string{"french"}, false,
	},
	"warnings":   {review.Filter{Warnings: []string{"silent", "dark"}}, []string{"swiss", "french"}, false},
	"no warning": {review.Filter{Unwarned: true}, []string{"german", "unknown"}, true},
	"length": {
		review.Filter{MinDuration: 20 * time.Second, MaxDuration: 40 * time.Second},
		[]string{"swiss", "unknown"}, true,
	},
	"nothing": {review.Filter{Languages: []string{"ja"}}, []string{}, false},
}

func TestReviewQueue_ByWhatStoriesAre(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		waiting(t, db, c, "german", "DE", "de", 10*time.Second)
		waiting(t, db, c, "swiss", "CH", "de-CH", 40*time.Second, "dark")
		waiting(t, db, c, "french", "CH", "fr-CH", 90*time.Second, "silent", "dark")
		waiting(t, db, c, "unknown", "", "", 20*time.Second)
		waiting(t, db, c, "escalated", "AT", "de-AT", 20*time.Second)
		for name, x := range filters {
			f, all := x.filter, x.plain
			if f.Campaign = c.ID; x.escalated {
				all = append(all[:len(all):len(all)], "escalated")
			}
			list, err := db.ReviewQueue(ctx, f, "", 10)
			require.NoError(t, err)
			require.Equal(t, all, titles(list), name)
			stats, err := db.ReviewStats(ctx, f, start)
			require.NoError(t, err)
			require.EqualValues(t, len(all), stats.Waiting, name)

			f.Plain = true
			list, err = db.ReviewQueue(ctx, f, "", 10)
			require.NoError(t, err)
			require.Equal(t, x.plain, titles(list), name)
			if len(list) > 1 {
				rest, err := db.ReviewQueue(ctx, f, list[0].ID, 10)
				require.NoError(t, err)
				require.Equal(t, x.plain[1:], titles(rest), "%s: the next page", name)
			}
			got, err := db.ClaimNext(ctx, f, ana, 10, start, start.Add(time.Minute), nil)
			require.NoError(t, err)
			require.Equal(t, x.plain, titles(got), name)
			for _, st := range got {
				require.NoError(t, db.ReleaseClaim(ctx, st.ID, ana.ID))
			}
		}
	})
}
