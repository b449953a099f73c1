package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/address"
	"github.com/storyreel/storyreel/internal/audit"
)

// act is what a handler knows of the act for the audit trail.
type act struct {
	target  string
	details map[string]string
	skip    bool // it is nothing that the trail keeps
}

// about names what the caller acts on, by id or slug, with facts in pairs of
// name and value. Never pass secrets, or texts of contributors.
func (c *caller) about(target string, facts ...string) {
	c.act.target = target
	if c.act.details == nil {
		c.act.details = map[string]string{}
	}
	for i := 0; i+1 < len(facts); i += 2 {
		c.act.details[facts[i]] = facts[i+1]
	}
}

// recordEnd adds a line for an act that was done, or that its handler refused.
// Other failures changed nothing and leave none.
func (s *server) recordEnd(ctx context.Context, op *huma.Operation, err error) {
	action, audited := op.Metadata[auditKey].(string)
	if err != nil {
		if audited || forStaffOnly(op) {
			s.recordRefusal(ctx, op, problemOf(err))
		}
		return
	}
	if audited && !callerOf(ctx).act.skip {
		s.record(ctx, op, audit.Line{Action: action})
	}
}

// refusals are the statuses of requests that the trail keeps though nothing
// was done.
var refusals = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}

// recordRefusal adds a line for a request to staff's routes that was refused.
// Visitors without any credential who only ask who they are leave none: every
// page of ours does that.
func (s *server) recordRefusal(ctx context.Context, op *huma.Operation, p *Problem) {
	who := callerOf(ctx)
	action, audited := op.Metadata[auditKey].(string)
	if !slices.Contains(refusals, p.Status) || !audited && !forStaffOnly(op) && who.principal == nil ||
		op.OperationID == "get-session" && p.Code == errSignIn.Code {
		return
	}
	if action == "" {
		action = "request"
	}
	who.about(who.act.target, "code", p.Code, "operation", op.OperationID)
	s.record(ctx, op, audit.Line{Action: action, Outcome: audit.Refused})
}

func forStaffOnly(op *huma.Operation) bool {
	allowed, _ := allowedOf(op)
	return len(allowed) > 0 && !slices.Contains(allowed, account.Contributor)
}

// record completes a line with who calls and from where.
func (s *server) record(ctx context.Context, op *huma.Operation, l audit.Line) {
	who := callerOf(ctx)
	l.Target, l.Details, l.Network = who.act.target, who.act.details, address.Network(who.address)
	l.Instance = instanceOf(ctx)
	if l.Target == "" {
		l.Target = who.storyID
	}
	if p := who.principal; p != nil {
		l.Key, l.Actor = p.Key, p.Actor(p.Roles[0])
		allowed, _ := allowedOf(op)
		if i := slices.IndexFunc(allowed, func(r account.Role) bool { return r.Valid() && p.Can(r) }); i >= 0 {
			l.Actor.Role = allowed[i]
		}
	}
	s.Audit.Add(ctx, l)
}
