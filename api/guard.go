package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/storyreel/storyreel/api/front"
)

// occurrence is what errors of a request are reported with.
type occurrence struct {
	instance string
	log      *slog.Logger
}

type occurrenceKey struct{}

// occurrenceOf is empty outside requests.
func occurrenceOf(ctx context.Context) occurrence {
	o, _ := ctx.Value(occurrenceKey{}).(occurrence)
	return o
}

// guard is around every route: a panic becomes a problem, every answer has
// the headers that browsers need to stay safe, and every request an id.
func (s *server) guard(c *gin.Context) {
	b := make([]byte, 8)
	rand.Read(b)
	instance := "urn:storyreel:request:" + hex.EncodeToString(b)
	about := occurrence{instance, s.Log}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), occurrenceKey{}, about))
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if strings.HasPrefix(s.Addresses.Pages, "https:") {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	if isAPI(c.Request) {
		if s.cors(c) {
			return
		}
	} else if c.Request.URL.Path != metricsPath { // pages and documents are the same for everybody
		front.Compress(c.Request.Context())
	}
	if refused := front.Refused(c.Request.Context()); refused != nil {
		s.fail(c, "", refused)
		return
	}
	if _, err := url.ParseQuery(c.Request.URL.RawQuery); err != nil && isAPI(c.Request) {
		// the part would be left out; addresses of pages may have such parts, of whoever spreads them
		s.fail(c, "", newProblem(http.StatusBadRequest, "malformed", "the query of the address is not well formed"))
		return
	}
	defer func() {
		if r := recover(); r != nil {
			s.Log.Error("panic in a request", "instance", instance, "panic", r)
			if !c.Writer.Written() {
				s.write(c, newProblem(http.StatusInternalServerError, "internal", "something went wrong on our side"))
			}
			c.Abort()
		}
	}()
	c.Next()
}

// isAPI reports whether programs and scripts call the address, rather than
// browsers opening it.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v1/") }

// cors lets the pages of brands call with a token, and those of every website
// read what is public, in answers that caches can give to all. No answer ever allows
// credentials, so a foreign page can never act with a staff cookie. It
// reports whether the request was a preflight, now answered.
func (s *server) cors(c *gin.Context) bool {
	h := c.Writer.Header()
	if s.everywhere[c.FullPath()] && slices.Contains([]string{http.MethodGet, http.MethodHead}, c.Request.Method) {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
		return false
	}
	h.Add("Vary", "Origin") // also without an Origin: a cache must not give that answer to a page of another one
	origin := c.GetHeader("Origin")
	if origin == "" || origin == originOf(s.Addresses.Pages) {
		return false
	}
	allowed := s.Origins.All(c.Request.Context())
	if slices.Contains(allowed, origin) || slices.Contains(allowed, "*") {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
		if c.Request.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
			h.Set("Access-Control-Max-Age", "7200")
		}
	}
	if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
		c.AbortWithStatus(http.StatusNoContent)
		return true
	}
	return false
}

// noRoute answers where there is no route: with a page for people, with a
// problem for programs.
func (s *server) noRoute(c *gin.Context) {
	if c.Request.Method == http.MethodGet && !isAPI(c.Request) && front.AcceptsHTML(c.Request.Header) {
		if s.site.NotFound(c.Writer, c.Request) == nil {
			return
		}
	}
	s.write(c, newProblem(http.StatusNotFound, "not_found",
		"there is nothing at this address; /docs lists what there is"))
}

// noMethod answers where a route knows other methods, which the router has
// put into Allow. HEAD is served wherever GET is.
func (s *server) noMethod(c *gin.Context) {
	h := c.Writer.Header()
	allow := strings.Split(h.Get("Allow"), ", ")
	if slices.Contains(allow, http.MethodGet) {
		allow = append(allow, http.MethodHead)
	}
	allow = append(allow, http.MethodOptions)
	slices.Sort(allow)
	h.Set("Allow", strings.Join(allow, ", "))
	if c.Request.Method == http.MethodOptions {
		c.AbortWithStatus(http.StatusNoContent)
		return
	}
	s.write(c, newProblem(http.StatusMethodNotAllowed, "method_not_allowed",
		"this address does not know that method; /docs lists what it knows"))
}

// fail answers with the problem of an error outside of operations' own
// errors, and logs it.
func (s *server) fail(c *gin.Context, operation string, err error) {
	p := problemOf(err)
	p.Instance = instanceOf(c.Request.Context())
	report(c.Request.Context(), s.Log, p, operation, c.Param("id"))
	s.write(c, p)
}

func instanceOf(ctx context.Context) string { return occurrenceOf(ctx).instance }

// write answers with a problem outside huma.
func (s *server) write(c *gin.Context, p *Problem) {
	p.Instance = instanceOf(c.Request.Context())
	for name, values := range p.headers() {
		c.Writer.Header()[name] = values
	}
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(p.Status, p)
}
