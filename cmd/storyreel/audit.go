package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/worker"
)

type auditCmd struct {
	Repair        bool   `help:"Remove what no row names, abort and close what was left open, and announce work that waits too long. States of stories, what a row names, and what contributors sent stay."`
	RemoveUnknown bool   `help:"With --repair, also remove files of contributors that the database does not know. After the restore of an older copy of the database they exist nowhere else."`
	Probe         amount `default:"1000" placeholder:"N" help:"How many objects are asked for without a signature: a number, or all; ${default} by default."`
	Deep          amount `default:"0" placeholder:"N" help:"Of how many sources all bytes are read and compared with their SHA-256: a number, or all; none by default."`
	JSON          bool   `help:"Print JSON."`
}

// Validate implements the interface of kong.
func (c auditCmd) Validate() error {
	if c.RemoveUnknown && !c.Repair {
		return errors.New("--remove-unknown needs --repair")
	}
	return nil
}

// amount is a number of things, or all of them.
type amount int

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *amount) UnmarshalText(text []byte) error {
	if string(text) == "all" {
		*a = integrity.All
		return nil
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 0 {
		return fmt.Errorf("%q is neither a number nor all", text)
	}
	*a = amount(n)
	return nil
}

// auditReport is what the command prints.
type auditReport struct {
	*integrity.Report
	Classes []auditClass `json:"classes"`
	Holds   int          `json:"holds"`
	Drift   []drift      `json:"drift"`
}

// drift is a story whose row and objects do not agree.
type drift struct {
	Story   string `json:"story"`
	Root    string `json:"root"`
	Missing bool   `json:"missing"` // the row names objects that do not exist
}

type auditClass struct {
	Class  string `json:"class"`
	Keep   string `json:"keep"` // empty: until withdrawn
	Stored int64  `json:"stored"`
	Due    int64  `json:"due"`
	Held   int64  `json:"held"`
}

// errNotLooked marks errors that kept a command from looking.
var errNotLooked = errors.New("it could not be looked at everything")

// Run implements the command. It exits with 1 where a finding of severity error
// is left, and with 2 where it could not look.
func (c auditCmd) Run(e *env) error {
	err := withBase(e, func(b *base) error {
		report, err := c.report(e, b)
		if err != nil {
			return err
		}
		if c.JSON {
			err = e.json(report)
		} else {
			err = report.print(e)
		}
		if err == nil && !report.OK {
			err = errReported
		}
		return err
	})
	if err != nil && !errors.Is(err, errReported) {
		return fmt.Errorf("%w: %w", errNotLooked, err)
	}
	return err
}

func (c auditCmd) report(e *env, b *base) (*auditReport, error) {
	out := &auditReport{Drift: []drift{}}
	if err := out.retained(e, b); err != nil {
		return nil, err
	}
	s3, end, err := c.storage(e, b)
	if err != nil {
		return nil, err
	}
	defer end()
	bucket, err := storage.Open(e.ctx, s3)
	if err != nil {
		return nil, err
	}
	d, end, err := b.auditDeps(bucket)
	if err != nil {
		return nil, err
	}
	defer end()
	d.Scratch = worker.Scratch(b.cfg.Scratch)
	o := b.auditOptions()
	o.Probe, o.Deep, o.Repair = int(c.Probe), int(c.Deep), c.Repair
	o.RemoveUnknown = c.RemoveUnknown
	if out.Report, err = integrity.Audit(e.ctx, d, o); err != nil {
		return nil, err
	}
	for _, f := range out.Findings {
		missing := f.Code == integrity.ObjectMissing
		if f.Repaired || !missing && f.Code != integrity.ObjectOrphan {
			continue
		}
		x := drift{Story: f.Story, Root: media.RootOf(f.Key), Missing: missing}
		if !slices.Contains(out.Drift, x) {
			out.Drift = append(out.Drift, x)
		}
	}
	return out, nil
}

// retained reports what is kept, due and held.
func (r *auditReport) retained(e *env, b *base) error {
	service := retention.NewService(b.store, nil, periods(b.cfg), clock)
	counts, err := service.Report(e.ctx)
	if err != nil {
		return err
	}
	holds, err := service.Holds(e.ctx)
	if err != nil {
		return err
	}
	r.Holds = len(holds)
	for i, k := range service.Classes() {
		a := auditClass{Class: k.Name, Stored: counts[i].Stored, Due: counts[i].Due, Held: counts[i].Held}
		if k.Keep > 0 {
			a.Keep = days(k.Keep)
		}
		r.Classes = append(r.Classes, a)
	}
	return nil
}

// storage is the configured bucket, else the embedded server's: the one that
// `up` runs at the moment, or one started for this.
func (c auditCmd) storage(e *env, b *base) (storage.Config, func(), error) {
	s3, err := b.storageConfig(e.ctx)
	if err != nil || !e.ownS3(b.cfg) {
		return s3, func() {}, err
	}
	o := embedded.S3Options{Dir: b.cfg.Data, Log: b.log}
	srv, err := embedded.StartS3(e.ctx, o)
	s3.Region = embedded.Region
	if fault.Is(err, "embedded.busy") {
		o.Addr = b.cfg.S3Listen
		s3.Endpoint, s3.AccessKey, s3.SecretKey, err = embedded.RunningS3(o)
		return s3, func() {}, err
	}
	if err != nil {
		return s3, nil, err
	}
	s3.Endpoint, s3.AccessKey, s3.SecretKey = srv.Endpoint, srv.AccessKey, srv.SecretKey
	return s3, func() { _ = srv.Close() }, nil // returns nil
}

func days(d time.Duration) string { return fmt.Sprintf("%g days", d.Hours()/24) }

func (r *auditReport) print(e *env) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CLASS\tKEPT\tSTORED\tDUE\tHELD")
	for _, c := range r.Classes {
		keep := c.Keep
		if keep == "" {
			keep = "until withdrawn"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\n", c.Class, keep, c.Stored, c.Due, c.Held)
	}
	fmt.Fprintf(w, "\nholds in force: %d\n\nCHECK\tSEVERITY\tFOUND\n", r.Holds)
	for _, c := range r.Checks {
		fmt.Fprintf(w, "%s\t%s\t%d\n", c.Code, c.Severity, c.Count)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	printFindings(e.stdout, r.Findings)
	fmt.Fprintf(e.stdout, "\n%d stories, %d lines of history, %d objects, "+
		"%d asked for without a signature, %d sources read, in %.1f s\n",
		r.Stories, r.History, r.Objects, r.Probed, r.Deep, r.Seconds)
	result := "everything agrees"
	if !r.OK {
		result = "NOT everything agrees; /docs/operate/audit explains each code"
	}
	_, err := fmt.Fprintln(e.stdout, result)
	return err
}

func printFindings(to io.Writer, findings []integrity.Finding) {
	for i, f := range findings {
		if i == 0 {
			fmt.Fprintln(to)
		}
		done := ""
		if f.Repaired {
			done = " (repaired)"
		}
		fmt.Fprintf(to, "%s%s", f.Code, done)
		for _, part := range []string{f.Story, f.Key} {
			if part != "" {
				fmt.Fprint(to, " ", part)
			}
		}
		fmt.Fprintf(to, ": %s\n", f.Detail)
	}
}
