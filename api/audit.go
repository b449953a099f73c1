package api

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/audit"
)

// auditLineView is one act of staff, or a request that was refused.
type auditLineView struct {
	ID       string            `json:"id"`
	At       time.Time         `json:"at"`
	Action   string            `json:"action" example:"key.created"`
	Outcome  string            `json:"outcome" enum:"done,refused"`
	Actor    *account.Actor    `json:"actor,omitempty" doc:"Absent: not signed in."`
	Key      string            `json:"key,omitempty" doc:"Id of the API key that was used; absent: a session."`
	Target   string            `json:"target,omitempty" doc:"Id or slug of what was acted on."`
	Network  string            `json:"network,omitempty" doc:"Of the caller: the /24 of IPv4, the /48 of IPv6." example:"203.0.113.0/24"`
	Instance string            `json:"instance,omitempty" doc:"Of the request, as in the service's log."`
	Details  map[string]string `json:"details,omitempty" doc:"Further facts, such as what changed, from what to what."`
	Seq      int64             `json:"seq,omitempty" doc:"Place in the chain; absent in lines from before there was one."`
	Prev     string            `json:"prev,omitempty" doc:"Hash of the line before."`
	Hash     string            `json:"hash,omitempty" doc:"SHA-256 of this line; docs/security.md says over what."`
}

// AuditList is a page of the audit trail.
type AuditList struct {
	Items []auditLineView `json:"items"`
	Next  string          `json:"next,omitempty" doc:"Cursor of the next page; absent at the end."`
}

// AuditFilter selects lines of the audit trail; what is empty selects all.
type AuditFilter struct {
	Action  string    `query:"action" maxLength:"64" doc:"An action, or a family of them: key for key.created and key.revoked."`
	Outcome string    `query:"outcome" enum:"done,refused"`
	Actor   string    `query:"actor" maxLength:"254" doc:"Id or e-mail address of a user, or id of a key."`
	Target  string    `query:"target" maxLength:"64"`
	From    time.Time `query:"from" doc:"Inclusive."`
	To      time.Time `query:"to" doc:"Exclusive."`
}

type listAuditInput struct {
	AuditFilter
	Page
}

type exportAuditInput struct {
	AuditFilter
	Format string `query:"format" enum:"csv,ndjson" default:"csv"`
}

func (s *server) auditRoutes() {
	handle(s, admins, op("list-audit", "GET /v1/admin/audit", "admin", "Read the audit trail").
		about("What staff did outside stories, and requests to their routes that were refused, newest first. What "+
			"happened to a story is in its history.").fails(notFound).audited("audit.read"), s.listAudit)
	lines := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[auditLineView](), true, "")
	handle(s, admins, op("export-audit", "GET /v1/admin/audit/export", "admin", "Export the audit trail").
		about("All lines of a filter, at most 50,000, newest first, as CSV or as one JSON object a line.").
		fails(notFound).audited("audit.exported").responds("The lines.", map[string]*huma.Schema{
		"text/csv": textSchema, "application/x-ndjson": lines,
	}), s.exportAudit)
}

// listAudit answers with a page of the trail. Reading it is an act as well;
// further pages of one reading are not.
func (s *server) listAudit(ctx context.Context, in *listAuditInput) (*body[AuditList], error) {
	after, err := openCursor[string](in.Cursor)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).act.skip = after != nil
	filter, err := s.auditFilter(ctx, in.AuditFilter)
	if err != nil {
		return nil, err
	}
	p, err := s.Audit.List(ctx, filter, after, in.Limit)
	if err != nil {
		return nil, err
	}
	list := AuditList{Items: make([]auditLineView, len(p.Items)), Next: sealCursor(p.Next)}
	for i, l := range p.Items {
		list.Items[i] = auditLineOf(l)
	}
	return bodyOf(list), nil
}

// auditFilter is the filter that a caller describes.
func (s *server) auditFilter(ctx context.Context, in AuditFilter) (audit.Filter, error) {
	f := audit.Filter{
		Action: in.Action, Outcome: audit.Outcome(in.Outcome), Actor: in.Actor, Target: in.Target, From: in.From,
		To: in.To,
	}
	if strings.Contains(f.Actor, "@") {
		u, err := s.Accounts.User(ctx, strings.ToLower(strings.TrimSpace(f.Actor)))
		if err != nil {
			return f, err
		}
		f.Actor = u.ID
	}
	return f, nil
}

func auditLineOf(l audit.Line) auditLineView {
	v := auditLineView{
		ID: l.ID, At: l.At, Action: l.Action, Outcome: string(l.Outcome), Key: l.Key, Target: l.Target,
		Network: l.Network, Instance: l.Instance, Details: l.Details, Seq: l.Seq, Prev: l.Prev, Hash: l.Hash,
	}
	if l.Actor.ID != "" || l.Actor.Role != "" {
		v.Actor = &l.Actor
	}
	return v
}

// exportAudit answers with all lines of a filter, as a file.
func (s *server) exportAudit(ctx context.Context, in *exportAuditInput) (*huma.StreamResponse, error) {
	filter, err := s.auditFilter(ctx, in.AuditFilter)
	if err != nil {
		return nil, err
	}
	lines, err := s.Audit.Export(ctx, filter)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about("", "format", in.Format, "lines", strconv.Itoa(len(lines)))
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Disposition", `attachment; filename="audit.`+in.Format+`"`)
		if in.Format == "csv" { // write errors are ignored: they mean that the caller hung up
			hc.SetHeader("Content-Type", "text/csv; charset=utf-8")
			_, _ = hc.BodyWriter().Write(auditCSV(lines))
			return
		}
		hc.SetHeader("Content-Type", "application/x-ndjson")
		e := json.NewEncoder(hc.BodyWriter())
		for _, l := range lines {
			if e.Encode(auditLineOf(l)) != nil {
				return
			}
		}
	}}, nil
}

// auditCSV writes lines for a spreadsheet.
func auditCSV(lines []audit.Line) []byte {
	rows := [][]string{{
		"seq", "at", "action", "outcome", "role", "actor", "name", "key", "target", "network", "instance", "details",
		"hash",
	}}
	for _, l := range lines {
		var details []string
		for _, name := range slices.Sorted(maps.Keys(l.Details)) {
			details = append(details, name+": "+l.Details[name])
		}
		rows = append(rows, []string{
			number(l.Seq), l.At.Format(time.RFC3339Nano), l.Action, string(l.Outcome), string(l.Actor.Role), l.Actor.ID,
			l.Actor.Name, l.Key, l.Target, l.Network, l.Instance, strings.Join(details, "\n"), l.Hash,
		})
	}
	return csvFile(rows)
}
