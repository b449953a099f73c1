package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/store"
)

func TestCopyCampaign_IsAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		service := campaign.NewService(db, func() time.Time { return start })
		from := &campaign.Campaign{Slug: "from", Title: "From"}
		require.NoError(t, service.Create(ctx, from))
		for _, f := range []campaign.ReleaseForm{
			{Locale: "en", Text: "You may use the video I send you."},
			{Locale: "de", Text: "Sie dürfen mein Video verwenden."},
			{Locale: "en", Text: "You may use the video that I send you."},
		} {
			_, err := service.AddReleaseForm(ctx, "from", f)
			require.NoError(t, err)
		}
		text := mail.Text{Subject: "Live", Body: "See {link}"}
		texts := mail.Settings{mail.Published: {Texts: map[string]mail.Text{"en": text}}}
		require.NoError(t, db.SetMailSettings(ctx, from.ID, texts, start))

		c, err := service.Duplicate(ctx, "from", "to", "")
		require.NoError(t, err)
		forms, err := service.ReleaseForms(ctx, "to")
		require.NoError(t, err)
		got := map[int]string{}
		for _, f := range forms {
			require.Equal(t, c.ID, f.Campaign)
			got[f.Version] = f.Text
		}
		require.Equal(t, map[int]string{
			1: "Sie dürfen mein Video verwenden.", 2: "You may use the video that I send you.",
		}, got)
		mails, err := db.MailSettings(ctx, c.ID)
		require.NoError(t, err)
		require.Equal(t, texts, mails)

		// What the database refuses at the end leaves no campaign behind.
		half := *c
		half.ID, half.Slug = "half", "half"
		form := &campaign.ReleaseForm{Locale: "en", Text: "The same", SHA256: "x", CreatedAt: start}
		require.NoError(t, db.SetMailSettings(ctx, "half", texts, start)) // taken: the copy of the settings is refused
		require.Error(t, db.CopyCampaign(ctx, from.ID, &half, []*campaign.ReleaseForm{form}))
		_, err = db.Campaign(ctx, "half")
		require.True(t, fault.Is(err, "campaign.unknown"), err)
		forms, err = db.ReleaseForms(ctx, "half")
		require.NoError(t, err)
		require.Empty(t, forms)
	})
}
