package intake

import (
	"context"
	"strings"

	"github.com/storyreel/storyreel/internal/catalog"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// checkSong keeps from a song what may become public. A cover must be the
// catalog's: a page that loads it tells its address who is looking. A link
// must be the catalog's or lead to a host that the operator allows. While the
// catalog does not answer, what only it could vouch for is dropped.
func (s *Service) checkSong(ctx context.Context, song *story.Song) error {
	if song.Cover == "" && (song.Link == "" || s.linkAllowed(song.Link)) {
		return nil
	}
	entries, err := s.catalogEntries(ctx, song)
	knownLink, knownCover := false, false
	for _, e := range entries {
		link, _ := story.SongLink(e.Link)
		cover, _ := story.Link(e.Cover)
		knownLink = knownLink || link == song.Link
		knownCover = knownCover || cover == song.Cover
	}
	if !knownCover {
		song.Cover = ""
	}
	if song.Link == "" || knownLink || s.linkAllowed(song.Link) {
		return nil
	}
	host := story.LinkHost(song.Link)
	if err == nil {
		return fault.New(fault.Invalid, "story.link_host", "links to this host are not accepted; link the song on %s",
			strings.Join(s.opts.LinkHosts, ", ")).With("hosts", s.opts.LinkHosts)
	}
	s.log.Warn("song link dropped: the catalog does not answer", "host", host, "err", err)
	song.Link = ""
	return nil
}

// DropUnchecked drops from a song of an earlier version what no moderator was
// shown: its cover, and a link that would not be accepted now.
func (s *Service) DropUnchecked(song *story.Song) {
	song.Cover = ""
	if link, ok := story.SongLink(song.Link); !ok || !s.linkAllowed(link) {
		song.Link = ""
	} else {
		song.Link = link
	}
}

func (s *Service) linkAllowed(link string) bool {
	return story.HostAllowed(story.LinkHost(link), s.opts.LinkHosts)
}

// catalogEntries returns the catalog's entries of the song.
func (s *Service) catalogEntries(ctx context.Context, song *story.Song) ([]catalog.Song, error) {
	if s.opts.Songs == nil {
		return nil, nil
	}
	found, err := s.opts.Songs.Search(ctx, song.Title+" "+song.Artist, catalog.MaxResults)
	var out []catalog.Song
	for _, e := range found {
		if text.Fold(e.Title) == text.Fold(song.Title) && text.Fold(e.Artist) == text.Fold(song.Artist) {
			out = append(out, e)
		}
	}
	return out, err
}
