//go:build linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// settled are the states that show that a decision was recorded, although its
// answer may have been lost.
func settled(action string) []string {
	switch action {
	case "approve", "restore":
		return []string{"approved", "publishing", "published"}
	case "reject":
		return []string{"rejected"}
	case "hide":
		return []string{"hidden"}
	}
	return nil
}

// decide claims as a moderator does, and decides until the decision is
// acknowledged.
func (l *load) decide(ctx context.Context, e *entry, action, end string) error {
	l.ledger.may(e, end)
	moderator := l.in.moderators[0]
	if action == "approve" || action == "reject" {
		count := map[string]any{"count": 5}
		if _, err := l.call(ctx, http.MethodPost, "/v1/review/claims", moderator, count); err != nil {
			return err
		}
	}
	for {
		a, err := l.decision(ctx, e, action, moderator)
		if err != nil {
			return err
		}
		if a.status < 300 {
			break
		}
		v, err := l.see(ctx, e)
		if err != nil {
			return err
		}
		if slices.Contains(settled(action), v.State) {
			break
		}
		switch {
		case v.State == "failed" && action == "approve": // it was approved, and publishing failed
			if err := l.retry(ctx, e); err != nil {
				return err
			}
		case a.status != http.StatusConflict:
			return fmt.Errorf("%s: %d %s", action, a.status, a.body)
		}
		pause(ctx, 500*time.Millisecond)
	}
	l.ledger.must(e, end)
	return nil
}

func (l *load) decision(ctx context.Context, e *entry, action, key string) (answered, error) {
	body := map[string]string{"action": action}
	if action == "reject" || action == "hide" {
		body["reason"] = "other"
	}
	return l.call(ctx, http.MethodPost, "/v1/stories/"+e.ID+"/decisions", key, body)
}

// race lets two moderators decide at once, one to approve and one to reject. The
// first decision holds.
func (l *load) race(ctx context.Context, e *entry) error {
	l.ledger.may(e, "published", "rejected")
	var all sync.WaitGroup
	var accepted [2]bool
	var errs [2]error
	for i, action := range []string{"approve", "reject"} {
		all.Go(func() {
			a, err := l.decision(ctx, e, action, l.in.moderators[i])
			accepted[i], errs[i] = err == nil && a.status < 300, err
		})
	}
	all.Wait()
	if errs[0] != nil || errs[1] != nil {
		return ctx.Err()
	}
	switch {
	case accepted[0] && accepted[1]:
		l.ledger.object(e, "two contrary decisions were acknowledged")
	case accepted[0]:
		l.ledger.must(e, "published")
	case accepted[1]:
		l.ledger.must(e, "rejected")
	default: // an answer was lost, or a claim of the other one stood in the way
		v, err := l.see(ctx, e)
		if err == nil && v.State == "in_review" {
			l.ledger.may(e, "in_review")
		}
		return err
	}
	return nil
}

// replaceRejected rejects, sends another file and has that published.
func (l *load) replaceRejected(ctx context.Context, e *entry, how send) error {
	if err := l.decide(ctx, e, "reject", "rejected"); err != nil {
		return err
	}
	l.ledger.may(e, "awaiting_upload")
	file := map[string]any{"file": map[string]any{"name": "b.mp4", "bytes": len(l.clip), "content_type": "video/mp4"}}
	var opened struct{ Upload uploadPlan }
	a, err := l.call(ctx, http.MethodPost, "/v1/stories/"+e.ID+"/upload", e.Token, file)
	if err != nil {
		return err
	}
	if a.status == http.StatusConflict { // an answer was lost: the upload is open
		if a, err = l.call(ctx, http.MethodGet, "/v1/stories/"+e.ID+"/upload", e.Token, nil); err != nil {
			return err
		}
		err = a.into(&opened.Upload)
	} else {
		err = a.into(&opened)
	}
	if err != nil {
		return fmt.Errorf("replace: %w", err)
	}
	l.ledger.must(e, "awaiting_upload")
	how.Early = false
	if err := l.upload(ctx, e, &opened.Upload, how, l.clip); err != nil {
		return err
	}
	if err := l.complete(ctx, e, how.Times); err != nil {
		return err
	}
	l.ledger.must(e, "in_review")
	if err := l.await(ctx, e, "in_review"); err != nil {
		return err
	}
	return l.decide(ctx, e, "approve", "published")
}

// withdraw takes the story back until that is acknowledged.
func (l *load) withdraw(ctx context.Context, e *entry) error {
	l.ledger.may(e, "erased")
	a, err := l.call(ctx, http.MethodDelete, "/v1/stories/"+e.ID, e.Token, nil)
	if err != nil {
		return err
	}
	// An answer that was lost leaves a story whose token opens it no more once it
	// is erased.
	if a.status >= 300 && a.status != http.StatusNotFound && a.status != http.StatusUnauthorized {
		return fmt.Errorf("withdraw: %d %s", a.status, a.body)
	}
	l.ledger.must(e, "erased")
	return nil
}
