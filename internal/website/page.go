package website

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bounds of what a page of a stranger may cost.
const (
	maxPage      = 2 << 20          // bytes that are read
	maxElements  = 50               // elements that are looked at, each with requests of its own
	maxRedirects = 10               // as many as are usual in browsers' and others' clients
	pageTimeout  = 20 * time.Second // for one request with its redirects and its body
)

// agent names us to websites, in the form that filters of robots expect.
const agent = "Mozilla/5.0 (compatible; Storyreel-doctor)"

// page is a page as it was sent, before its scripts ran.
type page struct {
	url       *url.URL // after redirects
	redirects int
	header    http.Header
	body      []byte // at most maxPage
	cut       bool   // there was more
}

// origin is the page's web origin, as browsers send it.
func (p *page) origin() string { return originOf(p.url) }

// originOf is scheme and host in lower case, without a default port.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return u.Scheme + "://" + host
}

// newClient keeps no cookies. It reaches private networks: whoever runs the
// check names the page, so nobody else chooses where it connects.
func newClient() *http.Client {
	return &http.Client{
		Timeout: pageTimeout,
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("it redirects more than %d times", maxRedirects)
			}
			return nil
		},
	}
}

// fetch reads the page. The error is a sentence for people, without the
// address, which may hold a password.
func fetch(ctx context.Context, client *http.Client, address string) (*page, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("the address must look like https://www.example.com/page")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("the address is malformed")
	}
	req.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	req.Header.Set("User-Agent", agent)
	resp, err := client.Do(req)
	if err != nil {
		return nil, cause(err)
	}
	defer resp.Body.Close()
	p := &page{url: resp.Request.URL, header: resp.Header}
	for r := resp.Request; r.Response != nil; r = r.Response.Request {
		p.redirects++
	}
	if resp.StatusCode != http.StatusOK {
		return p, fmt.Errorf("it answers with status %s", resp.Status)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "text/html" &&
		kind != "application/xhtml+xml" {
		return p, fmt.Errorf("it is not HTML; its Content-Type is %q", kind)
	}
	p.body, err = io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	if err != nil {
		return p, fmt.Errorf("it ends too early: %w", cause(err))
	}
	if p.cut = len(p.body) > maxPage; p.cut {
		p.body = bytes.Clone(p.body[:maxPage])
	}
	return p, nil
}

// cause is the error of a request without its address.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// isLoopback reports whether only the machine itself reaches the address.
// Browsers trust such addresses as they do https.
func isLoopback(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "127.") ||
		host == "::1"
}
