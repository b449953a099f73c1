package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/campaign"
)

type campaignCmd struct {
	Create  campaignCreateCmd  `cmd:"" help:"Create a campaign."`
	Set     campaignSetCmd     `cmd:"" help:"Change a campaign; only the flags given change anything."`
	List    campaignListCmd    `cmd:"" help:"List campaigns."`
	Release campaignReleaseCmd `cmd:"" help:"Add a version of the release form from a text file."`
	Copy    campaignCopyCmd    `cmd:"" help:"Create a campaign with the settings, release forms and mail texts of another."`
	Pause   campaignPauseCmd   `cmd:"" help:"Take no stories until the campaign is resumed; the feed stays."`
	Resume  campaignResumeCmd  `cmd:"" help:"Let a paused or archived campaign follow its times again."`
	Archive campaignArchiveCmd `cmd:"" help:"Take no more stories, and leave the lists of staff; the feed stays."`
}

// campaignFlags are what can be set of a campaign.
type campaignFlags struct {
	Title       *string        `help:"Title."`
	Hashtag     *string        `help:"Hashtag, without #."`
	Prompt      *string        `help:"The question asked."`
	Zone        *string        `help:"Time zone in which the times are set and shown, such as Europe/Berlin (default UTC)."`
	Opens       *time.Time     `help:"When it opens (RFC 3339)."`
	Closes      *time.Time     `help:"When it closes (RFC 3339)."`
	MaxBytes    *int64         `help:"Largest file in bytes (default 2 GiB)."`
	MinDuration *time.Duration `help:"Shortest video (default 3s)."`
	MaxDuration *time.Duration `help:"Longest video (default 3m)."`
	MinAge      *int           `help:"Age contributors must confirm (default 18)."`
	Slot        []string       `help:"Ad slot; repeat for more (default ad-1, ad-2, ad-3)."`
	Country     []string       `help:"Country accepted; repeat for more (default all)."`
	Privacy     *string        `help:"Web address of the privacy notice."`
	Imprint     *string        `help:"Web address that states who is responsible."`
	Origin      []string       `help:"Web origin that embeds the campaign; repeat for more."`
}

func (f campaignFlags) changes() campaign.Changes {
	return campaign.Changes{
		Title: f.Title, Hashtag: f.Hashtag, Prompt: f.Prompt, Zone: f.Zone, OpensAt: f.Opens,
		ClosesAt: f.Closes,
		MaxBytes: f.MaxBytes, MinDuration: f.MinDuration, MaxDuration: f.MaxDuration, MinAge: f.MinAge,
		Privacy: f.Privacy, Imprint: f.Imprint,
		AdSlots: f.Slot, Countries: f.Country, Origins: f.Origin,
	}
}

type campaignCreateCmd struct {
	Slug string `arg:"" help:"Name in addresses."`
	campaignFlags
}

// Run implements the command.
func (c campaignCreateCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		camp := &campaign.Campaign{Slug: c.Slug, Title: c.Slug}
		c.changes().Apply(camp)
		if err := b.campaigns.Create(e.ctx, camp); err != nil {
			return err
		}
		b.record(e, "campaign.created", camp.Slug, campaign.Differences(&campaign.Campaign{}, camp))
		fmt.Fprintf(e.stdout,
			"%s/c/%s\nIt takes stories once it has a release form: storyreel campaign release %s FILE\n",
			b.cfg.PublicURL, camp.Slug, camp.Slug)
		return nil
	})
}

type campaignSetCmd struct {
	Slug string `arg:""`
	campaignFlags
}

// Run implements the command.
func (c campaignSetCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		return b.changeCampaign(e, c.Slug, c.changes())
	})
}

// changeCampaign applies the changes and records them in the audit trail.
func (b *base) changeCampaign(e *env, slug string, changes campaign.Changes) error {
	var before campaign.Campaign
	after, err := b.campaigns.Update(e.ctx, slug, func(camp *campaign.Campaign) {
		before = *camp
		changes.Apply(camp)
	})
	if err == nil {
		b.record(e, "campaign.changed", after.Slug, campaign.Differences(&before, after))
	}
	return err
}

// setStanding moves the campaign to the standing, from any other.
func setStanding(e *env, slug string, to campaign.Standing) error {
	return withBase(e, func(b *base) error {
		return b.changeCampaign(e, slug, campaign.Changes{Standing: &to})
	})
}

type campaignPauseCmd struct {
	Slug string `arg:""`
}

// Run implements the command.
func (c campaignPauseCmd) Run(e *env) error { return setStanding(e, c.Slug, campaign.Paused) }

type campaignResumeCmd struct {
	Slug string `arg:""`
}

// Run implements the command.
func (c campaignResumeCmd) Run(e *env) error { return setStanding(e, c.Slug, campaign.Live) }

type campaignArchiveCmd struct {
	Slug string `arg:""`
}

// Run implements the command.
func (c campaignArchiveCmd) Run(e *env) error { return setStanding(e, c.Slug, campaign.Archived) }

type campaignCopyCmd struct {
	From  string `arg:"" help:"Name in addresses of the campaign to copy."`
	Slug  string `arg:"" help:"Name in addresses of the new campaign."`
	Title string `help:"Title of the new campaign (default that of the other)."`
}

// Run implements the command.
func (c campaignCopyCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		camp, err := b.campaigns.Duplicate(e.ctx, c.From, c.Slug, c.Title)
		if err != nil {
			return err
		}
		b.record(e, "campaign.created", camp.Slug, campaign.Differences(&campaign.Campaign{}, camp))
		fmt.Fprintf(e.stdout, "%s/c/%s\n", b.cfg.PublicURL, camp.Slug)
		return nil
	})
}

type campaignListCmd struct{}

// Run implements the command.
func (campaignListCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		all, err := b.campaigns.List(e.ctx)
		rows := [][]string{{"SLUG", "TITLE", "STANDING", "OPENS", "CLOSES", "AD SLOTS"}}
		for _, c := range all {
			closes := "open-ended"
			if !c.ClosesAt.IsZero() {
				closes = c.ClosesAt.Format(time.DateTime)
			}
			rows = append(rows, []string{
				c.Slug, c.Title, string(c.Standing), c.OpensAt.Format(time.DateTime), closes,
				strings.Join(c.AdSlots, " "),
			})
		}
		return errors.Join(err, table(e.stdout, rows))
	})
}

type campaignReleaseCmd struct {
	Slug   string `arg:""`
	File   string `arg:"" type:"existingfile" help:"The exact text, as it will be shown and hashed."`
	Locale string `default:"en" help:"Language of the text (BCP 47)."`
	Title  string `help:"Heading."`
}

// Run implements the command.
func (c campaignReleaseCmd) Run(e *env) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	return withBase(e, func(b *base) error {
		f, err := b.campaigns.AddReleaseForm(e.ctx, c.Slug,
			campaign.ReleaseForm{Locale: c.Locale, Title: c.Title, Text: string(text)})
		if err == nil {
			b.record(e, "form.added", c.Slug, map[string]string{"version": strconv.Itoa(f.Version), "sha256": f.SHA256})
			fmt.Fprintf(e.stdout, "version %d, sha256 %s\n", f.Version, f.SHA256)
		}
		return err
	})
}
