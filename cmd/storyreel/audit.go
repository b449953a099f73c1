package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/storage"
)

type auditCmd struct {
	JSON bool `help:"Print JSON."`
}

// auditReport is what the command prints.
type auditReport struct {
	Classes []auditClass      `json:"classes"`
	Holds   int               `json:"holds"`
	Drift   []retention.Drift `json:"drift"`
}

type auditClass struct {
	Class  string `json:"class"`
	Keep   string `json:"keep"` // empty: until withdrawn
	Stored int64  `json:"stored"`
	Due    int64  `json:"due"`
	Held   int64  `json:"held"`
}

// Run implements the command. It exits with 1 where rows and objects disagree.
func (c auditCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		service := retention.NewService(b.store, nil, periods(b.cfg), clock)
		report, err := c.report(e, b, service)
		if err != nil {
			return err
		}
		if c.JSON {
			err = e.json(report)
		} else {
			err = report.print(e)
		}
		if err == nil && len(report.Drift) > 0 {
			err = errReported
		}
		return err
	})
}

func (c auditCmd) report(e *env, b *base, service *retention.Service) (*auditReport, error) {
	counts, err := service.Report(e.ctx)
	if err != nil {
		return nil, err
	}
	holds, err := service.Holds(e.ctx)
	if err != nil {
		return nil, err
	}
	out := &auditReport{Holds: len(holds), Drift: []retention.Drift{}}
	for i, k := range service.Classes() {
		a := auditClass{Class: k.Name, Stored: counts[i].Stored, Due: counts[i].Due, Held: counts[i].Held}
		if k.Keep > 0 {
			a.Keep = days(k.Keep)
		}
		out.Classes = append(out.Classes, a)
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
	return out, service.Compare(e.ctx, bucket, func(d retention.Drift) { out.Drift = append(out.Drift, d) })
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
	fmt.Fprintf(w, "\nholds in force: %d\n", r.Holds)
	for _, d := range r.Drift {
		what := "objects without a row"
		if d.Missing {
			what = "row without objects"
		}
		fmt.Fprintf(w, "%s\t%s%s\n", what, d.Root, d.Story)
	}
	if len(r.Drift) == 0 {
		fmt.Fprintln(w, "rows and objects agree")
	}
	return w.Flush()
}
