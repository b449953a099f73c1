package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
)

// withBase opens the database for one command.
func withBase(e *env, do func(*base) error) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	return errors.Join(do(b), b.close())
}

// table prints aligned columns.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	return t.Flush()
}

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Create an API key and print it, the only time it can be seen."`
	List   keyListCmd   `cmd:"" help:"List keys."`
	Revoke keyRevokeCmd `cmd:"" help:"End a key at once."`
}

type keyCreateCmd struct {
	Role string `required:"" enum:"moderator,creative,admin" help:"What the key may do: ${enum}."`
	Name string `help:"What colleagues will know it by."`
	JSON bool   `help:"Print JSON."`
}

// Run implements the command.
func (c keyCreateCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		secret, k, err := b.accounts.CreateKey(e.ctx, c.Name, account.Role(c.Role))
		if err != nil {
			return err
		}
		if c.JSON {
			return e.json(map[string]string{"key": secret, "id": k.ID, "name": k.Name, "role": string(k.Role)})
		}
		fmt.Fprintln(e.stdout, secret)
		return nil
	})
}

type keyListCmd struct{}

// Run implements the command.
func (keyListCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		keys, err := b.accounts.Keys(e.ctx)
		rows := [][]string{{"ID", "ROLE", "NAME", "CREATED", "REVOKED"}}
		for _, k := range keys {
			revoked := ""
			if !k.RevokedAt.IsZero() {
				revoked = k.RevokedAt.Format(time.DateTime)
			}
			rows = append(rows, []string{k.ID, string(k.Role), k.Name, k.CreatedAt.Format(time.DateTime), revoked})
		}
		return errors.Join(err, table(e.stdout, rows))
	})
}

type keyRevokeCmd struct {
	ID string `arg:"" help:"The key's id, as key list shows it."`
}

// Run implements the command.
func (c keyRevokeCmd) Run(e *env) error {
	return withBase(e, func(b *base) error { return b.accounts.RevokeKey(e.ctx, c.ID) })
}

type userCmd struct {
	Create  userCreateCmd  `cmd:"" help:"Create a user; the password is read from standard input when --password is given."`
	List    userListCmd    `cmd:"" help:"List users."`
	Link    userLinkCmd    `cmd:"" help:"Print a link that signs a user in once, within a day."`
	Disable userDisableCmd `cmd:"" help:"Shut a user out at once."`
	Enable  userEnableCmd  `cmd:"" help:"Let a disabled user in again."`
}

type userCreateCmd struct {
	Email    string   `arg:""`
	Role     []string `required:"" help:"moderator, creative or admin; may be repeated."`
	Name     string   `help:"As colleagues know them."`
	Password bool     `help:"Read a password from standard input."`
}

// Run implements the command.
func (c userCreateCmd) Run(e *env) error {
	password := ""
	if c.Password {
		b, err := io.ReadAll(io.LimitReader(e.stdin, 4096))
		if err != nil {
			return err
		}
		password = strings.TrimRight(string(b), "\r\n")
	}
	roles := make([]account.Role, len(c.Role))
	for i, r := range c.Role {
		roles[i] = account.Role(r)
	}
	return withBase(e, func(b *base) error {
		u, err := b.accounts.CreateUser(e.ctx, c.Email, c.Name, password, roles)
		if err == nil {
			fmt.Fprintln(e.stdout, u.ID)
		}
		return err
	})
}

type userListCmd struct{}

// Run implements the command.
func (userListCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		users, err := b.accounts.Users(e.ctx)
		rows := [][]string{{"E-MAIL", "NAME", "ROLES", "STATE"}}
		for _, u := range users {
			state := "active"
			if u.Disabled {
				state = "disabled"
			}
			rows = append(rows, []string{u.Email, u.Name, fmt.Sprint(u.Roles), state})
		}
		return errors.Join(err, table(e.stdout, rows))
	})
}

type userLinkCmd struct {
	Email string `arg:""`
}

// Run implements the command.
func (c userLinkCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		token, err := b.accounts.NewLink(e.ctx, strings.ToLower(c.Email))
		if err == nil {
			fmt.Fprintf(e.stdout, "%s/sign-in#link=%s\n", b.cfg.PublicURL, token)
		}
		return err
	})
}

type userDisableCmd struct {
	Email string `arg:""`
}

// Run implements the command.
func (c userDisableCmd) Run(e *env) error { return setDisabled(e, c.Email, true) }

type userEnableCmd struct {
	Email string `arg:""`
}

// Run implements the command.
func (c userEnableCmd) Run(e *env) error { return setDisabled(e, c.Email, false) }

func setDisabled(e *env, email string, disabled bool) error {
	return withBase(e, func(b *base) error {
		_, err := b.accounts.UpdateUser(e.ctx, strings.ToLower(email),
			func(u *account.User) { u.Disabled = disabled })
		return err
	})
}

type campaignCmd struct {
	Create  campaignCreateCmd  `cmd:"" help:"Create a campaign."`
	Set     campaignSetCmd     `cmd:"" help:"Change a campaign; only the flags given change anything."`
	List    campaignListCmd    `cmd:"" help:"List campaigns."`
	Release campaignReleaseCmd `cmd:"" help:"Add a version of the release form from a text file."`
}

// campaignFlags are what can be set of a campaign.
type campaignFlags struct {
	Title       *string        `help:"Title."`
	Hashtag     *string        `help:"Hashtag, without #."`
	Prompt      *string        `help:"The question asked."`
	Opens       *time.Time     `help:"When it opens (RFC 3339)."`
	Closes      *time.Time     `help:"When it closes (RFC 3339)."`
	MaxBytes    *int64         `help:"Largest file in bytes (default 2 GiB)."`
	MinDuration *time.Duration `help:"Shortest video (default 3s)."`
	MaxDuration *time.Duration `help:"Longest video (default 3m)."`
	MinAge      *int           `help:"Age contributors must confirm (default 18)."`
	Slot        []string       `help:"Ad slot; repeat for more (default ad-1, ad-2, ad-3)."`
	Country     []string       `help:"Country accepted; repeat for more (default all)."`
	Origin      []string       `help:"Web origin that embeds the campaign; repeat for more."`
}

func (f campaignFlags) changes() campaign.Changes {
	return campaign.Changes{
		Title: f.Title, Hashtag: f.Hashtag, Prompt: f.Prompt, OpensAt: f.Opens, ClosesAt: f.Closes,
		MaxBytes: f.MaxBytes, MinDuration: f.MinDuration, MaxDuration: f.MaxDuration, MinAge: f.MinAge,
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
		_, err := b.campaigns.Update(e.ctx, c.Slug, c.changes().Apply)
		return err
	})
}

type campaignListCmd struct{}

// Run implements the command.
func (campaignListCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		all, err := b.campaigns.List(e.ctx)
		rows := [][]string{{"SLUG", "TITLE", "OPENS", "CLOSES", "AD SLOTS"}}
		for _, c := range all {
			closes := "open-ended"
			if !c.ClosesAt.IsZero() {
				closes = c.ClosesAt.Format(time.DateTime)
			}
			rows = append(rows,
				[]string{c.Slug, c.Title, c.OpensAt.Format(time.DateTime), closes, strings.Join(c.AdSlots, " ")})
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
			fmt.Fprintf(e.stdout, "version %d, sha256 %s\n", f.Version, f.SHA256)
		}
		return err
	})
}
