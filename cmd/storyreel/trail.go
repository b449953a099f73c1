package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/fault"
)

type trailCmd struct {
	Verify trailVerifyCmd `cmd:"" help:"Check that no line of the audit trail was changed, removed or put in."`
}

type trailVerifyCmd struct {
	Anchor string `placeholder:"SEQ:HASH" help:"Number and hash of a line, as the service's log or an earlier run of this command printed them; finds a chain that was made anew."`
	JSON   bool   `help:"Print JSON."`
}

// Run implements the command. It exits with 1 where the chain does not hold.
func (c trailVerifyCmd) Run(e *env) error {
	anchor, err := parseAnchor(c.Anchor)
	if err != nil {
		return err
	}
	return withBase(e, func(b *base) error {
		v, err := b.audit.Verify(e.ctx, anchor)
		if err != nil {
			return err
		}
		switch {
		case c.JSON:
			err = e.json(map[string]any{
				"lines": v.Lines, "first": v.First.Seq, "last": v.Last.Seq, "hash": v.Last.Hash, "broken": v.Broken,
			})
		case v.Broken != "":
			_, err = fmt.Fprintf(e.stdout, "BROKEN after line %d: %s\n", v.Last.Seq, v.Broken)
		case v.Lines == 0:
			_, err = fmt.Fprintln(e.stdout, "the trail has no lines yet")
		default:
			_, err = fmt.Fprintf(e.stdout, "%d lines, %d to %d, follow from each other; keep this elsewhere:\n%d:%s\n",
				v.Lines, v.First.Seq, v.Last.Seq, v.Last.Seq, v.Last.Hash)
		}
		if err == nil && v.Broken != "" {
			err = errReported
		}
		return err
	})
}

func parseAnchor(s string) (audit.Link, error) {
	if s == "" {
		return audit.Link{}, nil
	}
	seq, hash, _ := strings.Cut(s, ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil || n < 1 || len(hash) != 64 {
		return audit.Link{}, fault.New(fault.Invalid, "audit.anchor",
			"an anchor looks like 120:5f3a…, with all 64 digits")
	}
	return audit.Link{Seq: n, Hash: hash}, nil
}
