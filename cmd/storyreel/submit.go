package main

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/storyreel/storyreel/client"
	"github.com/storyreel/storyreel/internal/fault"
)

type submitCmd struct {
	File     string            `arg:"" help:"The video."`
	Server   string            `default:"http://127.0.0.1:8080" help:"Address of the service."`
	Campaign string            `default:"thatsongwhen" help:"The campaign's slug."`
	Name     string            `help:"Your name, shown with the story (default: your user name)."`
	Email    string            `help:"Never shown in public."`
	Country  string            `help:"Two-letter country code."`
	Song     string            `help:"Title of the song (default: the file's name)."`
	Artist   string            `default:"Unknown artist" help:"Who plays it."`
	Link     string            `help:"Where the song can be heard."`
	Title    string            `help:"Title of the story."`
	Text     string            `help:"The story in words."`
	From     time.Duration     `help:"Show the video from this moment on."`
	To       time.Duration     `help:"Show the video up to this moment (default: its end)."`
	Answer   map[string]string `help:"Answers to the campaign's questions: --answer ID=TEXT."`
	Agree    bool              `default:"true" negatable:"" help:"Agree to the campaign's current release form, for yourself and everyone shown, and be of the age it asks for."`
	Wait     string            `help:"Wait for a state, such as in_review or published; failing on the way is exit code 1."`
	Timeout  time.Duration     `default:"30m" help:"How long to wait at most."`
	Parallel int               `default:"3" help:"Parts sent at a time."`
	JSON     bool              `help:"Print the story and its token as JSON."`
	Quiet    bool              `short:"q" help:"No progress."`
}

// Run implements the command.
func (c submitCmd) Run(e *env) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	service := client.New(c.Server, client.Options{})
	state, err := openResumeState(c.Server, c.Campaign, f, info)
	if err != nil {
		return err
	}
	up, err := c.begin(e.ctx, service, info, state)
	if err != nil {
		return err
	}
	bar := &progressBar{w: e.stderr, quiet: c.Quiet || c.JSON}
	err = service.Upload(e.ctx, up, f, client.UploadOptions{Parallel: max(1, c.Parallel), Progress: bar.set})
	bar.end()
	if err != nil {
		if state.path != "" {
			return fmt.Errorf("%w; run the same command again to go on where it stopped", err)
		}
		return err
	}
	state.remove()
	st, err := c.wait(e.ctx, service, up.Ref, bar)
	if st == nil {
		return err
	}
	return c.print(e, st, up.Token, err)
}

// print shows where the story stands, also when waiting for it failed.
func (c submitCmd) print(e *env, st *client.Story, token string, failed error) error {
	if !c.JSON {
		fmt.Fprintf(e.stdout, "%s is %s\nFollow it, send another file, or withdraw it: %s/s/%s#token=%s\n", st.ID,
			st.State, strings.TrimSuffix(c.Server, "/"), st.ID, token)
		return failed
	}
	if err := e.json(map[string]any{"story": st.JSON, "token": token}); err != nil {
		return err
	}
	if failed != nil {
		return errReported
	}
	return nil
}

// begin goes on with the story of an interrupted run, or begins a new one.
func (c submitCmd) begin(ctx context.Context, service *client.Client, info os.FileInfo, state *resumeState) (
	*client.Upload, error) {
	if state.Story != "" {
		up, err := service.Resume(ctx, state.Ref)
		if err == nil || !errors.Is(err, client.ErrClosed) {
			return up, err
		}
		state.remove()
	}
	campaign, err := service.Campaign(ctx, c.Campaign)
	if err != nil {
		return nil, err
	}
	if len(campaign.ReleaseForms) == 0 {
		return nil,
			fault.New(fault.Conflict, "release.missing", "the campaign has no release form yet, so it takes no stories")
	}
	up, err := service.Begin(ctx, c.Campaign, c.submission(info.Size(), campaign.ReleaseForms[0]))
	if err == nil {
		state.save(up.Ref)
	}
	return up, err
}

func (c submitCmd) submission(size int64, form client.ReleaseForm) client.Submission {
	kind := mime.TypeByExtension(filepath.Ext(c.File))
	if !strings.HasPrefix(kind, "video/") {
		kind = "application/octet-stream"
	}
	return client.Submission{
		Contributor: client.Contributor{Name: c.contributor(), Email: c.Email, Country: c.Country},
		Title:       c.Title, Text: c.Text, Song: client.Song{Title: c.song(), Artist: c.Artist, Link: c.Link},
		Answers: c.Answer, Cut: client.CutBetween(c.From, c.To),
		Release: client.Release{
			Version: form.Version, Locale: form.Locale, Agreed: c.Agree, OfAge: c.Agree, OthersAgreed: c.Agree,
		},
		File: client.File{Name: filepath.Base(c.File), Bytes: size, ContentType: kind},
	}
}

func (c submitCmd) contributor() string {
	if c.Name != "" {
		return c.Name
	}
	if u, err := user.Current(); err == nil && u.Name != "" {
		return u.Name
	} else if err == nil {
		return u.Username
	}
	return "Somebody"
}

func (c submitCmd) song() string {
	if c.Song != "" {
		return c.Song
	}
	name := filepath.Base(c.File)
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// wait follows the story until it is as far as asked, or can get no further.
func (c submitCmd) wait(ctx context.Context, service *client.Client, ref client.Ref, bar *progressBar) (
	*client.Story, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	if c.Wait == "" {
		return service.Story(ctx, ref)
	}
	defer bar.end()
	return service.Wait(ctx, ref, c.Wait, func(st *client.Story) {
		bar.print("%s %3.0f %%", strings.ReplaceAll(st.State, "_", " "), 100*st.Progress)
	})
}
