package front

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
)

// Encodings that answers are offered in, the best first.
const (
	Brotli = "br"
	Gzip   = "gzip"
)

// Levels of compression: for one answer, and for a file that is compressed once.
const (
	brotliOnce, gzipOnce = 4, 5
	brotliKept, gzipKept = 9, gzip.BestCompression
)

// Encoding is the best encoding that the client accepts; empty: none.
func Encoding(accept http.Header) string {
	best, quality := "", 0.0
	wanted := acceptable(strings.Join(accept.Values("Accept-Encoding"), ","))
	for _, name := range []string{Brotli, Gzip} {
		q, named := wanted[name]
		if !named {
			q = wanted["*"]
		}
		if q > quality {
			best, quality = name, q
		}
	}
	return best
}

// acceptable reads an Accept header: the quality of each name, 1 without one.
func acceptable(list string) map[string]float64 {
	out := map[string]float64{}
	for _, element := range strings.Split(list, ",") {
		name, parameters, _ := strings.Cut(element, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		out[name] = 1
		for _, p := range strings.Split(parameters, ";") {
			key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
			if q, err := strconv.ParseFloat(value, 64); err == nil && strings.EqualFold(key, "q") {
				out[name] = q
			}
		}
	}
	return out
}

// AcceptsHTML reports whether the client asks for a page rather than data, as
// browsers do when somebody follows a link.
func AcceptsHTML(h http.Header) bool {
	return acceptable(strings.Join(h.Values("Accept"), ","))["text/html"] > 0
}

// Squeeze compresses a file that is kept; nil where that saves less than a tenth.
func Squeeze(encoding string, body []byte) []byte {
	if out := compressed(encoding, body, brotliKept, gzipKept); len(out) < len(body)*9/10 {
		return out
	}
	return nil
}

func compressed(encoding string, body []byte, brotliLevel, gzipLevel int) []byte {
	var b bytes.Buffer
	var z io.WriteCloser = brotli.NewWriterLevel(&b, brotliLevel)
	if encoding == Gzip {
		var err error
		if z, err = gzip.NewWriterLevel(&b, gzipLevel); err != nil {
			panic(err) // the levels are constants that gzip knows
		}
	}
	_, _ = z.Write(body) // a bytes.Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// Compressible reports whether compression can help with the media type.
func Compressible(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "xml") ||
		strings.HasSuffix(kind, "yaml") || strings.HasSuffix(kind, "javascript")
}
