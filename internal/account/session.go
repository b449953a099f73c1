package account

import (
	"context"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
)

// recently is how fresh a session by link must be to set a password without
// the current one.
const recently = 15 * time.Minute

// maxDevice bounds what is kept of a User-Agent, in bytes.
const maxDevice = 200

// Browser is where somebody signs in.
type Browser struct {
	Device  string // User-Agent
	Session string // token of the session that the new one replaces; empty: none
	Code    string // of the second factor; empty: none was given
}

// SignIn checks a password and opens a session.
func (s *Service) SignIn(ctx context.Context, email, password string, from Browser) (string, *Principal, error) {
	if s.opts.NoPasswords {
		return "", nil, errNoPasswords
	}
	email = strings.ToLower(strings.TrimSpace(email))
	u, err := s.store.User(ctx, email)
	if fault.KindOf(err) == fault.NotFound || u != nil && u.Email != email {
		u, err = nil, nil // an id is no name to sign in with
	}
	if err != nil {
		return "", nil, err
	}
	// the right password without the code counts as a wrong one, so that codes cannot be guessed
	err = s.counted(ctx, email, func() error {
		if err := s.verify(ctx, u, password); err != nil {
			return err
		}
		return s.prove(ctx, u, from.Code)
	})
	if err != nil {
		return "", nil, err
	}
	return s.open(ctx, u, false, from)
}

var errNoPasswords = fault.New(fault.Forbidden, "auth.passwords_off",
	"passwords are turned off; sign in with the sign-in service, or with a link from an administrator")

// ErrDisabled refuses links for users who may not sign in.
var ErrDisabled = fault.New(fault.Conflict, "user.disabled", "this user is disabled; enable them first")

// NewLink returns a token that signs the user in once, until the time.
func (s *Service) NewLink(ctx context.Context, user string) (token string, until time.Time, err error) {
	u, err := s.store.User(ctx, user)
	if err != nil {
		return "", until, err
	}
	return s.newLink(ctx, u, s.opts.Link)
}

// invitationLife is how long a link works that is sent to somebody who has no
// password yet: mail is not read within minutes.
const invitationLife = 24 * time.Hour

// NewInvitation is NewLink for a link that is sent by mail. It works longer for
// a user without a password and a second factor.
func (s *Service) NewInvitation(ctx context.Context, user string) (token string, until time.Time, err error) {
	u, err := s.store.User(ctx, user)
	if err != nil {
		return "", until, err
	}
	if u.PasswordHash == "" && !u.HasFactor {
		return s.newLink(ctx, u, invitationLife)
	}
	return s.newLink(ctx, u, s.opts.Link)
}

func (s *Service) newLink(ctx context.Context, u *User, life time.Duration) (
	token string, until time.Time, err error) {
	if u.Disabled {
		return "", until, ErrDisabled
	}
	token, until = NewToken(), s.now().Add(life)
	return token, until, s.store.CreateSession(ctx, &Session{
		ID: id.New(), Hash: HashToken(token), User: u.ID, Link: true, CreatedAt: s.now(), SeenAt: s.now(),
		ExpiresAt: until,
	})
}

// UseLink exchanges a link's token for a session; the link is spent.
func (s *Service) UseLink(ctx context.Context, link string, from Browser) (string, *Principal, error) {
	sess, err := s.store.SessionByHash(ctx, HashToken(link), s.now())
	if fault.KindOf(err) == fault.NotFound || (err == nil && !sess.Link) {
		return "", nil, errCredentials
	}
	if err != nil {
		return "", nil, err
	}
	u, err := s.store.User(ctx, sess.User)
	if err != nil || u.Disabled {
		return "", nil, errCredentials.Because(err)
	}
	if err := s.proveByLink(ctx, u, from.Code); err != nil {
		return "", nil, err // the link still works, with a code
	}
	spent, err := s.store.DeleteSession(ctx, sess.Hash)
	if err != nil {
		return "", nil, err
	}
	if !spent {
		return "", nil, errCredentials
	}
	return s.open(ctx, u, true, from)
}

// BySession returns who a session token stands for. used notes that the
// session was used, which keeps it from being idle.
func (s *Service) BySession(ctx context.Context, token string, used bool) (*Principal, error) {
	sess, u, err := s.session(ctx, token)
	if err != nil {
		return nil, err
	}
	if used && s.now().Sub(sess.SeenAt) >= touchEvery {
		// a lost write ends an idle session a minute early, which is no reason to refuse the request
		_ = s.store.TouchSession(ctx, sess.Hash, s.now())
	}
	return principal(u, sess.ID), nil
}

// session finds a session that has neither ended nor been idle too long.
func (s *Service) session(ctx context.Context, token string) (*Session, *User, error) {
	sess, err := s.store.SessionByHash(ctx, HashToken(token), s.now())
	if fault.KindOf(err) == fault.NotFound || (err == nil && (sess.Link || s.idle(sess))) {
		return nil, nil, errCredentials
	}
	if err != nil {
		return nil, nil, err
	}
	u, err := s.store.User(ctx, sess.User)
	if err != nil || u.Disabled {
		return nil, nil, errCredentials.Because(err)
	}
	return sess, u, nil
}

func (s *Service) idle(sess *Session) bool { return s.now().Sub(sess.SeenAt) >= s.opts.Idle }

// SignOut ends a session; an unknown token is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	_, err := s.store.DeleteSession(ctx, HashToken(token))
	return err
}

// Sessions lists the sessions of a user that are in force, newest first.
func (s *Service) Sessions(ctx context.Context, user string) ([]*Session, error) {
	all, err := s.store.Sessions(ctx, user, s.now())
	var out []*Session
	for _, sess := range all {
		if !sess.Link && !s.idle(sess) {
			out = append(out, sess)
		}
	}
	return out, err
}

// EndSession ends one session of the user; NotFound "session.unknown".
func (s *Service) EndSession(ctx context.Context, user, session string) error {
	n, err := s.store.DeleteSessions(ctx, user, session)
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "session.unknown", "there is no such session; it may have ended")
	}
	return err
}

// EndSessions signs a user out everywhere and voids unused links. It returns
// how many there were.
func (s *Service) EndSessions(ctx context.Context, user string) (int64, error) {
	return s.store.DeleteSessions(ctx, user, "")
}

// Sweep deletes sessions and links that have run out or were idle too long,
// and counts of wrong passwords that no longer matter.
func (s *Service) Sweep(ctx context.Context) error {
	return s.store.DeleteExpired(ctx, s.now(), s.now().Add(-s.opts.Idle), s.now().Add(-triesKept))
}

// open starts a session and ends the one it replaces in the same browser.
func (s *Service) open(ctx context.Context, u *User, byLink bool, from Browser) (string, *Principal, error) {
	if from.Session != "" {
		if err := s.SignOut(ctx, from.Session); err != nil {
			return "", nil, err
		}
	}
	token := NewToken()
	sess := &Session{
		ID: id.New(), Hash: HashToken(token), User: u.ID, ByLink: byLink,
		Device: strings.ToValidUTF8(from.Device[:min(len(from.Device), maxDevice)], ""), CreatedAt: s.now(),
		SeenAt: s.now(), ExpiresAt: s.now().Add(s.opts.Session),
	}
	return token, principal(u, sess.ID), s.store.CreateSession(ctx, sess)
}

func principal(u *User, session string) *Principal {
	return &Principal{ID: u.ID, Name: u.Name, Roles: u.Roles, Session: session, Person: true}
}
