package account

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// Store is where users, keys and sessions are kept.
type Store interface {
	// CreateUser fails with Conflict "user.exists" when the e-mail is taken.
	CreateUser(ctx context.Context, u *User) error
	// UpdateUser writes Name, Roles and Disabled.
	UpdateUser(ctx context.Context, u *User) error
	// ShutOut is UpdateUser that also deletes the user's sessions and links and
	// revokes the user's keys.
	ShutOut(ctx context.Context, u *User, at time.Time) error
	// SetPassword writes the hash and deletes the user's sessions and links but
	// the one with the hash keep.
	SetPassword(ctx context.Context, user, hash, keep string) error
	// ReplaceHash writes the new hash where the old one still stands.
	ReplaceHash(ctx context.Context, user, old, hash string) error
	// User finds by id or e-mail; NotFound "user.unknown".
	User(ctx context.Context, idOrEmail string) (*User, error)
	Users(ctx context.Context) ([]*User, error)
	// UserByIdentity finds who is linked with a subject of a provider; NotFound
	// "user.unknown".
	UserByIdentity(ctx context.Context, issuer, subject string) (*User, error)
	// LinkIdentity fails with Forbidden "auth.identity" when the user is linked
	// with another subject of the provider.
	LinkIdentity(ctx context.Context, issuer, subject, user string, at time.Time) error
	// Factor returns a user's second factor, confirmed or not; ErrNoFactor.
	Factor(ctx context.Context, user string) (*Factor, error)
	// CreateFactor replaces one that is not confirmed; a confirmed one is
	// ErrFactorExists.
	CreateFactor(ctx context.Context, f *Factor) error
	// ReplaceFactor writes next where old still stands, and reports whether it did.
	ReplaceFactor(ctx context.Context, old, next *Factor) (bool, error)
	// DeleteFactor removes a user's factor; none is no error.
	DeleteFactor(ctx context.Context, user string) error
	CreateKey(ctx context.Context, k *Key) error
	// KeyByHash returns a key that is not revoked; NotFound "key.unknown".
	KeyByHash(ctx context.Context, hash string) (*Key, error)
	Keys(ctx context.Context) ([]*Key, error)
	// RevokeKey ends a key by id; NotFound "key.unknown".
	RevokeKey(ctx context.Context, id string, at time.Time) error
	TouchKey(ctx context.Context, id string, at time.Time) error
	CreateSession(ctx context.Context, s *Session) error
	// SessionByHash returns an unexpired session; NotFound "session.unknown".
	SessionByHash(ctx context.Context, hash string, now time.Time) (*Session, error)
	// Sessions returns the unexpired sessions and links of a user, newest first.
	Sessions(ctx context.Context, user string, now time.Time) ([]*Session, error)
	TouchSession(ctx context.Context, hash string, at time.Time) error
	// DeleteSession reports whether this call removed it.
	DeleteSession(ctx context.Context, hash string) (bool, error)
	// DeleteSessions deletes the user's session with the id, or all sessions and
	// links if the id is empty. It returns how many.
	DeleteSessions(ctx context.Context, user, id string) (int64, error)
	// DeleteOtherSessions deletes the user's sessions and links but the one with
	// the hash keep.
	DeleteOtherSessions(ctx context.Context, user, keep string) error
	// DeleteExpired deletes sessions that ended by now, those not seen since
	// idle, and tries not repeated since tries.
	DeleteExpired(ctx context.Context, now, idle, tries time.Time) error
	// Tries returns the zero value for an account without wrong passwords.
	Tries(ctx context.Context, account string) (Tries, error)
	// SetTries writes to where the account still has from; it reports whether.
	SetTries(ctx context.Context, account string, from, to Tries) (bool, error)
	DeleteTries(ctx context.Context, account string) error
}

// Options tune a Service. Zero values take the defaults given.
type Options struct {
	Session     time.Duration // from sign-in to the end of a session; 12 h
	Idle        time.Duration // without a request, to the end of a session; 1 h
	Link        time.Duration // that an unused sign-in link works; 10 min
	KeyLifetime time.Duration // the longest that a key may work; 365 days
	// Groups are the roles that groups at a sign-in provider give; empty: roles
	// are set here.
	Groups map[string]Role
	// NoPasswords refuses passwords, also to set one; links still work.
	NoPasswords bool
	// Words returns what passwords must not consist of besides the user's name
	// and the product's; may be nil.
	Words func(ctx context.Context) ([]string, error)
}

// touchEvery is how exactly the last use of sessions and keys is kept.
const touchEvery = time.Minute

var errCredentials = fault.New(fault.Unauthorized, "auth.invalid",
	"that sign-in is not valid; check it, or ask an administrator for a new one")

// Service signs people and programs in.
type Service struct {
	store Store
	now   func() time.Time
	opts  Options
}

// NewService returns a Service over the store; now is the clock.
func NewService(store Store, now func() time.Time, o Options) *Service {
	o.Session = cmp.Or(o.Session, 12*time.Hour)
	o.Idle = cmp.Or(o.Idle, time.Hour)
	o.Link = cmp.Or(o.Link, 10*time.Minute)
	o.KeyLifetime = cmp.Or(o.KeyLifetime, 365*24*time.Hour)
	return &Service{store: store, now: now, opts: o}
}

// SessionLifetime is how long a session lasts at most.
func (s *Service) SessionLifetime() time.Duration { return s.opts.Session }

// NewToken returns 256 random bits as URL-safe text.
func NewToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails since Go 1.24: it ends the process instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// HashToken is how tokens are stored: SHA-256, hex. Tokens carry 256 bits, so
// no salt or slow hash is needed.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
