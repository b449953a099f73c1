// Package website finds what keeps the embedded elements from working on a
// page of a brand's website.
package website

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/csp"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/text"
)

// Finding is one thing looked at. One that is OK and has a fix is a warning.
type Finding struct {
	Name   string
	OK     bool
	Detail string
	Fix    string // empty where all is well
}

// Options say which page is checked, and against which installation.
type Options struct {
	Page string // http or https address; one with user and password is asked with them
	// Campaign is the slug of the campaign of elements that a script of the page
	// makes; empty: the page's markup has them.
	Campaign string

	Service string // address by which browsers reach the service
	Upload  string // scheme and host of presigned uploads
	Media   string // address below which everybody reads published media, with a slash at its end

	Campaigns *campaign.Service
	Origins   *campaign.Origins
	// SignUpload returns a request as the uploader sends it to storage.
	SignUpload func(ctx context.Context) (media.SignedRequest, error)
	Now        func() time.Time
}

// maxText bounds the texts of a finding, in characters.
const maxText = 2000

// check is one check under way.
type check struct {
	Options
	ctx     context.Context //nolint:containedctx // it lives as long as the one call of Check
	client  *http.Client
	service *url.URL
	page    *page
	markup  *markup
	tag     *scriptTag // ours; nil where a script of the page loads it, or nothing does
	form    bool       // whether the page has a form, as far as is known
	feed    bool       // whether it has a feed
	found   []Finding
}

func (c *check) ok(name, detail string) { c.found = append(c.found, Finding{name, true, detail, ""}) }
func (c *check) warn(name, detail, fix string) {
	c.found = append(c.found, Finding{name, true, detail, fix})
}
func (c *check) fail(name, detail, fix string) {
	c.found = append(c.found, Finding{name, false, detail, fix})
}

// Check fetches the page and lists what it finds, in the order in which it
// should be repaired. Beside the page, it asks the service and the storage
// server what browsers would ask them; it sends only reads and preflights.
func Check(ctx context.Context, o Options) []Finding {
	c := &check{Options: o, ctx: ctx, client: newClient()}
	c.run()
	for i, f := range c.found { // which quotes what a stranger's page holds
		c.found[i] = Finding{printable(f.Name), f.OK, printable(f.Detail), printable(f.Fix)}
	}
	return c.found
}

// printable is the text on one line, at most maxText long, without what would
// steer a terminal.
func printable(s string) string {
	runes := []rune(text.Line(s))
	if len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return string(runes)
}

func (c *check) run() {
	var err error
	if c.service, err = url.Parse(c.Service); err != nil {
		c.fail("service", "its address is malformed", "correct STORYREEL_PUBLIC_URL")
		return
	}
	if !c.readPage() {
		return
	}
	campaigns := c.checkElements()
	slugs := slices.Sorted(maps.Keys(campaigns))
	c.checkScript()
	c.checkAddresses()
	c.checkPolicies()
	c.checkIsolation()
	listed := true
	for _, slug := range slugs {
		listed = c.checkCampaign(slug, campaigns[slug]) && listed
	}
	if c.form {
		c.checkRecording()
	}
	c.checkService(slugs, listed)
	if c.form && listed {
		c.checkUpload()
	}
}

// readPage reports whether there is a page to look at.
func (c *check) readPage() bool {
	var err error
	if c.page, err = fetch(c.ctx, c.client, c.Page); err != nil {
		at := ""
		if c.page != nil && c.page.redirects > 0 {
			at = "; it was redirected to " + c.page.url.Redacted()
		}
		c.fail("page", err.Error()+at, "name a page that visitors can open, by the address that they see")
		return false
	}
	if c.markup, err = parse(c.page); err != nil {
		c.fail("page", "its HTML cannot be read: "+err.Error(), "correct the page")
		return false
	}
	detail := fmt.Sprintf("%s answers; its origin is %s", c.page.url.Redacted(), c.page.origin())
	if c.page.redirects > 0 {
		detail += fmt.Sprintf(" (redirects: %d)", c.page.redirects)
	}
	if c.page.cut {
		c.warn("page", detail, fmt.Sprintf("only its first %d MiB were read; what follows was not looked at",
			maxPage>>20))
		return true
	}
	c.ok("page", detail)
	return true
}

// checkCampaign reports whether the campaign takes stories from the page's
// website; true also where no form is for it or it is unknown.
func (c *check) checkCampaign(slug string, hasForm bool) bool {
	name := "campaign " + slug
	found, err := c.Campaigns.Get(c.ctx, slug)
	if fault.KindOf(err) == fault.NotFound {
		c.fail(name, "there is no such campaign", "name one of `storyreel campaign list` in the attribute `campaign`")
		return true
	}
	var forms []*campaign.ReleaseForm
	if err == nil {
		forms, err = c.Campaigns.CurrentForms(c.ctx, found.ID)
	}
	if err != nil {
		c.fail(name, "it cannot be read: "+err.Error(), "check the database: storyreel doctor")
		return true
	}
	if !hasForm {
		c.ok(name, "it exists; feeds show on every website")
		return true
	}
	switch err := fault.As(found.Open(c.Now())); {
	case err != nil:
		c.warn(name, err.Detail, "its form does not take stories meanwhile: storyreel campaign resume "+slug+
			", or other times on the admin page")
	case len(forms) == 0:
		c.warn(name, "it has no release form, so it takes no stories", "storyreel campaign release "+slug+" FILE")
	default:
		c.ok(name, "it takes stories")
	}
	origin := c.page.origin()
	if origin == originOf(c.service) || c.Origins.Allow(found, origin) {
		c.ok("origin", slug+" takes stories from pages of "+origin)
		return true
	}
	c.fail("origin", slug+" takes no stories from pages of "+origin,
		fmt.Sprintf("storyreel campaign set %s --origin %s",
			slug, strings.Join(append(slices.Clone(found.Origins), origin), " --origin ")))
	return false
}

// policies are all that apply to the page.
func (c *check) policies() []csp.Policy {
	values := c.page.header.Values("Content-Security-Policy")
	return append(csp.ParseHeader("the header Content-Security-Policy", values), c.markup.policies...)
}
