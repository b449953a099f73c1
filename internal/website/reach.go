package website

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxAnswer bounds what is read of an answer of the service, in bytes.
const maxAnswer = 1 << 20

// answer is what a server sent to a request such as the page's scripts make.
type answer struct {
	status int
	header http.Header
	body   []byte // at most maxAnswer
}

// ask sends a request from the page's origin, as browsers would; they follow
// no redirect of a preflight.
func (c *check) ask(method, address string, header map[string]string) (*answer, error) {
	req, err := http.NewRequestWithContext(c.ctx, method, address, nil)
	if err != nil {
		return nil, errors.New("the address is malformed")
	}
	req.Header.Set("Origin", c.page.origin())
	req.Header.Set("User-Agent", agent)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	client := *c.client
	if method == http.MethodOptions {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, cause(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return &answer{resp.StatusCode, resp.Header, body}, err
}

// readable reports by an error why scripts of the page may not read it.
func (a *answer) readable(origin string) error {
	switch got := a.header.Get("Access-Control-Allow-Origin"); got {
	case origin, "*":
		return nil
	case "":
		return errors.New("the answer has no Access-Control-Allow-Origin")
	default:
		return fmt.Errorf("the answer has Access-Control-Allow-Origin: %s", got)
	}
}

// preflight asks, as browsers do before such a request of a script, whether the
// page may send it.
func (c *check) preflight(method, address string, headers []string) error {
	names := make([]string, len(headers))
	for i, name := range headers {
		names[i] = strings.ToLower(name)
	}
	slices.Sort(names)
	a, err := c.ask(http.MethodOptions, address, map[string]string{
		"Access-Control-Request-Method": method, "Access-Control-Request-Headers": strings.Join(names, ","),
	})
	if err != nil {
		return err
	}
	if a.status/100 != 2 {
		return fmt.Errorf("the preflight has status %d", a.status)
	}
	if err := a.readable(c.page.origin()); err != nil {
		return err
	}
	methods := members(a.header, "Access-Control-Allow-Methods")
	if method != http.MethodPost && !slices.Contains(methods, method) && !slices.Contains(methods, "*") {
		return errors.New("Access-Control-Allow-Methods has no " + method)
	}
	allowed := members(a.header, "Access-Control-Allow-Headers")
	for _, name := range names {
		matches := func(a string) bool { return strings.EqualFold(a, name) || (a == "*" && name != "authorization") }
		if !slices.ContainsFunc(allowed, matches) {
			return errors.New("Access-Control-Allow-Headers has no " + name)
		}
	}
	return nil
}

// members are the values of a header that is a list.
func members(h http.Header, name string) []string {
	return strings.FieldsFunc(strings.Join(h.Values(name), ","), func(r rune) bool { return r == ',' || r == ' ' })
}

// checkService asks the service for the script and for what forms and feeds
// need of the API. An origin that is not listed may only read.
func (c *check) checkService(slugs []string, listed bool) {
	const fix = "see that the service runs, and that the proxy in front of it passes all paths and headers on"
	if err := c.checkScriptFile(); err != nil {
		c.fail("service", originOf(c.service)+script+": "+err.Error(), fix)
		return
	}
	slug := "-" // a preflight is answered for any
	if len(slugs) > 0 {
		slug = slugs[0]
	}
	campaign := c.service.JoinPath("v1/campaigns", slug)
	if c.form && listed && c.page.origin() != originOf(c.service) {
		err := c.preflight(http.MethodPost, campaign.JoinPath("stories").String(),
			[]string{"authorization", "content-type", "idempotency-key"})
		if err != nil {
			c.fail("service", "the API takes no calls from "+c.page.origin()+": "+err.Error(), fix)
			return
		}
	}
	c.ok("service", originOf(c.service)+" answers, also to this website")
	for _, slug := range slugs {
		if c.feed && !c.checkMedia(slug, listed) {
			return
		}
	}
}

func (c *check) checkScriptFile() error {
	a, err := c.ask(http.MethodGet, c.service.JoinPath(script).String(), nil)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return fmt.Errorf("the answer has status %d", a.status)
	}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if kind != "text/javascript" && kind != "application/javascript" {
		return fmt.Errorf("the answer's Content-Type is %q", kind)
	}
	if c.page.origin() == originOf(c.service) {
		return nil
	}
	return a.readable(c.page.origin())
}

// checkMedia reads a published story's playlist as players do; it reports
// whether all is well so far. Nothing is checked of a campaign without one.
func (c *check) checkMedia(slug string, listed bool) bool {
	u := c.service.JoinPath("v1/campaigns", slug, "feed")
	u.RawQuery = url.Values{"limit": {"1"}}.Encode()
	a, err := c.ask(http.MethodGet, u.String(), nil)
	if err != nil || a.status == http.StatusNotFound { // which checkCampaign reports
		return err == nil
	}
	if err := a.readable(c.page.origin()); err != nil && c.page.origin() != originOf(c.service) {
		c.fail("feed", "scripts of the page cannot read it: "+err.Error(),
			"see that the proxy in front of the service passes headers on")
		return false
	}
	var page struct{ Items []struct{ HLS string } }
	if json.Unmarshal(a.body, &page) != nil || len(page.Items) == 0 {
		return true
	}
	a, err = c.ask(http.MethodGet, page.Items[0].HLS, nil)
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("the answer has status %d", a.status)
	}
	if err != nil {
		c.fail("media", "a published story does not play: "+err.Error(), "check STORYREEL_MEDIA_URL: storyreel doctor")
		return false
	}
	if err = a.readable(c.page.origin()); err != nil {
		fix := "let the CDN pass Origin on to the bucket and keep its answers apart by it, or allow all origins to read"
		if !listed {
			fix = "add the website to the campaign's origins"
		}
		c.warn("media",
			"scripts cannot read a published story's playlist, so videos have one size only: "+err.Error(), fix)
		return false
	}
	c.ok("media", "a published story of "+slug+" plays on this website")
	return true
}

// checkUpload sends storage the preflight of an upload.
func (c *check) checkUpload() {
	r, err := c.SignUpload(c.ctx)
	if err != nil {
		c.fail("upload", "no upload can be signed: "+err.Error(), "check STORYREEL_S3_*: storyreel doctor")
		return
	}
	if err := c.preflight(r.Method, r.URL, slices.Collect(maps.Keys(r.Headers))); err != nil {
		c.fail("upload", c.Upload+" takes no uploads from "+c.page.origin()+": "+err.Error(),
			"storyreel bucket; where CORS rules are managed elsewhere, allow PUT, GET and HEAD with all headers for "+
				c.page.origin())
		return
	}
	c.ok("upload", c.Upload+" takes uploads from "+c.page.origin())
}
