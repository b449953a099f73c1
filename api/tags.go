package api

import (
	"context"

	"github.com/storyreel/storyreel/internal/account"
)

type tagStoryInput struct {
	BoardStoryPath
	Body struct {
		Tags []string `json:"tags" maxItems:"20"`
	}
}

type tagsView struct {
	Tags []string `json:"tags"`
}

func (s *server) tagRoutes() {
	handle(s, creatives, op("tag-story", "PUT /v1/campaigns/{campaign}/stories/{id}/tags", "board", "Tag a story").
		about("The tags given become those of the story, no others.").
		fails(notFound, conflict).audited("tags.changed"), s.tagStory)
}

// tagStory replaces a story's tags and answers with them as they were stored.
func (s *server) tagStory(ctx context.Context, in *tagStoryInput) (*body[tagsView], error) {
	kept, err := s.Board.SetTags(ctx, in.Campaign, in.ID, in.Body.Tags, callerOf(ctx).actor(account.Creative))
	return bodyOf(tagsView{append([]string{}, kept...)}), err
}
