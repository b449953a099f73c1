package board

import (
	"context"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/text"
)

// DefaultList names, in requests, the shortlist that every campaign has.
const DefaultList = "default"

// maxLists is how many named shortlists a campaign can have.
const maxLists = 100

// MaxBulk is how many stories one request may tag or list.
const MaxBulk = 500

// List is a shortlist. A campaign's default list has the campaign's id, no
// name and version 0.
type List struct {
	ID       string
	Campaign string // id
	Name     string
	Version  int64 // rises with each new name, from 1
	By       account.Actor
	At       time.Time
	Counts   map[Status]int64 // of Lists and Listed alone
}

// Default reports whether the list is the one that every campaign has.
func (l *List) Default() bool { return l.ID == l.Campaign }

// Ref is what requests call the list.
func (l *List) Ref() string { return listRef(l.Campaign, l.ID) }

func listRef(campaignID, list string) string {
	if list == campaignID {
		return DefaultList
	}
	return list
}

// Ref is what requests call the candidate's list.
func (c *Candidate) Ref() string { return listRef(c.Campaign, c.List) }

// list finds a list of the campaign: NotFound "shortlist.unknown".
func (s *Service) list(ctx context.Context, slug, ref string) (*campaign.Campaign, *List, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	if ref == DefaultList {
		ref = c.ID
	}
	l, err := s.store.List(ctx, c.ID, ref)
	if err == nil && l == nil {
		err = fault.New(fault.NotFound, "shortlist.unknown", "this campaign has no such shortlist")
	}
	return c, l, err
}

// Lists returns the campaign's shortlists, the default one first, the others
// by name.
func (s *Service) Lists(ctx context.Context, slug string) ([]List, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.Lists(ctx, c.ID)
}

func listName(name string) (string, error) {
	name = text.Line(name)
	if n := text.Len(name); n == 0 || n > 80 {
		return "", fault.New(fault.Invalid, "shortlist.name", "a shortlist needs a name of 1 to 80 characters")
	}
	return name, nil
}

// CreateList adds a shortlist: Conflict "shortlist.name_taken" where the
// campaign has one of that name, however it is written.
func (s *Service) CreateList(ctx context.Context, slug, name string, by account.Actor) (*List, error) {
	name, err := listName(name)
	if err != nil {
		return nil, err
	}
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	all, err := s.store.Lists(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if len(all) > maxLists {
		return nil, fault.New(fault.Conflict, "shortlist.many", "at most %d shortlists; delete one first", maxLists)
	}
	l := List{ID: id.New(), Campaign: c.ID, Name: name, Version: 1, By: by, At: s.now()}
	return &l, s.store.CreateList(ctx, l)
}

// RenameList gives a shortlist another name, where it still has the version:
// else Conflict "shortlist.changed".
func (s *Service) RenameList(ctx context.Context, slug, ref, name string, version int64) (*List, error) {
	name, err := listName(name)
	if err != nil {
		return nil, err
	}
	_, l, err := s.list(ctx, slug, ref)
	if err != nil {
		return nil, err
	}
	if l.Default() {
		return nil, errDefaultList
	}
	if name == l.Name {
		return l, nil
	}
	done, err := s.store.RenameList(ctx, l.ID, name, version)
	if err == nil && !done {
		err = fault.New(fault.Conflict, "shortlist.changed", "somebody renamed this shortlist; read it again").
			With("name", l.Name).With("version", l.Version)
	}
	l.Name, l.Version = name, version+1
	return l, err
}

var errDefaultList = fault.New(fault.Conflict, "shortlist.default",
	"every campaign has this shortlist; it has no name and stays")

// DeleteList deletes a shortlist with all that it says of its stories;
// deleting twice is no error.
func (s *Service) DeleteList(ctx context.Context, slug, ref string) error {
	_, l, err := s.list(ctx, slug, ref)
	switch {
	case fault.Is(err, "shortlist.unknown"):
		return nil
	case err != nil:
		return err
	case l.Default():
		return errDefaultList
	}
	return s.store.DeleteList(ctx, l.ID)
}

// What became of a story in a request about many.
const (
	Added   = "added"
	Present = "present" // it was there already
	Removed = "removed"
	Absent  = "absent" // it was not there
	Refused = "refused"
)

// Outcome is what became of one story of a request about many.
type Outcome struct {
	Story   string
	Outcome string
	Err     error // where it was refused
}

// ListMany adds stories to a shortlist and removes others, each once and in
// that order: Invalid "board.bulk" for none or more than MaxBulk. Stories that
// are there keep their notes.
func (s *Service) ListMany(ctx context.Context, slug, ref string, add, remove []string, by account.Actor) (
	[]Outcome, error,
) {
	stories := unique(add, remove)
	if err := checkBulk(stories, MaxBulk); err != nil {
		return nil, err
	}
	c, l, err := s.list(ctx, slug, ref)
	if err != nil {
		return nil, err
	}
	out := make([]Outcome, len(stories))
	i := -1
	edit := func(e Entry) (*Candidate, error) {
		i++
		out[i] = Outcome{Story: e.Story, Outcome: Absent}
		switch adds := slices.Contains(add, e.Story); {
		case e.Candidate == nil && !adds:
			return nil, nil
		case e.Candidate == nil:
			next, err := (Change{}).apply(c, l, e, by, s.now())
			out[i].Outcome = Added
			return next, err
		case adds:
			out[i].Outcome = Present
			return e.Candidate, nil
		}
		out[i].Outcome = Removed
		return nil, nil
	}
	refused, err := s.store.EditList(ctx, c.ID, l.ID, stories, edit)
	for k, why := range refused {
		if why != nil {
			out[k] = Outcome{stories[k], Refused, why}
		}
	}
	return out, err
}

// unique returns the elements of lists, each once, in their order.
func unique(lists ...[]string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range slices.Concat(lists...) {
		if !seen[s] {
			seen[s], out = true, append(out, s)
		}
	}
	return out
}

func checkBulk(stories []string, most int) error {
	if len(stories) == 0 || len(stories) > most {
		return fault.New(fault.Invalid, "board.bulk", "name 1 to %d stories", most)
	}
	return nil
}
