package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
)

// purgeHook is the configured hook; nil without one.
func purgeHook(cfg config.Config, b *storage.Bucket) (*cdn.Hook, error) {
	h, err := cdn.NewHook(cdn.Config{
		URLs: cfg.PurgeURL, Method: cfg.PurgeMethod, Headers: cfg.PurgeHeaders, Body: cfg.PurgeBody, Media: b.PublicURL,
	})
	if err != nil {
		return nil, fmt.Errorf("STORYREEL_PURGE_*: %w", err)
	}
	return h, nil
}

// newRemoval wires the removal of published media.
func (a *app) newRemoval() (*cdn.Service, error) {
	h, err := purgeHook(a.cfg, a.bucket)
	return cdn.New(a.store, a.bucket, h, a.metrics.Purge, clock, a.log), err
}

// purgeWait is how long doctor waits until a purged object is gone.
const purgeWait = 30 * time.Second

// checkPurge reads an object through the CDN, removes it as a withdrawal does,
// and waits until the CDN no longer has it.
func checkPurge(ctx context.Context, cfg config.Config, b *storage.Bucket) finding {
	f := finding{Name: "cdn"}
	hook, err := purgeHook(cfg, b)
	switch {
	case err != nil:
		f.Detail, f.Fix = userMessage(err), "correct STORYREEL_PURGE_*; examples are at "+
			"/docs/operate/configure#behind-a-cdn"
		return f
	case hook == nil && cfg.MediaURL == "":
		f.OK, f.Detail = true, "published media come from the bucket; browsers keep them for "+cfg.MediaMaxAge.String()
		return f
	case hook == nil:
		f.OK, f.Fix = true, "set STORYREEL_PURGE_URL, if the CDN can be asked to drop what is removed"
		f.Detail = "withdrawn videos play on from the CDN for up to " +
			max(cfg.MediaMaxAge, cfg.MediaCDNMaxAge).String()
		return f
	}
	f.Fix = "check STORYREEL_PURGE_* and what the CDN logs; withdrawn videos play on from it"
	f.Detail, err = tryPurge(ctx, b, hook)
	if err != nil {
		f.Detail = userMessage(err)
		return f
	}
	if f.Detail == "" {
		return finding{Name: f.Name, OK: true, Detail: "an object that was removed is purged from the CDN"}
	}
	return f
}

// tryPurge returns what failed, or an empty string.
func tryPurge(ctx context.Context, b *storage.Bucket, hook *cdn.Hook) (string, error) {
	dir, err := os.MkdirTemp("", "storyreel-doctor-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "probe.txt"), []byte("storyreel probe\n"), 0o600); err != nil {
		return "", err
	}
	prefix := media.PublicPrefix("check-"+id.New(), 1)
	if _, err := b.PutTree(ctx, prefix, dir, nil); err != nil {
		return "", err
	}
	address := b.PublicURL(prefix + "probe.txt")
	for range 2 {
		if status := statusOf(ctx, address); status != http.StatusOK {
			_, err := b.DeletePrefix(ctx, prefix)
			return fmt.Sprintf("the CDN answers %d for a published object", status), err
		}
	}
	removal := cdn.New(&doctorStore{}, b, hook, func(bool) {}, clock, slog.New(slog.DiscardHandler))
	if _, err := removal.Remove(ctx, prefix); err != nil {
		return "", err
	}
	wait, stop := context.WithTimeout(ctx, purgeWait)
	defer stop()
	for again := time.NewTicker(time.Second); wait.Err() == nil; {
		if statusOf(ctx, address) != http.StatusOK {
			return "", nil
		}
		select {
		case <-again.C:
		case <-wait.Done():
		}
	}
	return "the purge was confirmed, but the CDN still has a removed object after " + purgeWait.String(), nil
}

// statusOf returns the status of an address, or 0 without an answer.
func statusOf(ctx context.Context, address string) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0
	}
	resp, err := (&http.Client{Timeout: purgeWait}).Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<10) // its length does not matter
	return resp.StatusCode
}

// doctorStore records what one removal needs; doctor has no database.
type doctorStore struct{ keys []string }

// AddInvalidations implements cdn.Store.
func (s *doctorStore) AddInvalidations(_ context.Context, _ string, keys []string, _ time.Time) error {
	s.keys = append(s.keys, keys...)
	return nil
}

// Invalidations implements cdn.Store.
func (s *doctorStore) Invalidations(context.Context, string) ([]string, error) { return s.keys, nil }

// DeleteInvalidations implements cdn.Store.
func (s *doctorStore) DeleteInvalidations(context.Context, string, []string) error { return nil }

// StaleInvalidations implements cdn.Store.
func (s *doctorStore) StaleInvalidations(context.Context, time.Time, int) ([]string, error) {
	return nil, nil
}
