//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

// audit compares what the service acknowledged with what there is, past every
// proxy and, but for the last check, without the service's own code for it.
type audit struct {
	r        *runner
	findings []string
	checked  map[string]int

	state  map[string]string
	sets   map[string]string // prefix that the row names, by root and story
	before map[string]string // the same of a first set that was replaced
	source map[string]string
	keys   map[string][]string // objects by root and story

	multipart map[string]string // story by the multipart upload that its row names
}

func (a *audit) find(format string, args ...any) {
	a.findings = append(a.findings, fmt.Sprintf(format, args...))
}

// run makes all checks and returns what is wrong.
func (a *audit) run(ctx context.Context) ([]string, error) {
	a.findings, a.checked = nil, map[string]int{}
	for _, o := range a.r.done() {
		if o.err != nil && !o.noTarget {
			a.find("fault that could not be made or ended: %s: %v", o.planned, o.err)
		}
		if o.stuck > 0 {
			a.find("stuck: %d stories did not move within %s of %s", o.stuck, recoveryLimit, o.planned)
		}
	}
	for _, check := range []func(context.Context) error{
		a.read, a.ledger, a.history, a.feed, a.objects, a.unsigned, a.leftovers, a.command,
	} {
		if err := check(ctx); err != nil {
			return a.findings, err
		}
	}
	return a.findings, nil
}

// ladder is how far the public set of a published story is.
type ladder struct{ first, givenUp bool }

// wrong names why the story has no ladder, empty where it has one. In a run,
// every published story gets one: that is the setting, no source is removed, and
// no story is asked to stay with its first set.
func (l ladder) wrong() string {
	switch {
	case l.givenUp:
		return "ladder given up"
	case l.first:
		return "published with its first set alone"
	}
	return ""
}

// read reads rows and keys.
func (a *audit) read(ctx context.Context) error {
	a.state, a.sets, a.source = map[string]string{}, map[string]string{}, map[string]string{}
	a.keys, a.multipart, a.before = map[string][]string{}, map[string]string{}, map[string]string{}
	rows, err := a.r.in.db.QueryContext(ctx, `SELECT id, state, `+workNow+`, claimed_by, claimed_until,
		COALESCE((public_set::json)->>'before', ''), COALESCE((public_set::json)->>'first', 'false') = 'true',
		COALESCE((public_set::json)->>'given_up', 'false') = 'true',
		COALESCE((public_set::json)->>'prefix', ''), COALESCE((review_set::json)->>'prefix', ''),
		COALESCE((source::json)->>'key', ''), COALESCE((upload::json)->>'multipart', '') FROM stories`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, state, work, claimant, before, public, review, source, multipart string
		var claimed int64
		var ladder ladder
		if err := rows.Scan(&id, &state, &work, &claimant, &claimed, &before, &ladder.first, &ladder.givenUp, &public,
			&review, &source, &multipart); err != nil {
			return err
		}
		if state == "published" {
			a.checked["ladders"]++
			if wrong := ladder.wrong(); wrong != "" {
				a.find("%s: %s", wrong, id)
			}
		}
		a.state[id], a.source[id], a.multipart[multipart] = state, source, id
		a.sets["public/"+id], a.sets["review/"+id], a.before["public/"+id] = public, review, before
		if work != "" {
			a.find("work left: %s of %s, which is %s", work, id, state)
		}
		if claimant != "" && state != "in_review" {
			a.find("claim left: %s, which is %s", id, state)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, root := range media.Roots() {
		for after := ""; ; {
			page, err := a.r.in.bucket.Keys(ctx, root, after, 1000)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, o := range page {
				id := media.StoryOf(o.Key)
				a.keys[root+id] = append(a.keys[root+id], o.Key)
				after = o.Key
			}
		}
	}
	return nil
}

// ledger: every acknowledged story is in a state that it may be in.
func (a *audit) ledger(context.Context) error {
	for _, e := range a.r.ledger.all() {
		for _, w := range e.wrong {
			a.find("contradiction: story %d %s (%s): %s", e.Number, e.ID, e.Plan, w)
		}
		if e.ID == "" {
			continue
		}
		a.checked["stories"]++
		state, known := a.state[e.ID]
		switch {
		case !known:
			a.find("lost: %s was acknowledged and has no row", e.ID)
		case !slices.Contains(e.want, state):
			a.find("state: %s (%s) is %s and not %s", e.ID, e.Plan, state, strings.Join(e.want, " or "))
		}
	}
	if begun := a.r.ledger.begun; len(a.state) > begun {
		a.find("doubled: %d rows of %d stories that were begun", len(a.state), begun)
	}
	return nil
}

// history: each line continues the one before, and every publication follows an
// approval of its own.
func (a *audit) history(ctx context.Context) error {
	rows, err := a.r.in.db.QueryContext(ctx, `SELECT story_id, event, from_state, to_state FROM history
		ORDER BY story_id, id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var last, state string
	approved := 0
	for rows.Next() {
		var id, event, from, to string
		if err := rows.Scan(&id, &event, &from, &to); err != nil {
			return err
		}
		if id != last {
			last, state, approved = id, from, 0
		}
		if from != state {
			a.find("history: %s of %s begins at %q after %q", event, id, from, state)
		}
		state = to
		switch event {
		case "approved", "restored":
			approved = 1
		case "published":
			a.checked["publications"]++
			if approved--; approved < 0 {
				a.find("published without an approval of its own: %s", id)
			}
		}
	}
	return rows.Err()
}

// feed: every published story is on it once, and nothing else.
func (a *audit) feed(ctx context.Context) error {
	seen := map[string]int{}
	for cursor := ""; ; {
		got, err := a.r.load.call(ctx, http.MethodGet,
			"/v1/campaigns/"+slug+"/feed?limit=20&cursor="+url.QueryEscape(cursor), "", nil)
		if err != nil {
			return err
		}
		var page struct {
			Items []view
			Next  string
		}
		if err := got.into(&page); err != nil {
			return err
		}
		for _, it := range page.Items {
			seen[it.ID]++
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for id, n := range seen {
		if n > 1 {
			a.find("feed: %s is listed %d times", id, n)
		}
		if a.state[id] != "published" {
			a.find("feed: %s is listed and is %s", id, a.state[id])
		}
	}
	for id, state := range a.state {
		if state == "published" && seen[id] == 0 {
			a.find("feed: %s is published and not listed", id)
		}
	}
	a.checked["stories on the feed"] = len(seen)
	return nil
}

// under reports whether the key is below the prefix; none is below an empty one.
func under(key, prefix string) bool { return prefix != "" && strings.HasPrefix(key, prefix) }

// objects: no object without a row that names it, no row without its objects.
func (a *audit) objects(context.Context) error {
	for at, keys := range a.keys {
		root, id, _ := strings.Cut(at, "/")
		a.checked["objects"] += len(keys)
		state, known := a.state[id]
		for _, k := range keys {
			switch {
			case !known || state == "erased":
				a.find("object without a story: %s", k)
			case root == "incoming" && state != "awaiting_upload":
				a.find("upload left: %s of a story that is %s", k, state)
			case root == "sources" && k != a.source[id]:
				a.find("source that no row names: %s", k)
			case (root == "public" || root == "review") && !under(k, a.sets[at]) && !under(k, a.before[at]):
				a.find("object that no row names: %s of a story that is %s, whose set is %q", k, state, a.sets[at])
			}
		}
	}
	for at, prefix := range a.sets {
		if prefix != "" && len(a.keys[at]) == 0 {
			a.find("row without objects: %s", prefix)
		}
		if root, id, _ := strings.Cut(at, "/"); root == "public" && a.state[id] == "published" &&
			!slices.Contains(a.keys[at], prefix+"master.m3u8") {
			a.find("published without a playlist: %s", id)
		}
	}
	for id, key := range a.source {
		if key != "" && !slices.Contains(a.keys["sources/"+id], key) {
			a.find("row without its source: %s", key)
		}
	}
	return nil
}

// unsigned: without a signature, only what is published can be read.
func (a *audit) unsigned(ctx context.Context) error {
	for at, keys := range a.keys {
		root, id, _ := strings.Cut(at, "/")
		for _, k := range keys {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.r.in.s3.Endpoint+"/"+slug+"/"+k, nil)
			if err != nil {
				return err
			}
			got, err := a.r.load.once(req)
			if err != nil {
				return err
			}
			a.checked["unsigned reads"]++
			if public := root == "public" && a.state[id] == "published"; public != (got.status == http.StatusOK) {
				a.find("unsigned read of %s, whose story is %s: %d", k, a.state[id], got.status)
			}
		}
	}
	return nil
}

// leftovers: no multipart upload of a story that has its file, no file of a job,
// no program without its worker. A multipart upload whose begin S3 could not
// answer is named by no row; the sweep aborts it after an hour, which is longer
// than a run.
func (a *audit) leftovers(ctx context.Context) error {
	open, err := a.r.in.bucket.PartialUploads(ctx, time.Now().Add(time.Hour))
	if err != nil {
		return err
	}
	for _, u := range open {
		id, named := a.multipart[u.ID]
		switch {
		case !named:
			a.checked["multipart uploads whose begin was not answered"]++
		case a.state[id] != "awaiting_upload":
			a.find("multipart upload left: %s of a story that is %s", u.Key, a.state[id])
		}
	}
	files, err := filepath.Glob(filepath.Join(a.r.in.dir, "scratch-*", "worker-*", "*"))
	if err != nil {
		return err
	}
	for _, f := range files {
		a.find("scratch file left: %s", f)
	}
	for _, stray := range strays(a.r.in.dir) {
		a.find("stray program: %s", stray)
	}
	return nil
}

// command: the service's own audit agrees.
func (a *audit) command(ctx context.Context) error {
	out, err := a.r.in.command(ctx, "audit", "--json")
	var report struct {
		OK       *bool             `json:"ok"`
		Findings []json.RawMessage `json:"findings"`
		Drift    []json.RawMessage `json:"drift"`
	}
	if bad := json.Unmarshal([]byte(out), &report); bad != nil {
		if err == nil {
			err = bad
		}
		return fmt.Errorf("storyreel audit: %w", err)
	}
	for _, f := range append(report.Findings, report.Drift...) {
		a.find("storyreel audit: %s", f)
	}
	if failed := err != nil || report.OK != nil && !*report.OK; failed && len(report.Findings)+len(report.Drift) == 0 {
		a.find("storyreel audit fails and names nothing")
	}
	a.checked["runs of storyreel audit"] = 1
	return nil
}
