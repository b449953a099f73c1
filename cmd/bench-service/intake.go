package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"github.com/storyreel/storyreel/client"
	"github.com/storyreel/storyreel/cmd/bench-service/peer"
	"github.com/storyreel/storyreel/internal/embedded"
)

// peerVar holds the settings of the bare handler.
const peerVar = "BENCH_SERVICE_PEER"

// Files of the stories that are begun.
const (
	oneFile     = 5 << 20   // one PUT
	tenParts    = 80 << 20  // ten parts of 8 MiB
	manyParts   = 800 << 20 // a hundred of them
	smallSign   = 10
	largeSign   = 100
	fewClients  = 1
	manyClients = 16
)

// Bars of intake.
const (
	creates   = 300   // begun a second
	signedURL = 2000  // signed part URLs a second
	peerShare = 0.5   // of what the bare handler signs
	turns     = 4     // slices of the time of a line
	warmUp    = 3     // requests before those that are timed
	failLimit = 0.001 // share of requests that may fail
)

// rate is what clients got in some time.
type rate struct {
	count, failed int
	took          []time.Duration
	elapsed, cpu  time.Duration
	err           error // of one of the failures
}

func (r rate) perSecond() float64 { return float64(r.count-r.failed) / max(r.elapsed.Seconds(), 0.001) }

// cpuMS is the CPU time of a request, in ms.
func (r rate) cpuMS() float64 { return ms(r.cpu) / float64(max(r.count, 1)) }

// and adds what was got in another slice of time.
func (r rate) and(o rate) rate {
	return rate{
		r.count + o.count, r.failed + o.failed, append(r.took, o.took...), r.elapsed + o.elapsed, r.cpu + o.cpu,
		cmp.Or(r.err, o.err),
	}
}

// drive lets clients repeat do for a time, and notes the CPU time of the process
// that answers.
func drive(ctx context.Context, pid, clients int, length time.Duration, do func(context.Context) error) (rate, error) {
	for range warmUp {
		if err := do(ctx); err != nil {
			return rate{}, err
		}
	}
	before, err := cpuOf(pid)
	if err != nil {
		return rate{}, err
	}
	var r rate
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	for range clients {
		all.Go(func() {
			for time.Since(began) < length && ctx.Err() == nil {
				start := time.Now()
				err := do(ctx)
				took := time.Since(start)
				mu.Lock()
				r.count, r.took = r.count+1, append(r.took, took)
				if err != nil {
					r.failed, r.err = r.failed+1, err
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	r.elapsed = time.Since(began)
	after, err := cpuOf(pid)
	r.cpu = after - before
	if err == nil && float64(r.failed) > failLimit*float64(r.count) {
		err = fmt.Errorf("%d of %d requests failed, one by: %w", r.failed, r.count, r.err)
	}
	return r, errors.Join(err, ctx.Err())
}

// row is one line of intake.
type row struct {
	name string
	urls int // signed in one request
	do   func(context.Context) error
	peer string // path of the bare handler that signs the same; empty: none
}

// measureIntake measures how fast stories begin and parts are signed.
func measureIntake(ctx context.Context, b *bench) error {
	bare, base, err := b.startPeer(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = stopSelf(bare) }() // killed by our signal
	for _, kind := range kinds() {
		if err := b.intakeOn(ctx, kind, bare.Process.Pid, base); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

// startPeer starts the bare handler in a process of its own.
func (b *bench) startPeer(ctx context.Context) (*exec.Cmd, string, error) {
	listen, err := freeAddress(ctx)
	if err != nil {
		return nil, "", err
	}
	settings, err := json.Marshal(peer.Settings{
		Listen: listen, Endpoint: b.s3.Endpoint, Region: embedded.Region, Bucket: slug,
		AccessKey: b.s3.AccessKey, SecretKey: b.s3.SecretKey,
	})
	if err != nil {
		return nil, "", err
	}
	cmd, err := startSelf(ctx, "peer", peerVar+"="+string(settings))
	if err != nil {
		return nil, "", err
	}
	base := "http://" + listen
	return cmd, base, until(ctx, "the bare handler", 20*time.Millisecond, func() (bool, error) {
		return call(ctx, http.MethodPost, base+"/put", "", nil, nil) == nil, nil
	})
}

func (b *bench) intakeOn(ctx context.Context, kind string, barePID int, base string) (err error) {
	address, remove, err := b.fresh(ctx, kind, "intake")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	in, err := b.install(ctx, "intake-"+kind, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.serve.stop()) }()
	rows, err := in.intakeRows(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.w, "\n| %s | clients | requests/s | URLs/s | p50 / p99 ms | CPU ms a request | "+
		"rate : bare handler's | CPU : bare handler's | bar |\n|---|--:|--:|--:|--:|--:|--:|--:|---|\n", title(kind))
	for _, clients := range []int{fewClients, manyClients} {
		for _, r := range rows {
			got, bare, err := b.inTurn(ctx, r, clients, in.serve.cmd.Process.Pid, barePID, base)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			if r.peer != "" {
				b.printRate("bare handler"+r.peer, r.urls, clients, bare, rate{}, "")
			}
			b.printRate(r.name, r.urls, clients, got, bare, r.judge(clients, got, bare))
		}
	}
	return nil
}

// inTurn measures one line, and where there is one the bare handler in turn
// with it, so that both meet the same load of the machine.
func (b *bench) inTurn(ctx context.Context, r row, clients, pid, barePID int, base string) (got, bare rate, err error) {
	for range turns {
		one, err := drive(ctx, pid, clients, *each/turns, r.do)
		if err != nil {
			return got, bare, err
		}
		got = got.and(one)
		if r.peer == "" {
			continue
		}
		if one, err = drive(ctx, barePID, clients, *each/turns, func(ctx context.Context) error {
			return call(ctx, http.MethodPost, base+r.peer, "", nil, nil)
		}); err != nil {
			return got, bare, err
		}
		bare = bare.and(one)
	}
	return got, bare, nil
}

// judge states whether a line is within its bar.
func (r row) judge(clients int, got, bare rate) string {
	var missed []string
	asked := false
	if r.name == "begin, one PUT" && clients == manyClients {
		if asked = true; got.perSecond() < creates {
			missed = append(missed, fmt.Sprintf("fewer than %d a second", creates))
		}
	}
	if r.urls == largeSign && clients == manyClients {
		if asked = true; got.perSecond()*float64(r.urls) < signedURL {
			missed = append(missed, fmt.Sprintf("fewer than %d URLs a second", signedURL))
		}
	}
	if r.urls >= smallSign && bare.count > 0 {
		if asked = true; got.perSecond() < peerShare*bare.perSecond() {
			missed = append(missed, fmt.Sprintf("below %.1f × the bare handler", peerShare))
		}
	}
	if !asked {
		return ""
	}
	return verdict(missed...)
}

func (b *bench) printRate(name string, urls, clients int, r, bare rate, judged string) {
	signed, compared, cpu := "", "", ""
	if urls > 0 {
		signed = fmt.Sprintf("%.0f", r.perSecond()*float64(urls))
	}
	if bare.count > 0 {
		compared = fmt.Sprintf("%.2f", r.perSecond()/max(bare.perSecond(), 0.001))
		cpu = fmt.Sprintf("%.2f", r.cpuMS()/max(bare.cpuMS(), 0.001))
	}
	fmt.Fprintf(b.w, "| %s | %d | %.0f | %s | %.1f / %.1f | %.2f | %s | %s | %s |\n", name, clients,
		r.perSecond(), signed, ms(quantile(r.took, 0.5)), ms(quantile(r.took, 0.99)), r.cpuMS(), compared, cpu, judged)
}

// intakeRows begins the story whose parts are signed, and lists the lines.
func (in *installation) intakeRows(ctx context.Context) ([]row, error) {
	u, err := in.begin(ctx, manyParts)
	if err != nil {
		return nil, err
	}
	one := in.url + "/v1/stories/" + u.Story
	sign := func(count int) func(context.Context) error {
		numbers := make([]int, count)
		for i := range numbers {
			numbers[i] = i + 1
		}
		return func(ctx context.Context) error {
			return call(ctx, http.MethodPost, one+"/upload/parts", u.Token, map[string]any{"parts": numbers}, nil)
		}
	}
	begin := func(bytes int64) func(context.Context) error {
		return func(ctx context.Context) error {
			return call(ctx, http.MethodPost, in.url+"/v1/campaigns/"+slug+"/stories", "", in.submission(bytes), nil)
		}
	}
	return []row{
		{name: "begin, one PUT", urls: 1, do: begin(oneFile), peer: "/put"},
		{name: "begin, ten parts", urls: smallSign, do: begin(tenParts)},
		{name: "sign ten parts", urls: smallSign, do: sign(smallSign), peer: "/parts/10"},
		{name: "sign a hundred parts", urls: largeSign, do: sign(largeSign), peer: "/parts/100"},
		{name: "status by token", do: func(ctx context.Context) error {
			return call(ctx, http.MethodGet, one, u.Token, nil, nil)
		}},
	}, nil
}

// submission is a story with a file of that size.
func (in *installation) submission(bytes int64) client.Submission {
	form := in.form.ReleaseForms[0]
	return client.Submission{
		Contributor: client.Contributor{Name: "Zoë", Country: "DE", Locale: "en"},
		Song:        client.Song{Title: "Heroes", Artist: "David Bowie"}, Text: "We danced on the roof.",
		Release: client.Release{
			Version: form.Version, Locale: form.Locale, Agreed: true, OfAge: true, OthersAgreed: true,
		},
		File: client.File{Name: "clip.mp4", Bytes: bytes, ContentType: "video/mp4"},
	}
}

func (in *installation) begin(ctx context.Context, bytes int64) (*client.Upload, error) {
	return in.client.Begin(ctx, slug, in.submission(bytes))
}
