package story_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/story"
)

// chained returns a history of five lines, the first of which is from before
// there was a chain.
func chained() []*story.Entry {
	var lines []*story.Entry
	var last story.Chained
	for i, e := range []story.Event{
		story.EventCreated, story.EventUploaded, story.EventStarted, story.EventPrepared, story.EventApproved,
	} {
		line := &story.Entry{
			ID: string(e), Story: "s", At: time.UnixMicro(int64(i)), Actor: account.TheSystem, Event: e, Note: "note",
		}
		if i > 0 {
			line.Seal(last)
			last = line.Chain
		}
		lines = append(lines, line)
	}
	return lines
}

func TestCheckChain_NamesTheLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func([]*story.Entry) []*story.Entry
		want   []string
	}{
		"in order":               {func(l []*story.Entry) []*story.Entry { return l }, nil},
		"listed in other orders": {func(l []*story.Entry) []*story.Entry { slices.Reverse(l); return l }, nil},
		"texts are erased": {func(l []*story.Entry) []*story.Entry {
			l[2].Note, l[2].Message, l[2].Actor.Name = "", "", ""
			return l
		}, nil},
		"another event": {
			func(l []*story.Entry) []*story.Entry { l[2].Event = "failed"; return l }, []string{"started"},
		},
		"another time": {func(l []*story.Entry) []*story.Entry {
			l[2].At = l[2].At.Add(time.Microsecond)
			return l
		}, []string{"started"}},
		"another story": {func(l []*story.Entry) []*story.Entry { l[4].Story = "x"; return l }, []string{"approved"}},
		"a line is gone": {
			func(l []*story.Entry) []*story.Entry { return slices.Delete(l, 2, 3) }, []string{"prepared"},
		},
		"a line is made anew": {func(l []*story.Entry) []*story.Entry {
			l[2].Reason = "x"
			l[2].Seal(l[1].Chain)
			return l
		}, []string{"prepared"}},
		"a line is there twice": {func(l []*story.Entry) []*story.Entry {
			again := *l[3]
			again.ID = "again"
			return append(l, &again)
		}, []string{"again"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range story.CheckChain(c.change(chained())) {
				require.Equal(t, story.FlawChain, f.Kind)
				got = append(got, f.Line)
			}
			require.Equal(t, c.want, got)
		})
	}
}
