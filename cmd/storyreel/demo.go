package main

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
)

// What `up` creates unless --no-demo is given.
const (
	demoCampaign  = "thatsongwhen"
	demoModerator = "moderator@demo.storyreel.example"
	demoCreative  = "creative@demo.storyreel.example"
	demoAdmin     = "admin@demo.storyreel.example"
)

const demoRelease = `I made this video, or have the permission of whoever did.

I allow the campaign to publish it on its pages and feeds, ` +
	`and to use it, whole or in parts, in paid advertising for the campaign, ` +
	`world-wide, for two years from today, without payment.

Everyone who can be seen or heard in it has agreed to this. I have reached the age the campaign asks for.

I can withdraw this agreement at any time with my private status link. The video is then taken down at once and erased.`

// createDemo creates the campaign and the users that a first look needs,
// unless they exist.
func createDemo(ctx context.Context, b *base) error {
	if _, err := b.campaigns.Get(ctx, demoCampaign); fault.KindOf(err) == fault.NotFound {
		c := &campaign.Campaign{
			Slug: demoCampaign, Title: "That song when", Hashtag: "ThatSongWhen",
			Prompt: "Tell us the story behind your song: where were you, who was there, what happened when you " +
				"heard it?",
			Limits: campaign.Limits{MinDuration: 250 * time.Millisecond}, // so that any clip at hand can be tried
		}
		if err := b.campaigns.Create(ctx, c); err != nil {
			return err
		}
		if _, err := b.campaigns.AddReleaseForm(ctx, demoCampaign,
			campaign.ReleaseForm{Title: "Release form", Text: demoRelease}); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	for email, u := range map[string]struct {
		name string
		role account.Role
	}{
		demoModerator: {"Demo moderator", account.Moderator}, demoCreative: {"Demo creative", account.Creative},
		demoAdmin: {"Demo admin", account.Admin},
	} {
		if _, err := b.accounts.CreateUser(ctx, email, u.name, "", []account.Role{u.role}); err != nil &&
			!fault.Is(err, "user.exists") {
			return err
		}
	}
	return nil
}
