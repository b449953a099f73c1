package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/story"
)

var _ mail.Store = (*Store)(nil)

// mailLease is the row of leases by which processes that send mails show that
// there are some. Nobody holds it alone.
const mailLease = "mail"

type mailRow struct {
	bun.BaseModel `bun:"table:mails"`

	ID         string `bun:",pk"`
	CampaignID string
	StoryID    string
	UserID     string
	Kind       string
	Round      string
	Address    string
	Locale     string
	At         int64
	NextAt     int64
	Tries      int
	State      string
	Reason     string
	EndedAt    int64
}

func (r *mailRow) mail() *mail.Mail {
	return &mail.Mail{
		ID: r.ID, Campaign: r.CampaignID, Story: r.StoryID, User: r.UserID, Kind: mail.Kind(r.Kind), Round: r.Round,
		Address: r.Address, Locale: r.Locale, At: moment(r.At), NextAt: moment(r.NextAt), Tries: r.Tries,
		State: mail.State(r.State), Reason: r.Reason, EndedAt: moment(r.EndedAt),
	}
}

func mailsOf(rows []mailRow) []*mail.Mail {
	out := make([]*mail.Mail, len(rows))
	for i := range rows {
		out[i] = rows[i].mail()
	}
	return out
}

// SignOfLife implements mail.Store.
func (s *Store) SignOfLife(ctx context.Context, until time.Time) error {
	_, err := s.w.NewRaw(`INSERT INTO leases (name, holder, until) VALUES (?, '', ?)
		ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE leases.until < excluded.until`, mailLease,
		micros(until)).Exec(ctx)
	return s.mapError(err)
}

// addMail adds a mail to the outbox where some process sends mails, and reports
// whether it did. A mail that was dropped before waits again.
func addMail(ctx context.Context, db bun.IDB, m *mail.Mail, now time.Time) (bool, error) {
	n, err := changed(db.NewRaw(`INSERT INTO mails (id, campaign_id, story_id, user_id, kind, round, address, locale,
			at, next_at, tries, state, reason, ended_at)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'waiting', '', 0
		WHERE EXISTS (SELECT 1 FROM leases WHERE name = ? AND until > ?)
		ON CONFLICT (story_id, kind, round) DO UPDATE SET at = excluded.at, next_at = excluded.next_at, tries = 0,
			state = 'waiting', reason = '', ended_at = 0
		WHERE mails.state = 'dropped'`, m.ID, m.Campaign, m.Story, m.User, string(m.Kind), m.Round, m.Address, m.Locale,
		micros(m.At), micros(m.NextAt), mailLease, micros(now)).Exec(ctx))
	return n > 0, err
}

// keepMails adds the mail that a history line calls for.
func keepMails(ctx context.Context, tx bun.Tx, st *story.Story, line *story.Entry) error {
	if line.Event == story.EventRevised && line.From == story.Rejected {
		// another rejection of the same file calls for another mail
		_, err := tx.NewRaw(`UPDATE mails SET round = round || '.' || ? WHERE story_id = ? AND kind = ? AND round = ?`,
			line.ID, st.ID, string(mail.Replace), st.Upload.ID).Exec(ctx)
		return err
	}
	call, ok := mail.Called(st, line)
	if !ok {
		return nil
	}
	at := line.At.Add(call.Wait)
	_, err := addMail(ctx, tx, &mail.Mail{
		ID: id.New(), Campaign: st.Campaign, Story: st.ID, Kind: call.Kind, Round: call.Round, At: at, NextAt: at,
	}, line.At)
	return err
}

// keepErasure adds the mail about an erasure of the story as it was before, and
// forgets the recipient unless another story has the address or its owner
// stopped mails, which still holds for stories to come.
func keepErasure(ctx context.Context, tx bun.Tx, before *story.Story, at time.Time) error {
	if before.Contributor.Email == "" {
		return nil
	}
	if m, ok := mail.Erasure(before, at); ok {
		m.ID = id.New()
		if _, err := addMail(ctx, tx, m, at); err != nil {
			return err
		}
	}
	_, err := tx.NewRaw(`DELETE FROM mail_recipients WHERE address_hash = ? AND stopped_at = 0
		AND NOT EXISTS (SELECT 1 FROM campaigns JOIN stories ON stories.campaign_id = campaigns.id
			WHERE stories.email = ? AND stories.email <> '')`, mail.HashAddress(before.Contributor.Email),
		before.Contributor.Email).Exec(ctx)
	return err
}

// AddInvitation implements mail.Store.
func (s *Store) AddInvitation(ctx context.Context, m *mail.Mail) (bool, error) {
	waits, err := s.w.NewSelect().Table("mails").Where("user_id = ?", m.User).Where("state = 'waiting'").Exists(ctx)
	if err != nil || waits {
		return waits, s.mapError(err)
	}
	added, err := addMail(ctx, s.w, m, m.At)
	return added, s.mapError(err)
}

// DueMails implements mail.Store.
func (s *Store) DueMails(ctx context.Context, now time.Time, limit int) ([]*mail.Mail, error) {
	var rows []mailRow
	err := s.r.NewSelect().Model(&rows).Where("state = 'waiting'").Where("next_at <= ?", micros(now)).
		Order("next_at").Limit(int64(limit)).Scan(ctx)
	return mailsOf(rows), s.mapError(err)
}

// ClaimMail implements mail.Store.
func (s *Store) ClaimMail(ctx context.Context, m *mail.Mail, until time.Time) (bool, error) {
	n, err := changed(s.w.NewRaw(`UPDATE mails SET next_at = ?, tries = tries + 1
		WHERE id = ? AND state = 'waiting' AND next_at = ? AND tries = ?`,
		micros(until), m.ID, micros(m.NextAt), m.Tries).Exec(ctx))
	if err == nil && n > 0 {
		m.NextAt, m.Tries = until, m.Tries+1
	}
	return n > 0, s.mapError(err)
}

// PutOffMail implements mail.Store.
func (s *Store) PutOffMail(ctx context.Context, m *mail.Mail, next time.Time, reason string) error {
	_, err := s.w.NewRaw(`UPDATE mails SET next_at = ?, reason = ? WHERE id = ? AND state = 'waiting' AND tries = ?`,
		micros(next), reason, m.ID, m.Tries).Exec(ctx)
	return s.mapError(err)
}

// EndMail implements mail.Store.
func (s *Store) EndMail(ctx context.Context, m *mail.Mail, state mail.State, reason string, at time.Time) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return endMails(ctx, tx, state, reason, at, "id = ? AND tries = ?", m.ID, m.Tries)
	})
}

// endMails ends waiting mails and removes their addresses, also from the
// database's files.
func endMails(ctx context.Context, tx bun.Tx, state mail.State, reason string, at time.Time, where string,
	args ...any) error {
	if _, err := tx.NewRaw(`INSERT INTO purges (story_id, at) SELECT story_id, ? FROM mails
		WHERE state = 'waiting' AND address <> '' AND `+where+` ON CONFLICT (story_id) DO UPDATE SET at = excluded.at`,
		append([]any{micros(at)}, args...)...).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewRaw(`UPDATE mails SET state = ?, reason = ?, ended_at = ?, address = ''
		WHERE state = 'waiting' AND `+where, append([]any{string(state), reason, micros(at)}, args...)...).Exec(ctx)
	return err
}

// ExpireMails implements mail.Store.
func (s *Store) ExpireMails(ctx context.Context, before, now time.Time) (int64, error) {
	var n int64
	err := s.w.NewRaw(`SELECT count(*) FROM mails WHERE state = 'waiting' AND at < ?`, micros(before)).Scan(ctx, &n)
	if err != nil || n == 0 {
		return 0, s.mapError(err)
	}
	return n, s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return endMails(ctx, tx, mail.Expired, "too_late", now, "at < ?", micros(before))
	})
}

// PruneMails implements mail.Store.
func (s *Store) PruneMails(ctx context.Context, ended, used time.Time) error {
	_, err := s.w.NewRaw(`DELETE FROM mails WHERE (story_id = '' OR kind = 'withdrawn') AND ended_at > 0
		AND ended_at < ?`, micros(ended)).Exec(ctx)
	if err == nil {
		_, err = s.w.NewRaw(`DELETE FROM mail_recipients WHERE stopped_at = 0 AND used_at < ?`, micros(used)).Exec(ctx)
	}
	return s.mapError(err)
}

// StoryMails implements mail.Store.
func (s *Store) StoryMails(ctx context.Context, storyID string) ([]*mail.Mail, error) {
	var rows []mailRow
	err := s.r.NewSelect().Model(&rows).Where("story_id = ?", storyID).Order("at", "id").Scan(ctx)
	return mailsOf(rows), s.mapError(err)
}

// OldestMail implements mail.Store.
func (s *Store) OldestMail(ctx context.Context, now time.Time) (time.Time, error) {
	var at int64
	err := s.r.NewRaw(`SELECT coalesce(min(at), 0) FROM mails WHERE state = 'waiting' AND at <= ?`, micros(now)).
		Scan(ctx, &at)
	return moment(at), s.mapError(err)
}

// MailSettings implements mail.Store.
func (s *Store) MailSettings(ctx context.Context, campaignID string) (mail.Settings, error) {
	var text string
	err := s.r.NewRaw(`SELECT settings FROM mail_settings WHERE campaign_id = ?`, campaignID).Scan(ctx, &text)
	if noRows(err) {
		return mail.Settings{}, nil
	}
	if err != nil {
		return nil, s.mapError(err)
	}
	var out mail.Settings
	return out, json.Unmarshal([]byte(text), &out)
}

// SetMailSettings implements mail.Store.
func (s *Store) SetMailSettings(ctx context.Context, campaignID string, x mail.Settings, at time.Time) error {
	text, err := json.Marshal(x)
	if err != nil {
		return err
	}
	_, err = s.w.NewRaw(`INSERT INTO mail_settings (campaign_id, settings, updated_at) VALUES (?, ?, ?)
		ON CONFLICT (campaign_id) DO UPDATE SET settings = excluded.settings, updated_at = excluded.updated_at`,
		campaignID, string(text), micros(at)).Exec(ctx)
	return s.mapError(err)
}
