package api

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
)

// Statuses by which operations may fail, besides those that declare adds.
const (
	unauthorized = http.StatusUnauthorized
	forbidden    = http.StatusForbidden
	notFound     = http.StatusNotFound
	conflict     = http.StatusConflict
	tooLarge     = http.StatusRequestEntityTooLarge
	tooMany      = http.StatusTooManyRequests
	unavailable  = http.StatusServiceUnavailable
)

// operation is what the OpenAPI document says of a route.
type operation huma.Operation

// op describes an operation by its id, its method and path ("GET /v1/songs"),
// the tag it is listed under, and a summary of a few words.
func op(id, route, tag, summary string) operation {
	method, path, _ := strings.Cut(route, " ")
	return operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary}
}

// about adds a description of one or two sentences.
func (o operation) about(description string) operation {
	o.Description = description
	return o
}

// fails lists the statuses of the operation's own failures.
func (o operation) fails(statuses ...int) operation {
	o.Errors = statuses
	return o
}

// created makes 201 the status of success.
func (o operation) created() operation {
	o.DefaultStatus = http.StatusCreated
	return o
}

// noContent makes 204 the status of success.
func (o operation) noContent() operation {
	o.DefaultStatus = http.StatusNoContent
	return o
}

const auditKey = "audit"

// audited names the act for the audit trail.
func (o operation) audited(action string) operation { return o.marked(auditKey, action) }

// marked adds a fact that the middleware goes by.
func (o operation) marked(key string, value any) operation {
	o.Metadata = maps.Clone(o.Metadata)
	if o.Metadata == nil {
		o.Metadata = map[string]any{}
	}
	o.Metadata[key] = value
	return o
}

// responds describes answers that are not JSON of the output's Body.
func (o operation) responds(description string, content map[string]*huma.Schema) operation {
	types := make(map[string]*huma.MediaType, len(content))
	for name, schema := range content {
		types[name] = &huma.MediaType{Schema: schema}
	}
	o.Responses = map[string]*huma.Response{"200": {Description: description, Content: types}}
	return o
}

// textSchema is the schema of an answer that is plain text of some kind.
var textSchema = &huma.Schema{Type: huma.TypeString}

// body is an answer that has a JSON body and no headers of its own.
type body[T any] struct{ Body T }

func bodyOf[T any](v T) *body[T] { return &body[T]{v} }

// items is an answer with a whole list.
type items[T any] struct {
	Body struct {
		Items []T `json:"items"`
	}
}

func itemsOf[T any](list []T) *items[T] {
	out := &items[T]{}
	out.Body.Items = list
	if list == nil {
		out.Body.Items = []T{}
	}
	return out
}

// none is the input of operations without parameters, and the output of
// those that answer with a status alone.
type none struct{}

// writeTime bounds a request that changes something. Completing an upload is
// the slowest: storage may copy all its parts.
const writeTime = 10 * time.Minute

// handle registers an operation: who may call it, and the method that
// performs it. Errors of fn become problems here and are logged here, once.
func handle[I, O any](s *server, who []account.Role, o operation, fn func(context.Context, *I) (*O, error)) {
	registered := huma.Operation(o)
	declare(&registered, who)
	huma.Register(s.huma, registered, func(ctx context.Context, in *I) (*O, error) {
		// a caller who hangs up, such as a page being closed, does not undo what it asked for
		if o.Method != http.MethodGet {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), writeTime)
			defer cancel()
		}
		out, err := fn(ctx, in)
		s.recordEnd(ctx, &registered, err)
		if err == nil {
			return out, nil
		}
		return nil, s.answer(ctx, o.OperationID, err)
	})
}

// answer turns an error into the problem the caller gets.
func (s *server) answer(ctx context.Context, op string, err error) error {
	p := problemOf(err)
	p.Instance = instanceOf(ctx)
	report(ctx, s.Log, p, op, storyIn(ctx))
	if h := p.headers(); len(h) > 0 {
		return huma.ErrorWithHeaders(p, h)
	}
	return p
}
