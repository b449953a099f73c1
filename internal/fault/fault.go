// Package fault defines errors with a kind, a stable public code and a sentence
// that tells a person what to do. The API and the worker map kinds to HTTP
// statuses and retries; no other package does.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Kind classifies an error by how to answer it.
type Kind uint8

// The kinds. The zero value is Internal, so that an unclassified error is never
// reported as the caller's.
const (
	Internal     Kind = iota // our defect, or an unexpected condition
	Invalid                  // the input cannot succeed unchanged
	Unauthorized             // not signed in, or wrong credentials
	Forbidden                // signed in, but not allowed
	NotFound                 // absent, or hidden from the caller
	Conflict                 // valid request, but the state has changed
	TooLarge                 // over a size limit
	TooMany                  // over a rate limit; retry later
	Unavailable              // a needed service is down; a retry can succeed
)

var kindNames = [...]string{
	"internal", "invalid", "unauthorized", "forbidden", "not_found", "conflict", "too_large", "too_many", "unavailable",
}

// String returns the kind's name in lower case, for logs.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Error is a classified error.
type Error struct {
	Kind   Kind
	Code   string         // stable and public, such as "too_long" or "story.stale"
	Detail string         // public: one or two sentences for a person, without path, query or stack
	Facts  map[string]any // further public members of the answer, such as who decided first
	Local  bool           // this machine is the cause; the same input may succeed on another
	Err    error          // cause, for the log only
}

// Error returns the code, the detail and the cause, for logs.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Detail
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of the kind. With args, detail is a format. It is
// public: never pass a path, a query or another user's data.
func New(kind Kind, code, detail string, args ...any) *Error {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Because returns a copy of e with err as its cause.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// With returns a copy of e with one more public fact.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Facts = make(map[string]any, len(e.Facts)+1)
	for k, v := range e.Facts {
		c.Facts[k] = v
	}
	c.Facts[name] = value
	return &c
}

// OfMachine returns a copy of e that is Local.
func (e *Error) OfMachine() *Error {
	c := *e
	c.Local = true
	return &c
}

// As returns the *Error in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns the kind of the first *Error in err's chain. Without one, a
// context's error is Unavailable and any other Internal.
func KindOf(err error) Kind {
	if e := As(err); e != nil {
		return e.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Unavailable
	}
	return Internal
}

// CodeOf returns the stable code of the first *Error in err's chain, or
// "internal".
func CodeOf(err error) string {
	if e := As(err); e != nil {
		return e.Code
	}
	return "internal"
}

// Is reports whether the first *Error in err's chain has the code.
func Is(err error, code string) bool {
	e := As(err)
	return e != nil && e.Code == code
}

// IsLocal reports whether the first *Error in err's chain has this machine as
// its cause. Such an error says nothing about the input.
func IsLocal(err error) bool {
	e := As(err)
	return e != nil && e.Local
}

// Permanent reports whether a retry of the same input cannot succeed.
func Permanent(err error) bool {
	switch KindOf(err) {
	case Invalid, TooLarge, Forbidden, Unauthorized, NotFound:
		return true
	case Internal, Conflict, TooMany, Unavailable:
		return false
	}
	return false
}
