package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/fault"
)

// Problem is the one shape of every error: RFC 9457 with a stable code.
type Problem struct {
	Type     string         `json:"type" format:"uri-reference" doc:"Documentation of the code." example:"/docs/errors#too_long"`
	Title    string         `json:"title" doc:"What class of problem this is." example:"Unprocessable Entity"`
	Status   int            `json:"status" example:"422"`
	Detail   string         `json:"detail" doc:"What is wrong and what to do, for a person."`
	Instance string         `json:"instance,omitempty" doc:"Names this occurrence in the service's log."`
	Code     string         `json:"code" doc:"Stable; what programs should look at." example:"too_long"`
	Facts    map[string]any `json:"facts,omitempty" doc:"What a program needs to react, by code: retry_after, missing_parts, decided_by, …"`
	Errors   []FieldError   `json:"errors,omitempty" doc:"For code invalid: each field that is wrong."`

	cause error
}

// FieldError names one field that is wrong. It never repeats the value.
type FieldError struct {
	Location string `json:"location" example:"body.song.title"`
	Message  string `json:"message" example:"expected length >= 1"`
}

// Error implements error; the detail is public, so it may be logged.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Unwrap returns the private cause.
func (p *Problem) Unwrap() error { return p.cause }

// headers are what HTTP asks of an answer with the problem.
func (p *Problem) headers() http.Header {
	h := http.Header{}
	if wait, ok := p.Facts["retry_after"]; ok {
		h.Set("Retry-After", fmt.Sprint(wait))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="storyreel"`)
	}
	return h
}

func newProblem(status int, code, detail string) *Problem {
	return &Problem{
		Type: "/docs/errors#" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail,
	}
}

// statusOf is the only place where kinds of faults meet HTTP.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unauthorized:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// problemOf turns any error into what the caller may know of it. Faults of
// kind Internal say no more than that.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if refused, ok := errors.AsType[*front.Refusal](err); ok {
		return newProblem(refused.Status, refused.Code, refused.Detail)
	}
	f := fault.As(err)
	if f == nil || f.Kind == fault.Internal {
		if fault.KindOf(err) == fault.Unavailable {
			p = newProblem(http.StatusServiceUnavailable, "timeout", "the service did not answer in time; try again")
		} else {
			p = newProblem(http.StatusInternalServerError, "internal",
				"something went wrong on our side; try again, and tell us the instance if it stays")
		}
		p.cause = err
		return p
	}
	p = newProblem(statusOf(f.Kind), f.Code, f.Detail)
	p.Facts, p.cause = f.Facts, err
	return p
}

// report logs what an operator must see, once: our failures as errors, what
// is away as warnings, callers' mistakes for debugging only.
func report(ctx context.Context, log *slog.Logger, p *Problem, op, story string) {
	level := slog.LevelDebug
	switch {
	case errors.Is(p.cause, context.Canceled): // the caller hung up; nobody reads the answer
	case p.Status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case p.Status >= 500:
		level = slog.LevelError
	}
	cause := p.cause
	if cause == nil {
		cause = p
	}
	log.Log(ctx, level, "request failed", "operation", op, "story", story, "status", p.Status, "code", p.Code,
		"instance", p.Instance, "err", cause)
}

// humaCodes are the codes of errors that huma raises, by status; any other
// status is "internal".
var humaCodes = map[int]string{
	http.StatusBadRequest:            "malformed",
	http.StatusNotFound:              "not_found",
	http.StatusMethodNotAllowed:      "method_not_allowed",
	http.StatusNotAcceptable:         "not_acceptable",
	http.StatusRequestTimeout:        "timeout",
	http.StatusRequestEntityTooLarge: "body_too_large",
	http.StatusUnsupportedMediaType:  "media_type",
	http.StatusUnprocessableEntity:   "invalid",
}

// installErrors makes huma's own errors (validation, unknown media types)
// problems of ours, without the values that the caller sent.
func installErrors() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return humaProblem(status, msg, errs...)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, msg string, errs ...error) huma.StatusError {
		p := humaProblem(status, msg, errs...)
		o := occurrenceOf(c.Context())
		p.Instance, p.cause = o.instance, errors.Join(errs...)
		report(c.Context(), o.log, p, c.Operation().OperationID, c.Param("id"))
		return p
	}
}

func humaProblem(status int, msg string, errs ...error) *Problem {
	p := newProblem(status, cmp.Or(humaCodes[status], "internal"), public(msg))
	for _, err := range errs {
		if err == nil {
			continue
		}
		f := FieldError{Message: "this field is not as the documentation asks"}
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			f = FieldError{Location: d.Location, Message: public(d.Message)}
		}
		p.Errors = append(p.Errors, f)
	}
	return p
}

// fieldInvalid stands for a message that may name Go types or repeat values.
const fieldInvalid = "this is not as the documentation asks"

// publicMessages are what messages of validation that name neither begin
// with. Those of parsers, which do, are longer.
var publicMessages = []string{
	"expected ", "unexpected property", "required ", "request body is required", "validation failed", "invalid integer",
	"invalid boolean", "invalid float",
}

// internals are signs of an error that was written for programmers.
var internals = []string{"Go ", "unmarshal", "json:", "strconv", "parsing", "looking for", "invalid character", ": "}

// public returns a message of validation as the caller may see it.
func public(message string) string {
	holds := func(sign string) bool { return strings.Contains(message, sign) }
	starts := func(text string) bool { return strings.HasPrefix(message, text) }
	if slices.ContainsFunc(internals, holds) || !slices.ContainsFunc(publicMessages, starts) {
		return fieldInvalid
	}
	return message
}
