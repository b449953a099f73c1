package mail_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestCalled_IsDefinedForEveryEvent applies every transition of the machine: a
// mail that is called for must fit the state it leads to.
func TestCalled_IsDefinedForEveryEvent(t *testing.T) {
	t.Parallel()
	want := map[story.Event]mail.Kind{
		story.EventCreated: mail.Stalled, story.EventReplaced: mail.Stalled, story.EventUploaded: mail.Received,
		story.EventApproved: mail.Approved, story.EventPublished: mail.Published, story.EventRejected: mail.Replace,
		story.EventFailed: mail.Replace,
	}
	seen := map[mail.Kind]bool{}
	begun := story.Transition{To: story.AwaitingUpload, Event: story.EventCreated}
	for _, tr := range append(story.Transitions(), begun) {
		st := &story.Story{
			ID: "s", State: tr.To, Upload: story.Upload{ID: "u"}, Contributor: story.Contributor{Email: "a@b.example"},
			Failure: &story.Failure{Job: story.Prepare, Input: true},
		}
		if tr.From == story.Publishing {
			st.Failure.Job = story.Publish
		}
		call, called := mail.Called(st, &story.Entry{Event: tr.Event, From: tr.From, To: tr.To})
		kind := want[tr.Event]
		if tr.From == story.Publishing && tr.Event == story.EventFailed {
			kind = "" // another file would not help
		}
		require.Equal(t, kind != "", called, "%v", tr)
		if called {
			require.Equal(t, kind, call.Kind)
			require.Equal(t, "u", call.Round)
			require.True(t, mail.Fits(call.Kind, st), "%v", tr)
			seen[call.Kind] = true
		}
		st.Contributor.Email = ""
		_, called = mail.Called(st, &story.Entry{Event: tr.Event, From: tr.From, To: tr.To})
		require.False(t, called, "nobody to write to")
	}
	require.Len(t, seen, len(mail.StoryKinds())-1, "all but %s, which erasure calls for", mail.Withdrawn)
}

func TestCalled_FailuresThatAreOursAreNoReasonToWrite(t *testing.T) {
	t.Parallel()
	st := &story.Story{
		State: story.Failed, Failure: &story.Failure{Code: "storage.unavailable", Job: story.Prepare},
		Contributor: story.Contributor{Email: "a@b.example"},
	}
	_, called := mail.Called(st, &story.Entry{Event: story.EventFailed, To: story.Failed})
	require.False(t, called)
}

func TestErasure_IsOfWithdrawnStoriesOnly(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	st := &story.Story{ID: "s", Contributor: story.Contributor{Email: "a@b.example", Locale: "de"}}
	_, called := mail.Erasure(st, now)
	require.False(t, called, "it lapsed")
	st.Release.WithdrawnAt = now
	m, called := mail.Erasure(st, now)
	require.True(t, called)
	require.Equal(t, "a@b.example", m.Address)
	st.Contributor.Email = ""
	_, called = mail.Erasure(st, now)
	require.False(t, called)
}

func TestBuiltIn_IsCompleteAndKnowsItsPlaceholders(t *testing.T) {
	t.Parallel()
	placeholder := regexp.MustCompile(`\{[^}]*\}`)
	for _, k := range mail.Kinds() {
		var found []string
		for _, locale := range mail.Locales() {
			text := mail.BuiltIn(k, locale)
			require.NotEmpty(t, text.Subject, "%s %s", k, locale)
			require.NotEmpty(t, text.Body, "%s %s", k, locale)
			if locale != "en" {
				require.NotEqual(t, mail.BuiltIn(k, "en"), text)
			}
			names := placeholder.FindAllString(text.Subject+text.Body, -1)
			slices.Sort(names)
			names = slices.Compact(names)
			for _, name := range names {
				require.Contains(t, mail.Placeholders(k), strings.Trim(name, "{}"), "%s %s", k, locale)
			}
			if found != nil {
				require.Equal(t, found, names, "%s has the same placeholders in each language", k)
			}
			found = names
		}
	}
	for tag, want := range map[string]string{"de-AT": "de", "DE": "de", "": "en", "fr": "en", "den": "en"} {
		require.Equal(t, want, mail.LocaleOf(tag), tag)
	}
}

func TestRender_EscapesWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	v := mail.Values{
		Name: "<b>Eve</b> {link} {title}\r\nBcc: x@y.example", Title: "visit https://evil.example/now or evil.example",
		Campaign: "A & B", Link: "https://stories.test/v/1", Private: "https://stories.test/s/1#token=t",
		Stop: "https://stories.test/mail/stop?t=s&lang=en",
	}
	text := mail.Text{
		Subject: "To {name}",
		Body:    "Hello {name},\nabout {title} & more.\n\n{link}\n\nSee {link} too, {campaign}.\n\n{nothing} <script>",
	}
	m, err := mail.Render(mail.Published, "en", text, v)
	require.NoError(t, err)
	require.NotContains(t, m.Subject, "\n")
	require.NotContains(t, m.HTML, "<b>")
	require.NotContains(t, m.HTML, "<script")
	require.Contains(t, m.HTML, "&lt;b&gt;Eve&lt;")
	require.NotContains(t, m.Subject+m.Text+m.HTML, "evil.example", "what could become a link is broken up")
	require.Equal(t, 2, strings.Count(m.Text, v.Link), "a name cannot hold a placeholder")
	require.Equal(t, 3, strings.Count(m.HTML, `href="`+v.Link+`"`), "a button, below it in full, and in a sentence")
	require.Contains(t, m.HTML, "Watch your story</a>", "a paragraph of {link} alone is a button")
	require.Contains(t, m.Text, v.Private)
	require.Contains(t, m.HTML, `href="https://stories.test/s/1#token=t"`)
	require.Contains(t, m.Text, v.Stop)
	require.Contains(t, m.HTML, `href="https://stories.test/mail/stop?t=s&amp;lang=en"`)
	require.Contains(t, m.Text, "{nothing}")
	require.NotRegexp(t, `(?i)<img|src=|url\(|<link|<form`, m.HTML, "it loads and sends nothing")
}

func TestSettings_AreCheckedAndKeptWithoutWhatIsBuiltIn(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	s := mail.NewService(env.DB, env.Campaigns, env.Clock, true)
	set := func(k mail.Kind, locale, subject, body string) error {
		_, _, err := s.SetSettings(t.Context(), env.Campaign.Slug, mail.Settings{
			k: {Texts: map[string]mail.Text{locale: {Subject: subject, Body: body}}},
		})
		return err
	}
	for code, err := range map[string]error{
		"mail.placeholder": set(mail.Published, "en", "Hi {name}", "{link} {nickname}"),
		"mail.invalid":     set("news", "en", "a", "b"),
		"campaign.unknown": func() error { _, err := s.Settings(t.Context(), "none"); return err }(),
	} {
		require.True(t, fault.Is(err, code), err)
	}
	require.ErrorContains(t, set(mail.Published, "en", "Hi", "{nickname}"), "{nickname}")
	for name, err := range map[string]error{
		"language": set(mail.Published, "fr", "a", "b"), "empty": set(mail.Published, "en", " ", "b"),
		"long subject": set(mail.Published, "en", strings.Repeat("ä", 151), "b"),
		"long text":    set(mail.Published, "en", "a", strings.Repeat("ä", 4001)),
		"link":         set(mail.Published, "en", "{link}", "b"), "invitation": set(mail.Invitation, "en", "a", "b"),
	} {
		require.True(t, fault.Is(err, "mail.invalid"), "%s: %v", name, err)
	}
	require.True(t, fault.Is(set(mail.Withdrawn, "en", "a", "{name}"), "mail.placeholder"), "it is erased")

	same := mail.BuiltIn(mail.Approved, "de")
	_, after, err := s.SetSettings(t.Context(), env.Campaign.Slug, mail.Settings{
		mail.Approved: {Texts: map[string]mail.Text{"de": same}},
		mail.Stalled:  {Off: true},
		mail.Published: {
			Texts: map[string]mail.Text{"en": {Subject: "On air,\r\n {name}", Body: "Look: {link}\r\n\r\nBye"}},
		},
	})
	require.NoError(t, err)
	require.NotContains(t, after, mail.Approved)
	kept, err := s.Settings(t.Context(), env.Campaign.Slug)
	require.NoError(t, err)
	require.True(t, kept[mail.Stalled].Off)
	require.Equal(t, mail.Text{Subject: "On air, {name}", Body: "Look: {link}\n\nBye"}, kept.Text(mail.Published, "en"))
	require.Equal(t, mail.BuiltIn(mail.Published, "de"), kept.Text(mail.Published, "de"))

	m, err := s.Preview(t.Context(), env.Campaign.Slug, mail.Published, "en", nil, "https://stories.test")
	require.NoError(t, err)
	require.Equal(t, "On air, Zoë", m.Subject)
	m, err = s.Preview(t.Context(), env.Campaign.Slug, mail.Received, "de-CH",
		&mail.Text{Subject: "Da: {title}", Body: "{campaign}"}, "https://stories.test")
	require.NoError(t, err)
	require.Contains(t, m.Subject, "Der Sommer")
	require.Contains(t, m.Text, env.Campaign.Title)
	_, err = s.Preview(t.Context(), env.Campaign.Slug, mail.Received, "en", &mail.Text{Subject: "{x}", Body: "y"}, "")
	require.True(t, fault.Is(err, "mail.placeholder"), err)
}

func TestInvite_NeedsAServer(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	people := account.NewService(env.DB, env.Clock, account.Options{})
	u, err := people.CreateUser(t.Context(), "mod@example.com", "Mo", "", []account.Role{account.Moderator})
	require.NoError(t, err)
	require.True(t, fault.Is(
		mail.NewService(env.DB, env.Campaigns, env.Clock, false).Invite(t.Context(), u, "en"), "mail.off"))
	s := mail.NewService(env.DB, env.Campaigns, env.Clock, true)
	require.True(t, fault.Is(s.Invite(t.Context(), u, "en"), "mail.off"), "nobody sends")
	require.NoError(t, env.DB.SignOfLife(t.Context(), env.Now.Add(mail.Alive)))
	require.NoError(t, s.Invite(t.Context(), u, "de"))
	require.NoError(t, s.Invite(t.Context(), u, "de"), "one waits")
	due, err := env.DB.DueMails(t.Context(), env.Now, 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
}
