package store_test

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

// mails returns what the outbox holds about a story.
func mails(t *testing.T, db *store.Store, id string) []*mail.Mail {
	t.Helper()
	all, err := db.StoryMails(ctx, id)
	require.NoError(t, err)
	return all
}

func TestMails_AreKeptWithTheChangeWhereSomebodySends(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		require.Empty(t, mails(t, db, newStory(t, db, c).ID), "nobody sends")
		require.NoError(t, db.SignOfLife(ctx, start.Add(-time.Second)))
		require.Empty(t, mails(t, db, newStory(t, db, c).ID), "nobody sends any more")
		require.NoError(t, db.SignOfLife(ctx, start.Add(time.Hour)))
		require.NoError(t, db.SignOfLife(ctx, start.Add(-time.Hour)), "a sender whose clock is behind")

		st := newStory(t, db, c)
		got := mails(t, db, st.ID)
		require.Len(t, got, 1)
		require.Equal(t, &mail.Mail{
			ID: got[0].ID, Campaign: c.ID, Story: st.ID, Kind: mail.Stalled, Round: "u1", At: start.Add(time.Hour),
			NextAt: start.Add(time.Hour), State: mail.Waiting,
		}, got[0])
		stale := *st
		move(t, db, st, story.Uploaded, story.EventUploaded)
		stale.State = story.Expired
		require.Error(t, db.SaveStory(ctx, &stale, entry(&stale, story.EventRejected, story.InReview, story.Rejected)))
		require.Len(t, mails(t, db, st.ID), 2, "a change that was refused calls for nothing")
		move(t, db, st, story.Uploaded, story.EventUploaded)
		require.Len(t, mails(t, db, st.ID), 2, "each is kept once")
		require.Empty(t, mails(t, db, newStory(t, db, c, func(s *story.Story) { s.Contributor.Email = "" }).ID))
	})
}

func TestMails_AreClaimedByOneSender(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		require.NoError(t, db.SignOfLife(ctx, start.Add(time.Hour)))
		st := newStory(t, db, newCampaign(t, db))
		now := start.Add(time.Hour)
		due, err := db.DueMails(ctx, now.Add(-time.Microsecond), 10)
		require.NoError(t, err)
		require.Empty(t, due)
		due, err = db.DueMails(ctx, now, 10)
		require.NoError(t, err)
		require.Len(t, due, 1)
		var claims atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				m := *due[0]
				ours, err := db.ClaimMail(ctx, &m, now.Add(time.Minute))
				if err != nil {
					t.Error(err)
				}
				if ours {
					claims.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, claims.Load())

		late := *due[0] // of a sender that took too long
		late.Tries = 1
		again, err := db.DueMails(ctx, now.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, again, 1)
		ours, err := db.ClaimMail(ctx, again[0], now.Add(2*time.Minute))
		require.NoError(t, err)
		require.True(t, ours)
		require.NoError(t, db.EndMail(ctx, &late, mail.Dropped, "late", now))
		require.NoError(t, db.PutOffMail(ctx, &late, now.Add(time.Hour), "late"))
		require.Equal(t, mail.Waiting, mails(t, db, st.ID)[0].State)
		require.Equal(t, again[0].NextAt, mails(t, db, st.ID)[0].NextAt)
		require.NoError(t, db.EndMail(ctx, again[0], mail.Sent, "", now))
		require.Equal(t, mail.Sent, mails(t, db, st.ID)[0].State)
		require.Equal(t, now, mails(t, db, st.ID)[0].EndedAt)
	})
}

func TestMails_ADroppedOneCanBeCalledForAgain(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		require.NoError(t, db.SignOfLife(ctx, start.Add(time.Hour)))
		for _, ended := range []mail.State{mail.Dropped, mail.Sent, mail.Refused} {
			st := newStory(t, db, newCampaign(t, db))
			move(t, db, st, story.Rejected, story.EventRejected)
			m := mails(t, db, st.ID)[0]
			require.Equal(t, mail.Replace, m.Kind)
			require.NoError(t, db.EndMail(ctx, m, ended, "x", start))
			move(t, db, st, story.InReview, story.EventRestored)
			move(t, db, st, story.Rejected, story.EventRejected)
			require.Equal(t, ended == mail.Dropped, mails(t, db, st.ID)[0].State == mail.Waiting, ended)
		}
	})
}

func TestMails_GoWithTheirStory(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		require.NoError(t, db.SignOfLife(ctx, start.Add(time.Hour)))
		c := newCampaign(t, db)
		erase := func(change ...func(*story.Story)) []*mail.Mail {
			t.Helper()
			st := newStory(t, db, c, change...)
			move(t, db, st, story.Withdrawn, story.EventWithdrawn)
			st.ClearPersonal()
			st.State = story.Erased
			require.NoError(t, db.EraseStory(ctx, st, entry(st, story.EventErased, story.Withdrawn, story.Erased)))
			return mails(t, db, st.ID)
		}
		require.Empty(t, erase(), "it lapsed")
		got := erase(func(s *story.Story) { s.Release.WithdrawnAt = start })
		require.Len(t, got, 1)
		require.Equal(t, mail.Withdrawn, got[0].Kind)
		require.Equal(t, "zoe@example.com", got[0].Address)
		require.Equal(t, "de", got[0].Locale)
		require.NoError(t, db.Exec(ctx, "DELETE FROM purges"))
		n, err := db.ExpireMails(ctx, start.Add(time.Second), start.Add(time.Hour))
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		got = mails(t, db, got[0].Story)
		require.Empty(t, got[0].Address)
		require.Equal(t, mail.Expired, got[0].State)
		var purges []struct{ StoryID string }
		require.NoError(t, db.Query(ctx, &purges, "SELECT story_id FROM purges"))
		require.Len(t, purges, 1, "the address leaves the files too")
		require.NoError(t, db.PruneMails(ctx, start.Add(time.Hour), start))
		require.Len(t, mails(t, db, got[0].Story), 1)
		require.NoError(t, db.PruneMails(ctx, start.Add(time.Hour+time.Second), start))
		require.Empty(t, mails(t, db, got[0].Story))
	})
}

func TestMails_AnErasedAddressLeavesTheFilesOfSQLite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := openMigrated(t, "sqlite:"+path)
	require.NoError(t, db.SignOfLife(ctx, start.Add(time.Hour)))
	st := newStory(t, db, newCampaign(t, db), func(s *story.Story) {
		s.Contributor.Email, s.Release.WithdrawnAt = rareWords["e-mail"]+"@example.com", start
	})
	move(t, db, st, story.Withdrawn, story.EventWithdrawn)
	st.ClearPersonal()
	st.State = story.Erased
	require.NoError(t, db.EraseStory(ctx, st, entry(st, story.EventErased, story.Withdrawn, story.Erased)))
	require.Equal(t, []string{rareWords["e-mail"]}, found(readAll(t, path+"*")), "the mail waits")
	require.NoError(t, db.EndMail(ctx, mails(t, db, st.ID)[0], mail.Sent, "", start))
	require.NoError(t, db.Purge(ctx, start))
	require.Empty(t, found(readAll(t, path+"*")))
}

func TestRecipients_StopAndAreCountedByDay(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		r, err := db.Recipient(ctx, "h", "", start)
		require.NoError(t, err)
		require.Zero(t, r)
		r, err = db.Recipient(ctx, "h", "token", start)
		require.NoError(t, err)
		require.Equal(t, mail.Recipient{Token: "token"}, r)
		r, err = db.Recipient(ctx, "h", "other", start.Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, "token", r.Token, "links in earlier mails work on")

		for i := range 4 {
			few, err := db.CountMail(ctx, "h", start, 3)
			require.NoError(t, err)
			require.Equal(t, i < 3, few)
		}
		few, err := db.CountMail(ctx, "h", start.Add(24*time.Hour), 3)
		require.NoError(t, err)
		require.True(t, few)

		known, err := db.StopMails(ctx, "none", start)
		require.NoError(t, err)
		require.False(t, known)
		known, err = db.StopMails(ctx, "token", start)
		require.NoError(t, err)
		require.True(t, known)
		_, stopped, err := db.RecipientByToken(ctx, "token")
		require.NoError(t, err)
		require.True(t, stopped)
		require.NoError(t, db.PruneMails(ctx, start, start.Add(1000*time.Hour)))
		r, err = db.Recipient(ctx, "h", "", start)
		require.NoError(t, err)
		require.Equal(t, start, r.StoppedAt, "that somebody wants no mails is kept")
		_, err = db.StopMails(ctx, "token", time.Time{})
		require.NoError(t, err)
		require.NoError(t, db.PruneMails(ctx, start, start.Add(1000*time.Hour)))
		known, _, err = db.RecipientByToken(ctx, "token")
		require.NoError(t, err)
		require.False(t, known)
	})
}

func TestMailSettings_AreReplaced(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		got, err := db.MailSettings(ctx, "c")
		require.NoError(t, err)
		require.Empty(t, got)
		for _, want := range []mail.Settings{
			{mail.Stalled: {Off: true}},
			{mail.Published: {Texts: map[string]mail.Text{"de": {Subject: "Da: {title}", Body: "Schau: {link}"}}}},
		} {
			require.NoError(t, db.SetMailSettings(ctx, "c", want, start))
			got, err = db.MailSettings(ctx, "c")
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})
}
