package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/transcode"
)

type upCmd struct {
	NoDemo bool `help:"Create no demo campaign and no demo users."`
}

// Run implements the command. Whatever is configured is used; whatever is
// not is started here, as a supervised child with its data in the data folder.
func (c upCmd) Run(e *env) (err error) {
	cfg, log, err := e.config()
	if err != nil {
		return err
	}
	mode, err := sandbox.ParseMode(cfg.Sandbox)
	if err != nil {
		return err
	}
	if _, err := transcode.New(transcode.Options{Sandbox: mode, Log: log}); err != nil {
		return err // before anything is started
	}
	l, err := (&net.ListenConfig{}).Listen(e.ctx, "tcp", cfg.Listen)
	if err != nil {
		return fault.New(fault.Conflict, "listen", "%s is taken; set STORYREEL_LISTEN to another address", cfg.Listen).
			Because(err)
	}
	defer l.Close()
	var closers []func() error
	defer func() {
		for i := len(closers) - 1; i >= 0; i-- {
			err = errors.Join(err, closers[i]())
		}
	}()

	b, err := newBase(e.ctx, cfg, log)
	if err != nil {
		return err
	}
	if err := demo(e.ctx, b, c.NoDemo); err != nil {
		return errors.Join(err, b.close())
	}
	redisURL := cfg.RedisURL
	if redisURL == "" {
		r, err := embedded.StartRedis(e.ctx, embedded.RedisOptions{Dir: cfg.Data, Log: log})
		if err != nil {
			return errors.Join(err, b.close())
		}
		closers = append(closers, r.Close)
		redisURL = r.URL
	}
	s3, err := b.storageConfig(e.ctx)
	if err != nil {
		return errors.Join(err, b.close())
	}
	if cfg.S3Endpoint == "" && os.Getenv("AWS_ACCESS_KEY_ID") == "" {
		srv, err := embedded.StartS3(e.ctx, embedded.S3Options{Dir: cfg.Data, Addr: freeOr(cfg.S3Listen), Log: log})
		if err != nil {
			return errors.Join(err, b.close())
		}
		closers = append(closers, srv.Close)
		s3.Endpoint, s3.Region, s3.AccessKey, s3.SecretKey = srv.Endpoint, embedded.Region, srv.AccessKey, srv.SecretKey
	}
	a, err := newApp(e.ctx, b, redisURL, s3)
	if err != nil {
		return errors.Join(err, b.close())
	}
	closers = append(closers, a.close)
	if err := a.bucket.Setup(e.ctx); err != nil {
		return err
	}
	if err := c.greet(e.ctx, e.stdout, a); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(e.ctx)
	g.Go(func() error { return a.serve(ctx, l) })
	g.Go(func() error { return a.work(ctx, redisURL) })
	err = g.Wait()
	fmt.Fprintln(e.stdout, "Storyreel has stopped; start it again and it goes on where it was.")
	return err
}

// freeOr returns the wished address, or a free port when another program
// holds it: links to media are made anew for every answer.
func freeOr(addr string) string {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return ""
	}
	if l.Close() != nil {
		return ""
	}
	return addr
}

// Demo names, which `up` creates unless told otherwise.
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

// demo makes the campaign and the users that a first look needs, once.
func demo(ctx context.Context, b *base, none bool) error {
	if none {
		return nil
	}
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

// greet prints where everything is.
func (c upCmd) greet(ctx context.Context, w io.Writer, a *app) error {
	base := a.cfg.PublicURL
	fmt.Fprintf(w, "\nStoryreel %s is up. Everything it keeps is in %s\n\n", versionName(), filepath.Clean(a.cfg.Data))
	if c.NoDemo {
		fmt.Fprintf(w, "  Pages      %s\n", base)
	} else {
		fmt.Fprintf(w, "  Contribute %s/c/%s\n", base, demoCampaign)
		for _, u := range []struct{ what, email, page string }{
			{"Review    ", demoModerator, "review"}, {"Board     ", demoCreative, "board"},
			{"Admin     ", demoAdmin, "admin"},
		} {
			token, err := a.accounts.NewLink(ctx, u.email)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "  %s %s/sign-in#to=/%s&link=%s\n", u.what, base, u.page, token)
		}
		fmt.Fprintf(w,
			"             (each sign-in link works once, within a day; `storyreel user link EMAIL` makes more)\n")
	}
	fmt.Fprintf(w, "  API        %s/docs\n  Media      %s\n  Sandbox    %s\n\nCtrl-C stops it.\n\n", base,
		a.bucket.PublicURL(""), a.sandbox)
	return nil
}

// migrate brings the schema of the database at the address up to date.
func migrate(ctx context.Context, address string) (int64, error) {
	db, err := store.Open(ctx, address)
	if err != nil {
		return 0, err
	}
	v, err := db.Migrate(ctx)
	return v, errors.Join(err, db.Close())
}
