package account

import (
	"context"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/text"
)

const keyPrefix = "srk_"

// NewKey is what a key is made of.
type NewKey struct {
	Name  string
	Role  Role
	Owner string // user id; empty: belongs to nobody and cannot act where a person must
	// Expires is when it ends; zero: as late as allowed.
	Expires time.Time
}

// CreateKey makes an API key and returns it with its secret, which is not
// stored. The owner must hold the key's role.
func (s *Service) CreateKey(ctx context.Context, n NewKey) (secret string, k *Key, err error) {
	if !n.Role.Valid() {
		return "", nil, fault.New(fault.Invalid, "key.invalid", "role must be moderator, lead, creative or admin")
	}
	latest := s.now().Add(s.opts.KeyLifetime)
	if n.Expires.IsZero() {
		n.Expires = latest
	}
	if n.Expires.After(latest) || !n.Expires.After(s.now()) {
		return "", nil, fault.New(fault.Invalid, "key.expiry", "a key must end in the future, at the latest on %s",
			latest.Format(time.DateOnly)).With("latest", latest)
	}
	if n.Owner != "" {
		u, err := s.store.User(ctx, n.Owner)
		if err != nil {
			return "", nil, err
		}
		if u.Disabled || !holds(u.Roles, n.Role) {
			return "", nil, fault.New(fault.Invalid, "key.invalid", "the key's owner does not hold its role")
		}
		n.Owner = u.ID
	}
	secret = keyPrefix + NewToken()
	k = &Key{
		ID: id.New(), Name: text.Line(n.Name), Role: n.Role, Owner: n.Owner, Hash: HashToken(secret),
		CreatedAt: s.now(), ExpiresAt: n.Expires,
	}
	if k.Name == "" {
		k.Name = string(n.Role) + " key"
	}
	return secret, k, s.store.CreateKey(ctx, k)
}

// Keys lists every key, ended ones too.
func (s *Service) Keys(ctx context.Context) ([]*Key, error) { return s.store.Keys(ctx) }

// RevokeKey ends a key at once.
func (s *Service) RevokeKey(ctx context.Context, id string) error {
	return s.store.RevokeKey(ctx, id, s.now())
}

// IsKey reports whether a bearer token looks like an API key rather than a
// story token.
func IsKey(token string) bool { return strings.HasPrefix(token, keyPrefix) }

// ByKey returns who an API key stands for: its owner, in the key's role alone.
// A key counts only while its owner holds that role.
func (s *Service) ByKey(ctx context.Context, secret string) (*Principal, error) {
	k, err := s.store.KeyByHash(ctx, HashToken(secret))
	if fault.KindOf(err) == fault.NotFound {
		return nil, errCredentials
	}
	if err != nil {
		return nil, err
	}
	if !k.ExpiresAt.After(s.now()) {
		return nil, fault.New(fault.Unauthorized, "key.expired", "this API key has expired; make a new one")
	}
	p := &Principal{ID: k.ID, Name: k.Name, Roles: []Role{k.Role}, Key: k.ID}
	if k.Owner != "" {
		u, err := s.store.User(ctx, k.Owner)
		if err != nil {
			return nil, err
		}
		if u.Disabled || !holds(u.Roles, k.Role) {
			return nil, errCredentials
		}
		p.ID, p.Name, p.Person = u.ID, u.Name+" ("+k.Name+")", true
	}
	if s.now().Sub(k.UsedAt) >= touchEvery {
		// a lost write makes the last use seem older, which is no reason to refuse the request
		_ = s.store.TouchKey(ctx, k.ID, s.now())
	}
	return p, nil
}
