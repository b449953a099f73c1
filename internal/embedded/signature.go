//go:build !noembed

package embedded

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// verdict is what a request's signature is worth.
type verdict int

const (
	unsigned  verdict = iota
	wrong             // not made with our keys, or dated in the future
	expired           // made with our keys, for a time that is over
	presigned         // valid, in the address
	signed            // valid, in a header: sent by who holds the keys
)

// maxSkew is how far a date may differ from our clock, as with AWS.
const maxSkew = 15 * time.Minute

// maxLife is the longest life of a presigned request, as with AWS.
const maxLife = 7 * 24 * time.Hour

const signatureTime = "20060102T150405Z"

// keys verify signatures of Signature Version 4.
type keys struct {
	access, secret string
	now            func() time.Time
}

// signature is what a request states about its signature.
type signature struct {
	credential, date, headers, value string
	expires                          time.Duration // of a presigned request
	presigned                        bool
}

// verify judges a request by its head alone; it reads no body. The hash of the
// body is part of what is signed, and the S3 server checks it.
func (k keys) verify(r *http.Request) verdict {
	s, ok := stated(r)
	if !ok {
		return unsigned
	}
	at, err := time.Parse(signatureTime, s.date)
	scope := strings.Split(s.credential, "/")
	if err != nil || s.expires > maxLife || len(scope) != 5 || scope[0] != k.access ||
		!strings.HasPrefix(s.date, scope[1]) {
		return wrong
	}
	want := k.sign(r, s, scope)
	if !hmac.Equal([]byte(want), []byte(s.value)) || at.After(k.now().Add(maxSkew)) {
		return wrong
	}
	switch age := k.now().Sub(at); {
	case s.presigned && age > s.expires, !s.presigned && age > maxSkew:
		return expired
	case s.presigned:
		return presigned
	}
	return signed
}

// stated returns the signature of the request's header or address.
func stated(r *http.Request) (s signature, ok bool) {
	if text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "); ok {
		s.date = r.Header.Get("X-Amz-Date")
		for field := range strings.SplitSeq(text, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
			switch name {
			case "Credential":
				s.credential = value
			case "SignedHeaders":
				s.headers = value
			case "Signature":
				s.value = value
			}
		}
		return s, true
	}
	q := r.URL.Query()
	if !q.Has("X-Amz-Signature") {
		return s, r.Header.Get("Authorization") != ""
	}
	seconds, err := strconv.ParseUint(q.Get("X-Amz-Expires"), 10, 31)
	if err != nil {
		return s, true
	}
	return signature{
		credential: q.Get("X-Amz-Credential"), date: q.Get("X-Amz-Date"), headers: q.Get("X-Amz-SignedHeaders"),
		value: q.Get("X-Amz-Signature"), expires: time.Duration(seconds) * time.Second, presigned: true,
	}, true
}

// sign returns the signature that the request must have.
func (k keys) sign(r *http.Request, s signature, scope []string) string {
	payload := r.Header.Get("X-Amz-Content-Sha256")
	if payload == "" {
		payload = "UNSIGNED-PAYLOAD"
	}
	request := strings.Join([]string{
		r.Method, escapePath(r.URL.Path), canonicalQuery(r.URL.Query()), canonicalHeaders(r, s.headers), s.headers,
		payload,
	}, "\n")
	sum := sha256.Sum256([]byte(request))
	text := strings.Join([]string{
		"AWS4-HMAC-SHA256", s.date, strings.Join(scope[1:], "/"), hex.EncodeToString(sum[:]),
	}, "\n")
	key := []byte("AWS4" + k.secret)
	for _, part := range append(scope[1:len(scope):len(scope)], text) {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func canonicalQuery(q url.Values) string {
	q.Del("X-Amz-Signature")
	var pairs []string
	for name, values := range q {
		for _, v := range values {
			pairs = append(pairs, escapeAll(name)+"="+escapeAll(v))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// canonicalHeaders returns the named headers, each with a line break.
func canonicalHeaders(r *http.Request, names string) string {
	var out strings.Builder
	for name := range strings.SplitSeq(names, ";") {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		out.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	return out.String()
}

// escapePath escapes a path as signatures do, keeping its slashes.
func escapePath(path string) string { return strings.ReplaceAll(escapeAll(path), "%2F", "/") }

// escapeAll escapes all but the letters, digits and -._~ of ASCII.
func escapeAll(s string) string {
	return strings.NewReplacer("+", "%20", "%7E", "~").Replace(url.QueryEscape(s))
}
