package integrity

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// walk is one pass over all rows, lines, open attempts and objects, in the order
// of stories. Of each list it holds a page.
type walk struct {
	rows    cursor[*story.Story]
	lines   cursor[*story.Entry]
	open    cursor[*attempt.Record]
	objects []*cursor[media.Object] // by root
}

func (r *run) newWalk() *walk {
	w := &walk{}
	var pages [2]string // the ids before and at the end of the page of rows
	w.rows.read = func(ctx context.Context, last **story.Story) ([]*story.Story, error) {
		after := ""
		if last != nil {
			after = (*last).ID
		}
		page, err := r.Store.StoriesAfter(ctx, after, r.opts.Page)
		if len(page) > 0 {
			pages = [2]string{after, page[len(page)-1].ID}
			w.open.done = false
		}
		return page, err
	}
	w.lines.read = func(ctx context.Context, last **story.Entry) ([]*story.Entry, error) {
		if last == nil {
			return r.Store.HistoryAfter(ctx, "", "", r.opts.Page)
		}
		return r.Store.HistoryAfter(ctx, (*last).Story, (*last).ID, r.opts.Page)
	}
	w.open.done = true
	w.open.read = func(ctx context.Context, _ **attempt.Record) ([]*attempt.Record, error) {
		if pages[0] == pages[1] { // read already
			return nil, nil
		}
		from := pages[0]
		pages[0] = pages[1]
		return r.Store.OpenAttempts(ctx, from, pages[1])
	}
	for _, root := range media.Roots() {
		w.objects = append(w.objects, r.objectsUnder(root))
	}
	return w
}

// objectsUnder reads the objects under a prefix.
func (r *run) objectsUnder(prefix string) *cursor[media.Object] {
	return &cursor[media.Object]{read: func(ctx context.Context, last *media.Object) ([]media.Object, error) {
		after := ""
		if last != nil {
			after = last.Key
		}
		return r.Bucket.Keys(ctx, prefix, after, 2*r.opts.Page)
	}}
}

// nextID returns the smallest id of the rows and objects that come next.
func (w *walk) nextID(ctx context.Context) (id string, more bool) {
	if st := w.rows.peek(ctx); st != nil {
		id, more = (*st).ID, true
	}
	for _, c := range w.objects {
		if o := c.peek(ctx); o != nil {
			if of := media.StoryOf(o.Key); !more || of < id {
				id, more = of, true
			}
		}
	}
	return id, more
}

func (w *walk) err() error {
	err := errors.Join(w.rows.err, w.lines.err, w.open.err)
	for _, c := range w.objects {
		err = errors.Join(err, c.err)
	}
	return err
}

// take collects what the lists have of the story.
func (w *walk) take(ctx context.Context, r *run, id string) view {
	v := view{id: id}
	if st := w.rows.peek(ctx); st != nil && (*st).ID == id {
		v.story = *st
		for l := w.lines.peek(ctx); l != nil && (*l).Story <= id; l = w.lines.peek(ctx) {
			if (*l).Story == id {
				v.history = append(v.history, *l)
			}
			r.report.History++
			if (*l).Chain.Seq == 0 {
				r.report.Unchained++
			}
			w.lines.next()
		}
		for a := w.open.peek(ctx); a != nil && (*a).Story <= id; a = w.open.peek(ctx) {
			if (*a).Story == id {
				v.open = append(v.open, *a)
			}
			w.open.next()
		}
		w.rows.next()
	}
	v.holdings = holdingsOf(id, v.story)
	for _, c := range w.objects {
		for o := c.peek(ctx); o != nil && media.StoryOf(o.Key) == id; o = c.peek(ctx) {
			r.report.Objects++
			if !isRoot(o.Key) {
				v.holdings.meet(*o)
				r.sample.meet(v.story, *o)
			}
			c.next()
		}
	}
	return v
}

// stories judges every story, and every folder of the bucket without one.
func (r *run) stories(ctx context.Context) error {
	w := r.newWalk()
	for {
		id, more := w.nextID(ctx)
		if err := w.err(); err != nil || !more {
			return err
		}
		v := w.take(ctx, r, id)
		if err := w.err(); err != nil {
			return err
		}
		if v.story != nil {
			r.report.Stories++
			r.sample.source(v.story)
		}
		found := r.opts.judge(v, r.Now())
		if id == "" { // of no story, and never repaired: there is nothing to look at again
			for _, f := range found {
				r.report.add(f)
			}
			continue
		}
		if len(found) > 0 {
			if err := r.confirm(ctx, id); err != nil {
				return err
			}
		}
		if err := r.probeFull(ctx); err != nil {
			return err
		}
	}
}

// isRoot reports whether a key is the mark that tools put in place of an empty
// root; it holds nothing.
func isRoot(key string) bool { return slices.Contains(media.Roots(), key) }

// confirmTries is how often a story that changes meanwhile is looked at again;
// one that goes on changing is neither lost nor stuck.
const confirmTries = 3

// confirm judges the story again by itself, since the pages of the walk are of
// different moments, and repairs or reports what is found.
func (r *run) confirm(ctx context.Context, id string) error {
	for range confirmTries {
		v, err := r.look(ctx, id)
		if err != nil {
			return err
		}
		found := r.opts.judge(v, r.Now())
		if found, err = r.missingFiles(ctx, v, found); err != nil {
			return err
		}
		again, err := r.story(ctx, id)
		if err != nil {
			return err
		}
		if !same(v.story, again) {
			continue
		}
		for _, f := range found {
			if err := r.settle(ctx, v.story, f); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

func same(a, b *story.Story) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Version == b.Version && a.State == b.State && a.HeartbeatAt.Equal(b.HeartbeatAt)
}

// story returns a story, nil where there is none.
func (r *run) story(ctx context.Context, id string) (*story.Story, error) {
	st, err := r.Store.Story(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	return st, err
}

// look reads everything about one story.
func (r *run) look(ctx context.Context, id string) (view, error) {
	v := view{id: id}
	var err error
	if v.story, err = r.story(ctx, id); err != nil {
		return v, err
	}
	if v.story != nil {
		if v.history, err = r.Store.History(ctx, id); err != nil {
			return v, err
		}
		if v.open, err = r.Store.Attempts(ctx, id); err != nil {
			return v, err
		}
		v.open = slices.DeleteFunc(v.open, func(a *attempt.Record) bool { return a.Outcome != "" })
	}
	v.holdings = holdingsOf(id, v.story)
	for _, root := range media.Roots() {
		c := r.objectsUnder(root + id)
		for o := c.peek(ctx); o != nil; o = c.peek(ctx) {
			if media.StoryOf(o.Key) == id {
				v.holdings.meet(*o)
			}
			c.next()
		}
		if c.err != nil {
			return v, c.err
		}
	}
	return v, nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
