package cdn

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

const (
	requestTimeout = 15 * time.Second // of one purge request
	urlsPerRequest = 30               // in {urls}; Cloudflare allowed so many in every plan
)

// Config is the form of the requests that make caches drop media. URLs,
// Headers and Body may hold placeholders:
//
//	{url}     address of one removed object; one request for each
//	{object}  its path
//	{urls}    addresses of up to 30 removed objects, as a JSON array
//	{prefix}  address of the removed folder, with a slash at the end
//	{path}    its path
//	{host}    host of the media addresses
//	{story}   id of the story, for caches with surrogate keys or tags
//	{id}      another text for every request
type Config struct {
	URLs    string // one address for each cache, separated by spaces; empty: no hook
	Method  string // empty: POST
	Headers string // "Name: value", separated by | or line breaks
	Body    string
	// Media returns the public address of a key.
	Media func(key string) string
}

var placeholder = regexp.MustCompile(`\{(url|object|urls|prefix|path|host|story|id)\}`)

// Hook sends purge requests.
type Hook struct {
	config  Config
	urls    []string
	headers [][2]string
	client  *http.Client
}

// NewHook returns nil without URLs. A configuration that cannot work is
// fault.Invalid "cdn.config".
func NewHook(c Config) (*Hook, error) {
	if strings.TrimSpace(c.URLs) == "" {
		return nil, nil
	}
	h := &Hook{
		config: c, urls: strings.Fields(c.URLs),
		client: &http.Client{
			Timeout:       requestTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if h.config.Method == "" {
		h.config.Method = http.MethodPost
	}
	for _, line := range strings.FieldsFunc(c.Headers, func(r rune) bool { return r == '|' || r == '\n' }) {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fault.New(fault.Invalid, "cdn.config", "a header of purge requests is not \"Name: value\"")
		}
		h.headers = append(h.headers, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	for _, address := range h.urls {
		if strings.HasPrefix(address, "{") { // the address of the media itself
			continue
		}
		sample := strings.NewReplacer("{object}", "/x", "{path}", "/x/").Replace(address)
		u, err := url.Parse(placeholder.ReplaceAllString(sample, "x"))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil,
				fault.New(fault.Invalid, "cdn.config", "an address of purge requests is not an http or https URL")
		}
	}
	return h, nil
}

// uses reports whether a template holds one of the placeholders.
func (h *Hook) uses(names ...string) bool {
	all := h.config.URLs + h.config.Headers + h.config.Body
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(all, "{"+name+"}") })
}

// perObject reports whether caches are asked about objects, not folders.
func (h *Hook) perObject() bool { return h.uses("url", "object", "urls") }

// purge asks every cache to drop what was at the keys, which are of one story;
// a key with a slash at the end is a folder.
func (h *Hook) purge(ctx context.Context, story string, keys []string) error {
	groups := [][]string{keys}
	switch {
	case h.uses("url", "object"):
		groups = slices.Collect(slices.Chunk(keys, 1))
	case h.uses("urls"):
		groups = slices.Collect(slices.Chunk(keys, urlsPerRequest))
	case h.uses("prefix", "path"):
		groups = slices.Collect(slices.Chunk(foldersOf(story, keys), 1))
	}
	for _, address := range h.urls {
		for _, group := range groups {
			if err := h.send(ctx, address, h.values(story, group)); err != nil {
				return err
			}
		}
	}
	return nil
}

// foldersOf returns the folders among keys, and the story's own for objects.
func foldersOf(story string, keys []string) []string {
	var folders []string
	for _, key := range keys {
		if !strings.HasSuffix(key, "/") {
			key = media.StoryPrefix(media.PublicRoot, story)
		}
		if !slices.Contains(folders, key) {
			folders = append(folders, key)
		}
	}
	return folders
}

// values returns what stands for the placeholders in one request.
func (h *Hook) values(story string, keys []string) map[string]string {
	urls := make([]string, len(keys))
	for i, key := range keys {
		urls[i] = h.config.Media(key)
	}
	list, err := json.Marshal(urls)
	first, parseErr := url.Parse(urls[0])
	if err != nil || parseErr != nil {
		first = &url.URL{}
	}
	path := first.EscapedPath()
	return map[string]string{
		"url": urls[0], "object": path, "urls": string(list), "prefix": urls[0], "path": path, "host": first.Host,
		"story": story, "id": rand.Text(),
	}
}

func fill(template string, values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(template, func(p string) string { return values[p[1:len(p)-1]] })
}

// send sends one request. The error names the host alone: the address may hold
// a credential.
func (h *Hook) send(ctx context.Context, address string, values map[string]string) error {
	failed := fault.New(fault.Unavailable, "cdn.failed", "a cache did not drop removed media; it is asked again")
	req, err := http.NewRequestWithContext(ctx, h.config.Method, fill(address, values),
		strings.NewReader(fill(h.config.Body, values)))
	if err != nil {
		return failed
	}
	for _, header := range h.headers {
		if value := fill(header[1], values); strings.EqualFold(header[0], "Host") {
			req.Host = value
		} else {
			req.Header.Set(header[0], value)
		}
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return failed.Because(fmt.Errorf("no answer from %s", req.URL.Host))
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
	if !dropped(h.config.Method, resp.StatusCode) {
		return failed.Because(fmt.Errorf("%s answers %d", req.URL.Host, resp.StatusCode))
	}
	return nil
}

// dropped reports whether the status means that the cache no longer holds the
// object. nginx's purge module answers 404 or 412 for what it does not hold.
func dropped(method string, status int) bool {
	return status/100 == 2 ||
		method == "PURGE" && (status == http.StatusNotFound || status == http.StatusPreconditionFailed)
}
