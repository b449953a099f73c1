package integrity

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// probe is an object to ask for without a signature.
type probe struct {
	key, story string
	open       bool // everybody may read it
}

// sample chooses objects and sources at random while the walk passes them. Of
// each group, which is a root and a state, it holds at most as many as are
// wanted in all; of all objects, those that were not asked for yet.
type sample struct {
	opts    Options
	groups  map[string]*reservoir[probe]
	full    []probe // where all are asked for
	sources reservoir[*story.Source]
}

// reservoir is a random choice from a list of unknown length.
type reservoir[T any] struct {
	met    int
	chosen []T
}

func (c *reservoir[T]) meet(x T, size int) {
	c.met++
	if len(c.chosen) < size {
		c.chosen = append(c.chosen, x)
	} else if i := rand.IntN(c.met); i < size {
		c.chosen[i] = x
	}
}

// unknown is the state in a group of objects whose story has no row.
const unknown = "unknown"

func (s *sample) meet(st *story.Story, o media.Object) {
	if s.opts.Probe == 0 {
		return
	}
	p, judged := probeOf(st, o.Key)
	switch {
	case !judged:
	case s.opts.Probe == All:
		s.full = append(s.full, p)
	default:
		state := unknown
		if st != nil {
			state = string(st.State)
		}
		root, _, _ := strings.Cut(o.Key, "/")
		group := fmt.Sprintf("%s %s %t", root, state, p.open)
		if s.groups[group] == nil {
			s.groups[group] = &reservoir[probe]{}
		}
		s.groups[group].meet(p, s.opts.Probe)
	}
}

// probeOf returns how an object must answer. What is public of approved
// stories may be read or not: its publication is under way.
func probeOf(st *story.Story, key string) (p probe, judged bool) {
	p = probe{key: key, story: media.StoryOf(key)}
	if !media.IsPublic(key) || st == nil {
		return p, true
	}
	switch st.State {
	case story.Approved, story.Publishing:
		return p, false
	case story.Published:
		p.open = st.Public != nil && strings.HasPrefix(key, st.Public.Prefix)
		return p, p.open
	case story.AwaitingUpload, story.Uploaded, story.Preparing, story.InReview, story.Hidden, story.Rejected,
		story.Failed, story.Expired, story.Withdrawn, story.Erased:
	}
	return p, true
}

func (s *sample) source(st *story.Story) {
	if st.Source == nil || st.Source.Erased() || s.opts.Deep == 0 || st.State == story.Withdrawn {
		return
	}
	if s.opts.Deep > 0 {
		s.sources.meet(st.Source, s.opts.Deep)
		return
	}
	s.sources.chosen = append(s.sources.chosen, st.Source)
}

// probes returns the chosen objects: of each group in turn, until there are
// enough.
func (s *sample) probes() []probe {
	var out []probe
	for i, left := 0, true; left && len(out) < s.opts.Probe; i++ {
		left = false
		for _, name := range sortedKeys(s.groups) {
			if c := s.groups[name].chosen; i < len(c) && len(out) < s.opts.Probe {
				out, left = append(out, c[i]), true
			}
		}
	}
	return out
}

const (
	atATime    = 256 // objects that wait to be asked for, or sources, where all are looked at
	requesters = 8
)

// probeFull asks for the objects that wait, and reads the sources, once there
// are so many of them that holding more would take memory.
func (r *run) probeFull(ctx context.Context) error {
	if len(r.sample.full) >= atATime {
		full := r.sample.full
		r.sample.full = nil
		if err := r.ask(ctx, full); err != nil {
			return err
		}
	}
	if r.opts.Deep == All && len(r.sample.sources.chosen) >= atATime {
		return r.read(ctx)
	}
	return nil
}

// ask sends the unsigned requests and settles what their answers mean.
func (r *run) ask(ctx context.Context, probes []probe) error {
	var mu sync.Mutex
	var found []Finding
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(requesters)
	for _, p := range probes {
		g.Go(func() error {
			f := p.judge(r.Bucket.Unsigned(gctx, p.key))
			mu.Lock()
			defer mu.Unlock()
			r.report.Probed++
			if f != nil {
				found = append(found, *f)
			}
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, f := range found {
		if err := r.settleProbe(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// judge returns what is wrong with the answers to unsigned requests.
func (p probe) judge(statuses []int) *Finding {
	f := &Finding{Story: p.story, Key: p.key}
	if p.open {
		status := statuses[len(statuses)-1]
		f.Code, f.Detail = ObjectUnreadable, fmt.Sprintf("it is published, an unsigned request gets status %d", status)
		switch {
		case status == http.StatusOK || status == http.StatusPartialContent:
			return nil
		case unanswered(status):
			f.Code = ProbeUnanswered
		}
		return f
	}
	for _, status := range statuses {
		switch {
		case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound:
		case unanswered(status):
			f.Code, f.Detail = ProbeUnanswered, fmt.Sprintf("status %d does not show whether it is refused", status)
		default:
			f.Code, f.Detail = ObjectLeaked, fmt.Sprintf("an unsigned request gets status %d", status)
			return f
		}
	}
	if f.Code == "" {
		return nil
	}
	return f
}

func unanswered(status int) bool {
	return status == 0 || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// settleProbe reports what a probe found, unless the story's present state
// accounts for it.
func (r *run) settleProbe(ctx context.Context, f Finding) error {
	st, err := r.story(ctx, f.Story)
	if err != nil {
		return err
	}
	p, judged := probeOf(st, f.Key)
	moved := p.open != (f.Code == ObjectUnreadable)
	leaving := st != nil && media.IsPublic(f.Key) && st.WorkKind() == story.Remove && // its removal is under way
		r.Now().Sub(st.UpdatedAt) <= r.opts.Grace
	if f.Code != ProbeUnanswered && (!judged || moved || leaving) {
		return nil
	}
	r.report.add(f)
	return nil
}

// read compares the bytes of the chosen sources with their SHA-256.
func (r *run) read(ctx context.Context) error {
	chosen := r.sample.sources.chosen
	r.sample.sources.chosen = nil
	for _, src := range chosen {
		id := media.StoryOf(src.Key)
		sum, err := r.Bucket.Sum(ctx, src.Key, "")
		r.report.Deep++
		if err == nil && sum == src.SHA256 {
			continue
		}
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		if err != nil { // erased since, or found by the comparison with the rows
			continue
		}
		st, err := r.story(ctx, id)
		if err != nil {
			return err
		}
		if st != nil && st.Source != nil && st.Source.Key == src.Key && st.Source.SHA256 != sum {
			r.report.add(Finding{
				Code: SourceChanged, Story: id, Key: src.Key, Detail: "its bytes have the SHA-256 " + sum,
			})
		}
	}
	return nil
}
