// Package catalog searches songs, so that a contributor selects one instead of
// typing it. The operator supplies the catalog; a small one for trials is built
// in.
package catalog

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

const maxTerms = 32 // of a query

// maxAnswer bounds an answer of another service, in bytes.
const maxAnswer = 1 << 20

// MaxResults is the maximum number of songs that one search returns.
const MaxResults = 20

// Song is an entry of a catalog.
type Song struct {
	Title  string `json:"title"`
	Artist string `json:"artist"`
	ISRC   string `json:"isrc,omitempty"`
	Link   string `json:"link,omitempty"`
	Cover  string `json:"cover,omitempty"`
}

//go:embed demo.tsv
var demo string

// List is a catalog in memory.
type List struct{ songs []entry }

type entry struct {
	Song
	words []string // of title and artist, as words returns them
}

// Demo returns the built-in catalog: well-known songs by title and artist.
func Demo() *List {
	var songs []Song
	for line := range strings.Lines(demo) {
		if title, artist, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			songs = append(songs, Song{Title: title, Artist: artist})
		}
	}
	return NewList(songs)
}

// NewList returns a catalog of the songs. Equal matches keep their order.
func NewList(songs []Song) *List {
	l := &List{songs: make([]entry, len(songs))}
	for i, s := range songs {
		l.songs[i] = entry{s, words(s.Title + " " + s.Artist)}
	}
	return l
}

// Search returns the songs for which every word of the query is the prefix of a
// word of title or artist. Songs whose title begins with the query come first.
func (l *List) Search(_ context.Context, query string, limit int) ([]Song, error) {
	wanted := text.Query(apostrophes.Replace(query), maxTerms)
	if len(wanted) == 0 {
		return nil, nil
	}
	var titleMatches, others []Song
	for _, e := range l.songs {
		switch {
		case !e.matches(wanted):
		case strings.HasPrefix(strings.Join(words(e.Title), " "), strings.Join(wanted, " ")):
			titleMatches = append(titleMatches, e.Song)
		default:
			others = append(others, e.Song)
		}
	}
	found := append(titleMatches, others...)
	return found[:min(limit, len(found))], nil
}

// matches reports whether every prefix is one of a word of the entry.
func (e entry) matches(prefixes []string) bool {
	for _, p := range prefixes {
		if !slices.ContainsFunc(e.words, func(word string) bool { return strings.HasPrefix(word, p) }) {
			return false
		}
	}
	return true
}

// words splits a text into the terms by which it is found. Apostrophes are
// left out: people type dont.
func words(s string) []string { return text.Terms(apostrophes.Replace(s)) }

var apostrophes = strings.NewReplacer("'", "", "’", "")

// Remote is the catalog of another service: GET base?q=WORDS&limit=N returns
// {"items": [Song…]}. Our own API has that form too, so one Storyreel can serve
// another.
type Remote struct {
	base   *url.URL
	client *http.Client
}

// NewRemote returns a Remote for an http or https address. Others are
// fault.Invalid "config.catalog".
func NewRemote(base string) (*Remote, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return nil,
			fault.New(fault.Invalid, "config.catalog", "the song catalog's address must start with https:// or http://")
	}
	return &Remote{u, &http.Client{
		Timeout: 3 * time.Second,
		// a redirect could lead to any address that this server reaches
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Search searches the other service, for at most 3 s, and follows no redirect.
// Songs that a story could not have are left out. Any failure is
// fault.Unavailable "catalog.unavailable"; the contributor then types the song.
func (r *Remote) Search(ctx context.Context, query string, limit int) ([]Song, error) {
	u := *r.base
	q := u.Query()
	q.Set("q", query)
	q.Set("limit", strconv.Itoa(limit))
	u.RawQuery = q.Encode()
	songs, err := r.get(ctx, u.String())
	if err != nil {
		return nil,
			fault.New(fault.Unavailable, "catalog.unavailable",
				"the song catalog does not answer; type the song instead").Because(err)
	}
	return songs[:min(limit, len(songs))], nil
}

func (r *Remote) get(ctx context.Context, address string) ([]Song, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	var body struct {
		Items []Song `json:"items"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&body); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(body.Items, func(s Song) bool { return !s.usable() }), nil
}

// usable reports whether a contributor could have typed the song: the bounds
// are those of a story's song.
func (s Song) usable() bool {
	within := func(s string, most int) bool { return utf8.ValidString(s) && text.Len(s) <= most }
	link := func(address string) bool {
		if address == "" {
			return true
		}
		u, err := url.Parse(address)
		return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
	}
	return s.Title != "" && s.Artist != "" && within(s.Title, 200) && within(s.Artist, 200) && within(s.ISRC, 15) &&
		within(s.Link, 500) && within(s.Cover, 500) && link(s.Link) && link(s.Cover)
}
