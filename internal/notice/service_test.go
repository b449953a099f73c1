package notice_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

type env struct {
	*testkit.Env
	*notice.Service
}

// newEnv returns a service that takes perHour reports of each network.
func newEnv(t *testing.T, perHour int64) *env {
	t.Helper()
	e := testkit.NewEnv(t)
	l, err := limit.New(testkit.RedisURL(t), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return &env{e, notice.NewService(e.DB, e.Stories, l, e.Clock, perHour)}
}

func (e *env) request(st *story.Story, change ...func(*notice.Request)) notice.Request {
	r := notice.Request{
		Campaign: e.Campaign.Slug, Story: st.ID, Kind: notice.Other, Text: "It is not hers.", Address: "192.0.2.9",
	}
	for _, f := range change {
		f(&r)
	}
	return r
}

func TestFile_StoresWhatWasSent(t *testing.T) {
	t.Parallel()
	e := newEnv(t, 0)
	st := e.Story(story.Published)
	n, token, err := e.File(t.Context(), e.request(st, func(r *notice.Request) {
		r.Text, r.Email, r.Locale = " See 0:10.\r\nIt is mine. ", " Max@Example.COM ", "pt-br"
	}))
	require.NoError(t, err)
	got, err := e.Receipt(t.Context(), n.ID, token)
	require.NoError(t, err)
	require.Equal(t, "See 0:10.\nIt is mine.", got.Text)
	require.Equal(t, "max@example.com", got.Email)
	require.Equal(t, "pt-BR", got.Locale)
	require.Equal(t, notice.Open, got.Outcome)
	require.Zero(t, got.By)
	_, err = e.Receipt(t.Context(), n.ID, token+"x")
	require.ErrorIs(t, err, notice.ErrUnknown)
	_, err = e.Receipt(t.Context(), n.ID, "")
	require.ErrorIs(t, err, notice.ErrUnknown)
}

func TestFile_Refuses(t *testing.T) {
	t.Parallel()
	e := newEnv(t, 1)
	st := e.Story(story.Published)
	long := strings.Repeat("ü", notice.MaxText+1)
	for name, c := range map[string]struct {
		change func(*notice.Request)
		code   string
	}{
		"a kind that is none": {func(r *notice.Request) { r.Kind = "dull" }, "notice.invalid"},
		"no words":            {func(r *notice.Request) { r.Text = "\u200b \n" }, "notice.invalid"},
		"too many words":      {func(r *notice.Request) { r.Text = long }, "notice.invalid"},
		"no address":          {func(r *notice.Request) { r.Email = "max" }, "notice.invalid"},
		"no language":         {func(r *notice.Request) { r.Locale = "klingon!" }, "notice.invalid"},
		"another campaign":    {func(r *notice.Request) { r.Campaign = "other" }, "story.unknown"},
		"no story":            {func(r *notice.Request) { r.Story = id.New() }, "story.unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := e.File(t.Context(), e.request(st, c.change))
			require.True(t, fault.Is(err, c.code), err)
		})
	}
	for _, state := range []story.State{story.InReview, story.Hidden, story.Withdrawn} {
		t.Run(string(state), func(t *testing.T) {
			_, _, err := e.File(t.Context(), e.request(e.Story(state)))
			require.True(t, fault.Is(err, "story.unknown"), err)
		})
	}
	_, _, err := e.File(t.Context(), e.request(st))
	require.NoError(t, err, "what was refused does not count")
	_, _, err = e.File(t.Context(), e.request(st))
	require.True(t, fault.Is(err, "rate_limited"), err)
	_, _, err = e.File(t.Context(), e.request(st, func(r *notice.Request) { r.Address = "198.51.100.9" }))
	require.NoError(t, err, "another network has its own count")
}

func TestFile_NeedsNoWordsOfPeopleInTheVideo(t *testing.T) {
	t.Parallel()
	e := newEnv(t, 0)
	_, _, err := e.File(t.Context(), e.request(e.Story(story.Published), func(r *notice.Request) {
		r.Kind, r.Text = notice.Depicted, ""
	}))
	require.NoError(t, err)
}

func TestKeep_EndsOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t, 0)
	n, _, err := e.File(t.Context(), e.request(e.Story(story.Published)))
	require.NoError(t, err)
	ana, bo := testkit.Actor(account.Moderator, "Ana"), testkit.Actor(account.Moderator, "Bo")
	_, err = e.Keep(t.Context(), n.ID, strings.Repeat("x", notice.MaxReply+1), ana)
	require.True(t, fault.Is(err, "notice.invalid"), err)
	kept, err := e.Keep(t.Context(), n.ID, " Thank you. ", ana)
	require.NoError(t, err)
	require.Equal(t, notice.Kept, kept.Outcome)
	again, err := e.Keep(t.Context(), n.ID, "Thank you.", ana)
	require.NoError(t, err, "the same again, as after a lost answer")
	require.Equal(t, kept.EndedAt, again.EndedAt)
	for _, by := range []account.Actor{ana, bo} {
		_, err = e.Keep(t.Context(), n.ID, "No.", by)
		require.True(t, fault.Is(err, "notice.ended"), err)
		require.Equal(t, "Ana", fault.As(err).Facts["decided_by"])
	}
	_, err = e.Keep(t.Context(), "unknown", "", ana)
	require.ErrorIs(t, err, notice.ErrUnknown)
}

func TestList_UrgentFirstAndEveryNoticeOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t, 0)
	st := e.Story(story.Published)
	ids := map[notice.Kind]string{}
	for _, k := range []notice.Kind{notice.Other, notice.Rights, notice.Illegal, notice.Depicted} {
		n, _, err := e.File(t.Context(), e.request(st, func(r *notice.Request) { r.Kind = k }))
		require.NoError(t, err)
		ids[k] = n.ID
	}
	var got []string
	var after *notice.Cursor
	for {
		p, err := e.List(t.Context(), notice.Filter{Campaign: e.Campaign.ID}, after, 1)
		require.NoError(t, err)
		require.Len(t, p.Items, 1)
		got = append(got, p.Items[0].ID)
		if after = p.Next; after == nil {
			break
		}
	}
	require.Equal(t, []string{ids[notice.Illegal], ids[notice.Depicted], ids[notice.Other], ids[notice.Rights]}, got)
	count, err := e.Count(t.Context(), e.Campaign.ID)
	require.NoError(t, err)
	require.EqualValues(t, 4, count)
	e.Move(st, story.Hidden)
	about, err := e.About(t.Context(), st.ID)
	require.NoError(t, err)
	require.Len(t, about, 4)
	for _, n := range about {
		require.Equal(t, notice.Removed, n.Outcome)
	}
}
