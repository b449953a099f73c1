package intake_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/story"
)

func ptr[T any](v T) *T { return &v }

// history returns the story's lines.
func (e *env) history(id string) []*story.Entry {
	e.t.Helper()
	lines, err := e.Stories.History(e.t.Context(), id)
	require.NoError(e.t, err)
	return lines
}

func TestRevise_ReturnsARejectedStoryToReview(t *testing.T) {
	t.Parallel()
	env := newEnv(t, func(c *campaign.Campaign) {
		c.Questions = []campaign.Question{{ID: "why", Label: "Why?", Kind: campaign.ShortText}}
	})
	st := env.Story(story.Rejected, func(s *story.Story) {
		s.Title, s.Text, s.Song = "Old", "Words", story.Song{Title: "?", Artist: "?"}
		s.Answers = []campaign.Answer{{ID: "why", Label: "Why?", Value: "no idea"}}
	})
	r := intake.ReviseRequest{
		Story: st.ID, Version: st.Version, Title: ptr(" New\u202e "), Message: "Here it is.",
		Song:    &story.Song{Title: "Heroes", Artist: "David Bowie", ISRC: "gb-aye-77-00123"},
		Answers: map[string]string{"why": ""},
	}
	got, err := env.Revise(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, story.InReview, got.State)
	require.Equal(t, "New", got.Title)
	require.Equal(t, "Words", got.Text)
	require.Equal(t, "GBAYE7700123", got.Song.ISRC)
	require.Empty(t, got.Answers)
	lines := env.history(st.ID)
	last := lines[len(lines)-1]
	require.Equal(t, story.EventRevised, last.Event)
	require.Equal(t, "Here it is.", last.Message)
	require.Equal(t, []story.FieldChange{
		{Field: "title", From: "Old", To: "New"},
		{Field: "song", From: "? – ?", To: "Heroes – David Bowie"},
		{Field: "isrc", To: "GBAYE7700123"},
		{Field: "answer", Label: "Why?", From: "no idea"},
	}, last.Changes)

	again, err := env.Revise(t.Context(), r) // as after a lost answer
	require.NoError(t, err)
	require.Equal(t, got.Version, again.Version)
	require.Len(t, env.history(st.ID), len(lines))
}

func TestRevise_InEveryState(t *testing.T) {
	t.Parallel()
	stays := map[story.State]story.State{
		story.AwaitingUpload: story.AwaitingUpload, story.Uploaded: story.Uploaded, story.Preparing: story.Preparing,
		story.InReview: story.InReview, story.Rejected: story.InReview, story.Failed: story.Failed,
		story.Expired: story.Expired,
	}
	for _, from := range story.States() {
		t.Run(string(from), func(t *testing.T) {
			t.Parallel()
			env := newEnv(t)
			st := env.Story(from, func(s *story.Story) { s.Text = "Old" })
			before := env.history(st.ID)
			got, err := env.Revise(t.Context(), intake.ReviseRequest{Story: st.ID, Text: ptr("New")})
			to, may := stays[from]
			if !may {
				require.True(t, fault.Is(err, "story.state"), err)
				require.Len(t, env.history(st.ID), len(before))
				return
			}
			require.NoError(t, err)
			require.Equal(t, to, got.State)
			require.Equal(t, "New", got.Text)
			require.Greater(t, got.Version, st.Version, "a moderator who saw the former text cannot decide on it")
			require.Equal(t, st.HeartbeatAt, got.HeartbeatAt, "a worker at work keeps the story")
		})
	}
}

func TestRevise_WhatWasApprovedStays(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Failed, func(s *story.Story) { s.Failure = &story.Failure{Job: story.Publish} })
	_, err := env.Revise(t.Context(), intake.ReviseRequest{Story: st.ID, Text: ptr("Never moderated")})
	require.True(t, fault.Is(err, "story.moderated"), err)
}

type revision = intake.ReviseRequest

func TestRevise_Refuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Rejected)
	for name, c := range map[string]struct {
		code   string
		change func(*revision)
	}{
		"a long title":     {"story.invalid", func(r *revision) { r.Title = ptr(strings.Repeat("x", 151)) }},
		"a long message":   {"story.invalid", func(r *revision) { r.Message = strings.Repeat("x", 1001) }},
		"no song":          {"story.invalid", func(r *revision) { r.Song = &story.Song{Title: "Heroes"} }},
		"a script link":    {"story.invalid", func(r *revision) { r.Song = songTo("javascript:alert(1)") }},
		"a foreign link":   {"story.link_host", func(r *revision) { r.Song = songTo("https://evil.example/") }},
		"unknown question": {"answer.unknown", func(r *revision) { r.Answers = map[string]string{"x": "y"} }},
		"an old version": {"story.stale", func(r *revision) {
			r.Version, r.Text = st.Version+1, ptr("Another text")
		}},
		"no such story": {"story.unknown", func(r *revision) { r.Story = "none" }},
	} {
		t.Run(name, func(t *testing.T) {
			r := intake.ReviseRequest{Story: st.ID}
			c.change(&r)
			_, err := env.Revise(t.Context(), r)
			require.True(t, fault.Is(err, c.code), err)
		})
	}
	got, err := env.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	require.Equal(t, st.Version, got.Version)
}

func songTo(link string) *story.Song {
	return &story.Song{Title: "Heroes", Artist: "David Bowie", Link: link}
}

func TestRevise_SoOftenAndNoMore(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Rejected)
	look := intake.ReviseRequest{Story: st.ID, Message: "Please look again."}
	got, err := env.Revise(t.Context(), look)
	require.NoError(t, err)
	require.Equal(t, story.InReview, got.State)
	look.Message = "And again."
	_, err = env.Revise(t.Context(), look)
	require.True(t, fault.Is(err, "revision.empty"), err)
	env.Move(got, story.Rejected)
	_, err = env.Revise(t.Context(), look)
	require.True(t, fault.Is(err, "revision.asked"), err)

	revise := func(words string) error {
		_, err := env.Revise(t.Context(), intake.ReviseRequest{Story: st.ID, Text: &words})
		return err
	}
	for _, words := range []string{"one", "two"} {
		require.NoError(t, revise(words))
		got, err := env.Stories.Get(t.Context(), st.ID)
		require.NoError(t, err)
		env.Move(got, story.Rejected)
	}
	require.True(t, fault.Is(revise("three"), "revision.limit"))
	m := env.Mending(env.history(st.ID))
	require.Equal(t, 17, m.Left)
	require.Zero(t, m.ReturnsLeft)
	require.False(t, m.SecondLook)

	other := env.Story(story.InReview)
	for i := range 20 {
		_, err := env.Revise(t.Context(), intake.ReviseRequest{Story: other.ID, Text: ptr(strings.Repeat("x", i+1))})
		require.NoError(t, err)
	}
	_, err = env.Revise(t.Context(), intake.ReviseRequest{Story: other.ID, Text: ptr("one too many")})
	require.True(t, fault.Is(err, "revision.limit"), err)
}
