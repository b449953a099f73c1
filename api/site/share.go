package site

import (
	"bytes"
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
)

// preview is what other sites show of a story.
type preview struct {
	Title, Description, URL, Player, OEmbed, Poster, MP4 string
	Width, Height                                        int

	campaign *campaign.Campaign // nil where it cannot be read
}

// shareTags are added to the page's head; html/template escapes every value.
var shareTags = template.Must(template.New("tags").Parse(`
    <link rel="canonical" href="{{.URL}}" />
    <link rel="alternate" type="application/json+oembed" href="{{.OEmbed}}" title="{{.Title}}" />
    <meta name="description" content="{{.Description}}" />
    <meta property="og:site_name" content="Storyreel" />
    <meta property="og:type" content="video.other" />
    <meta property="og:title" content="{{.Title}}" />
    <meta property="og:description" content="{{.Description}}" />
    <meta property="og:url" content="{{.URL}}" />
    <meta property="og:image" content="{{.Poster}}" />
    <meta property="og:video" content="{{.MP4}}" />
    <meta property="og:video:type" content="video/mp4" />
    <meta property="og:video:width" content="{{.Width}}" />
    <meta property="og:video:height" content="{{.Height}}" />
    <meta name="twitter:card" content="player" />
    <meta name="twitter:title" content="{{.Title}}" />
    <meta name="twitter:description" content="{{.Description}}" />
    <meta name="twitter:image" content="{{.Poster}}" />
    <meta name="twitter:player" content="{{.Player}}" />
    <meta name="twitter:player:width" content="{{.Width}}" />
    <meta name="twitter:player:height" content="{{.Height}}" />
  </head>`))

// share answers with a story's page and the tags by which other sites show
// it. A story that is not public gets the same page without tags, and the
// status says so.
func (s *Site) share(w http.ResponseWriter, r *http.Request, framers string) error {
	f, err := s.file("story.html")
	if err != nil {
		return err
	}
	status, images := http.StatusOK, []string(nil)
	if about, err := s.preview(r.Context(), r.PathValue("id")); err != nil {
		if status = s.Status(err); status >= http.StatusInternalServerError {
			return err
		}
	} else {
		if f.raw, err = filled(f.raw, "</head>", shareTags, about); err != nil {
			return err
		}
		if c := about.campaign; c != nil {
			images = c.Theme.ImageOrigins()
			if f.raw, err = themed(f.raw, c); err != nil {
				return err
			}
		}
	}
	s.write(w, f, status, framers, images)
	return nil
}

// filled is a page with what a template makes of the data in place of an end tag,
// which the template repeats.
func filled(page []byte, end string, tmpl *template.Template, data any) ([]byte, error) {
	var b bytes.Buffer
	err := tmpl.Execute(&b, data)
	return bytes.Replace(page, []byte(end), bytes.TrimLeft(b.Bytes(), "\n"), 1), err
}

func (s *Site) preview(ctx context.Context, id string) (preview, error) {
	it, err := s.Feed.Get(ctx, id)
	if err != nil {
		return preview{}, err
	}
	p := preview{
		Title: it.Title, Description: it.Text, URL: s.PublicURL + "/v/" + it.ID,
		Player: s.PublicURL + "/v/" + it.ID + "/player", Poster: s.media(it.Assets.Prefix, it.Assets.Poster),
		MP4: s.media(it.Assets.Prefix, it.Assets.MP4), Width: it.Assets.Width, Height: it.Assets.Height,
	}
	p.OEmbed = s.PublicURL + "/oembed?url=" + url.QueryEscape(p.URL)
	if p.Title == "" {
		p.Title = it.Name + " about “" + it.Song.Title + "”"
	}
	if p.Description == "" {
		p.Description = it.Song.Title + ", " + it.Song.Artist
	}
	if c, err := s.Campaigns.Get(ctx, it.Campaign); err == nil {
		p.campaign = c
		if c.Hashtag != "" {
			p.Description += " #" + c.Hashtag
		}
	}
	return p, nil
}

// media is the address of a published file; empty for none.
func (s *Site) media(prefix, name string) string {
	if name == "" {
		return ""
	}
	return s.MediaURL(prefix + name)
}

// oembedEdge is the longest edge of an embedded player, in CSS pixels.
const oembedEdge = 640

// oembed describes the player of the story whose address is given
// (https://oembed.com).
func (s *Site) oembed(w http.ResponseWriter, r *http.Request) error {
	id, ours := strings.CutPrefix(r.URL.Query().Get("url"), s.PublicURL+"/v/")
	if !ours {
		return fault.New(fault.NotFound, "not_found", "url must be the address of a story's page")
	}
	about, err := s.preview(r.Context(), strings.TrimSuffix(id, "/"))
	if err != nil {
		return err
	}
	width, height := fit(about.Width, about.Height, oembedEdge)
	var frame bytes.Buffer
	err = oembedFrame.Execute(&frame,
		map[string]any{"Player": about.Player, "Title": about.Title, "Width": width, "Height": height})
	if err != nil {
		return err
	}
	answer, err := json.Marshal(map[string]any{
		"version": "1.0", "type": "video", "provider_name": "Storyreel", "provider_url": s.PublicURL,
		"title":         about.Title,
		"thumbnail_url": about.Poster, "thumbnail_width": about.Width, "thumbnail_height": about.Height,
		"width": width, "height": height, "html": frame.String(),
	})
	if err != nil {
		return err
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(answer) // fails only when the caller hung up
	return nil
}

var oembedFrame = template.Must(
	template.New("frame").
		Parse(
			`<iframe src="{{.Player}}" title="{{.Title}}" width="{{.Width}}" height="{{.Height}}" ` +
				`allow="fullscreen; picture-in-picture" allowfullscreen loading="lazy"></iframe>`))

// fit scales a size so that no edge is longer than longest.
func fit(width, height, longest int) (w, h int) {
	if edge := max(width, height); edge > longest {
		return width * longest / edge, height * longest / edge
	}
	return width, height
}
