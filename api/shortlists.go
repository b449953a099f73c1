package api

import (
	"context"
	"strconv"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
)

// onListView is a shortlist that a story is on.
type onListView struct {
	List   string `json:"list" doc:"Its id, or default."`
	Status string `json:"status" enum:"considering,needs_edit,approved,declined"`
}

func listsOf(on []board.Candidate) []onListView {
	var out []onListView
	for _, c := range on {
		out = append(out, onListView{c.Ref(), string(c.Status)})
	}
	return out
}

type statusesView struct {
	Considering int64 `json:"considering"`
	NeedsEdit   int64 `json:"needs_edit"`
	Approved    int64 `json:"approved"`
	Declined    int64 `json:"declined"`
}

// listView is a shortlist.
type listView struct {
	ID       string       `json:"id"`
	Name     string       `json:"name" doc:"Empty for the default list."`
	Default  bool         `json:"default" doc:"The list that every campaign has; its id is default."`
	Version  int64        `json:"version" doc:"Send it with another name."`
	Count    int64        `json:"count" doc:"Stories on it."`
	Statuses statusesView `json:"statuses"`
	By       string       `json:"by,omitempty"`
	At       *time.Time   `json:"at,omitempty"`
}

func listOf(l *board.List) listView {
	n := l.Counts
	return listView{
		ID: l.Ref(), Name: l.Name, Default: l.Default(), Version: l.Version, By: l.By.Name, At: timePtr(l.At),
		Count:    n[board.Considering] + n[board.NeedsEdit] + n[board.Approved] + n[board.Declined],
		Statuses: statusesView{n[board.Considering], n[board.NeedsEdit], n[board.Approved], n[board.Declined]},
	}
}

type createListInput struct {
	CampaignPath
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"80"`
	}
}

// ListPath names one of a campaign's shortlists.
type ListPath struct {
	CampaignPath
	List string `path:"list" maxLength:"36" doc:"The shortlist's id, or default."`
}

type renameListInput struct {
	ListPath
	Body struct {
		Name    string `json:"name" minLength:"1" maxLength:"80"`
		Version int64  `json:"version" minimum:"1" doc:"As you saw it."`
	}
}

type readListInput struct {
	ListPath
	Status string `query:"status" enum:"considering,needs_edit,approved,declined"`
	Page
}

type listPage struct {
	List  listView        `json:"list"`
	Items []candidateView `json:"items"`
	Next  string          `json:"next,omitempty"`
}

// ListStoryPath names a story on a shortlist.
type ListStoryPath struct {
	ListPath
	ID string `path:"id" maxLength:"36" doc:"The story's id."`
}

type putListedInput struct {
	ListStoryPath
	Body struct {
		Note    *string `json:"note,omitempty" maxLength:"2000" doc:"Absent: as it is."`
		Status  string  `json:"status,omitempty" enum:"considering,needs_edit,approved,declined" doc:"Absent: as it is, considering at first."`
		Version int64   `json:"version,omitempty" minimum:"0" doc:"As you saw it; absent: you saw none."`
	}
}

type listManyInput struct {
	ListPath
	Body struct {
		Add    []string `json:"add,omitempty" maxItems:"500" doc:"Ids of stories. Those that are there keep note and status."`
		Remove []string `json:"remove,omitempty" maxItems:"500"`
	}
}

// listedOutcome is what became of one story of many.
type listedOutcome struct {
	ID      string   `json:"id"`
	Outcome string   `json:"outcome" enum:"added,present,removed,absent,refused"`
	Refused *Problem `json:"refused,omitempty"`
}

func (s *server) listRoutes() {
	handle(s, creatives, op("list-shortlists", "GET /v1/campaigns/{campaign}/shortlists", "board", "List shortlists").
		about("The default list first, the others by name.").fails(notFound), s.listShortlists)
	handle(s, creatives, op("create-shortlist", "POST /v1/campaigns/{campaign}/shortlists", "board",
		"Create a shortlist").created().fails(notFound, conflict).audited("shortlist.created"), s.createShortlist)
	handle(s, creatives, op("read-shortlist", "GET /v1/campaigns/{campaign}/shortlists/{list}", "board",
		"Read a shortlist").about("Its stories, those added last first.").fails(notFound), s.readShortlist)
	handle(s, creatives, op("rename-shortlist", "PUT /v1/campaigns/{campaign}/shortlists/{list}", "board",
		"Rename a shortlist").fails(notFound, conflict).audited("shortlist.renamed"), s.renameShortlist)
	handle(s, creatives, op("delete-shortlist", "DELETE /v1/campaigns/{campaign}/shortlists/{list}", "board",
		"Delete a shortlist").about("With the notes on it.").noContent().fails(notFound, conflict).
		audited("shortlist.deleted"), s.deleteShortlist)
	handle(s, creatives, op("put-listed", "PUT /v1/campaigns/{campaign}/shortlists/{list}/stories/{id}", "board",
		"Put a story on a shortlist").
		about("Or change note and status. What somebody else wrote meanwhile is not overwritten: a conflict has it, "+
			"and the version to write again with.").fails(notFound, conflict).audited("shortlist.changed"), s.putListed)
	handle(s, creatives, op("drop-listed", "DELETE /v1/campaigns/{campaign}/shortlists/{list}/stories/{id}", "board",
		"Take a story off a shortlist").noContent().fails(notFound).audited("shortlist.removed"), s.dropListed)
	handle(s, creatives, op("list-story-shortlists", "GET /v1/campaigns/{campaign}/stories/{id}/shortlists", "board",
		"Read what the shortlists have about a story").about("Its entries on all of them.").fails(notFound),
		s.listStoryShortlists)
	handle(s, creatives, op("list-many", "POST /v1/campaigns/{campaign}/shortlists/{list}/stories", "board",
		"Put many stories on a shortlist").
		about("Or take them off: up to 500 in one request, answered one by one. The same request again changes "+
			"nothing.").fails(notFound).audited("shortlist.bulk"), s.listMany)
}

// listShortlists answers with the campaign's shortlists.
func (s *server) listShortlists(ctx context.Context, in *CampaignPath) (*items[listView], error) {
	lists, err := s.Board.Lists(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	out := make([]listView, len(lists))
	for i := range lists {
		out[i] = listOf(&lists[i])
	}
	return itemsOf(out), nil
}

// createShortlist makes a shortlist without stories.
func (s *server) createShortlist(ctx context.Context, in *createListInput) (*body[listView], error) {
	l, err := s.Board.CreateList(ctx, in.Campaign, in.Body.Name, callerOf(ctx).actor(account.Creative))
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(in.Campaign, "shortlist", l.ID)
	return bodyOf(listOf(l)), nil
}

// readShortlist answers with a page of a shortlist.
func (s *server) readShortlist(ctx context.Context, in *readListInput) (*body[listPage], error) {
	after, err := openCursor[board.Cursor](in.Cursor)
	if err != nil {
		return nil, err
	}
	p, err := s.Board.Listed(ctx, in.Campaign, in.List, board.Status(in.Status), after, in.Limit)
	if err != nil {
		return nil, err
	}
	views, err := s.candidateViews(ctx, in.Campaign, p.Items)
	return bodyOf(listPage{listOf(&p.List), views, sealCursor(p.Next)}), err
}

// renameShortlist gives a shortlist another name.
func (s *server) renameShortlist(ctx context.Context, in *renameListInput) (*body[listView], error) {
	callerOf(ctx).about(in.Campaign, "shortlist", in.List)
	l, err := s.Board.RenameList(ctx, in.Campaign, in.List, in.Body.Name, in.Body.Version)
	if err != nil {
		return nil, err
	}
	return bodyOf(listOf(l)), nil
}

// deleteShortlist deletes a shortlist, whoever made it.
func (s *server) deleteShortlist(ctx context.Context, in *ListPath) (*none, error) {
	callerOf(ctx).about(in.Campaign, "shortlist", in.List)
	return nil, s.Board.DeleteList(ctx, in.Campaign, in.List)
}

// putListed adds a published story to a shortlist, or changes note and status.
func (s *server) putListed(ctx context.Context, in *putListedInput) (*body[candidateView], error) {
	callerOf(ctx).about(in.ID, "campaign", in.Campaign, "shortlist", in.List)
	ch := board.Change{Note: in.Body.Note, Status: board.Status(in.Body.Status), Version: in.Body.Version}
	kept, err := s.Board.PutListed(ctx, in.Campaign, in.List, in.ID, ch, callerOf(ctx).actor(account.Creative))
	if err != nil {
		return nil, err
	}
	st, err := s.Stories.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	views, err := s.candidateViews(ctx, in.Campaign, []board.Listed{{Candidate: *kept, Story: st}})
	if err != nil {
		return nil, err
	}
	return bodyOf(views[0]), nil
}

// listStoryShortlists answers with a story's entries on all shortlists.
func (s *server) listStoryShortlists(ctx context.Context, in *BoardStoryPath) (*items[candidateView], error) {
	st, err := s.Stories.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	listed, err := s.Board.Entries(ctx, in.Campaign, st)
	if err != nil {
		return nil, err
	}
	out, err := s.candidateViews(ctx, in.Campaign, listed)
	return itemsOf(out), err
}

// dropListed removes a story from a shortlist.
func (s *server) dropListed(ctx context.Context, in *ListStoryPath) (*none, error) {
	callerOf(ctx).about(in.ID, "campaign", in.Campaign, "shortlist", in.List)
	return nil, s.Board.DropListed(ctx, in.Campaign, in.List, in.ID)
}

// listMany adds many stories to a shortlist, or removes them.
func (s *server) listMany(ctx context.Context, in *listManyInput) (*items[listedOutcome], error) {
	callerOf(ctx).about(in.Campaign, "shortlist", in.List, "added", strconv.Itoa(len(in.Body.Add)),
		"removed", strconv.Itoa(len(in.Body.Remove)))
	done, err := s.Board.ListMany(ctx, in.Campaign, in.List, in.Body.Add, in.Body.Remove,
		callerOf(ctx).actor(account.Creative))
	if err != nil {
		return nil, err
	}
	out := make([]listedOutcome, len(done))
	for i, o := range done {
		out[i] = listedOutcome{ID: o.Story, Outcome: o.Outcome}
		if o.Err != nil {
			out[i].Refused = problemOf(o.Err)
		}
	}
	return itemsOf(out), nil
}
