// Package fault gives every failure a kind, a stable public code and a
// sentence a person can act on, so that only the edges decide what an error
// means to HTTP or to the queue.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Kind says what class of answer an error calls for.
type Kind uint8

// The kinds, from the caller's mistakes to ours. The zero value is Internal,
// so that an error nobody classified is never blamed on the caller.
const (
	Internal     Kind = iota // our defect, or something nobody foresaw
	Invalid                  // the input can never succeed as it is
	Unauthorized             // nobody is signed in, or the credential is wrong
	Forbidden                // signed in, but not allowed
	NotFound                 // absent, or not the caller's to know of
	Conflict                 // right request, but the world has moved on
	TooLarge                 // over a stated limit of size
	TooMany                  // over a stated limit of rate; try later
	Unavailable              // a service we need is away; trying again can help
)

var kindNames = [...]string{
	"internal", "invalid", "unauthorized", "forbidden", "not_found", "conflict", "too_large", "too_many", "unavailable",
}

// String returns the kind's lower-case name, for logs.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Error is a failure with a meaning. Code is stable and public, such as
// "too_long" or "story.stale"; Detail is one or two sentences for the person
// who can act on it and holds no path, query or stack; Facts are further
// public members, such as who decided first; Err is for the log only.
type Error struct {
	Kind   Kind
	Code   string
	Detail string
	Facts  map[string]any
	Err    error
}

// Error returns the code, the detail and the cause, for logs.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Detail
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the private cause, so that errors.Is sees through.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of the kind. args fill the verbs of detail, which is
// public: never pass it a path, a query or somebody else's data.
func New(kind Kind, code, detail string, args ...any) *Error {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Because returns a copy of e with err as its private cause.
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

// As returns the *Error in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns the kind of the first *Error in err's chain. A context's
// end is Unavailable; anything else is Internal.
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

// Is reports whether err carries the code.
func Is(err error, code string) bool {
	e := As(err)
	return e != nil && e.Code == code
}

// Permanent reports whether trying the same again is pointless: the input,
// not the surroundings, is at fault.
func Permanent(err error) bool {
	switch KindOf(err) {
	case Invalid, TooLarge, Forbidden, Unauthorized, NotFound:
		return true
	case Internal, Conflict, TooMany, Unavailable:
		return false
	}
	return false
}
