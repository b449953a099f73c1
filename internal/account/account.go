// Package account knows who is acting: staff users with roles, their
// sessions, and API keys. Contributors have no account; package intake checks
// the token of their story.
package account

import (
	"slices"
	"time"
)

// Role is what a person or key may do.
type Role string

// The roles. Contributor and System are never given to users or keys: the
// first holds a story token, the second is workers and the sweep.
const (
	Contributor Role = "contributor"
	Moderator   Role = "moderator"
	Lead        Role = "lead" // a moderator who also decides on escalated stories
	Creative    Role = "creative"
	Admin       Role = "admin"
	System      Role = "system"
)

// StaffRoles are the roles that users and keys may hold.
func StaffRoles() []Role { return []Role{Moderator, Lead, Creative, Admin} }

// Valid reports whether r can be given to a user or key.
func (r Role) Valid() bool { return slices.Contains(StaffRoles(), r) }

// Actor is who caused something, as stored in the history.
type Actor struct {
	Role Role   `json:"role"`
	ID   string `json:"id,omitempty"`   // user id, or the id of a key without an owner; else empty
	Name string `json:"name,omitempty"` // shown to colleagues
	// Person reports whether ID is a user's, so that two ids are two people.
	Person bool `json:"-"`
}

// TheSystem acts for sweeps and workers.
var TheSystem = Actor{Role: System, Name: "storyreel"}

// Principal is somebody signed in.
type Principal struct {
	ID      string // of the user; of the key, if that has no owner
	Name    string
	Roles   []Role
	Key     string // id of the API key that was sent; empty with a session
	Session string // id of the session; empty with a key
	Person  bool   // false: a key without an owner
}

// Can reports whether p holds the role; an admin holds all staff roles, and a
// lead that of a moderator.
func (p *Principal) Can(r Role) bool { return holds(p.Roles, r) }

func holds(roles []Role, r Role) bool {
	return slices.Contains(roles, r) || slices.Contains(roles, Admin) ||
		r == Moderator && slices.Contains(roles, Lead)
}

// Actor is p acting in the given role.
func (p *Principal) Actor(r Role) Actor {
	return Actor{Role: r, ID: p.ID, Name: p.Name, Person: p.Person}
}

// User is a member of staff.
type User struct {
	ID           string
	Email        string // unique, lower case
	Name         string
	Roles        []Role
	PasswordHash string // argon2id, or bcrypt of earlier versions; empty: no password sign-in
	Disabled     bool
	HasFactor    bool // a second factor is in force; the store reads it only
	CreatedAt    time.Time
}

// Key is an API key. Only its hash is kept.
type Key struct {
	ID        string
	Name      string
	Role      Role
	Owner     string // user id; empty: belongs to nobody
	Hash      string // SHA-256 of the key, hex
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // to touchEvery; zero: never
	RevokedAt time.Time // zero: not revoked
}

// Session is a signed-in browser, or (Link) a one-time sign-in link that
// can become one.
type Session struct {
	ID        string // shown to its user, unlike the token
	Hash      string // SHA-256 of the token, hex
	User      string // user id
	Link      bool
	ByLink    bool   // began with a link, not with a password
	Device    string // User-Agent of the browser
	CreatedAt time.Time
	SeenAt    time.Time // to touchEvery
	ExpiresAt time.Time
}

// Tries are wrong passwords in a row for one e-mail address.
type Tries struct {
	Failed int
	Last   time.Time
	Until  time.Time // no password is checked before
}
