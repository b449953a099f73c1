package site

import (
	"cmp"
	"encoding/json"
	"html/template"
	"net/http"

	"golang.org/x/text/language"

	"github.com/storyreel/storyreel/internal/campaign"
)

// opening is what a campaign's page shows before its scripts run.
type opening struct {
	Title, Prompt, Hashtag string

	Campaign *campaign.Campaign
	Theme    campaign.Theme
	LogoAlt  string

	URL   string
	Texts []string        // addresses of the scripts with the texts of the visitor's language
	Data  json.RawMessage // the campaign as the API answers with it
}

// openingHead is added to the page's head; html/template escapes every value.
var openingHead = template.Must(template.New("head").Parse(`
    <link rel="canonical" href="{{.URL}}" />
    <meta name="description" content="{{.Prompt}}" />
    <meta property="og:site_name" content="Storyreel" />
    <meta property="og:type" content="website" />
    <meta property="og:title" content="{{.Title}}" />
    <meta property="og:description" content="{{.Prompt}}" />
    <meta property="og:url" content="{{.URL}}" />
    {{with .Theme.Cover}}<meta property="og:image" content="{{.}}" />
    {{end}}{{range .Texts}}<link rel="modulepreload" crossorigin href="{{.}}" />
    {{end}}<script type="application/json" id="campaign">{{.Data}}</script>
  </head>`))

// openingBody is the head of the page as the script draws it, which replaces it.
var openingBody = template.Must(template.New("body").Parse(`
    <div id="opening">
      <header class="top">{{if .Theme.Logo -}}
        <a class="logo" href="{{.URL}}"><img src="{{.Theme.Logo}}" alt="{{.LogoAlt}}" width="128" height="32"
          referrerpolicy="no-referrer" /></a>
      {{- else -}}
        <a class="brand" href="/"><span>story</span><span class="mark">reel</span></a>
      {{- end}}</header>
      <main class="page">{{with .Theme.Cover -}}
        <img class="cover" src="{{.}}" alt="" referrerpolicy="no-referrer" fetchpriority="high" />
      {{- end}}<div class="campaign"><div class="stack prompt">
        <h1><bdi>{{.Title}}</bdi>{{if .Hashtag}} <span class="mark">#<bdi>{{.Hashtag}}</bdi></span>{{end}}</h1>
        <p dir="auto" class="question">{{.Prompt}}</p>
      </div></div></main>
    </div>
  </body>`))

// campaignPage answers with the page of a campaign: what it asks can be read before
// any script has arrived, and the script finds the campaign in the page. An
// unknown campaign gets the page without it, with the status of the error.
func (s *Site) campaignPage(w http.ResponseWriter, r *http.Request) error {
	f, err := s.file("campaign.html")
	if err != nil {
		return err
	}
	var images []string
	status := http.StatusOK
	o, err := s.opening(r)
	if err != nil {
		if status = s.Status(err); status >= http.StatusInternalServerError {
			return err
		}
	} else {
		images = o.Theme.ImageOrigins()
		for end, tmpl := range map[string]*template.Template{"</head>": openingHead, "</body>": openingBody} {
			if f.raw, err = filled(f.raw, end, tmpl, o); err != nil {
				return err
			}
		}
		if f.raw, err = themed(f.raw, o.Campaign); err != nil {
			return err
		}
	}
	w.Header().Set("Vary", "Accept-Language")
	s.write(w, f, status, "'none'", images)
	return nil
}

func (s *Site) opening(r *http.Request) (*opening, error) {
	ctx, slug := r.Context(), r.PathValue("campaign")
	c, err := s.Campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	view, err := s.CampaignView(ctx, c)
	if err != nil {
		return nil, err
	}
	asked := preferred(r)
	o := &opening{
		Title: c.TitleIn(asked), Prompt: c.PromptIn(asked), Hashtag: c.Hashtag, URL: s.PublicURL + "/c/" + c.Slug,
		Campaign: c, Theme: c.Theme,
	}
	o.LogoAlt = cmp.Or(c.Theme.LogoAlt, o.Title)
	if o.Data, err = json.Marshal(view); err != nil {
		return nil, err
	}
	texts, err := s.texts()
	if err != nil {
		return nil, err
	}
	// as far as the request tells: another choice may be kept in the browser
	_, best := language.MatchStrings(language.NewMatcher(pageLanguages), asked)
	o.Texts = texts[best]
	return o, nil
}

// preferred is the language that a visitor asks for in the address, else the
// first one of the browser; empty: none.
func preferred(r *http.Request) string {
	if asked := r.URL.Query().Get("lang"); asked != "" {
		return asked
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return ""
	}
	return tags[0].String()
}

// pageLanguages are those of the pages' texts; the first stands in for others.
var pageLanguages = []language.Tag{language.English, language.German}

// loadTexts finds the scripts with the texts of each of pageLanguages in the
// list of what was built.
func (s *Site) loadTexts() ([][]string, error) {
	out := make([][]string, len(pageLanguages))
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	manifest, ok := files["manifest.json"]
	if !ok {
		return out, nil // pages that were built without one
	}
	var built map[string]struct {
		File string `json:"file"`
	}
	if err := json.Unmarshal(manifest.raw, &built); err != nil {
		return nil, err
	}
	for i, l := range pageLanguages {
		for _, kind := range []string{"", ".rest"} {
			if chunk := built["../src/text/"+l.String()+kind+".ts"]; chunk.File != "" {
				out[i] = append(out[i], "/"+chunk.File)
			}
		}
	}
	return out, nil
}
