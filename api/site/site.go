// Package site serves what people and other sites open in a browser: the
// pages and their assets, the documentation, the share page and bare player of
// a published story, and oEmbed. Its content policy lets nothing a contributor
// wrote run.
package site

import (
	"context"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/storyreel/storyreel/api/docsite"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/feed"
)

// published finds stories that anyone may see.
type published interface {
	Get(ctx context.Context, id string) (*feed.Item, error)
}

type campaigns interface {
	Get(ctx context.Context, slugOrID string) (*campaign.Campaign, error)
}

// mails knows who wants no mails, by the token in the link of a mail.
type mails interface {
	Stopped(ctx context.Context, token string) (bool, error)
	Stop(ctx context.Context, token string, allow bool) error
}

// Options are what a Site is made of.
type Options struct {
	Files fs.FS // the built pages
	Docs  fs.FS // the documentation, as package docs has it
	// Reference is the documentation of the API's operations.
	Reference func() docsite.Reference
	Feed      published
	Campaigns campaigns
	// CampaignOf finds the campaign of a story, whether that is public or not.
	CampaignOf func(ctx context.Context, story string) (*campaign.Campaign, error)
	// CampaignView is what everybody may see of a campaign, as the API answers.
	CampaignView func(ctx context.Context, c *campaign.Campaign) (any, error)
	Mails        mails
	MediaURL     func(key string) string // address of a published object

	PublicURL    string // of the pages, without a slash at the end
	UploadOrigin string // where presigned requests go
	MediaOrigin  string // where published media come from
	// Status is the HTTP status of an error: the share page of a story that
	// is not public is a page all the same, with the status of the error.
	Status func(error) int
}

// Site serves the pages.
type Site struct {
	Options
	files func() (map[string]file, error)
	texts func() ([][]string, error) // by place in pageLanguages, the scripts with its texts
	docs  func() (rendered, error)
}

// New returns the site. It reads the files when the first page is asked for.
func New(o Options) *Site {
	s := &Site{Options: o, files: sync.OnceValues(func() (map[string]file, error) { return load(o.Files) })}
	s.docs, s.texts = sync.OnceValues(s.loadDocs), sync.OnceValues(s.loadTexts)
	return s
}

// Route is an address of the site.
type Route struct {
	Path string // as net/http writes patterns: /c/{campaign}
	// Serve answers, or returns an error before anything is written. It reads
	// the values of the pattern from the request.
	Serve func(w http.ResponseWriter, r *http.Request) error
	Post  bool // for POST requests instead of GET
}

// pages maps addresses to files. A page learns what it is about from its
// address, so one file serves every campaign.
var pages = map[string]string{
	"/":         "index.html",
	"/n/{id}":   "notice.html",
	"/review":   "review.html",
	"/board":    "board.html",
	"/admin":    "admin.html",
	"/sign-in":  "sign-in.html",
	"/account":  "account.html",
	"/demo":     "demo.html",
	"/embed.js": "embed.js",

	"/favicon.ico":          "favicon.ico",
	"/robots.txt":           "robots.txt",
	"/icon-180.png":         "icon-180.png",
	"/icon-512.png":         "icon-512.png",
	"/manifest.webmanifest": "manifest.webmanifest",
}

// Routes lists every address of the site.
func (s *Site) Routes() []Route {
	framed := func(framers string) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, r *http.Request) error { return s.share(w, r, framers) }
	}
	routes := []Route{
		{Path: "/assets/{name...}", Serve: s.asset},
		{Path: "/c/{campaign}", Serve: s.campaignPage},
		{Path: "/c/{campaign}/theme.css", Serve: s.theme},
		{Path: "/c/{campaign}/element.css", Serve: s.elementTheme},
		{Path: "/s/{id}", Serve: s.status},
		{Path: "/v/{id}", Serve: framed("'none'")},
		{Path: "/v/{id}/player", Serve: framed("*")},
		{Path: "/oembed", Serve: s.oembed},
		{Path: StopPath, Serve: s.askToStop},
		{Path: StopPath, Serve: s.stop, Post: true},
		{Path: docsite.Root, Serve: s.documentation},
		{Path: docsite.Root + "/{name...}", Serve: s.documentation},
	}
	for address, name := range pages {
		routes = append(routes, Route{Path: address, Serve: func(w http.ResponseWriter, r *http.Request) error {
			return s.page(w, r, name)
		}})
	}
	return routes
}

// NotFound answers with the page for addresses that have none, or returns an
// error before anything is written.
func (s *Site) NotFound(w http.ResponseWriter, r *http.Request) error {
	f, err := s.file("not-found.html")
	if err != nil {
		return err
	}
	s.setHeaders(w.Header(), "'none'")
	f.send(w, r, http.StatusNotFound)
	return nil
}

func (s *Site) asset(w http.ResponseWriter, r *http.Request) error {
	return s.page(w, r, "assets/"+strings.TrimPrefix(path.Clean(r.PathValue("name")), "/"))
}

// page serves a built file.
func (s *Site) page(w http.ResponseWriter, r *http.Request, name string) error {
	f, err := s.file(name)
	if err != nil {
		return err
	}
	h := w.Header()
	s.setHeaders(h, "'none'")
	switch {
	case strings.HasPrefix(name, "assets/"):
		h.Set("Cache-Control", "public, max-age=31536000, immutable") // the name holds a hash of the content
		// brands' pages load the embed's parts; nothing in them is private
		h.Set("Access-Control-Allow-Origin", "*")
	case name == "embed.js":
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("Access-Control-Allow-Origin", "*")
	}
	f.send(w, r, http.StatusOK)
	return nil
}

// setHeaders sets what every page has. Only framers, a source list of the
// content policy, may put the page into a frame; images are further origins
// that its images may come from.
func (s *Site) setHeaders(h http.Header, framers string, images ...string) {
	h.Set("Content-Security-Policy", s.policy(framers, images))
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-cache")
}

// policy is the pages' content policy. Scripts and styles are our own files
// only, media and uploads have origins of their own, and nothing may turn
// text into markup.
func (s *Site) policy(framers string, images []string) string {
	media := s.MediaOrigin
	if s.UploadOrigin != media {
		media = strings.TrimSpace(media + " " + s.UploadOrigin)
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob: " +
		strings.Join(append([]string{media}, images...), " ") +
		"; media-src 'self' blob: " + media + "; connect-src 'self' " + media +
		"; worker-src 'self'; manifest-src 'self'" +
		"; base-uri 'none'; object-src 'none'; form-action 'self'; require-trusted-types-for 'script'; " +
		"trusted-types 'none'; frame-ancestors " + framers
}
