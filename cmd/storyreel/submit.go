package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"mime"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

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
	From     time.Duration     `help:"Show the film from this moment on."`
	To       time.Duration     `help:"Show the film up to this moment (default: its end)."`
	Answer   map[string]string `help:"Answers to the campaign's questions: --answer ID=TEXT."`
	Agree    bool              `default:"true" negatable:"" help:"Agree to the campaign's current release form, for yourself and everyone shown, and be of the age it asks for."`
	Wait     string            `help:"Wait for a state, such as in_review or published; failing on the way is exit code 1."`
	Timeout  time.Duration     `default:"30m" help:"How long to wait at most."`
	Parallel int               `default:"3" help:"Parts sent at a time."`
	JSON     bool              `help:"Print the story and its token as JSON."`
	Quiet    bool              `short:"q" help:"No progress."`
}

// remoteStory is what the client reads of a story.
type remoteStory struct {
	ID       string  `json:"id"`
	State    string  `json:"state"`
	Progress float64 `json:"progress"`
	Failure  *struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"failure,omitempty"`
	raw json.RawMessage
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
	cl := newClient(c.Server)
	memory, err := remember(c.Server, c.Campaign, f, info)
	if err != nil {
		return err
	}
	up, err := c.begin(e.ctx, cl, info, memory)
	if err != nil {
		return err
	}
	bar := &progressBar{w: e.stderr, quiet: c.Quiet || c.JSON, total: info.Size()}
	u := uploader{client: cl, story: up.story, token: up.token, file: f, parallel: max(1, c.Parallel), bar: bar}
	if err := u.run(e.ctx, up.plan); err != nil {
		bar.end()
		if memory.path != "" {
			return fmt.Errorf("%w; run the same command again to go on where it stopped", err)
		}
		return err
	}
	bar.end()
	memory.forget()
	st, err := c.wait(e, cl, up.story, up.token, bar)
	if st == nil {
		return err
	}
	if c.JSON {
		if e2 := e.json(map[string]any{"story": st.raw, "token": up.token}); e2 != nil {
			return e2
		}
		if err != nil {
			return errTold
		}
		return nil
	}
	fmt.Fprintf(e.stdout, "%s is %s\nFollow it, send another file, or withdraw it: %s/s/%s#token=%s\n", st.ID, st.State,
		strings.TrimSuffix(c.Server, "/"), st.ID, up.token)
	return err
}

// begun is a story whose upload can go on.
type begun struct {
	story, token string
	plan         uploadPlan
}

// begin goes on with the story of an interrupted run, or begins a new one.
func (c submitCmd) begin(ctx context.Context, cl *client, info os.FileInfo, m *memory) (*begun, error) {
	if m.Story != "" {
		b := &begun{story: m.Story, token: m.Token}
		err := cl.call(ctx, "GET", "/v1/stories/"+m.Story+"/upload", m.Token, nil, &b.plan)
		if err == nil {
			return b, nil
		}
		if k := fault.KindOf(err); k != fault.Conflict && k != fault.NotFound {
			return nil, err
		}
		m.forget() // it is over, one way or another
	}
	var camp struct {
		ReleaseForms []struct {
			Version int    `json:"version"`
			Locale  string `json:"locale"`
		} `json:"release_forms"`
	}
	if err := cl.call(ctx, "GET", "/v1/campaigns/"+c.Campaign, "", nil, &camp); err != nil {
		return nil, err
	}
	if len(camp.ReleaseForms) == 0 {
		return nil,
			fault.New(fault.Conflict, "release.missing", "the campaign has no release form yet, so it takes no stories")
	}
	form := camp.ReleaseForms[0]
	kind := mime.TypeByExtension(filepath.Ext(c.File))
	if !strings.HasPrefix(kind, "video/") {
		kind = "application/octet-stream"
	}
	body := map[string]any{
		"contributor": map[string]string{"name": c.contributor(), "email": c.Email, "country": c.Country},
		"title":       c.Title, "text": c.Text,
		"song": map[string]string{"title": c.song(), "artist": c.Artist, "link": c.Link},
		"release": map[string]any{
			"version": form.Version, "locale": form.Locale, "agreed": c.Agree, "of_age": c.Agree,
			"others_agreed": c.Agree,
		},
		"file":    map[string]any{"name": filepath.Base(c.File), "bytes": info.Size(), "content_type": kind},
		"cut":     map[string]int64{"from_ms": c.From.Milliseconds(), "to_ms": c.To.Milliseconds()},
		"answers": c.Answer,
	}
	var made struct {
		Story  remoteStory `json:"story"`
		Token  string      `json:"token"`
		Upload uploadPlan  `json:"upload"`
	}
	if err := cl.call(ctx, "POST", "/v1/campaigns/"+c.Campaign+"/stories", "", body, &made, "Idempotency-Key",
		rand.Text()); err != nil {
		return nil, err
	}
	m.Story, m.Token = made.Story.ID, made.Token
	m.keep()
	return &begun{made.Story.ID, made.Token, made.Upload}, nil
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

// path is the way of a story that nothing goes wrong with.
var path = []string{"awaiting_upload", "uploaded", "preparing", "in_review", "approved", "publishing", "published"}

// wait follows the story until it is as far as asked, or can get no further.
func (c submitCmd) wait(e *env, cl *client, id, token string, bar *progressBar) (*remoteStory, error) {
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	defer bar.end()
	for {
		st, err := cl.story(ctx, id, token)
		switch {
		case err != nil:
			return nil, err
		case c.Wait == "" || st.State == c.Wait ||
			(slices.Index(path, st.State) > slices.Index(path, c.Wait) && slices.Contains(path, c.Wait)):
			return st, nil
		case st.Failure != nil && st.State == "failed":
			return st, fmt.Errorf("the story failed: %s (%s)", st.Failure.Detail, st.Failure.Code)
		case !slices.Contains(path, st.State):
			return st, fmt.Errorf("the story is %s", st.State)
		}
		bar.say("%s %3.0f %%", strings.ReplaceAll(st.State, "_", " "), 100*st.Progress)
		select {
		case <-ctx.Done():
			return st, fmt.Errorf("the story is still %s", st.State)
		case <-time.After(500 * time.Millisecond):
		}
	}
}
