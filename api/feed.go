package api

import (
	"context"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/limit"
)

// feedItem is a published story as anyone may see it.
type feedItem struct {
	ID          string        `json:"id" format:"uuid"`
	Campaign    string        `json:"campaign" doc:"Slug."`
	Name        string        `json:"name" doc:"As the contributor wishes to be called."`
	Country     string        `json:"country,omitempty"`
	Title       string        `json:"title,omitempty"`
	Text        string        `json:"text,omitempty"`
	Song        songView      `json:"song"`
	PublishedAt time.Time     `json:"published_at"`
	DurationMS  int64         `json:"duration_ms"`
	Width       int           `json:"width" doc:"Pixels of the largest rendition."`
	Height      int           `json:"height" doc:"Pixels of the largest rendition."`
	Renditions  []sizeView    `json:"renditions"`
	Captions    []captionView `json:"captions"`
	PublicMedia
}

type sizeView struct {
	Name   string `json:"name"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

func (s *server) feedItem(it feed.Item) feedItem {
	v := feedItem{
		ID: it.ID, Campaign: it.Campaign, Name: it.Name, Country: it.Country, Title: it.Title, Text: it.Text,
		Song: songView(it.Song), PublishedAt: it.PublishedAt,
		DurationMS: it.Assets.Duration.Milliseconds(), Width: it.Assets.Width, Height: it.Assets.Height,
		Renditions: []sizeView{}, Captions: s.captionViews("/v1/feed/"+it.ID, it.Captions),
		PublicMedia: s.publicMedia(&it.Assets),
	}
	for _, r := range it.Assets.Renditions {
		v.Renditions = append(v.Renditions, sizeView{r.Name, r.Width, r.Height})
	}
	return v
}

// cached is an answer that caches may keep for a moment and ask about after.
type cached[B any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         B
}

// feedCache lets a CDN answer for the feed; a story that is hidden is gone
// from every page within these seconds, and its objects soon after.
const feedCache = "public, max-age=5, stale-while-revalidate=10"

type feedPage struct {
	Items []feedItem `json:"items"`
	Next  string     `json:"next,omitempty" doc:"Cursor of the next page; absent at the end."`
}

type listFeedInput struct {
	CampaignPath
	Song    string `query:"song" maxLength:"200" doc:"Only this song's title."`
	Artist  string `query:"artist" maxLength:"200"`
	Country string `query:"country" maxLength:"2"`
	Sort    string `query:"sort" enum:"newest,oldest" default:"newest" doc:"By the time of publication."`
	Page
}

func (s *server) feedRoutes() {
	handle(s, anyone, op("list-feed", "GET /v1/campaigns/{campaign}/feed", "feed", "Read the feed").
		about("Published stories, newest first unless asked otherwise.").everywhere().fails(notFound), s.listFeed)
	handle(s, anyone, op("get-feed-story", "GET /v1/feed/{id}", "feed", "Read one published story").
		everywhere().fails(notFound), s.getFeedStory)
	handle(s, anyone, op("report-play", "POST /v1/campaigns/{campaign}/feed/{id}/plays", "feed",
		"Report that a story is being watched").
		about("The player does so after two seconds of playing. A story that is watched gets all its renditions "+
			"before others. Neither visitors nor plays are counted. Pages of other sites may call it where the "+
			"campaign lists their origin.").
		fromBrands().noContent().fails(forbidden, notFound, tooMany), s.reportPlay)
}

// playsPerMinute bounds the reports of one address.
const playsPerMinute = 60

// reportPlay takes note of a story that is being watched. It does not tell
// whether there is such a story.
func (s *server) reportPlay(ctx context.Context, in *BoardStoryPath) (*none, error) {
	if err := s.Limit.Allow(ctx, limit.Rule{Name: "plays", Max: playsPerMinute, Per: time.Minute},
		limit.Key(callerOf(ctx).address), 1); err != nil {
		return nil, err
	}
	return nil, s.Watched.Mark(ctx, in.ID)
}

// listFeed answers with a page of published stories.
func (s *server) listFeed(ctx context.Context, in *listFeedInput) (*cached[feedPage], error) {
	after, err := openCursor[feed.Cursor](in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.Feed.List(ctx, in.Campaign,
		feed.Filter{
			Song: in.Song, Artist: in.Artist, Country: strings.ToUpper(in.Country), Sort: feed.Sort(in.Sort),
		}, after, in.Limit)
	if err != nil {
		return nil, err
	}
	page := feedPage{Items: make([]feedItem, len(found.Items)), Next: sealCursor(found.Next)}
	for i, it := range found.Items {
		page.Items[i] = s.feedItem(it)
	}
	return &cached[feedPage]{feedCache, page}, nil
}

// getFeedStory answers with one story as long as it is public.
func (s *server) getFeedStory(ctx context.Context, in *StoryPath) (*cached[feedItem], error) {
	it, err := s.Feed.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &cached[feedItem]{feedCache, s.feedItem(*it)}, nil
}
