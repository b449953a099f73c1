package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/storyreel/storyreel/client"
)

// timed are the times of one clip's stories, by what was waited for.
type timed struct {
	clip
	reviewed  []time.Duration      // upload complete → in review
	playable  []time.Duration      // approval sent → first segment of the stream fetched
	hidden    []time.Duration      // hiding sent → no file readable
	withdrawn []time.Duration      // withdrawal sent → the same
	cpu       map[string][]float64 // seconds of attempts, by kind
	ladder    float64              // the same of one ladder
}

// measureAll sends stories of every clip, one after the other.
func (s *service) measureAll(ctx context.Context, list []clip, runs int) ([]*timed, error) {
	var all []*timed
	for _, c := range list {
		t := &timed{clip: c, cpu: map[string][]float64{}}
		for n := range runs {
			if err := s.measure(ctx, t, n%2 == 0); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			fmt.Fprintf(os.Stderr, "%s, story %d: in review after %v, playable after %v\n", c.name, n+1,
				t.reviewed[n].Round(time.Millisecond), t.playable[n].Round(time.Millisecond))
		}
		all = append(all, t)
	}
	return all, nil
}

// measure follows one story to its end: it is hidden or withdrawn.
func (s *service) measure(ctx context.Context, t *timed, hide bool) error {
	ref, err := s.send(ctx, t.clip)
	if err != nil {
		return err
	}
	began := s.completed.at
	if err := s.await(ctx, ref, "in_review"); err != nil {
		return err
	}
	t.reviewed = append(t.reviewed, time.Since(began))
	began = time.Now()
	if err := s.decide(ctx, ref.Story, map[string]string{"action": "approve"}); err != nil {
		return err
	}
	item, err := s.playable(ctx, ref.Story)
	if err != nil {
		return err
	}
	t.playable = append(t.playable, time.Since(began))
	spent, err := s.spent(ctx, ref.Story)
	if err != nil {
		return err
	}
	for kind, cpu := range spent {
		t.cpu[kind] = append(t.cpu[kind], cpu...)
	}
	began = time.Now()
	if hide {
		err = s.decide(ctx, ref.Story, map[string]string{"action": "hide", "reason": "other"})
	} else {
		_, err = s.call(ctx, "DELETE", "/v1/stories/"+ref.Story, ref.Token, nil, nil)
	}
	if err != nil {
		return err
	}
	if err := s.gone(ctx, item); err != nil {
		return err
	}
	if took := time.Since(began); hide {
		t.hidden = append(t.hidden, took)
	} else {
		t.withdrawn = append(t.withdrawn, took)
	}
	return nil
}

// send submits a clip up to the completion of its upload.
func (s *service) send(ctx context.Context, c clip) (client.Ref, error) {
	f, err := os.Open(c.path)
	if err != nil {
		return client.Ref{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return client.Ref{}, err
	}
	form := s.form.ReleaseForms[0]
	u, err := s.client.Begin(ctx, campaign, client.Submission{
		Contributor: client.Contributor{Name: "Zoë", Country: "DE", Locale: "en"},
		Song:        client.Song{Title: "Heroes", Artist: "David Bowie"},
		Release: client.Release{
			Version: form.Version, Locale: form.Locale, Agreed: true, OfAge: true, OthersAgreed: true,
		},
		File: client.File{Name: "clip.mp4", Bytes: info.Size(), ContentType: "video/mp4"},
	})
	if err != nil {
		return client.Ref{}, err
	}
	return u.Ref, s.client.Upload(ctx, u, f, client.UploadOptions{})
}

func (s *service) await(ctx context.Context, ref client.Ref, state string) error {
	return until(ctx, state, func() (bool, error) {
		st, err := s.client.Story(ctx, ref)
		if err == nil && st.State == "failed" {
			err = fmt.Errorf("the story failed: %s", st.Failure.Code)
		}
		return err == nil && st.State == state, err
	})
}

func (s *service) decide(ctx context.Context, id string, decision map[string]string) error {
	status, err := s.call(ctx, "POST", "/v1/stories/"+id+"/decisions", s.moderator, decision, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("decision: status %d", status)
	}
	return err
}

// published is a story on the feed.
type published struct {
	ID  string `json:"id"`
	HLS string `json:"hls"`
	MP4 string `json:"mp4"`
}

// playable waits until the story is on the feed, and fetches its master
// playlist, the first media playlist in it and the first segment of that.
func (s *service) playable(ctx context.Context, id string) (published, error) {
	var item published
	err := until(ctx, "the feed", func() (bool, error) {
		status, err := s.call(ctx, "GET", "/v1/feed/"+id, "", nil, &item)
		return status == http.StatusOK, err
	})
	if err != nil {
		return item, err
	}
	master, err := fetch(ctx, item.HLS, "")
	if err != nil {
		return item, err
	}
	media := relative(item.HLS, firstLine(master))
	list, err := fetch(ctx, media, "")
	if err != nil {
		return item, err
	}
	segment := regexp.MustCompile(`#EXT-X-BYTERANGE:(\d+)@(\d+)`).FindStringSubmatch(list)
	if segment == nil {
		return item, fmt.Errorf("%s: no segment", media)
	}
	var length, offset int
	if _, err := fmt.Sscan(segment[1]+" "+segment[2], &length, &offset); err != nil {
		return item, err
	}
	_, err = fetch(ctx, relative(media, firstLine(list)), fmt.Sprintf("%d-%d", offset, offset+length-1))
	return item, err
}

func fetch(ctx context.Context, address, bytesRange string) (string, error) {
	status, text, err := get(ctx, address, bytesRange)
	if err == nil && status >= 300 {
		err = fmt.Errorf("%s: status %d", address, status)
	}
	return text, err
}

// firstLine returns the first address of a playlist.
func firstLine(playlist string) string {
	for line := range strings.Lines(playlist) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line
		}
	}
	return ""
}

func relative(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		return name
	}
	return u.ResolveReference(&url.URL{Path: name}).String()
}

// gone waits until neither feed nor bucket show the story.
func (s *service) gone(ctx context.Context, item published) error {
	return until(ctx, "the removal", func() (bool, error) {
		status, err := s.call(ctx, "GET", "/v1/feed/"+item.ID, "", nil, nil)
		if err != nil || status == http.StatusOK {
			return false, err
		}
		for _, address := range []string{item.HLS, item.MP4} {
			if status, _, err := get(ctx, address, "0-0"); err != nil || status < 300 {
				return false, err
			}
		}
		return true, nil
	})
}

// spent returns the CPU seconds of the story's attempts that succeeded, by
// kind.
func (s *service) spent(ctx context.Context, id string) (map[string][]float64, error) {
	var history struct {
		Attempts []struct {
			Kind    string  `json:"kind"`
			Outcome string  `json:"outcome"`
			CPU     float64 `json:"cpu_seconds"`
		} `json:"attempts"`
	}
	if _, err := s.call(ctx, "GET", "/v1/stories/"+id+"/history", s.admin, nil, &history); err != nil {
		return nil, err
	}
	spent := map[string][]float64{}
	for _, a := range history.Attempts {
		if a.Outcome == "done" {
			spent[a.Kind] = append(spent[a.Kind], a.CPU)
		}
	}
	return spent, nil
}
