package story

import (
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// PublicFields are what the public is shown of a story besides its captions,
// which are approved one by one: all that a moderator decides about.
type PublicFields struct {
	Name    string
	Country string
	Title   string
	Text    string
	Song    Song
	Cut     media.Cut
	Source  string // SHA-256 of the file, hex
}

// PublicFields returns the story's.
func (s *Story) PublicFields() PublicFields {
	return PublicFields{
		Name: s.Contributor.Name, Country: s.Contributor.Country, Title: s.Title, Text: s.Text, Song: s.Song,
		Cut: s.Cut, Source: s.Release.SourceSHA256,
	}
}

// moderated reports whether the story is, or can become, public without
// another decision of a moderator.
func (s *Story) moderated() bool {
	switch s.State {
	case Approved, Publishing, Published, Hidden:
		return true
	case Failed:
		return s.Failure != nil && s.Failure.Job == Publish
	case AwaitingUpload, Uploaded, Preparing, InReview, Rejected, Expired, Withdrawn, Erased:
		return false
	}
	return false
}

// checkModerated refuses a change that would show the public what no moderator
// approved: one that leaves the story moderated, with other public fields.
func checkModerated(wasModerated bool, approved PublicFields, st *Story) error {
	if wasModerated && st.moderated() && st.PublicFields() != approved {
		return fault.New(fault.Conflict, "story.moderated",
			"what the public sees of this story was approved; to change it, send the story to review again")
	}
	return nil
}
