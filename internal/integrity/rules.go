package integrity

import (
	"fmt"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/story"
)

// view is everything that is known of one story at about one moment.
type view struct {
	id       string
	story    *story.Story // nil: there is no such row
	history  []*story.Entry
	open     []*attempt.Record // without an outcome
	holdings *holdings
}

// judge returns what is wrong with a story. The moment is now.
func (o Options) judge(v view, now time.Time) []Finding {
	var found []Finding
	if v.story != nil {
		found = append(found, o.judgeRow(v.story, now)...)
		found = append(found, o.judgeWork(v.story, v.history, now)...)
		found = append(found, judgeHistory(v.story, v.history)...)
		found = append(found, o.judgeAttempts(v.story, v.open, now)...)
	}
	found = append(found, v.holdings.judge(now.Add(-o.Grace))...)
	for i := range found {
		found[i].Story = v.id
	}
	return found
}

// ladderPatience is how many times longer than other work a ladder may wait:
// the story is public meanwhile.
const ladderPatience = 28

func (o Options) judgeRow(st *story.Story, now time.Time) []Finding {
	var found []Finding
	add := func(code Code, format string, args ...any) {
		found = append(found, Finding{Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	if !slices.Contains(story.States(), st.State) {
		add(StoryState, "%q is no state", st.State)
	}
	if st.State == story.Published && (st.Public == nil || st.PublishedAt.IsZero()) {
		add(StoryState, "it is published without media or time")
	}
	if st.CampaignSlug == "" {
		add(CampaignMissing, "there is no campaign %s", st.Campaign)
	}
	if st.ClaimedBy.ID != "" && st.State != story.InReview {
		add(ClaimLeft, "%s is claimed by %s", st.State, st.ClaimedBy.ID)
	}
	if due := st.Upload.ExpiresAt; st.State == story.AwaitingUpload && now.Sub(due) > o.Stuck {
		add(UploadOverdue, "the upload ended at %s", due.Format(time.RFC3339))
	}
	if src := st.Source; src != nil && src.SHA256 != st.Release.SourceSHA256 {
		add(ReleaseMismatch, "the release is of a file with SHA-256 %q, the source has %q", st.Release.SourceSHA256,
			src.SHA256)
	}
	return found
}

// judgeWork looks whether the work that the state calls for goes on. It is due
// from the last change of state, the time before which it is not to run, or the
// last line of the history, whichever is latest: a hold that is lifted and an
// operator's retry change no state.
func (o Options) judgeWork(st *story.Story, history []*story.Entry, now time.Time) []Finding {
	kind := st.WorkKind()
	if kind == "" {
		return nil
	}
	if !st.HeartbeatAt.IsZero() {
		if age := now.Sub(st.HeartbeatAt); age > o.Lease*time.Duration(o.StaleLeases) {
			return []Finding{{
				Code: ClaimStale,
				Detail: fmt.Sprintf("the worker of attempt %d at %s was last alive %s ago", st.Attempt, kind,
					age.Round(time.Second)),
			}}
		}
		return nil
	}
	patience := o.Stuck
	if kind == story.Ladder {
		if o.Watched {
			return nil
		}
		patience *= ladderPatience
	}
	due := st.UpdatedAt
	if st.NextRunAt.After(due) {
		due = st.NextRunAt
	}
	for _, line := range history {
		if line.At.After(due) {
			due = line.At
		}
	}
	if waits := now.Sub(due); waits > patience {
		return []Finding{{
			Code:   StoryStuck,
			Detail: fmt.Sprintf("%s has been due for %s; allowed are %s", kind, waits.Round(time.Second), patience),
		}}
	}
	return nil
}

// flawCodes are the codes of what a replay finds.
var flawCodes = map[story.FlawKind]Code{
	story.FlawGap: HistoryGap, story.FlawState: HistoryState, story.FlawUnapproved: PublishUnapproved,
	story.FlawChain: HistoryChanged,
}

func judgeHistory(st *story.Story, lines []*story.Entry) []Finding {
	var found []Finding
	for _, f := range append(st.Replay(lines), story.CheckChain(lines)...) {
		found = append(found, Finding{Code: flawCodes[f.Kind], Key: f.Line, Detail: f.Detail})
	}
	return found
}

// judgeAttempts finds records that are open although no worker holds the story
// for them.
func (o Options) judgeAttempts(st *story.Story, open []*attempt.Record, now time.Time) []Finding {
	var found []Finding
	for _, r := range open {
		held := r.Attempt == st.Attempt && !st.HeartbeatAt.IsZero()
		if held || now.Sub(r.StartedAt) <= o.Grace {
			continue
		}
		found = append(found, Finding{
			Code: AttemptOpen, started: r.StartedAt,
			Detail: fmt.Sprintf("attempt %d at %s has no end; the story is at attempt %d", r.Attempt, r.Kind,
				st.Attempt),
		})
	}
	return found
}
