package api

import (
	"context"
	"time"

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
}

// AuditList is a page of the audit trail.
type AuditList struct {
	Items []auditLineView `json:"items"`
	Next  string          `json:"next,omitempty" doc:"Cursor of the next page; absent at the end."`
}

type listAuditInput struct {
	Action  string    `query:"action" maxLength:"64" doc:"An action, or a family of them: key for key.created and key.revoked."`
	Outcome string    `query:"outcome" enum:"done,refused"`
	Actor   string    `query:"actor" maxLength:"64" doc:"Id of a user or key."`
	Target  string    `query:"target" maxLength:"64"`
	From    time.Time `query:"from" doc:"Inclusive."`
	To      time.Time `query:"to" doc:"Exclusive."`
	Page
}

func (s *server) auditRoutes() {
	handle(s, admins, op("list-audit", "GET /v1/admin/audit", "admin", "Read the audit trail").
		about("What staff did outside stories, and requests to their routes that were refused, newest first. What "+
			"happened to a story is in its history.").audited("audit.read"), s.listAudit)
}

// listAudit answers with a page of the trail. Reading it is an act as well;
// further pages of one reading are not.
func (s *server) listAudit(ctx context.Context, in *listAuditInput) (*body[AuditList], error) {
	after, err := openCursor[string](in.Cursor)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).act.skip = after != nil
	p, err := s.Audit.List(ctx, audit.Filter{
		Action: in.Action, Outcome: audit.Outcome(in.Outcome), Actor: in.Actor, Target: in.Target, From: in.From,
		To: in.To,
	}, after, in.Limit)
	if err != nil {
		return nil, err
	}
	list := AuditList{Items: make([]auditLineView, len(p.Items)), Next: sealCursor(p.Next)}
	for i, l := range p.Items {
		list.Items[i] = auditLineView{
			ID: l.ID, At: l.At, Action: l.Action, Outcome: string(l.Outcome), Key: l.Key, Target: l.Target,
			Network: l.Network, Instance: l.Instance, Details: l.Details,
		}
		if l.Actor.ID != "" || l.Actor.Role != "" {
			list.Items[i].Actor = &l.Actor
		}
	}
	return bodyOf(list), nil
}
