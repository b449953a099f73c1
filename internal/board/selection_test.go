package board_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func (e *env) choose(t *testing.T, slot string, ch board.Choice, by account.Actor) error {
	t.Helper()
	_, err := e.Select(t.Context(), slug, slot, ch, by)
	return err
}

// slot returns a slot of the campaign with what fills it.
func (e *env) slot(t *testing.T, name string) board.Selected {
	t.Helper()
	_, selected, err := e.Selection(t.Context(), slug)
	require.NoError(t, err)
	for _, s := range selected {
		if s.Slot == name {
			return s
		}
	}
	t.Fatalf("no slot %s", name)
	return board.Selected{}
}

func TestSelect_Refuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	public, waiting := env.Story(story.Published), env.Story(story.InReview)
	withdrawn := env.Story(story.Published, func(s *story.Story) { s.Release.WithdrawnAt = env.Now })
	length := public.Public.Duration.Milliseconds()
	for name, c := range map[string]struct {
		code, slot string
		ch         board.Choice
	}{
		"an unknown slot":         {"selection.slot_unknown", "ad-9", board.Choice{Story: public.ID}},
		"an unknown story":        {"story.unknown", "ad-1", board.Choice{Story: "none"}},
		"an unpublished story":    {"board.not_published", "ad-1", board.Choice{Story: waiting.ID}},
		"a withdrawn release":     {"selection.release", "ad-1", board.Choice{Story: withdrawn.ID}},
		"a negative part":         {"selection.cut", "ad-1", board.Choice{Story: public.ID, FromMS: -1}},
		"a part past the end":     {"selection.cut", "ad-1", board.Choice{Story: public.ID, ToMS: length + 101}},
		"a part that begins late": {"selection.cut", "ad-1", board.Choice{Story: public.ID, FromMS: length}},
		"a backward part":         {"selection.cut", "ad-1", board.Choice{Story: public.ID, FromMS: 9, ToMS: 9}},
		"a long note": {
			"board.note", "ad-1", board.Choice{Story: public.ID, Note: strings.Repeat("x", 2001)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := env.choose(t, c.slot, c.ch, ana)
			require.True(t, fault.Is(err, c.code), err)
		})
	}
	require.NoError(t, env.choose(t, "ad-1", board.Choice{Story: public.ID, ToMS: length + 100}, ana),
		"players may think a story slightly longer")
}

func TestSelect_ASlotAndAStoryAreTakenOnce(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	one, two := env.Story(story.Published), env.Story(story.Published)
	require.NoError(t, env.choose(t, "ad-1", board.Choice{Story: one.ID}, ana))
	chosen := env.Now
	env.Advance(time.Minute)
	err := env.choose(t, "ad-1", board.Choice{Story: two.ID}, ben)
	require.True(t, fault.Is(err, "selection.slot"), err)
	require.Equal(t, map[string]any{"story": one.ID, "chosen_by": "Ana", "chosen_at": chosen}, fault.As(err).Facts)
	err = env.choose(t, "ad-2", board.Choice{Story: one.ID}, ben)
	require.True(t, fault.Is(err, "selection.story"), err)
	require.Equal(t, map[string]any{"slot": "ad-1", "chosen_by": "Ana", "chosen_at": chosen}, fault.As(err).Facts)
	require.NoError(t, env.Unselect(t.Context(), slug, "ad-1"))
	require.NoError(t, env.Unselect(t.Context(), slug, "ad-1"), "twice is once")
	require.NoError(t, env.choose(t, "ad-2", board.Choice{Story: one.ID}, ben))
}

func TestConfirm_ByASecondPersonOnly(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	confirm := func(by account.Actor) error { return env.Confirm(t.Context(), slug, "ad-1", by) }
	require.True(t, fault.Is(confirm(ben), "selection.empty"))
	require.True(t, fault.Is(env.Confirm(t.Context(), slug, "ad-9", ben), "selection.slot_unknown"))
	choice := board.Choice{Story: st.ID, Note: "the roof", FromMS: 1000}
	require.NoError(t, env.choose(t, "ad-1", choice, ana))
	require.True(t, fault.Is(confirm(ana), "selection.own"))
	require.Equal(t, []string{"unconfirmed"}, env.slot(t, "ad-1").Blocking())
	require.NoError(t, confirm(ben))
	require.NoError(t, confirm(ana), "confirming again changes nothing")
	require.Equal(t, ben, env.slot(t, "ad-1").Pick.ConfirmedBy)
	require.Empty(t, env.slot(t, "ad-1").Blocking())

	require.NoError(t, env.choose(t, "ad-1", choice, ben))
	require.True(t, env.slot(t, "ad-1").Pick.Confirmed(), "the same choice again changes nothing")
	env.Advance(time.Minute)
	choice.FromMS = 2000
	require.NoError(t, env.choose(t, "ad-1", choice, ben))
	require.False(t, env.slot(t, "ad-1").Pick.Confirmed(), "another part needs another confirmation")
	require.True(t, fault.Is(confirm(ben), "selection.own"), "whoever changes the choice made it")
	require.NoError(t, confirm(ana))
}

func TestConfirm_NeedsTwoKnownPeople(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	program := testkit.Actor(account.Creative, "a key of nobody")
	choice := board.Choice{Story: st.ID}
	require.True(t, fault.Is(env.choose(t, "ad-1", choice, program), "selection.person"))
	require.NoError(t, env.choose(t, "ad-1", choice, ana))
	require.True(t, fault.Is(env.Confirm(t.Context(), slug, "ad-1", program), "selection.person"))
	again := ana
	again.Name, again.Role = "Ana (another key)", account.Admin
	require.True(t, fault.Is(env.Confirm(t.Context(), slug, "ad-1", again), "selection.own"), "one person, two hands")
	pick := *env.slot(t, "ad-1").Pick
	pick.By = program // as versions before stored it
	require.NoError(t, env.DB.ReplacePick(t.Context(), pick))
	require.True(t, fault.Is(env.Confirm(t.Context(), slug, "ad-1", ben), "selection.chooser_unknown"))
	require.NoError(t, env.choose(t, "ad-1", choice, ana), "the same choice by a person is a choice")
	require.NoError(t, env.Confirm(t.Context(), slug, "ad-1", ben))
}

func TestBlocking_NamesWhatStandsInTheWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*env, *story.Story)
		want   []string
	}{
		"hidden": {
			func(e *env, st *story.Story) { e.Move(st, story.Hidden) }, []string{"not_published", "unconfirmed"},
		},
		"withdrawn": {func(e *env, st *story.Story) {
			st.Release.WithdrawnAt = e.Now
			e.Move(st, story.Withdrawn)
		}, []string{"not_published", "release_withdrawn", "unconfirmed"}},
		"a form nobody can read": {func(e *env, st *story.Story) {
			st.Release.TextSHA256 = "ab"
			e.Move(st, story.Published)
		}, []string{"release_unknown", "unconfirmed"}},
	} {
		t.Run(name, func(t *testing.T) {
			env := newEnv(t)
			st := env.Story(story.Published)
			require.NoError(t, env.choose(t, "ad-2", board.Choice{Story: st.ID}, ana))
			c.change(env, st)
			require.Equal(t, c.want, env.slot(t, "ad-2").Blocking())
			require.Equal(t, []string{"empty"}, env.slot(t, "ad-1").Blocking())
			err := env.Confirm(t.Context(), slug, "ad-2", ben)
			require.Equal(t, c.want[0] != "release_unknown", fault.Is(err, "selection.unusable"), err)
		})
	}
}
