package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/storyreel/storyreel/client"
)

// lookEvery is the pause between two looks at a story, and so the resolution of
// its times.
const lookEvery = 20 * time.Millisecond

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
func (l *latency) measureAll(ctx context.Context, list []clip) ([]*timed, error) {
	var all []*timed
	for _, c := range list {
		t := &timed{clip: c, cpu: map[string][]float64{}}
		for n := range *runs {
			if err := l.measure(ctx, t, n%2 == 0); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			progress("%s, story %d: in review after %v, playable after %v", c.name, n+1,
				t.reviewed[n].Round(time.Millisecond), t.playable[n].Round(time.Millisecond))
		}
		all = append(all, t)
	}
	return all, nil
}

// measure follows one story to its end: it is hidden or withdrawn.
func (l *latency) measure(ctx context.Context, t *timed, hide bool) error {
	ref, err := l.inReview(ctx, t.clip)
	if err != nil {
		return err
	}
	t.reviewed = append(t.reviewed, time.Since(l.completed.at))
	began := time.Now()
	if err := l.decide(ctx, ref.Story, map[string]string{"action": "approve"}); err != nil {
		return err
	}
	item, err := l.playable(ctx, ref.Story)
	if err != nil {
		return err
	}
	t.playable = append(t.playable, time.Since(began))
	spent, err := l.spent(ctx, ref.Story)
	if err != nil {
		return err
	}
	for kind, cpu := range spent {
		t.cpu[kind] = append(t.cpu[kind], cpu...)
	}
	began = time.Now()
	if hide {
		err = l.decide(ctx, ref.Story, map[string]string{"action": "hide", "reason": "other"})
	} else {
		err = l.withdraw(ctx, ref)
	}
	if err != nil {
		return err
	}
	if err := l.gone(ctx, item); err != nil {
		return err
	}
	if took := time.Since(began); hide {
		t.hidden = append(t.hidden, took)
	} else {
		t.withdrawn = append(t.withdrawn, took)
	}
	return nil
}

// inReview sends a clip and waits until it is in review.
func (l *latency) inReview(ctx context.Context, c clip) (client.Ref, error) {
	f, err := os.Open(c.path)
	if err != nil {
		return client.Ref{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return client.Ref{}, err
	}
	u, err := l.begin(ctx, info.Size())
	if err != nil {
		return client.Ref{}, err
	}
	if err := l.client.Upload(ctx, u, f, client.UploadOptions{}); err != nil {
		return u.Ref, err
	}
	return u.Ref, l.await(ctx, u.Ref, "in_review", lookEvery)
}

// approved is inReview with an approval.
func (l *latency) approved(ctx context.Context, c clip) (client.Ref, error) {
	ref, err := l.inReview(ctx, c)
	if err == nil {
		err = l.decide(ctx, ref.Story, map[string]string{"action": "approve"})
	}
	return ref, err
}

// onFeed is a story on the feed.
type onFeed struct {
	ID  string `json:"id"`
	HLS string `json:"hls"`
	MP4 string `json:"mp4"`
}

// playable waits until the story is on the feed, and fetches its master
// playlist, the first media playlist in it and the first segment of that.
func (l *latency) playable(ctx context.Context, id string) (onFeed, error) {
	var item onFeed
	err := until(ctx, "the feed", lookEvery, func() (bool, error) {
		status, text, err := get(ctx, l.url+"/v1/feed/"+id, "")
		if err != nil || status != http.StatusOK {
			return false, err
		}
		return true, json.Unmarshal([]byte(text), &item)
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

// fetch is get for what must be there.
func fetch(ctx context.Context, address, byteRange string) (string, error) {
	status, text, err := get(ctx, address, byteRange)
	if err == nil && status >= http.StatusMultipleChoices {
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
func (l *latency) gone(ctx context.Context, item onFeed) error {
	return until(ctx, "the removal", lookEvery, func() (bool, error) {
		for _, address := range []string{l.url + "/v1/feed/" + item.ID, item.HLS, item.MP4} {
			status, _, err := get(ctx, address, "0-0")
			if err != nil || !isGone(status) {
				return false, err
			}
		}
		return true, nil
	})
}

// isGone reports whether the status says that there is nothing to read. Neither
// an address that moved nor a server in trouble says so.
func isGone(status int) bool {
	return status == http.StatusForbidden || status == http.StatusNotFound || status == http.StatusGone
}

// spent returns the CPU seconds of the story's attempts that succeeded, by
// kind.
func (l *latency) spent(ctx context.Context, id string) (map[string][]float64, error) {
	var history struct {
		Attempts []struct {
			Kind    string  `json:"kind"`
			Outcome string  `json:"outcome"`
			CPU     float64 `json:"cpu_seconds"`
		} `json:"attempts"`
	}
	err := call(ctx, http.MethodGet, l.url+"/v1/stories/"+id+"/history", l.admin, nil, &history)
	if err != nil {
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
