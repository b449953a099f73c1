package mail

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/story"
)

// server is the mail server.
type server interface {
	// Connect connects unless there is a connection; Unavailable
	// "mail.unavailable".
	Connect(ctx context.Context) error
	// Send hands a mail over. Invalid "mail.refused" is final, Unavailable
	// "mail.unavailable" is not.
	Send(ctx context.Context, m Message) error
	// Close ends the connection, if there is one.
	Close()
}

// stories reads stories.
type stories interface {
	Get(ctx context.Context, id string) (*story.Story, error)
	History(ctx context.Context, id string) ([]*story.Entry, error)
}

// tokens adds a token that opens a story.
type tokens interface {
	AddToken(ctx context.Context, story, hash string) error
}

// notices are what visitors reported.
type notices interface {
	// Notice fails with NotFound where it is deleted.
	Notice(ctx context.Context, id string) (*notice.Notice, error)
	// AddNoticeToken adds a token that opens the receipt.
	AddNoticeToken(ctx context.Context, id, hash string) error
}

// accounts makes the links of invitations.
type accounts interface {
	User(ctx context.Context, idOrEmail string) (*account.User, error)
	NewInvitation(ctx context.Context, user string) (token string, until time.Time, err error)
}

// SenderDeps are what a Sender works with.
type SenderDeps struct {
	Store     Store
	Stories   stories
	Campaigns campaigns
	Tokens    tokens
	Accounts  accounts
	Notices   notices
	Server    server
}

// SenderOptions tune a Sender. Zero values take the defaults given.
type SenderOptions struct {
	Pages string        // address of the pages, without a slash at the end
	Every time.Duration // between looks at the outbox; 5 s
	Rate  int           // mails a second at most; 10
	// Ended is called for each mail that was sent, given up, or put off, which
	// outcome names; may be nil.
	Ended func(kind Kind, outcome string)
	Now   func() time.Time
	Log   *slog.Logger
}

// PutOff is the outcome of a try after which another follows; the others are
// states.
const PutOff = "put_off"

// Sender sends what waits in the outbox. Any number may run.
type Sender struct {
	SenderDeps
	opts  SenderOptions
	links Links
	last  time.Time // when a mail was handed over
	alive time.Time // until when the outbox takes mails
	down  int       // rounds in a row without a mail server
}

// NewSender wires a Sender.
func NewSender(d SenderDeps, o SenderOptions) *Sender {
	o.Every, o.Rate = cmp.Or(o.Every, 5*time.Second), cmp.Or(o.Rate, 10)
	if o.Ended == nil {
		o.Ended = func(Kind, string) {}
	}
	return &Sender{SenderDeps: d, opts: o, links: Links{o.Pages}}
}

const (
	// claimTime is how long a sender has for one mail; the timeouts of the mail
	// server's connection end long before. A sender that was killed leaves its
	// mail to others after that.
	claimTime = 10 * time.Minute
	// batch is how many mails are read at a time.
	batch = 50
	// maxDown bounds the pause while the mail server is away.
	maxDown = 5 * time.Minute
	// perDay bounds the mails to one address in a day: whoever begins stories
	// chooses the address.
	perDay = 20
	// endTime is how long a sender that stops waits for the mail server, and then
	// for the database.
	endTime = 4 * time.Second
	// beat is how often a sign of life is given.
	beat = 10 * time.Minute
)

// Run sends mails until ctx ends. Errors are logged and tried again.
func (s *Sender) Run(ctx context.Context) {
	defer s.Server.Close()
	for {
		pause := s.opts.Every
		if err := s.Round(ctx); err != nil && ctx.Err() == nil {
			s.down++
			pause = min(s.opts.Every<<min(s.down, 10), maxDown)
			s.opts.Log.Warn("mails wait", "err", err, "pause", pause.String())
		} else {
			s.down = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// Round sends all that is due. It ends with an error where the mail server or
// the database is away, and then leaves the rest as it is.
func (s *Sender) Round(ctx context.Context) error {
	defer s.Server.Close()
	if now := s.opts.Now(); now.After(s.alive) {
		if err := s.Store.SignOfLife(ctx, now.Add(Alive)); err != nil {
			return err
		}
		s.alive = now.Add(beat)
	}
	for {
		due, err := s.Store.DueMails(ctx, s.opts.Now(), batch)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, m := range due {
			if err := s.one(ctx, m); err != nil {
				return err
			}
		}
	}
}

// one tries a mail. Its error is one of the mail server or of the database, not
// of the mail.
func (s *Sender) one(ctx context.Context, m *Mail) error {
	if err := s.Server.Connect(ctx); err != nil {
		return err
	}
	if err := s.pace(ctx); err != nil {
		return err
	}
	now := s.opts.Now()
	ours, err := s.Store.ClaimMail(ctx, m, now.Add(claimTime))
	if err != nil || !ours {
		return err
	}
	if now.Sub(m.At) >= GiveUp {
		return s.end(ctx, m, Expired, "too_late")
	}
	msg, unwanted, err := s.write(ctx, m)
	if err != nil {
		return s.putOff(ctx, m, err)
	}
	if unwanted != "" {
		return s.end(ctx, m, Dropped, unwanted)
	}
	// cut off now, it might have arrived and be sent again
	sending, done := patient(ctx, endTime)
	err = s.Server.Send(sending, msg)
	done()
	switch {
	case err == nil:
		return s.end(ctx, m, Sent, "")
	case fault.Permanent(err):
		s.opts.Log.Warn("mail refused", "story", m.Story, "kind", m.Kind, "err", err)
		return s.end(ctx, m, Refused, fault.CodeOf(err))
	}
	return s.putOff(ctx, m, err)
}

// patient returns a context that goes on for the time after ctx has ended.
func patient(ctx context.Context, d time.Duration) (longer context.Context, done func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}

// pace waits until the rate allows another mail.
func (s *Sender) pace(ctx context.Context) error {
	wait := time.Second/time.Duration(s.opts.Rate) - time.Since(s.last)
	if wait > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	s.last = time.Now()
	return nil
}

func (s *Sender) end(ctx context.Context, m *Mail, state State, reason string) error {
	s.opts.Ended(m.Kind, string(state))
	s.opts.Log.Info("mail "+string(state), "story", m.Story, "kind", m.Kind, "reason", reason, "tries", m.Tries)
	// the mail server has it: also a process that stops must note that
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	return s.Store.EndMail(ctx, m, state, reason, s.opts.Now())
}

// putOff leaves a mail for later. An error of the connection ends the round too.
func (s *Sender) putOff(ctx context.Context, m *Mail, cause error) error {
	s.opts.Ended(m.Kind, PutOff)
	s.opts.Log.Info("mail put off", "story", m.Story, "kind", m.Kind, "tries", m.Tries, "err", cause)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	return s.Store.PutOffMail(ctx, m, s.opts.Now().Add(pauseAfter(m.Tries)), fault.CodeOf(cause))
}

// pauseAfter is the pause after try n: a minute, doubling up to four hours, so
// that a mail is tried about twenty-five times in GiveUp.
func pauseAfter(n int) time.Duration { return min(time.Minute<<min(n-1, 8), 4*time.Hour) }
