//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// load sends stories and decides on them while faults happen.
type load struct {
	*caller
	in     *installation
	ledger *ledger
	clip   []byte
	large  []byte // the clip in a file of two parts
	salt   string // makes idempotency keys those of this run
}

// pad makes a file of at least that many bytes play as before: players pass
// over the box at its end.
func pad(clip []byte, size int) []byte {
	free := make([]byte, size-len(clip))
	binary.BigEndian.PutUint32(free, uint32(len(free)))
	copy(free[4:], "free")
	return append(slices.Clone(clip), free...)
}

// view is a story as the API shows it to its contributor.
type view struct {
	ID      string
	State   string
	Failure *struct{ Code string }
}

type uploadPlan struct {
	PartSize  int64 `json:"part_size"`
	PartCount int   `json:"part_count"`
	Received  []struct{ Number int }
	Requests  []signed
}

// run takes one story from its beginning to the end of its fate. An error means
// that the run ended before, or that the service contradicted itself.
func (l *load) run(ctx context.Context, n int) error {
	f, how := fates()[n%len(fates())], sending(n)
	file := l.clip
	if how.Multipart {
		file = l.large
	}
	e, plan, err := l.begin(ctx, n, f, file)
	if err != nil {
		return err
	}
	if f == abandon {
		return nil
	}
	if err := l.upload(ctx, e, plan, how, file); err != nil {
		return err
	}
	if f == disappear {
		l.ledger.must(e, "in_review")
		return nil
	}
	if err := l.complete(ctx, e, how.Times); err != nil {
		return err
	}
	l.ledger.must(e, "in_review")
	if f == recall && n%2 == 0 {
		return l.withdraw(ctx, e)
	}
	if err := l.await(ctx, e, "in_review"); err != nil {
		return err
	}
	return l.fulfil(ctx, e, how)
}

// fulfil takes a story in review to the end of its fate.
func (l *load) fulfil(ctx context.Context, e *entry, how send) error {
	switch e.Plan {
	case leave, abandon, disappear:
		return nil
	case refuse:
		return l.withdraw(ctx, e)
	case reject:
		return l.decide(ctx, e, "reject", "rejected")
	case rejectTwice:
		return l.race(ctx, e)
	case replace:
		return l.replaceRejected(ctx, e, how)
	case publish, hide, restore, withdraw, recall:
	}
	if err := l.decide(ctx, e, "approve", "published"); err != nil {
		return err
	}
	if e.Plan == recall {
		return l.withdraw(ctx, e)
	}
	if e.Plan == publish && e.Number%2 == 0 {
		return nil // the audit looks for it
	}
	if err := l.await(ctx, e, "published"); err != nil {
		return err
	}
	switch e.Plan {
	case withdraw:
		return l.withdraw(ctx, e)
	case hide:
		return l.decide(ctx, e, "hide", "hidden")
	case restore:
		if err := l.decide(ctx, e, "hide", "hidden"); err != nil {
			return err
		}
		return l.decide(ctx, e, "restore", "published")
	case publish, reject, replace, recall, refuse, leave, abandon, disappear, rejectTwice:
	}
	return nil
}

func (l *load) begin(ctx context.Context, n int, f fate, file []byte) (*entry, *uploadPlan, error) {
	key := fmt.Sprintf("%s-%d", l.salt, n)
	body := map[string]any{
		"contributor": map[string]string{"name": fmt.Sprintf("Contributor %d", n), "country": "DE"},
		"song":        map[string]string{"title": "Heroes", "artist": "David Bowie"}, "text": "We danced on the roof.",
		"release": map[string]any{"version": 1, "agreed": true, "of_age": true, "others_agreed": true},
		"file":    map[string]any{"name": "a.mp4", "bytes": len(file), "content_type": "video/mp4"},
	}
	l.ledger.mu.Lock()
	l.ledger.begun++
	l.ledger.mu.Unlock()
	a, err := l.call(ctx, http.MethodPost, "/v1/campaigns/"+slug+"/stories", "", body, "Idempotency-Key", key)
	if err != nil {
		return nil, nil, err
	}
	var begun struct {
		Story  view
		Token  string
		Upload uploadPlan
	}
	if err := a.into(&begun); err != nil {
		return nil, nil, fmt.Errorf("begin: %w", err)
	}
	e := &entry{ID: begun.Story.ID, Token: begun.Token, Number: n, Plan: f, want: []string{"awaiting_upload"}}
	l.ledger.add(e)
	return e, &begun.Upload, nil
}

// upload sends the file until storage has all of it.
func (l *load) upload(ctx context.Context, e *entry, plan *uploadPlan, how send, file []byte) error {
	if how.Early {
		if a, err := l.call(ctx, http.MethodPost, "/v1/stories/"+e.ID+"/upload/complete", e.Token, nil); err != nil {
			return err
		} else if a.status < 400 {
			l.ledger.object(e, "an upload without a file was accepted as complete")
		}
	}
	l.ledger.may(e, "in_review") // the sweep completes what it finds
	for {
		requests := slices.Clone(plan.Requests)
		if how.Reversed {
			slices.Reverse(requests)
		}
		all := true
		for _, r := range requests {
			data := file
			if r.Part > 0 {
				from := int64(r.Part-1) * plan.PartSize
				data = file[from:min(from+plan.PartSize, int64(len(file)))]
			}
			there, err := l.put(ctx, r, data)
			if err != nil {
				return err
			}
			all = all && there
		}
		if all {
			return nil
		}
		pause(ctx, 300*time.Millisecond)
		a, err := l.call(ctx, http.MethodGet, "/v1/stories/"+e.ID+"/upload", e.Token, nil)
		if err != nil {
			return err
		}
		if a.status == http.StatusConflict { // the sweep has completed it
			return nil
		}
		again := &uploadPlan{}
		if err := a.into(again); err != nil {
			return fmt.Errorf("resume: %w", err)
		}
		plan = again
	}
}

// complete completes the upload from several connections at once, and again
// after that.
func (l *load) complete(ctx context.Context, e *entry, times int) error {
	var all sync.WaitGroup
	errs := make([]error, times)
	for i := range errs {
		all.Go(func() {
			a, err := l.call(ctx, http.MethodPost, "/v1/stories/"+e.ID+"/upload/complete", e.Token, nil)
			if err == nil && a.status >= 300 {
				err = fmt.Errorf("complete: %d %s", a.status, a.body)
			}
			errs[i] = err
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// await waits for the state. A story that failed is started again, as an
// operator would, unless its file is blamed.
func (l *load) await(ctx context.Context, e *entry, state string) error {
	for {
		v, err := l.see(ctx, e)
		if err != nil {
			return err
		}
		switch v.State {
		case state:
			return nil
		case "failed":
			if err := l.retry(ctx, e); err != nil {
				return err
			}
		}
		pause(ctx, 300*time.Millisecond)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (l *load) see(ctx context.Context, e *entry) (view, error) {
	var v view
	a, err := l.call(ctx, http.MethodGet, "/v1/stories/"+e.ID, e.Token, nil)
	if err == nil {
		err = a.into(&v)
	}
	return v, err
}

// retry starts the work of a failed story again.
func (l *load) retry(ctx context.Context, e *entry) error {
	a, err := l.call(ctx, http.MethodPost, "/v1/admin/jobs/"+e.ID+"/retry", l.in.admin, nil)
	if err == nil && a.status < 300 {
		l.ledger.retried(e)
	}
	return err
}
