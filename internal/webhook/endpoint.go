package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

// Endpoint is a server that gets the events of one campaign.
type Endpoint struct {
	ID             string
	Campaign       string // id
	Slug           string // of the campaign; set when read
	URL            string
	Description    string
	Events         []string // patterns
	Secret         string   // whsec_ and base64 of 32 bytes
	OldSecret      string   // signs besides Secret until OldSecretUntil; empty: none
	OldSecretUntil time.Time
	DisabledAt     time.Time // zero: enabled
	DisabledReason string    // one of the constants below
	FailingSince   time.Time // of the first failure after the last success; zero: it works
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Why an endpoint is disabled.
const (
	DisabledByHand  = "by_hand"
	DisabledGone    = "gone"    // it answered 410
	DisabledFailing = "failing" // nothing arrived for failingLimit
)

// DisabledReasons lists them.
func DisabledReasons() []string { return []string{DisabledByHand, DisabledGone, DisabledFailing} }

// Bounds of endpoints.
const (
	MaxEndpoints   = 10 // of one campaign
	MaxURL         = 2000
	MaxDescription = 200
	maxPatterns    = 40
)

// secretPrefix marks secrets, as Standard Webhooks asks for.
const secretPrefix = "whsec_"

func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// rotationTime is how long a replaced secret still signs.
const rotationTime = 24 * time.Hour

// secrets are those to sign with at the time, the newest first.
func (e *Endpoint) secrets(now time.Time) []string {
	if e.OldSecret != "" && now.Before(e.OldSecretUntil) {
		return []string{e.Secret, e.OldSecret}
	}
	return []string{e.Secret}
}

func invalid(detail string, args ...any) error {
	return fault.New(fault.Invalid, "webhook.invalid", detail, args...)
}

// check brings the endpoint into the form in which it is stored. private are
// the networks to which plain http may go.
func (e *Endpoint) check(private []netip.Prefix) error {
	e.Description = text.Line(e.Description)
	if text.Len(e.Description) > MaxDescription {
		return invalid("the description must have at most %d characters", MaxDescription)
	}
	if err := checkURL(e.URL, private); err != nil {
		return err
	}
	if len(e.Events) == 0 {
		e.Events = []string{"*"}
	}
	if len(e.Events) > maxPatterns {
		return invalid("at most %d events", maxPatterns)
	}
	for _, p := range e.Events {
		if !validPattern(p) {
			return invalid("%q is no event; use a type such as story.published, a family such as story.*, or *", p)
		}
	}
	slices.Sort(e.Events)
	e.Events = slices.Compact(e.Events)
	return nil
}

func checkURL(address string, private []netip.Prefix) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || len(address) > MaxURL || u.Hostname() == "" || u.Opaque != "":
		return invalid("the address must look like https://example.com/hooks, of at most %d characters", MaxURL)
	case u.User != nil:
		return invalid("the address must hold no user name or password; requests are signed")
	case u.Fragment != "":
		return invalid("the address must have no part behind #")
	case u.Scheme == "http" && len(private) == 0, u.Scheme != "http" && u.Scheme != "https":
		return invalid("the address must begin with https://")
	}
	// names are judged by what they resolve to, whenever a request is sent
	if ip, err := netip.ParseAddr(strings.Trim(u.Hostname(), "[]")); err == nil && !reachable(ip, private) {
		return invalid("the address is of a network that webhooks may not reach; " +
			"STORYREEL_WEBHOOK_NETWORKS can allow it")
	}
	return nil
}
