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
	Creative    Role = "creative"
	Admin       Role = "admin"
	System      Role = "system"
)

// StaffRoles are the roles that users and keys may hold.
func StaffRoles() []Role { return []Role{Moderator, Creative, Admin} }

// Valid reports whether r can be given to a user or key.
func (r Role) Valid() bool { return slices.Contains(StaffRoles(), r) }

// Actor is who caused something, as stored in the history.
type Actor struct {
	Role Role   `json:"role"`
	ID   string `json:"id,omitempty"`   // user or key id; empty for contributors and the system
	Name string `json:"name,omitempty"` // shown to colleagues
}

// TheSystem acts for sweeps and workers.
var TheSystem = Actor{Role: System, Name: "storyreel"}

// Principal is somebody signed in.
type Principal struct {
	ID    string
	Name  string
	Roles []Role
}

// Can reports whether p holds the role; an admin holds all staff roles.
func (p *Principal) Can(r Role) bool {
	return slices.Contains(p.Roles, r) || slices.Contains(p.Roles, Admin)
}

// Actor is p acting in the given role.
func (p *Principal) Actor(r Role) Actor { return Actor{Role: r, ID: p.ID, Name: p.Name} }

// User is a member of staff.
type User struct {
	ID           string
	Email        string // unique, lower case
	Name         string
	Roles        []Role
	PasswordHash string // bcrypt; empty: no password sign-in
	Disabled     bool
	CreatedAt    time.Time
}

// Key is an API key. Only its hash is kept.
type Key struct {
	ID        string
	Name      string
	Role      Role
	Hash      string // SHA-256 of the key, hex
	CreatedAt time.Time
	RevokedAt time.Time // zero: in force
}

// Session is a signed-in browser, or (Link) a one-time sign-in link that
// can become one.
type Session struct {
	Hash      string // SHA-256 of the token, hex
	User      string // user id
	Link      bool
	CreatedAt time.Time
	ExpiresAt time.Time
}
