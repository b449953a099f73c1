package api

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/funnel"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/webhook"
)

// commas joins values as an enum tag does.
func commas[T any](values []T) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = fmt.Sprint(v)
	}
	return strings.Join(names, ",")
}

// qualityBands are the bands of all qualities, best first.
func qualityBands() []string {
	var bands []string
	for quality := 100; quality >= 0; quality-- {
		if band := media.QualityBand(quality); !slices.Contains(bands, band) {
			bands = append(bands, band)
		}
	}
	return bands
}

// classNames are those of the classes of data.
func classNames() string {
	var names []string
	for _, c := range (retention.Periods{}).Classes() {
		names = append(names, c.Name)
	}
	return commas(names)
}

// noStories is the funnel's view of a campaign without stories.
type noStories struct{ funnel.Store }

func (noStories) CountStates(context.Context, string) (map[story.State]int64, error) { return nil, nil }

func (noStories) Entries(context.Context, string, int) ([]map[story.State]time.Time, error) {
	return nil, nil
}

func (noStories) SelectionTimes(context.Context, string) ([]time.Duration, error) { return nil, nil }

func funnelSteps(t *testing.T) []string {
	t.Helper()
	report, err := funnel.NewService(noStories{}).Report(t.Context(), "c")
	require.NoError(t, err)
	var names []string
	for _, step := range report.Steps {
		names = append(names, step.Name)
	}
	return names
}

// boardEnums are the lists of what the creative team uses.
func boardEnums() map[string]string {
	return map[string]string{
		"sorts":         commas([]board.Sort{board.Newest, board.Oldest, board.Relevance, board.Quality, board.Random}),
		"facets":        "song,artist,country,orientation,duration,language,quality,tag,answer",
		"sheets":        "en,de",
		"shapes":        commas(campaign.Shapes()),
		"fonts":         commas(append([]string{""}, campaign.Fonts()...)),
		"misfits":       commas(campaign.Misfits()),
		"lengths":       "0-15,15-30,30-60,60-",
		"list statuses": commas(board.Statuses()),
		"bulk listing":  commas([]string{board.Added, board.Present, board.Removed, board.Absent, board.Refused}),
		"orientations":  commas([]media.Orientation{media.Portrait, media.Landscape, media.Square}),
		"quality bands": commas(qualityBands()),
	}
}

// TestEnums_AreThoseOfTheDomain compares every enum tag of the package with
// the list in the domain that it repeats: a struct tag must be a literal.
func TestEnums_AreThoseOfTheDomain(t *testing.T) {
	t.Parallel()
	lists := map[string]string{
		"states":  commas(story.States()),
		"actions": commas(review.Actions()),
		"roles":   commas(account.StaffRoles()),
		"question kinds": commas([]campaign.QuestionKind{
			campaign.ShortText, campaign.LongText, campaign.Choice, campaign.YesNo,
		}),
		"standings":     commas([]campaign.Standing{campaign.Live, campaign.Paused, campaign.Archived}),
		"feed orders":   commas([]feed.Sort{feed.Newest, feed.Oldest}),
		"funnel steps":  commas(funnelSteps(t)),
		"classes":       classNames(),
		"begins":        "last_change,campaign_end,submission",
		"notes":         "shortlist,selection,vote", // of notesOf
		"votes":         "-1,1",
		"votes or none": "-1,0,1",
		"failing jobs":  commas([]story.JobKind{story.Prepare, story.Publish}),
		"exports":       "json,csv,sha256",
		"trail":         "csv,ndjson",
		"queues":        commas(queue.Names()),
		"waits":         commas([]story.Wait{story.ForReviewCopy, story.ForDecision, story.ForPublication}),
		"mail kinds":    commas(mail.StoryKinds()),
		"mail states":   commas(mail.States()),
		"mail locales":  commas(mail.Locales()),
		"missing": commas([]string{
			campaign.MissingForm, campaign.MissingPolicy, campaign.MissingPrivacy, campaign.MissingImprint,
			campaign.MissingOrigins,
		}),
		"hook states":   commas(webhook.DeliveryStates()),
		"hook failures": commas(webhook.Failures()),
		"hook endings":  commas(webhook.DisabledReasons()),
		"escalations":   commas(review.Kinds()),
		"notice kinds":  commas(notice.Kinds()),
		"notice ends":   commas(notice.Outcomes()),
		"outcomes":      commas([]audit.Outcome{audit.Done, audit.Refused}),
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	used := map[string]bool{}
	tag := regexp.MustCompile(`enum:"([^"]*)"`)
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range tag.FindAllStringSubmatch(string(b), -1) {
			used[m[1]] = true
		}
	}
	want := map[string]bool{}
	for _, all := range []map[string]string{lists, boardEnums()} {
		for _, list := range all {
			want[list] = true
		}
	}
	require.Equal(t, want, used)
}
