package api

import (
	"context"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

// StoryList is a page of stories.
type StoryList struct {
	Items []storyView `json:"items"`
	Next  string      `json:"next,omitempty" doc:"Cursor of the next page; absent at the end."`
}

type queueView struct {
	StoryList
	Waiting    int64           `json:"waiting" doc:"Where the queue is narrowed by more than a campaign, counted up to 1000."`
	Claimed    int64           `json:"claimed"`
	Escalated  int64           `json:"escalated"`
	Reported   int64           `json:"reported" doc:"Open reports of visitors about published videos."`
	Oldest     *time.Time      `json:"oldest,omitempty" doc:"When the oldest waiting story was begun."`
	Colleagues []colleagueView `json:"colleagues" doc:"Who holds stories now, you included."`
}

// colleagueView is a moderator who holds stories.
type colleagueView struct {
	Name    string    `json:"name"`
	Holding int64     `json:"holding"`
	Until   time.Time `json:"until" doc:"When the claims end unless renewed."`
}

type reasonView struct {
	Code    string            `json:"code" maxLength:"40"`
	Detail  string            `json:"detail,omitempty" maxLength:"300" doc:"Shown to the contributor. Standard codes have their own sentences."`
	Locales map[string]string `json:"locales,omitempty" doc:"The sentence in other languages, by BCP 47 tag."`
}

func reasonViews(reasons []campaign.Reason) []reasonView {
	out := make([]reasonView, len(reasons))
	for i, r := range reasons {
		out[i] = reasonView(r)
	}
	return out
}

// decisionBody is a moderator's act.
type decisionBody struct {
	Action  string `json:"action" enum:"approve,reject,hide,restore,escalate"`
	Reason  string `json:"reason,omitempty" maxLength:"40" doc:"A code; required to reject or hide. To escalate, a kind: minor, self_harm, threat, legal, or unsure, which an absent one is."`
	Note    string `json:"note,omitempty" maxLength:"2000" doc:"For colleagues only."`
	Message string `json:"message,omitempty" maxLength:"500" doc:"To the contributor, shown and mailed with the reason; of reject and hide."`
	Version int64  `json:"version,omitempty" minimum:"0" doc:"The story's version as you saw it."`

	Unplayed bool `json:"unplayed,omitempty" doc:"You decided before the video was played or moved to another time."`
}

// QueueFilter narrows the review queue, for reading it and for claiming from it.
type QueueFilter struct {
	Campaign      string   `query:"campaign" json:"campaign,omitempty" maxLength:"64" doc:"Slug; empty: all campaigns."`
	Escalated     bool     `query:"escalated" json:"escalated,omitempty" doc:"Only stories escalated to leads; for leads."`
	Language      []string `query:"language" json:"language,omitempty" maxItems:"20" maxLength:"35" doc:"Languages of contributors, any of which; the region does not matter."`
	Country       []string `query:"country" json:"country,omitempty" maxItems:"20" maxLength:"2" doc:"Countries of contributors, any of which."`
	Warning       []string `query:"warning" json:"warning,omitempty" maxItems:"20" maxLength:"40" doc:"Warnings of the findings, any of which: silent, black, …"`
	Unwarned      bool     `query:"unwarned" json:"unwarned,omitempty" doc:"Only stories without a warning."`
	MinDurationMS int64    `query:"min_duration_ms" json:"min_duration_ms,omitempty" minimum:"0" maximum:"900000"`
	MaxDurationMS int64    `query:"max_duration_ms" json:"max_duration_ms,omitempty" minimum:"0" maximum:"900000" doc:"0: any."`
}

// queueFilter is the filter within what the caller may see.
func (s *server) queueFilter(ctx context.Context, q QueueFilter) (review.Filter, error) {
	lead := callerOf(ctx).lead()
	if q.Escalated && !lead {
		return review.Filter{}, fault.New(fault.Forbidden, "auth.role", "this needs the role %s", account.Lead)
	}
	f := review.Filter{
		Escalated: q.Escalated, Plain: !lead && !q.Escalated, Languages: q.Language, Countries: q.Country,
		Warnings: q.Warning, Unwarned: q.Unwarned, MinDuration: time.Duration(q.MinDurationMS) * time.Millisecond,
		MaxDuration: time.Duration(q.MaxDurationMS) * time.Millisecond,
	}
	if q.Campaign == "" {
		return f, nil
	}
	c, err := s.Campaigns.Get(ctx, q.Campaign)
	if err == nil {
		f.Campaign = c.ID
	}
	return f, err
}

// lead reports whether the caller may see and decide on escalated stories.
func (c *caller) lead() bool { return c.principal != nil && c.principal.Can(account.Lead) }

// visible leaves out what only leads may see, if the caller is none.
func (s *server) visible(ctx context.Context, stories []*story.Story) []*story.Story {
	if callerOf(ctx).lead() {
		return stories
	}
	return slices.DeleteFunc(stories, review.ForLeads)
}

type claimStoriesInput struct {
	Body struct {
		QueueFilter
		Count int      `json:"count,omitempty" minimum:"1" maximum:"20" default:"3"`
		Skip  []string `json:"skip,omitempty" maxItems:"200" doc:"Stories you do not want again."`
	}
}

type decideInput struct {
	StoryPath
	Body decisionBody
}

type listReviewQueueInput struct {
	QueueFilter
	Page
}

type lookupStoriesInput struct {
	CampaignPath
	State   []string `query:"state" maxItems:"13" enum:"awaiting_upload,uploaded,preparing,in_review,approved,publishing,published,hidden,rejected,failed,expired,withdrawn,erased" doc:"States, separated by commas; empty: all."`
	Text    string   `query:"q" maxLength:"200" doc:"Parts of words of the song, the artist or the name, or a whole id. Of more than 1000 stories that have them, those begun last are found."`
	Warning string   `query:"warning" maxLength:"40" doc:"One that the findings carry: silent, black, …"`
	Page
}

func (s *server) reviewRoutes() {
	handle(s, moderators, op("list-review-queue", "GET /v1/review/queue", "review", "See the queue").
		about("Stories waiting for a decision, oldest first, and how the queue stands."), s.listReviewQueue)
	handle(s, moderators, op("lookup-stories", "GET /v1/campaigns/{campaign}/stories", "review", "Look stories up").
		about("In any state, most recently changed first: decided, hidden, failed stories.").
		fails(notFound).audited("stories.looked_up"), s.lookupStories)
	handle(s, moderators, op("claim-stories", "POST /v1/review/claims", "review", "Claim the next stories").
		about("Renews what you hold and leases more of the oldest free stories until you hold `count`. Nobody else is "+
			"given them for ten minutes."), s.claimStories)
	handle(s, moderators, op("release-claim", "DELETE /v1/review/claims/{id}", "review", "Give a claim back").
		noContent(), s.releaseClaim)
	handle(s, moderators, op("decide", "POST /v1/stories/{id}/decisions", "review", "Decide").
		about("A conflict says who decided what, and when. The same decision again is one decision.").
		fails(notFound, conflict), s.decide)
	handle(s, moderators, op("list-reasons", "GET /v1/review/reasons", "review", "List reason codes").
		about("Those of a campaign, in its order; without one, the standard ones.").fails(notFound), s.listReasons)
}

// listReviewQueue answers with a page of the queue, its counts, and who works on it.
func (s *server) listReviewQueue(ctx context.Context, in *listReviewQueueInput) (*body[queueView], error) {
	f, err := s.queueFilter(ctx, in.QueueFilter)
	if err != nil {
		return nil, err
	}
	after, err := openCursor[string](in.Cursor)
	if err != nil {
		return nil, err
	}
	rows, err := s.Review.Queue(ctx, f, after, in.Limit)
	if err != nil {
		return nil, err
	}
	stats, err := s.Review.Stats(ctx, f)
	if err != nil {
		return nil, err
	}
	claimants, err := s.Review.Claimants(ctx, f)
	if err != nil {
		return nil, err
	}
	reported, err := s.Notices.Count(ctx, f.Campaign)
	if err != nil {
		return nil, err
	}
	v := queueView{
		Reported: reported, StoryList: StoryList{Next: sealCursor(rows.Next)},
		Waiting: stats.Waiting, Claimed: stats.Claimed, Escalated: stats.Escalated, Oldest: timePtr(stats.Oldest),
		Colleagues: make([]colleagueView, len(claimants)),
	}
	for i, c := range claimants {
		v.Colleagues[i] = colleagueView(c)
	}
	v.Items, err = s.staffViews(ctx, rows.Items)
	return bodyOf(v), err
}

// lookupStories finds stories of a campaign in any state.
func (s *server) lookupStories(ctx context.Context, in *lookupStoriesInput) (*body[StoryList], error) {
	after, err := openCursor[review.Cursor](in.Cursor)
	if err != nil {
		return nil, err
	}
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(c.Slug) // not by which words: they may name a contributor
	callerOf(ctx).act.skip = in.Text == "" || after != nil
	l := review.Lookup{Campaign: c.ID, Text: in.Text, Warning: in.Warning}
	for _, st := range in.State {
		l.States = append(l.States, story.State(st))
	}
	rows, err := s.Review.Lookup(ctx, l, after, in.Limit)
	if err != nil {
		return nil, err
	}
	views, err := s.staffViews(ctx, s.visible(ctx, rows.Items))
	return bodyOf(StoryList{Items: views, Next: sealCursor(rows.Next)}), err
}

// claimStories leases stories to the moderator who calls.
func (s *server) claimStories(ctx context.Context, in *claimStoriesInput) (*body[StoryList], error) {
	f, err := s.queueFilter(ctx, in.Body.QueueFilter)
	if err != nil {
		return nil, err
	}
	held, err := s.Review.Claim(ctx, f, callerOf(ctx).actor(account.Moderator), in.Body.Count, in.Body.Skip)
	if err != nil {
		return nil, err
	}
	views, err := s.staffViews(ctx, held)
	return bodyOf(StoryList{Items: views}), err
}

// releaseClaim gives a story back before its lease ends.
func (s *server) releaseClaim(ctx context.Context, in *StoryPath) (*none, error) {
	return nil, s.Review.Release(ctx, in.ID, callerOf(ctx).actor(account.Moderator))
}

// decide records a moderator's decision on one story.
func (s *server) decide(ctx context.Context, in *decideInput) (*storyOutput, error) {
	b := in.Body
	st, err := s.Review.Decide(ctx, in.ID,
		review.Decision{
			Action: review.Action(b.Action), Reason: review.Reason(b.Reason), Note: b.Note, Message: b.Message,
			Version: b.Version, Lead: callerOf(ctx).lead(), Unplayed: b.Unplayed,
		}, callerOf(ctx).actor(account.Moderator))
	if err != nil {
		return nil, err
	}
	v, err := s.staffView(ctx, st)
	return bodyOf(v), err
}

type listReasonsInput struct {
	Campaign string `query:"campaign" maxLength:"64" doc:"Slug; empty: the standard reasons."`
}

// listReasons answers with the codes that reject and hide accept.
func (s *server) listReasons(ctx context.Context, in *listReasonsInput) (*items[reasonView], error) {
	if in.Campaign == "" {
		return itemsOf(reasonViews(campaign.StandardReasons())), nil
	}
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	return itemsOf(reasonViews(c.ReasonsInUse())), nil
}
