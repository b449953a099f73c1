package story_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// publicChanges has a change of each field of PublicFields.
var publicChanges = map[string]func(*story.Story){
	"Name":    func(s *story.Story) { s.Contributor.Name = "Another" },
	"Country": func(s *story.Story) { s.Contributor.Country = "ZZ" },
	"Title":   func(s *story.Story) { s.Title = "Another" },
	"Text":    func(s *story.Story) { s.Text = "Another" },
	"Song":    func(s *story.Story) { s.Song.Link = "https://evil.example/" },
	"Cut":     func(s *story.Story) { s.Cut = media.Cut{From: time.Second} },
	"Source":  func(s *story.Story) { s.Release.SourceSHA256 = "another" },
}

func TestChange_OfApprovedPublicFieldsIsRefused(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	fields := reflect.TypeOf(story.PublicFields{})
	require.Len(t, publicChanges, fields.NumField())
	for state, refused := range map[story.State]bool{
		story.Approved: true, story.Publishing: true, story.Published: true, story.Hidden: true,
		story.InReview: false, story.Rejected: false, story.AwaitingUpload: false,
	} {
		for i := range fields.NumField() {
			name := fields.Field(i).Name
			t.Run(string(state)+" "+name, func(t *testing.T) {
				st := env.Story(state)
				_, err := env.Stories.Change(t.Context(), st.ID, func(s *story.Story) (*story.Entry, error) {
					publicChanges[name](s)
					return nil, nil
				})
				require.Equal(t, refused, fault.Is(err, "story.moderated"), err)
				kept, err := env.Stories.Get(t.Context(), st.ID)
				require.NoError(t, err)
				require.Equal(t, refused, kept.PublicFields() == st.PublicFields())
			})
		}
	}
	st := env.Story(story.Published)
	_, err := env.Stories.Change(t.Context(), st.ID, func(s *story.Story) (*story.Entry, error) {
		s.Contributor.Email = "other@example.com"
		return nil, nil
	})
	require.NoError(t, err, "the address is not public")
}
