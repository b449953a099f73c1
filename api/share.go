package api

import (
	"bytes"
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// shareRoutes serve the page of one published story: with the tags by which
// other sites show it, and as a bare player for their frames.
func (s *server) shareRoutes(engine *gin.Engine) {
	engine.GET("/v/:id", func(c *gin.Context) { s.share(c, "'none'") })
	engine.GET("/v/:id/player", func(c *gin.Context) { s.share(c, "*") })
	engine.GET("/oembed", s.oembed)
}

// shared is what other sites are told of a story.
type shared struct {
	Title, Description, URL, Player, OEmbed, Poster, MP4 string
	Width, Height                                        int
}

// shareTags go into the page's head; every value is escaped for its place.
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

// share answers with the story's page. A story that is not on the feed, or
// not any more, gets the same page without tags, and the status says so.
func (s *server) share(c *gin.Context, framers string) {
	f, ok := s.pageFile(c, "story.html")
	if !ok {
		return
	}
	status, raw := http.StatusOK, f.raw
	if about, err := s.shared(c.Request.Context(), c.Param("id")); err != nil {
		status = problemOf(err).Status
	} else {
		var tags bytes.Buffer
		if err := shareTags.Execute(&tags, about); err != nil {
			s.write(c, newProblem(http.StatusInternalServerError, "internal", "something went wrong on our side"))
			return
		}
		raw = bytes.Replace(raw, []byte("</head>"), bytes.TrimLeft(tags.Bytes(), "\n"), 1)
	}
	h := c.Writer.Header()
	s.pageHeaders(h)
	h.Set("Content-Security-Policy", s.pagePolicy(framers))
	s.send(c, status, newPageFile("story.html", raw))
}

func (s *server) shared(ctx context.Context, id string) (shared, error) {
	it, err := s.Feed.Get(ctx, id)
	if err != nil {
		return shared{}, err
	}
	v := s.feedItem(*it)
	about := shared{
		Title: v.Title, Description: v.Text, URL: s.PublicURL + "/v/" + v.ID,
		Player: s.PublicURL + "/v/" + v.ID + "/player",
		Poster: v.Poster, MP4: v.MP4, Width: v.Width, Height: v.Height,
	}
	about.OEmbed = s.PublicURL + "/oembed?url=" + url.QueryEscape(about.URL)
	if about.Title == "" {
		about.Title = v.Name + " about “" + v.Song.Title + "”"
	}
	if about.Description == "" {
		about.Description = v.Song.Title + ", " + v.Song.Artist
	}
	if c, err := s.Campaigns.Get(ctx, it.Campaign); err == nil && c.Hashtag != "" {
		about.Description += " #" + c.Hashtag
	}
	return about, nil
}

// oembed tells sites that know only an address how to show the story
// (https://oembed.com).
func (s *server) oembed(c *gin.Context) {
	id, ours := strings.CutPrefix(c.Query("url"), s.PublicURL+"/v/")
	if !ours {
		s.write(c, newProblem(http.StatusNotFound, "not_found", "url must be the address of a story's page"))
		return
	}
	about, err := s.shared(c.Request.Context(), strings.TrimSuffix(id, "/"))
	if err != nil {
		s.write(c, problemOf(err))
		return
	}
	width, height := fit(about.Width, about.Height, 640)
	var frame bytes.Buffer
	err = oembedFrame.Execute(&frame,
		map[string]any{"Player": about.Player, "Title": about.Title, "Width": width, "Height": height})
	if err != nil {
		s.write(c, newProblem(http.StatusInternalServerError, "internal", "something went wrong on our side"))
		return
	}
	c.Header("Access-Control-Allow-Origin", "*")
	c.JSON(http.StatusOK, gin.H{
		"version": "1.0", "type": "video", "provider_name": "Storyreel", "provider_url": s.PublicURL,
		"title":         about.Title,
		"thumbnail_url": about.Poster, "thumbnail_width": about.Width, "thumbnail_height": about.Height,
		"width": width, "height": height, "html": frame.String(),
	})
}

var oembedFrame = template.Must(
	template.New("frame").
		Parse(
			`<iframe src="{{.Player}}" title="{{.Title}}" width="{{.Width}}" height="{{.Height}}" ` +
				`allow="fullscreen; picture-in-picture" allowfullscreen loading="lazy"></iframe>`))

// fit scales a picture so that no edge is longer than `most`.
func fit(width, height, most int) (w, h int) {
	if longest := max(width, height); longest > most {
		return width * most / longest, height * most / longest
	}
	return width, height
}
