package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// storyRow is a row of the table stories.
type storyRow struct {
	bun.BaseModel `bun:"table:stories,alias:stories"`

	ID           string `bun:",pk"`
	CampaignID   string
	State        string
	Version      int64
	Name         string
	Email        string
	Country      string
	Locale       string
	Title        string
	Body         string
	Song         string
	SongFold     string
	ArtistFold   string
	Answers      string
	Cut          string
	Quality      int
	Dice         int64
	Release      string
	Upload       string
	Source       string
	Media        string
	Findings     string
	ReviewSet    string
	PublicSet    string
	Orientation  string
	DurationMS   int64  `bun:"duration_ms"`
	Work         string // an announced kind; empty also where a ladder is due
	Ladder       int    // whether a ladder is due, and how much the first set needs it: one of the constants
	Attempt      int
	Tries        int
	NextRunAt    int64
	HeartbeatAt  int64
	DispatchedAt int64
	Progress     float64
	Failure      string
	Escalated    bool
	ClaimedBy    string
	ClaimedName  string
	ClaimedUntil int64
	CreatedAt    int64
	UpdatedAt    int64
	PublishedAt  int64
	WaitingSince int64  // for the same, see story.Wait; 0: for nothing, or unknown
	SourceKept   bool   // its object exists, and is not about to go
	FullAddress  bool   // the release's network address is not truncated yet
	CampaignSlug string `bun:",scanonly"` // selected by withSlug
	Held         bool   `bun:",scanonly"` // the same
}

// What the column ladder holds, besides 0 for no ladder.
const (
	ladderDue   = 1
	ladderHeavy = 2 // its first set is heavy
)

// underHold is whether a legal hold is on the story or its campaign.
const underHold = `EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))`

// withSlug selects the columns of stories, the slug of their campaign, and
// whether they are held.
func withSlug(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("?TableColumns").
		ColumnExpr("(SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug").
		ColumnExpr(underHold + " AS held")
}

// releaseJSON is how a release is stored.
type releaseJSON struct {
	Version      int       `json:"version"`
	TextSHA256   string    `json:"text_sha256"`
	Locale       string    `json:"locale"`
	AgreedAt     time.Time `json:"agreed_at"`
	Address      string    `json:"address"`
	OfAge        bool      `json:"of_age"`
	OthersAgreed bool      `json:"others_agreed"`
	SourceSHA256 string    `json:"source_sha256"`
	WithdrawnAt  time.Time `json:"withdrawn_at"`
}

func newStoryRow(s *story.Story) (*storyRow, error) {
	r := &storyRow{
		ID: s.ID, CampaignID: s.Campaign, State: string(s.State), Version: s.Version,
		Name: s.Contributor.Name, Email: s.Contributor.Email, Country: s.Contributor.Country,
		Locale: s.Contributor.Locale,
		Title:  s.Title, Body: s.Text, SongFold: text.Fold(s.Song.Title), ArtistFold: text.Fold(s.Song.Artist),
		Quality: s.Findings.Quality(), Dice: shuffleKey(s.ID),
		Work: string(s.WorkKind()), Attempt: s.Attempt, Tries: s.Tries,
		NextRunAt: micros(s.NextRunAt), HeartbeatAt: micros(s.HeartbeatAt), Progress: s.Progress,
		Escalated: s.Escalated, CreatedAt: micros(s.CreatedAt), UpdatedAt: micros(s.UpdatedAt),
		PublishedAt: micros(s.PublishedAt), FullAddress: s.Release.FullAddress(),
		SourceKept: s.Source != nil && !s.Source.Erased(),
	}
	if r.Work == string(story.Ladder) { // announced by other rules
		r.Work, r.Ladder = "", ladderDue
		if s.Public.Heavy {
			r.Ladder = ladderHeavy
		}
	}
	if set := shown(s); set != nil {
		r.Orientation, r.DurationMS = string(media.OrientationOf(set.Width, set.Height)), set.Duration.Milliseconds()
	}
	var err error
	for _, f := range []struct {
		to  *string
		val any
	}{
		{&r.Song, s.Song}, {&r.Answers, s.Answers}, {&r.Cut, s.Cut}, {&r.Release, releaseJSON(s.Release)},
		{&r.Upload, s.Upload}, {&r.Source, s.Source}, {&r.Media, s.Media},
		{&r.Findings, s.Findings}, {&r.ReviewSet, s.Review}, {&r.PublicSet, s.Public}, {&r.Failure, s.Failure},
	} {
		b, e := json.Marshal(f.val)
		if e != nil {
			err = fmt.Errorf("story %s: %w", s.ID, e)
		}
		*f.to = string(b)
	}
	return r, err
}

// shown is the set by which a story is found and sorted: the public one, else
// the review copy.
func shown(s *story.Story) *media.Assets {
	if s.Public != nil {
		return s.Public
	}
	return s.Review
}

func (r *storyRow) story() (*story.Story, error) {
	s := &story.Story{
		ID: r.ID, Campaign: r.CampaignID, CampaignSlug: r.CampaignSlug, State: story.State(r.State), Version: r.Version,
		Contributor: story.Contributor{Name: r.Name, Email: r.Email, Country: r.Country, Locale: r.Locale},
		Title:       r.Title, Text: r.Body, Attempt: r.Attempt, Tries: r.Tries,
		NextRunAt: moment(r.NextRunAt), HeartbeatAt: moment(r.HeartbeatAt), Progress: r.Progress,
		Escalated: r.Escalated, Held: r.Held,
		ClaimedUntil: moment(r.ClaimedUntil), CreatedAt: moment(r.CreatedAt), UpdatedAt: moment(r.UpdatedAt),
		PublishedAt: moment(r.PublishedAt),
	}
	if r.ClaimedBy != "" {
		s.ClaimedBy = account.Actor{Role: account.Moderator, ID: r.ClaimedBy, Name: r.ClaimedName}
	}
	for _, f := range []struct {
		from string
		to   any
	}{
		{r.Song, &s.Song}, {r.Answers, &s.Answers}, {r.Cut, &s.Cut}, {r.Release, (*releaseJSON)(&s.Release)},
		{r.Upload, &s.Upload}, {r.Source, &s.Source}, {r.Media, &s.Media},
		{r.Findings, &s.Findings}, {r.ReviewSet, &s.Review}, {r.PublicSet, &s.Public}, {r.Failure, &s.Failure},
	} {
		if err := json.Unmarshal([]byte(f.from), f.to); err != nil {
			return nil, fmt.Errorf("story %s: %w", r.ID, err)
		}
	}
	return s, nil
}

func storiesOf(rows []storyRow) ([]*story.Story, error) {
	out := make([]*story.Story, len(rows))
	for i := range rows {
		s, err := rows[i].story()
		if err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}
