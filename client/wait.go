package client

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// pollEvery is the pause between two looks at a story.
const pollEvery = 500 * time.Millisecond

// course are the states of a story that nothing goes wrong with, in order.
var course = []string{
	"awaiting_upload", "uploaded", "preparing", "in_review", "approved", "publishing", "published",
}

// WaitError means that a story did not reach the state that was waited for.
type WaitError struct {
	Story *Story // as it was read last
	Err   error  // the context's error; nil: the story cannot get there any more
}

// Error says where the story stands.
func (e *WaitError) Error() string {
	switch {
	case e.Err != nil:
		return "the story is still " + e.Story.State
	case e.Story.State == "failed" && e.Story.Failure != nil:
		return fmt.Sprintf("the story failed: %s (%s)", e.Story.Failure.Detail, e.Story.Failure.Code)
	case e.Story.Reason != nil:
		return fmt.Sprintf("the story is %s: %s (%s)", e.Story.State, e.Story.Reason.Detail, e.Story.Reason.Code)
	}
	return "the story is " + e.Story.State
}

// Unwrap returns the context's error, if that ended the wait.
func (e *WaitError) Unwrap() error { return e.Err }

// Wait follows a story until it is in the state, such as in_review or
// published, or past it. seen, unless nil, is called with each look at it. A
// story that cannot get there by itself any more, or not before ctx ends, is
// a *WaitError.
func (c *Client) Wait(ctx context.Context, ref Ref, state string, seen func(*Story)) (*Story, error) {
	var last *Story
	for {
		st, err := c.Story(ctx, ref)
		switch {
		case err != nil && ctx.Err() != nil && last != nil:
			return last, &WaitError{Story: last, Err: ctx.Err()}
		case err != nil:
			return nil, err
		}
		last = st
		if seen != nil {
			seen(st)
		}
		at, goal := slices.Index(course, st.State), slices.Index(course, state)
		switch {
		case st.State == state || (goal >= 0 && at > goal):
			return st, nil
		case at < 0:
			return st, &WaitError{Story: st}
		}
		select {
		case <-ctx.Done():
			return st, &WaitError{Story: st, Err: ctx.Err()}
		case <-time.After(pollEvery):
		}
	}
}
