package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/mail"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
)

// Store is where users, keys and sessions are kept.
type Store interface {
	// CreateUser fails with Conflict "user.exists" when the e-mail is taken.
	CreateUser(ctx context.Context, u *User) error
	// UpdateUser writes Name, Roles, PasswordHash and Disabled.
	UpdateUser(ctx context.Context, u *User) error
	// User finds by id or e-mail; NotFound "user.unknown".
	User(ctx context.Context, idOrEmail string) (*User, error)
	Users(ctx context.Context) ([]*User, error)
	CreateKey(ctx context.Context, k *Key) error
	// KeyByHash returns a key in force; NotFound "key.unknown".
	KeyByHash(ctx context.Context, hash string) (*Key, error)
	Keys(ctx context.Context) ([]*Key, error)
	// RevokeKey ends a key by id; NotFound "key.unknown".
	RevokeKey(ctx context.Context, id string, at time.Time) error
	CreateSession(ctx context.Context, s *Session) error
	// SessionByHash returns an unexpired session; NotFound "session.unknown".
	SessionByHash(ctx context.Context, hash string, now time.Time) (*Session, error)
	// DeleteSession reports whether this call removed it.
	DeleteSession(ctx context.Context, hash string) (bool, error)
	// DeleteSessionsBefore deletes all that expired before the time.
	DeleteSessionsBefore(ctx context.Context, t time.Time) error
}

// SessionLifetime bounds a sign-in to about a shift.
const SessionLifetime = 12 * time.Hour

// LinkLifetime bounds a sign-in link that is not used.
const LinkLifetime = 24 * time.Hour

const keyPrefix = "srk_"

var errCredentials = fault.New(fault.Unauthorized, "auth.invalid",
	"that sign-in is not valid; check it, or ask an administrator for a new one")

// Service signs people and programs in.
type Service struct {
	store Store
	now   func() time.Time
}

// NewService returns a Service over the store; now is the clock.
func NewService(store Store, now func() time.Time) *Service { return &Service{store: store, now: now} }

// CreateUser makes a user; an empty password means sign-in by link only.
func (s *Service) CreateUser(ctx context.Context, email, name, password string, roles []Role) (*User, error) {
	addr, err := mail.ParseAddress(email)
	if err != nil {
		return nil, fault.New(fault.Invalid, "user.invalid", "this is not an e-mail address")
	}
	if len(roles) == 0 || slices.ContainsFunc(roles, func(r Role) bool { return !r.Valid() }) {
		return nil, fault.New(fault.Invalid, "user.invalid", "roles must be some of moderator, creative, admin")
	}
	u := &User{ID: id.New(), Email: strings.ToLower(addr.Address), Name: name, Roles: roles, CreatedAt: s.now()}
	if u.Name == "" {
		u.Name, _, _ = strings.Cut(u.Email, "@")
	}
	if password != "" {
		if u.PasswordHash, err = hashPassword(password); err != nil {
			return nil, err
		}
	}
	return u, s.store.CreateUser(ctx, u)
}

// UpdateUser reads the user, passes it to change and writes it.
func (s *Service) UpdateUser(ctx context.Context, idOrEmail string, change func(*User)) (*User, error) {
	u, err := s.store.User(ctx, idOrEmail)
	if err != nil {
		return nil, err
	}
	change(u)
	return u, s.store.UpdateUser(ctx, u)
}

// User finds a user by id or e-mail.
func (s *Service) User(ctx context.Context, idOrEmail string) (*User, error) {
	return s.store.User(ctx, idOrEmail)
}

// Users lists every user, oldest first.
func (s *Service) Users(ctx context.Context) ([]*User, error) { return s.store.Users(ctx) }

// CreateKey makes an API key and returns it with its secret, which is not stored.
func (s *Service) CreateKey(ctx context.Context, name string, role Role) (secret string, k *Key, err error) {
	if !role.Valid() {
		return "", nil, fault.New(fault.Invalid, "key.invalid", "role must be moderator, creative or admin")
	}
	secret = keyPrefix + NewToken()
	k = &Key{ID: id.New(), Name: name, Role: role, Hash: HashToken(secret), CreatedAt: s.now()}
	if k.Name == "" {
		k.Name = string(role) + " key"
	}
	return secret, k, s.store.CreateKey(ctx, k)
}

// Keys lists every key, revoked ones too.
func (s *Service) Keys(ctx context.Context) ([]*Key, error) { return s.store.Keys(ctx) }

// RevokeKey ends a key at once.
func (s *Service) RevokeKey(ctx context.Context, id string) error {
	return s.store.RevokeKey(ctx, id, s.now())
}

// IsKey reports whether a bearer token looks like an API key rather than a
// story token.
func IsKey(token string) bool { return strings.HasPrefix(token, keyPrefix) }

// ByKey returns who an API key stands for.
func (s *Service) ByKey(ctx context.Context, secret string) (*Principal, error) {
	k, err := s.store.KeyByHash(ctx, HashToken(secret))
	if fault.KindOf(err) == fault.NotFound {
		return nil, errCredentials
	}
	if err != nil {
		return nil, err
	}
	return &Principal{ID: k.ID, Name: k.Name, Roles: []Role{k.Role}}, nil
}

// SignIn checks a password and opens a session. A wrong e-mail takes the same
// time as a wrong password, so that callers cannot tell them apart.
func (s *Service) SignIn(ctx context.Context, email, password string) (token string, p *Principal, err error) {
	u, err := s.store.User(ctx, strings.ToLower(strings.TrimSpace(email)))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", nil, err
	}
	hash := absentHash
	if u != nil && u.PasswordHash != "" {
		hash = u.PasswordHash
	}
	wrong := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) != nil
	if wrong || u == nil || u.PasswordHash == "" || u.Disabled {
		return "", nil, errCredentials
	}
	return s.open(ctx, u)
}

// NewLink returns a token that signs the user in once, within LinkLifetime.
func (s *Service) NewLink(ctx context.Context, user string) (string, error) {
	u, err := s.store.User(ctx, user)
	if err != nil {
		return "", err
	}
	token := NewToken()
	return token,
		s.store.CreateSession(ctx,
			&Session{
				Hash: HashToken(token), User: u.ID, Link: true, CreatedAt: s.now(),
				ExpiresAt: s.now().Add(LinkLifetime),
			})
}

// UseLink exchanges a link's token for a session; the link is spent.
func (s *Service) UseLink(ctx context.Context, link string) (token string, p *Principal, err error) {
	sess, err := s.store.SessionByHash(ctx, HashToken(link), s.now())
	if fault.KindOf(err) == fault.NotFound || (err == nil && !sess.Link) {
		return "", nil, errCredentials
	}
	if err != nil {
		return "", nil, err
	}
	spent, err := s.store.DeleteSession(ctx, sess.Hash)
	if err != nil {
		return "", nil, err
	}
	if !spent {
		return "", nil, errCredentials
	}
	u, err := s.store.User(ctx, sess.User)
	if err != nil || u.Disabled {
		return "", nil, errCredentials.Because(err)
	}
	return s.open(ctx, u)
}

// BySession returns who a session token stands for.
func (s *Service) BySession(ctx context.Context, token string) (*Principal, error) {
	sess, err := s.store.SessionByHash(ctx, HashToken(token), s.now())
	if fault.KindOf(err) == fault.NotFound || (err == nil && sess.Link) {
		return nil, errCredentials
	}
	if err != nil {
		return nil, err
	}
	u, err := s.store.User(ctx, sess.User)
	if err != nil || u.Disabled {
		return nil, errCredentials.Because(err)
	}
	return principal(u), nil
}

// SignOut ends a session; an unknown token is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	_, err := s.store.DeleteSession(ctx, HashToken(token))
	return err
}

// Sweep deletes sessions and links that have run out.
func (s *Service) Sweep(ctx context.Context) error { return s.store.DeleteSessionsBefore(ctx, s.now()) }

func (s *Service) open(ctx context.Context, u *User) (string, *Principal, error) {
	token := NewToken()
	err := s.store.CreateSession(ctx,
		&Session{Hash: HashToken(token), User: u.ID, CreatedAt: s.now(), ExpiresAt: s.now().Add(SessionLifetime)})
	return token, principal(u), err
}

func principal(u *User) *Principal { return &Principal{ID: u.ID, Name: u.Name, Roles: u.Roles} }

func hashPassword(password string) (string, error) {
	if len(password) < 10 || len(password) > 72 {
		return "", fault.New(fault.Invalid, "user.password", "a password needs 10 to 72 bytes")
	}
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	return string(h), err
}

// absentHash is compared with when there is no user, at the same cost as a
// real one. It is the hash of a discarded random token.
const absentHash = "$2a$10$7EqJtq98hPqEX7fNZaFWoOHi9Pj8mQk2b1Q3p6cYJ2m0n7a1bq5lK"

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
