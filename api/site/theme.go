package site

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"github.com/storyreel/storyreel/internal/campaign"
)

// themeHead links the style sheet of a campaign, which follows those of the
// page and so prevails.
var themeHead = template.Must(template.New("theme").Parse(`
    <link rel="stylesheet" href="/c/{{.Slug}}/theme.css?v={{.Revision}}" />
  </head>`))

// themed is a page in the look of the campaign.
func themed(page []byte, c *campaign.Campaign) ([]byte, error) {
	if themeSheet(c.Theme) == nil {
		return page, nil
	}
	return filled(page, "</head>", themeHead, c)
}

// theme answers with the style sheet of a campaign. Its pages ask for it by
// the campaign's revision, of which it may be kept for ever.
func (s *Site) theme(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Campaigns.Get(r.Context(), r.PathValue("campaign"))
	if err != nil {
		return err
	}
	h := w.Header()
	s.setHeaders(h, "'none'")
	if r.URL.Query().Get("v") == strconv.FormatInt(c.Revision, 10) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Content-Type", styleSheet)
	_, _ = w.Write(themeSheet(c.Theme)) // fails only when the caller hung up
	return nil
}

const styleSheet = "text/css; charset=utf-8"

// elementTheme answers with the colors of a campaign for the elements on
// brands' pages, which have fonts of their own.
func (s *Site) elementTheme(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Campaigns.Get(r.Context(), r.PathValue("campaign"))
	if err != nil {
		return err
	}
	h := w.Header()
	s.setHeaders(h, "'none'")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Type", styleSheet)
	_, _ = w.Write(elementSheet(c.Theme)) // fails only when the caller hung up
	return nil
}

// themeSheet sets the custom properties of the pages. All values come from
// campaign.Theme's own lists and checks; nothing else gets into it.
func themeSheet(t campaign.Theme) []byte {
	var b bytes.Buffer
	if stack := t.FontStack(); stack != "" {
		fmt.Fprintf(&b, ":root{--text:%s;--heading:%s}\n", stack, stack)
	}
	if light, dark, own := t.Palettes(); own {
		onDark := properties(dark)
		fmt.Fprintf(&b, ":root{%s}\n@media (prefers-color-scheme:dark){:root:not([data-theme=light]){%s}}\n"+
			":root[data-theme=dark]{%s}\n", properties(light), onDark, onDark)
	}
	return b.Bytes()
}

// elementSheet follows the color scheme of the surrounding page, where the
// browser knows how to.
func elementSheet(t campaign.Theme) []byte {
	light, dark, own := t.Palettes()
	if !own {
		return nil
	}
	both := func(a, b string) string { return "light-dark(" + a + "," + b + ")" }
	follows := campaign.Palette{Accent: both(light.Accent, dark.Accent), Text: both(light.Text, dark.Text)}
	return []byte(":host{" + properties(light) + "}\n@supports (color:light-dark(red,red)){:host{" +
		properties(follows) + "}}\n")
}

func properties(p campaign.Palette) string {
	return "--marker:" + p.Accent + ";--on-marker:" + p.Text
}

// status answers with the private page of a story, in the look of its
// campaign. It tells nothing else of the story, and an unknown one gets the
// page without it: what the page shows needs the story's token.
func (s *Site) status(w http.ResponseWriter, r *http.Request) error {
	f, err := s.file("status.html")
	if err != nil {
		return err
	}
	var images []string
	if c, err := s.CampaignOf(r.Context(), r.PathValue("id")); err == nil {
		images = c.Theme.ImageOrigins()
		if f.raw, err = themed(f.raw, c); err != nil {
			return err
		}
	} else if s.Status(err) >= http.StatusInternalServerError {
		return err
	}
	s.write(w, f, http.StatusOK, "'none'", images)
	return nil
}

// write sends a page that was made for the request. Its images may come from
// the origins as well.
func (s *Site) write(w http.ResponseWriter, f file, status int, framers string, images []string) {
	h := w.Header()
	s.setHeaders(h, framers, images...)
	h.Set("Content-Type", f.kind)
	w.WriteHeader(status)
	_, _ = w.Write(f.raw) // fails only when the caller hung up
}
