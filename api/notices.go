package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/notice"
)

type fileNoticeInput struct {
	CampaignPath
	StoryPath
	Body struct {
		Kind   string `json:"kind" enum:"depicted,illegal,rights,hateful,other" doc:"depicted: whoever reports is in the video."`
		Text   string `json:"text,omitempty" maxLength:"2000" doc:"What is wrong; required unless the kind is depicted."`
		Email  string `json:"email,omitempty" maxLength:"254" doc:"For a receipt and the outcome by mail, where mail is set up."`
		Locale string `json:"locale,omitempty" maxLength:"35" doc:"BCP 47, of those mails."`
	}
}

// ReceiptView is a report as whoever sent it may read it.
type ReceiptView struct {
	ID      string     `json:"id" format:"uuid"`
	Kind    string     `json:"kind" enum:"depicted,illegal,rights,hateful,other"`
	Text    string     `json:"text,omitempty"`
	At      time.Time  `json:"at"`
	Outcome string     `json:"outcome" enum:"open,removed,kept" doc:"removed: the video is not public any more."`
	Reply   string     `json:"reply,omitempty" doc:"Of the moderator who kept the video."`
	EndedAt *time.Time `json:"ended_at,omitempty"`
}

func receiptOf(n *notice.Notice) ReceiptView {
	return ReceiptView{n.ID, string(n.Kind), n.Text, n.At, string(n.Outcome), n.Reply, timePtr(n.EndedAt)}
}

type filedView struct {
	Notice ReceiptView `json:"notice"`
	Token  string      `json:"token" doc:"Opens the receipt; shown only here."`
	Link   string      `json:"link" doc:"Page of the receipt, token included."`
}

type receiptInput struct {
	Notice string `path:"notice" maxLength:"36" doc:"The report's id."`
	Token  string `header:"Notice-Token" maxLength:"200" doc:"As it was answered when the report was sent."`
}

// noticeView is a report as moderators read it.
type noticeView struct {
	ReceiptView
	Email     string     `json:"email,omitempty"`
	DecidedBy string     `json:"decided_by,omitempty"`
	Story     *storyView `json:"story,omitempty" doc:"Absent in lists about one story."`
}

func noticeOf(n *notice.Notice) noticeView {
	return noticeView{ReceiptView: receiptOf(n), Email: n.Email, DecidedBy: n.By.Name}
}

// NoticeList is a page of reports.
type NoticeList struct {
	Items []noticeView `json:"items"`
	Next  string       `json:"next,omitempty" doc:"Cursor of the next page; absent at the end."`
}

type listNoticesInput struct {
	Campaign string `query:"campaign" maxLength:"64" doc:"Slug; empty: all campaigns."`
	Ended    bool   `query:"ended" doc:"Those that were decided, newest first."`
	Page
}

type keepNoticeInput struct {
	Notice string `path:"notice" maxLength:"36" doc:"The report's id."`
	Body   struct {
		Reply string `json:"reply,omitempty" maxLength:"1000" doc:"To whoever sent the report."`
	}
}

func (s *server) noticeRoutes() {
	handle(s, anyone, op("report-story", "POST /v1/campaigns/{campaign}/feed/{id}/notices", "feed",
		"Report a published video").
		about("Goes to the moderators. Pages of other sites may call it where the campaign lists their origin.").
		fromBrands().created().fails(forbidden, notFound, tooMany), s.reportStory)
	handle(s, anyone, op("get-receipt", "GET /v1/notices/{notice}", "feed", "Read the receipt of a report").
		about("With the token that was answered when the report was sent.").fails(notFound), s.getReceipt)
	handle(s, moderators, op("list-notices", "GET /v1/review/notices", "review", "List reported videos").
		about("Open reports: first those of people in the video and of illegal content, each the oldest first. They "+
			"end when a moderator keeps the video, and with the decision that hides it."), s.listNotices)
	handle(s, moderators, op("keep-reported", "POST /v1/review/notices/{notice}/keep", "review",
		"Keep a reported video").
		about("Ends the report; to hide the video, decide on its story. The same again is one decision.").
		fails(notFound, conflict).audited("notice.kept"), s.keepReported)
}

// reportStory takes a visitor's report about a published video.
func (s *server) reportStory(ctx context.Context, in *fileNoticeInput) (*body[filedView], error) {
	n, token, err := s.Notices.File(ctx, notice.Request{
		Campaign: in.Campaign, Story: in.ID, Kind: notice.Kind(in.Body.Kind), Text: in.Body.Text, Email: in.Body.Email,
		Locale: in.Body.Locale, Address: callerOf(ctx).address,
	})
	if err != nil {
		return nil, err
	}
	return bodyOf(filedView{receiptOf(n), token, s.Addresses.Pages + "/n/" + n.ID + "#token=" + token}), nil
}

// getReceipt answers with what became of a report.
func (s *server) getReceipt(ctx context.Context, in *receiptInput) (*body[ReceiptView], error) {
	n, err := s.Notices.Receipt(ctx, in.Notice, in.Token)
	if err != nil {
		return nil, err
	}
	return bodyOf(receiptOf(n)), nil
}

// listNotices answers with a page of reports and their stories.
func (s *server) listNotices(ctx context.Context, in *listNoticesInput) (*body[NoticeList], error) {
	f := notice.Filter{Ended: in.Ended}
	if in.Campaign != "" {
		c, err := s.Campaigns.Get(ctx, in.Campaign)
		if err != nil {
			return nil, err
		}
		f.Campaign = c.ID
	}
	after, err := openCursor[notice.Cursor](in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.Notices.List(ctx, f, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := NoticeList{Items: make([]noticeView, len(found.Items)), Next: sealCursor(found.Next)}
	for i, n := range found.Items {
		if out.Items[i], err = s.noticeView(ctx, n); err != nil {
			return nil, err
		}
	}
	return bodyOf(out), nil
}

// noticeView adds the story that a report is about.
func (s *server) noticeView(ctx context.Context, n *notice.Notice) (noticeView, error) {
	v := noticeOf(n)
	st, err := s.Stories.Get(ctx, n.Story)
	if err != nil {
		return v, err
	}
	about, err := s.staffView(ctx, st)
	v.Story = &about
	return v, err
}

// keepReported ends a report whose video stays.
func (s *server) keepReported(ctx context.Context, in *keepNoticeInput) (*body[noticeView], error) {
	n, err := s.Notices.Keep(ctx, in.Notice, in.Body.Reply, callerOf(ctx).actor(account.Moderator))
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(n.Story, "notice", n.ID, "kind", string(n.Kind))
	v, err := s.noticeView(ctx, n)
	return bodyOf(v), err
}
