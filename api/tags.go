package api

import (
	"context"
	"strconv"

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

type tagManyInput struct {
	CampaignPath
	Body struct {
		Stories []string `json:"stories" minItems:"1" maxItems:"500" doc:"Their ids."`
		Add     []string `json:"add,omitempty" maxItems:"20"`
		Remove  []string `json:"remove,omitempty" maxItems:"20"`
	}
}

// taggedOutcome is what became of one story of many.
type taggedOutcome struct {
	ID      string   `json:"id"`
	Tags    []string `json:"tags,omitempty" doc:"As they are now."`
	Changed bool     `json:"changed"`
	Refused *Problem `json:"refused,omitempty"`
}

func (s *server) tagRoutes() {
	handle(s, creatives, op("tag-story", "PUT /v1/campaigns/{campaign}/stories/{id}/tags", "board", "Tag a story").
		about("The tags given become those of the story, no others.").
		fails(notFound, conflict).audited("tags.changed"), s.tagStory)
	handle(s, creatives, op("tag-many", "POST /v1/campaigns/{campaign}/tags", "board", "Tag many stories").
		about("Adds tags to up to 500 stories and takes others off them, answered one by one. The same request again "+
			"changes nothing.").fails(notFound).audited("tags.bulk"), s.tagMany)
}

// tagMany changes the tags of many stories.
func (s *server) tagMany(ctx context.Context, in *tagManyInput) (*items[taggedOutcome], error) {
	callerOf(ctx).about(in.Campaign, "stories", strconv.Itoa(len(in.Body.Stories)))
	done, err := s.Board.TagMany(ctx, in.Campaign, in.Body.Stories, in.Body.Add, in.Body.Remove,
		callerOf(ctx).actor(account.Creative))
	if err != nil {
		return nil, err
	}
	out := make([]taggedOutcome, len(done))
	for i, o := range done {
		out[i] = taggedOutcome{ID: o.Story, Tags: o.Tags, Changed: o.Changed}
		if o.Err != nil {
			out[i].Refused = problemOf(o.Err)
		}
	}
	return itemsOf(out), nil
}

// tagStory replaces a story's tags and answers with them as they were stored.
func (s *server) tagStory(ctx context.Context, in *tagStoryInput) (*body[tagsView], error) {
	kept, err := s.Board.SetTags(ctx, in.Campaign, in.ID, in.Body.Tags, callerOf(ctx).actor(account.Creative))
	return bodyOf(tagsView{append([]string{}, kept...)}), err
}
