package story_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/story"
)

// lived makes a story take the events, a second apart, and returns its lines.
func lived(t *testing.T, events ...story.Event) (*story.Story, []*story.Entry) {
	t.Helper()
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	st := &story.Story{ID: "s", State: story.AwaitingUpload, CreatedAt: at}
	lines := []*story.Entry{st.Created(account.Actor{Role: account.Contributor})}
	for _, e := range events {
		at = at.Add(time.Second)
		if e == story.EventRefined {
			lines = append(lines, st.Remark(e, account.TheSystem, at))
			continue
		}
		var line *story.Entry
		var err error
		for _, role := range []account.Role{account.System, account.Contributor, account.Moderator, account.Admin} {
			if line, err = st.Apply(e, account.Actor{Role: role}, at); err == nil {
				break
			}
		}
		require.NoError(t, err, e)
		lines = append(lines, line)
	}
	return st, lines
}

// published is the way of a story onto the feed.
var published = []story.Event{
	story.EventUploaded, story.EventStarted, story.EventPrepared, story.EventApproved, story.EventStarted,
	story.EventPublished,
}

func kinds(flaws []story.Flaw) []story.FlawKind {
	var out []story.FlawKind
	for _, f := range flaws {
		out = append(out, f.Kind)
	}
	return out
}

func TestReplay_AcceptsWhatTheMachineDoes(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]story.Event{
		"begun": nil, "published": published,
		"refined": append(append([]story.Event{}, published...), story.EventRefined, story.EventHidden,
			story.EventRestored, story.EventStarted, story.EventDeferred, story.EventStarted, story.EventPublished),
		"replaced": {
			story.EventUploaded, story.EventStarted, story.EventFailed, story.EventReplaced, story.EventUploaded,
			story.EventStarted, story.EventPrepared, story.EventRejected, story.EventRevised, story.EventApproved,
		},
		"erased": {story.EventWithdrawn, story.EventErased},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, lines := lived(t, events...)
			require.Empty(t, st.Replay(lines))
		})
	}
	st, _ := lived(t, story.EventWithdrawn, story.EventErased)
	require.Empty(t, st.Replay(nil), "the history of an erased story is deleted with its tombstone")
}

func TestReplay_AcceptsLinesInTheOrderOfOtherClocks(t *testing.T) {
	t.Parallel()
	st, lines := lived(t, published...)
	lines[4], lines[5] = lines[5], lines[4] // started before approved
	require.Empty(t, st.Replay(lines))
	lines[4].At = lines[4].At.Add(-time.Hour)
	require.NotEmpty(t, st.Replay(lines), "clocks do not differ by an hour")
}

func TestReplay_FindsWhatTheMachineDoesNot(t *testing.T) {
	t.Parallel()
	st, lines := lived(t, published...)
	require.Equal(t, []story.FlawKind{story.FlawGap}, kinds(st.Replay(append(lines[:1:1], lines[2:]...))))
	require.Equal(t, []story.FlawKind{story.FlawGap}, kinds(st.Replay(lines[1:])), "it was created")
	require.Equal(t, []story.FlawKind{story.FlawState}, kinds(st.Replay(lines[:6])))
	require.Equal(t, []story.FlawKind{story.FlawState, story.FlawUnapproved}, kinds(st.Replay(nil)))
	twice := append(lines[:7:7], lines[6])
	require.Equal(t, []story.FlawKind{story.FlawGap}, kinds(st.Replay(twice)), "published twice")
	require.Equal(t, []story.FlawKind{story.FlawGap, story.FlawUnapproved},
		kinds(st.Replay(append(lines[:4:4], lines[5:]...))), "without the approval")
	lines[4].Actor.Role = account.System
	require.Equal(t, []story.FlawKind{story.FlawGap}, kinds(st.Replay(lines)), "approved by nobody who may")
}

func TestReplay_AcceptsTheFailureOfALostWorkersLastTry(t *testing.T) {
	t.Parallel()
	st, lines := lived(t, story.EventUploaded, story.EventStarted, story.EventFailed)
	require.Empty(t, st.Replay(append(lines[:2:2], lines[3])))
}
