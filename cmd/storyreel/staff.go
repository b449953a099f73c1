package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os/user"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/mail"
)

// withBase opens the database for one command.
func withBase(e *env, do func(*base) error) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	// the trail keeps what is done here; on the terminal it would be noise
	quiet := slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	b.audit = audit.NewLog(b.store, clock, audit.Options{Keep: b.cfg.AuditKeep}, quiet)
	return errors.Join(do(b), b.close())
}

// record adds what an operator did at the command line to the audit trail.
func (b *base) record(e *env, action, target string, facts map[string]string) {
	details := maps.Clone(facts)
	if details == nil {
		details = map[string]string{}
	}
	if u, err := user.Current(); err == nil {
		details["os_user"] = u.Username
	}
	b.audit.Add(e.ctx, audit.Line{
		Action: action, Target: target, Actor: account.Actor{Role: account.System, Name: "command line"},
		Details: details,
	})
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
	Role    string        `required:"" enum:"moderator,lead,creative,admin" help:"What the key may do: ${enum}."`
	Name    string        `help:"What colleagues will know it by."`
	User    string        `help:"E-mail of the user who acts by it; without one it cannot choose or confirm for ads."`
	Expires time.Duration `help:"How long it works, such as 720h (default and most: STORYREEL_KEY_LIFETIME)."`
	JSON    bool          `help:"Print JSON."`
}

// Run implements the command.
func (c keyCreateCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		n := account.NewKey{Name: c.Name, Role: account.Role(c.Role), Owner: strings.ToLower(c.User)}
		if c.Expires != 0 {
			n.Expires = clock().Add(c.Expires)
		}
		secret, k, err := b.accounts.CreateKey(e.ctx, n)
		if err != nil {
			return err
		}
		b.record(e, "key.created", k.ID, map[string]string{
			"role": c.Role, "owner": k.Owner, "expires": k.ExpiresAt.Format(time.RFC3339),
		})
		if c.JSON {
			return e.json(map[string]string{
				"key": secret, "id": k.ID, "name": k.Name, "role": string(k.Role),
				"expires_at": k.ExpiresAt.Format(time.RFC3339),
			})
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
		rows := [][]string{{"ID", "ROLE", "NAME", "OWNER", "CREATED", "LAST USED", "EXPIRES", "REVOKED"}}
		for _, k := range keys {
			rows = append(rows, []string{
				k.ID, string(k.Role), k.Name, k.Owner, dateTime(k.CreatedAt), dateTime(k.UsedAt), dateTime(k.ExpiresAt),
				dateTime(k.RevokedAt),
			})
		}
		return errors.Join(err, table(e.stdout, rows))
	})
}

// dateTime is empty for a time that never was.
func dateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateTime)
}

type keyRevokeCmd struct {
	ID string `arg:"" help:"The key's id, as key list shows it."`
}

// Run implements the command.
func (c keyRevokeCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		err := b.accounts.RevokeKey(e.ctx, c.ID)
		if err == nil {
			b.record(e, "key.revoked", c.ID, nil)
		}
		return err
	})
}

type userCmd struct {
	Create  userCreateCmd  `cmd:"" help:"Create a user; the password is read from standard input when --password is given."`
	List    userListCmd    `cmd:"" help:"List users."`
	Link    userLinkCmd    `cmd:"" help:"Print a link that signs a user in once, soon."`
	Invite  userInviteCmd  `cmd:"" help:"Send a user a sign-in link by mail."`
	Role    userRoleCmd    `cmd:"" help:"Give a user other roles."`
	Disable userDisableCmd `cmd:"" help:"Shut a user out at once."`
	Enable  userEnableCmd  `cmd:"" help:"Let a disabled user in again."`
}

type userCreateCmd struct {
	Email    string   `arg:""`
	Role     []string `required:"" help:"moderator, lead, creative or admin; may be repeated."`
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
			b.record(e, "user.created", u.ID, map[string]string{"roles": fmt.Sprint(u.Roles)})
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
	Reset bool   `help:"Also remove the password and end the user's sessions."`
}

// Run implements the command.
func (c userLinkCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		u, err := b.accounts.User(e.ctx, strings.ToLower(c.Email))
		if err == nil && c.Reset {
			_, err = b.accounts.ResetPassword(e.ctx, u.ID)
		}
		if err != nil {
			return err
		}
		token, until, err := b.accounts.NewLink(e.ctx, u.ID)
		if err != nil {
			return err
		}
		b.record(e, "link.created", u.ID, map[string]string{"reset": strconv.FormatBool(c.Reset)})
		fmt.Fprintf(e.stdout, "%s#link=%s\n", b.cfg.PublicURL+signInPage, token)
		fmt.Fprintf(e.stderr, "It works once, until %s UTC.\n", until.Format(time.DateTime))
		return nil
	})
}

type userInviteCmd struct {
	Email  string `arg:""`
	Locale string `help:"Language of the mail: en or de." default:"en"`
}

// Run implements the command. The mail is sent by a process that serves.
func (c userInviteCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		u, err := b.accounts.User(e.ctx, strings.ToLower(c.Email))
		if err != nil {
			return err
		}
		if err := mail.NewService(b.store, b.campaigns, clock, true).Invite(e.ctx, u, c.Locale); err != nil {
			return err
		}
		b.record(e, "user.invited", u.ID, map[string]string{"locale": mail.LocaleOf(c.Locale)})
		fmt.Fprintf(e.stdout, "A mail with a sign-in link goes to %s.\n", u.Email)
		return nil
	})
}

type userRoleCmd struct {
	Email string   `arg:""`
	Role  []string `required:"" help:"moderator, lead, creative or admin; may be repeated."`
}

// Run implements the command.
func (c userRoleCmd) Run(e *env) error {
	ch := account.UserChange{}
	for _, r := range c.Role {
		ch.Roles = append(ch.Roles, account.Role(r))
	}
	return updateUser(e, c.Email, ch)
}

type userDisableCmd struct {
	Email string `arg:""`
}

// Run implements the command.
func (c userDisableCmd) Run(e *env) error {
	yes := true
	return updateUser(e, c.Email, account.UserChange{Disabled: &yes})
}

type userEnableCmd struct {
	Email string `arg:""`
}

// Run implements the command.
func (c userEnableCmd) Run(e *env) error {
	no := false
	return updateUser(e, c.Email, account.UserChange{Disabled: &no})
}

func updateUser(e *env, email string, ch account.UserChange) error {
	return withBase(e, func(b *base) error {
		before, after, err := b.accounts.UpdateUser(e.ctx, strings.ToLower(email), ch, "")
		if err == nil {
			b.record(e, "user.changed", after.ID, map[string]string{
				"roles":    fmt.Sprint(before.Roles, " → ", after.Roles),
				"disabled": fmt.Sprint(before.Disabled, " → ", after.Disabled),
			})
		}
		return err
	})
}
