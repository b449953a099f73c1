package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/story"
)

var _ notice.Store = (*Store)(nil)

type noticeRow struct {
	bun.BaseModel `bun:"table:notices,alias:notices"`

	ID         string `bun:",pk"`
	CampaignID string
	StoryID    string
	Kind       string
	Urgent     bool
	Body       string
	Email      string
	Locale     string
	At         int64
	Outcome    string
	Reply      string
	ActorID    string
	ActorName  string
	EndedAt    int64
}

func (r *noticeRow) notice() *notice.Notice {
	n := &notice.Notice{
		ID: r.ID, Campaign: r.CampaignID, Story: r.StoryID, Kind: notice.Kind(r.Kind), Text: r.Body, Email: r.Email,
		Locale: r.Locale, At: moment(r.At), Outcome: notice.Outcome(r.Outcome), Reply: r.Reply,
		EndedAt: moment(r.EndedAt),
	}
	if r.ActorID != "" {
		n.By = account.Actor{Role: account.Moderator, ID: r.ActorID, Name: r.ActorName}
	}
	return n
}

func noticesOf(rows []noticeRow) []*notice.Notice {
	out := make([]*notice.Notice, len(rows))
	for i := range rows {
		out[i] = rows[i].notice()
	}
	return out
}

// AddNotice implements notice.Store. The lock orders it against the change that
// takes the story off the feed, which ends the notices it finds.
func (s *Store) AddNotice(ctx context.Context, n *notice.Notice, tokenHash string) (added bool, err error) {
	err = s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		added = false
		row, err := s.lockStory(ctx, tx, n.Story)
		if noRows(err) || err == nil && row.State != string(story.Published) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&noticeRow{
			ID: n.ID, CampaignID: n.Campaign, StoryID: n.Story, Kind: string(n.Kind), Urgent: n.Kind.Urgent(),
			Body: n.Text, Email: n.Email, Locale: n.Locale, At: micros(n.At), Outcome: string(n.Outcome),
		}).Exec(ctx); err != nil {
			return err
		}
		if err := addNoticeToken(ctx, tx, n.ID, tokenHash); err != nil {
			return err
		}
		added = true
		return noticeMail(ctx, tx, mail.NoticeReceived, n, micros(n.At))
	})
	return added && err == nil, err
}

func addNoticeToken(ctx context.Context, db bun.IDB, id, hash string) error {
	_, err := db.NewRaw(`INSERT INTO notice_tokens (hash, notice_id) VALUES (?, ?)`, hash, id).Exec(ctx)
	return err
}

// noticeMail adds a mail to whoever sent the notice, if they gave an address.
// The row has the address: the notice may be erased with its story before the
// mail is sent.
func noticeMail(ctx context.Context, db bun.IDB, k mail.Kind, n *notice.Notice, at int64) error {
	if n.Email == "" {
		return nil
	}
	_, err := addMail(ctx, db, &mail.Mail{
		ID: id.New(), Campaign: n.Campaign, Kind: k, Round: n.ID, Address: n.Email, Locale: n.Locale,
		At: moment(at), NextAt: moment(at),
	}, moment(at))
	return err
}

// AddNoticeToken implements mail.Store.
func (s *Store) AddNoticeToken(ctx context.Context, id, hash string) error {
	return s.mapError(addNoticeToken(ctx, s.w, id, hash))
}

// Notice implements notice.Store and mail.Store.
func (s *Store) Notice(ctx context.Context, id string) (*notice.Notice, error) {
	var row noticeRow
	err := s.r.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if noRows(err) {
		return nil, notice.ErrUnknown
	}
	if err != nil {
		return nil, s.mapError(err)
	}
	return row.notice(), nil
}

// HasNoticeToken implements notice.Store.
func (s *Store) HasNoticeToken(ctx context.Context, id, hash string) (bool, error) {
	found, err := s.r.NewSelect().Table("notice_tokens").Where("hash = ?", hash).Where("notice_id = ?", id).Exists(ctx)
	return found, s.mapError(err)
}

// Notices implements notice.Store. Open ones are few; those that ended walk an
// index of their own.
func (s *Store) Notices(
	ctx context.Context, f notice.Filter, after *notice.Cursor, limit int,
) ([]*notice.Notice, error) {
	var rows []noticeRow
	sel := s.staff.NewSelect().Model(&rows).Limit(int64(limit))
	if f.Campaign != "" {
		sel = sel.Where("campaign_id = ?", f.Campaign)
	}
	switch {
	case f.Ended:
		sel = sel.Where("outcome <> 'open'").Order("ended_at DESC", "id DESC")
		if after != nil {
			sel = sel.Where("(ended_at, id) < ((SELECT ended_at FROM notices WHERE id = ?), ?)", after.ID, after.ID)
		}
	default:
		sel = sel.Where("outcome = 'open'").Order("urgent DESC", "id")
		if after != nil && after.Rest {
			sel = sel.Where("NOT urgent AND id > ?", after.ID)
		} else if after != nil {
			sel = sel.Where("(NOT urgent OR id > ?)", after.ID)
		}
	}
	err := sel.Scan(ctx)
	return noticesOf(rows), s.mapError(err)
}

// NoticesOf implements notice.Store.
func (s *Store) NoticesOf(ctx context.Context, story string) ([]*notice.Notice, error) {
	var rows []noticeRow
	err := s.staff.NewSelect().Model(&rows).Where("story_id = ?", story).Order("id").Scan(ctx)
	return noticesOf(rows), s.mapError(err)
}

// CountNotices implements notice.Store.
func (s *Store) CountNotices(ctx context.Context, campaign string) (int64, error) {
	sel := s.staff.NewSelect().Table("notices").Where("outcome = 'open'")
	if campaign != "" {
		sel = sel.Where("campaign_id = ?", campaign)
	}
	n, err := sel.Count(ctx)
	return n, s.mapError(err)
}

// EndNotice implements notice.Store.
func (s *Store) EndNotice(ctx context.Context, n *notice.Notice) (done bool, err error) {
	err = s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		ended, err := endNotice(ctx, tx, n)
		done = ended
		return err
	})
	return done, err
}

func endNotice(ctx context.Context, tx bun.Tx, n *notice.Notice) (bool, error) {
	rows, err := changed(tx.NewRaw(`UPDATE notices
		SET outcome = ?, reply = ?, actor_id = ?, actor_name = ?, ended_at = ? WHERE id = ? AND outcome = 'open'`,
		string(n.Outcome), n.Reply, n.By.ID, n.By.Name, micros(n.EndedAt), n.ID).Exec(ctx))
	if err != nil || rows == 0 {
		return false, err
	}
	return true, noticeMail(ctx, tx, mail.NoticeDecided, n, micros(n.EndedAt))
}

// endNotices ends the open notices about a story that leaves the feed.
func endNotices(ctx context.Context, tx bun.Tx, line *story.Entry) error {
	var rows []noticeRow
	if err := tx.NewSelect().Model(&rows).Where("story_id = ?", line.Story).Where("outcome = 'open'").Order("id").
		Scan(ctx); err != nil {
		return err
	}
	for _, n := range noticesOf(rows) {
		n.Outcome, n.EndedAt = notice.Removed, line.At
		if line.Actor.Role == account.Moderator || line.Actor.Role == account.Admin {
			n.By = line.Actor
		}
		if _, err := endNotice(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

// DeleteNotice implements retention.Store.
func (s *Store) DeleteNotice(ctx context.Context, id string) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewRaw(`DELETE FROM notice_tokens WHERE notice_id = ?`, id).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw(`DELETE FROM notices WHERE id = ? AND outcome <> 'open'`, id).Exec(ctx)
		return err
	})
}
