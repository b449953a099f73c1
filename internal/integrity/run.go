package integrity

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// run is one audit.
type run struct {
	Deps
	opts   Options
	report *Report
	sample *sample
}

// Audit looks at everything and returns what it found. An error means that it
// could not look; a report with findings is none.
func Audit(ctx context.Context, d Deps, o Options) (*Report, error) {
	o = o.complete()
	r := &run{
		Deps: d, opts: o, report: newReport(d.Now(), o.PerCode),
		sample: &sample{opts: o, groups: map[string]*reservoir[probe]{}},
	}
	for _, look := range []func(context.Context) error{
		r.stories, r.samples, r.partialUploads, r.scratchFolders, r.queued, r.trail,
	} {
		if err := look(ctx); err != nil {
			return nil, fmt.Errorf("audit: %w", err)
		}
	}
	r.report.Seconds = d.Now().Sub(r.report.CheckedAt).Seconds()
	return r.report, nil
}

// samples looks at what was chosen during the walk.
func (r *run) samples(ctx context.Context) error {
	probes := r.sample.full
	if r.opts.Probe != All {
		probes = r.sample.probes()
	}
	if err := r.ask(ctx, probes); err != nil {
		return err
	}
	return r.read(ctx)
}

// abandoned is the age from which no upload is expected to go on.
const abandoned = 48 * time.Hour

func (r *run) partialUploads(ctx context.Context) error {
	return r.Bucket.EachPartialUpload(ctx, r.Now().Add(-r.opts.Grace), func(u media.PartialUpload) error {
		id := media.StoryOf(u.Key)
		st, err := r.story(ctx, id)
		if err != nil {
			return err
		}
		age := r.Now().Sub(u.StartedAt)
		if st != nil && age < abandoned && (st.State == story.AwaitingUpload && st.Upload.Multipart == u.ID ||
			!st.HeartbeatAt.IsZero() && !strings.HasPrefix(u.Key, media.IncomingRoot)) {
			return nil
		}
		return r.settle(ctx, st, Finding{
			Code: MultipartOrphan, Story: id, Key: u.Key, upload: u.ID,
			Detail: fmt.Sprintf("begun %s ago; no story waits for it", age.Round(time.Minute)),
		})
	})
}

func (r *run) scratchFolders(ctx context.Context) error {
	if r.Scratch == nil {
		return nil
	}
	// Young ones may be those of a process that starts.
	folders, err := r.Scratch.Orphans(r.Now().Add(-r.opts.Grace))
	for _, f := range folders {
		if err == nil {
			err = r.settle(ctx, nil, Finding{Code: ScratchOrphan, Key: f, Detail: "no process works in this folder"})
		}
	}
	return err
}

// queued counts announcements that their story does not call for: harmless,
// since no attempt starts from them.
func (r *run) queued(ctx context.Context) error {
	if r.Queue == nil {
		return nil
	}
	return r.Queue.EachJob(ctx, func(jobs []story.Job) error {
		ids := make([]string, len(jobs))
		for i, j := range jobs {
			ids[i] = j.Story
		}
		stories, err := r.Store.Stories(ctx, ids)
		if err != nil {
			return err
		}
		calls := map[string]story.Job{}
		for _, st := range stories {
			calls[st.ID] = story.Job{Kind: st.WorkKind(), Story: st.ID, Attempt: st.Attempt + 1}
		}
		for _, j := range jobs {
			if calls[j.Story] != j {
				r.report.add(Finding{
					Code: QueueStale, Story: j.Story, Key: j.String(), Detail: "the story does not call for this job",
				})
			}
		}
		return nil
	})
}

func (r *run) trail(ctx context.Context) error {
	if r.Trail == nil {
		return nil
	}
	broken, err := r.Trail(ctx)
	if err == nil && broken != "" {
		r.report.add(Finding{Code: TrailBroken, Detail: broken})
	}
	return err
}

// uri matches what playlists name: lines without a #, and the attribute URI.
var uri = regexp.MustCompile(`(?m)^([^#\s][^\r\n]*)|URI="([^"]*)"`)

// maxPlaylist bounds what is read of one playlist.
const maxPlaylist = 4 << 20

// missingFiles replaces findings about the size of a set by the files that its
// playlists name and the bucket does not have, where there are some.
func (r *run) missingFiles(ctx context.Context, v view, found []Finding) ([]Finding, error) {
	var out []Finding
	for _, f := range found {
		named, err := r.named(ctx, v, f)
		if err != nil {
			return nil, err
		}
		if len(named) == 0 {
			named = []Finding{f}
		}
		out = append(out, named...)
	}
	return out, nil
}

func (r *run) named(ctx context.Context, v view, f Finding) ([]Finding, error) {
	if f.Code != ObjectMissing || v.story.Public == nil || f.Key != v.story.Public.Prefix || v.story.Public.HLS == "" {
		return nil, nil
	}
	there := map[string]bool{}
	c := r.objectsUnder(f.Key)
	for o := c.peek(ctx); o != nil; o = c.peek(ctx) {
		there[strings.TrimPrefix(o.Key, f.Key)] = true
		c.next()
	}
	if c.err != nil {
		return nil, c.err
	}
	var missing []Finding
	seen := map[string]bool{}
	for todo := []string{v.story.Public.HLS}; len(todo) > 0; todo = todo[1:] {
		name := todo[0]
		if seen[name] || strings.Contains(name, "://") {
			continue
		}
		seen[name] = true
		if !there[name] {
			missing = append(missing, Finding{
				Code: ObjectMissing, Story: v.id, Key: f.Key + name,
				Detail: "a playlist names it, the bucket has no such object",
			})
			continue
		}
		if path.Ext(name) != ".m3u8" {
			continue
		}
		text, err := r.Bucket.Read(ctx, f.Key+name, maxPlaylist)
		if err != nil {
			return nil, err
		}
		for _, m := range uri.FindAllStringSubmatch(string(text), -1) {
			todo = append(todo, path.Join(path.Dir(name), m[1]+m[2]))
		}
	}
	return missing, nil
}
