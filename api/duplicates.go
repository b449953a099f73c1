package api

import (
	"context"
	"slices"

	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

// alikeView is a story that shows what another shows.
type alikeView struct {
	Story      storyView `json:"story"`
	SameFile   bool      `json:"same_file" doc:"Byte for byte."`
	Similarity float64   `json:"similarity" doc:"Share of frames in common, 0.5 to 1."`
}

// relatedView is what a moderator should know besides the story itself.
type relatedView struct {
	Alike      []alikeView `json:"alike" doc:"Likely duplicates, most similar first."`
	SamePerson []storyView `json:"same_person" doc:"Other stories sent with the same e-mail address, newest first."`
}

func (s *server) duplicateRoutes() {
	handle(s, moderators, op("get-related", "GET /v1/stories/{id}/related", "review", "Find likely duplicates").
		about("And other stories of the same contributor.").fails(notFound), s.getRelated)
}

// getRelated answers with stories that show the same or come from the same
// e-mail address.
func (s *server) getRelated(ctx context.Context, in *StoryPath) (*body[relatedView], error) {
	r, err := s.Review.Related(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r.Duplicates = slices.DeleteFunc(r.Duplicates, func(d review.Duplicate) bool {
		return len(s.visible(ctx, []*story.Story{d.Story})) == 0
	})
	stories := make([]*story.Story, len(r.Duplicates))
	for i, a := range r.Duplicates {
		stories[i] = a.Story
	}
	views, err := s.staffViews(ctx, stories)
	if err != nil {
		return nil, err
	}
	v := relatedView{Alike: make([]alikeView, len(r.Duplicates))}
	for i, a := range r.Duplicates {
		v.Alike[i] = alikeView{views[i], a.SameFile, a.Similarity}
	}
	v.SamePerson, err = s.staffViews(ctx, s.visible(ctx, r.SamePerson))
	return bodyOf(v), err
}
