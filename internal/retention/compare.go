package retention

import (
	"context"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// Drift is a story whose row and objects do not agree.
type Drift struct {
	Story string `json:"story"`
	Root  string `json:"root"`
	// Missing: the row names objects that do not exist. Otherwise objects exist
	// of a story that has no row, or is erased.
	Missing bool `json:"missing"`
}

// bucket lists the folders of stories.
type bucket interface {
	Folders(ctx context.Context, prefix, after string, limit int) ([]string, error)
}

// comparePage is how many rows and folders are held at a time.
const comparePage = 1000

// Compare reads every row and every folder of the bucket, both in the order of
// ids, and reports where they do not agree. Changes meanwhile can show as
// drift; what a second run shows too is real.
func (s *Service) Compare(ctx context.Context, b bucket, report func(Drift)) error {
	for _, root := range media.Roots() {
		if err := s.compareRoot(ctx, b, root, report); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) compareRoot(ctx context.Context, b bucket, root string, report func(Drift)) error {
	rows := &pages{read: func(after string) ([]string, error) {
		return s.store.WithObjects(ctx, root, after, comparePage)
	}}
	folders := &pages{read: func(after string) ([]string, error) {
		if after != "" {
			after = media.StoryPrefix(root, after)
		}
		found, err := b.Folders(ctx, root, after, comparePage)
		for i, f := range found {
			found[i] = media.StoryOf(f)
		}
		return found, err
	}}
	var extra []string
	flush := func() error {
		states, err := s.store.StatesOf(ctx, extra)
		for _, id := range extra {
			if state, known := states[id]; err == nil && (!known || state == story.Erased) {
				report(Drift{Story: id, Root: root})
			}
		}
		extra = nil
		return err
	}
	for {
		row, folder := rows.peek(), folders.peek()
		if rows.err != nil || folders.err != nil || row == "" && folder == "" {
			break
		}
		switch {
		case row == folder:
			rows.next()
			folders.next()
		case folder == "" || row != "" && row < folder:
			report(Drift{Story: row, Root: root, Missing: true})
			rows.next()
		default:
			extra = append(extra, folder)
			folders.next()
		}
		if len(extra) == comparePage {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if rows.err != nil {
		return rows.err
	}
	if folders.err != nil {
		return folders.err
	}
	return flush()
}

// pages is a sorted list of ids that is read page by page.
type pages struct {
	read func(after string) ([]string, error)
	page []string
	last string
	done bool
	err  error
}

// peek returns the next id, empty at the end.
func (p *pages) peek() string {
	if len(p.page) == 0 && !p.done {
		p.page, p.err = p.read(p.last)
		p.done = p.err != nil || len(p.page) == 0
	}
	if len(p.page) == 0 {
		return ""
	}
	return p.page[0]
}

func (p *pages) next() { p.last, p.page = p.page[0], p.page[1:] }
