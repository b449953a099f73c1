package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/catalog"
	"github.com/storyreel/storyreel/internal/limit"
)

// songs is where songs are looked up.
type songs interface {
	Search(ctx context.Context, query string, limit int) ([]catalog.Song, error)
}

// searchesPerMinute lets one address type as fast as people do, with a
// request at every pause.
const searchesPerMinute = 240

type searchSongsInput struct {
	Query string `query:"q" maxLength:"200" doc:"Beginnings of words of title and artist."`
	Limit int    `query:"limit" minimum:"1" maximum:"20" default:"8"`
}

func (s *server) songRoutes() {
	handle(s, anyone, op("search-songs", "GET /v1/songs", "contributors", "Look songs up").
		about("In the catalog that this service was given. A story's song can always be typed instead.").
		fails(tooMany, unavailable), s.searchSongs)
}

// searchSongs completes a title or artist that is being typed.
func (s *server) searchSongs(ctx context.Context, in *searchSongsInput) (*items[songView], error) {
	if err := s.Limit.Allow(ctx, limit.Rule{Name: "songs", Max: searchesPerMinute, Per: time.Minute},
		limit.Key(callerOf(ctx).address), 1); err != nil {
		return nil, err
	}
	found, err := s.Songs.Search(ctx, in.Query, in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]songView, len(found))
	for i, f := range found {
		out[i] = songView(f)
	}
	return itemsOf(out), nil
}
