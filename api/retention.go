package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/retention"
)

// retentionClassView is one class of data and what there is of it.
type retentionClassView struct {
	Class  string `json:"class" enum:"expired,failed,undecided,rejected,hidden,published,source,address,tombstone,notice"`
	Hours  int64  `json:"hours" doc:"How long it is kept; 0: until its contributor withdraws."`
	From   string `json:"from" enum:"last_change,campaign_end,submission" doc:"When that time begins."`
	Stored int64  `json:"stored"`
	Due    int64  `json:"due" doc:"Its time is over, and the next sweeps end it."`
	Held   int64  `json:"held" doc:"Its time is over, and a legal hold keeps it."`
}

type holdView struct {
	Campaign string    `json:"campaign" doc:"Id."`
	Story    string    `json:"story,omitempty" doc:"Absent: the whole campaign."`
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

type retentionView struct {
	Classes []retentionClassView `json:"classes"`
	Holds   []holdView           `json:"holds" doc:"In force, newest first."`
}

// HoldBody says why something must not be erased.
type HoldBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"For administrators only."`
}

type holdStoryInput struct {
	StoryPath
	Body HoldBody
}

type holdCampaignInput struct {
	CampaignPath
	Body HoldBody
}

func (s *server) retentionRoutes() {
	handle(s, admins, op("get-retention", "GET /v1/admin/retention", "admin", "See what is kept, and for how long").
		about("Each class of data with what is due and what legal holds keep, and the holds in force."), s.getRetention)
	handle(s, leads, op("hold-story", "PUT /v1/stories/{id}/hold", "admin", "Put a legal hold on a story").
		about("Nothing of it is erased until the hold is lifted. A withdrawal still ends its publication at once.").
		noContent().fails(notFound, conflict).audited("hold.added"), s.holdStory)
	handle(s, admins, op("lift-story-hold", "DELETE /v1/stories/{id}/hold", "admin", "Lift the hold on a story").
		noContent().fails(notFound).audited("hold.lifted"), s.liftStoryHold)
	handle(s, admins, op("hold-campaign", "PUT /v1/campaigns/{campaign}/hold", "admin",
		"Put a legal hold on a campaign").about("Covers its stories of today and later ones.").
		noContent().fails(notFound).audited("hold.added"), s.holdCampaign)
	handle(s, admins, op("lift-campaign-hold", "DELETE /v1/campaigns/{campaign}/hold", "admin",
		"Lift the hold on a campaign").about("Holds on single stories stay.").
		noContent().fails(notFound).audited("hold.lifted"), s.liftCampaignHold)
}

// getRetention answers with the classes of data and the holds.
func (s *server) getRetention(ctx context.Context, _ *struct{}) (*body[retentionView], error) {
	counts, err := s.Retention.Report(ctx)
	if err != nil {
		return nil, err
	}
	holds, err := s.Retention.Holds(ctx)
	if err != nil {
		return nil, err
	}
	v := retentionView{Classes: []retentionClassView{}, Holds: []holdView{}}
	for i, c := range s.Retention.Classes() {
		v.Classes = append(v.Classes, retentionClassView{
			c.Name, int64(c.Keep / time.Hour), begins(c), counts[i].Stored, counts[i].Due, counts[i].Held,
		})
	}
	for _, h := range holds {
		v.Holds = append(v.Holds, holdView{h.Campaign, h.Story, h.Reason, h.By.Name, h.At})
	}
	return bodyOf(v), nil
}

func begins(c retention.Class) string {
	switch {
	case c.FromEnd:
		return "campaign_end"
	case c.Address:
		return "submission"
	}
	return "last_change"
}

// holdStory puts a hold on one story.
func (s *server) holdStory(ctx context.Context, in *holdStoryInput) (*struct{}, error) {
	callerOf(ctx).about(in.ID)
	return nil, s.Retention.HoldStory(ctx, in.ID, in.Body.Reason, callerOf(ctx).actor(account.Admin))
}

// liftStoryHold lifts it.
func (s *server) liftStoryHold(ctx context.Context, in *StoryPath) (*struct{}, error) {
	callerOf(ctx).about(in.ID)
	return nil, s.Retention.LiftStory(ctx, in.ID, callerOf(ctx).actor(account.Admin))
}

// holdCampaign puts a hold on every story of a campaign.
func (s *server) holdCampaign(ctx context.Context, in *holdCampaignInput) (*struct{}, error) {
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(c.Slug)
	return nil, s.Retention.HoldCampaign(ctx, c.ID, in.Body.Reason, callerOf(ctx).actor(account.Admin))
}

// liftCampaignHold lifts it.
func (s *server) liftCampaignHold(ctx context.Context, in *CampaignPath) (*struct{}, error) {
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(c.Slug)
	return nil, s.Retention.LiftCampaign(ctx, c.ID, callerOf(ctx).actor(account.Admin))
}
