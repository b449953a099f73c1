package site

import (
	"html/template"
	"net/http"
	"regexp"

	"golang.org/x/text/language"

	"github.com/storyreel/storyreel/internal/mail"
)

// StopPath is where the links of mails lead that stop them. Opening it changes
// nothing, since programs that look for dangerous links open every one. A POST
// without a field stops, as mail programs send it (RFC 8058): they have neither
// cookies nor an origin, and the token is the permission.
const StopPath = "/mail/stop"

// stopTexts are the texts of the page in a language.
type stopTexts struct {
	Title, Ask, Stop   string
	Stopped, Allow     string
	Allowed            string
	Unknown, UnknownBy string
}

var stopLanguages = map[string]stopTexts{
	"en": {
		Title: "Mails about stories", Stop: "Stop these mails", Allow: "Allow mails again",
		Ask:     "Storyreel writes to your e-mail address about the stories that were sent with it.",
		Stopped: "You get no more mails about stories. A mail that is on its way may still arrive.",
		Allowed: "You get mails about your stories again.", Unknown: "This link does not work any more",
		UnknownBy: "It may be incomplete. Use the link in the newest mail, or ignore the mails.",
	},
	"de": {
		Title: "Mails über Geschichten", Stop: "Diese Mails stoppen", Allow: "Mails wieder erlauben",
		Ask:     "Storyreel schreibt an deine E-Mail-Adresse über die Geschichten, die mit ihr gesendet wurden.",
		Stopped: "Du bekommst keine Mails über Geschichten mehr. Eine, die schon unterwegs ist, kann noch ankommen.",
		Allowed: "Du bekommst wieder Mails über deine Geschichten.", Unknown: "Dieser Link funktioniert nicht mehr",
		UnknownBy: "Vielleicht ist er unvollständig. Nutze den Link in der neuesten Mail oder ignoriere die Mails.",
	},
}

// stopPage posts to its own address, so that it need not hold the token.
var stopPage = template.Must(template.New("stop").Parse(`<!doctype html>
<html lang="{{.Lang}}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <title>{{.Title}}</title>
    {{.Links}}
  </head>
  <body>
    <main class="stack not-found">
      <h1>{{.Title}}</h1>
      <p{{if .Done}} role="status"{{end}}>{{.Text}}</p>
      {{- if .Button}}
      <form method="post">
        <button class="primary" name="action" value="{{.Action}}">{{.Button}}</button>
      </form>
      {{- end}}
    </main>
  </body>
</html>
`))

// stopView is what the page shows.
type stopView struct {
	Lang, Title, Text, Button, Action string
	Done                              bool
	Links                             template.HTML // of a built page: icon and styles
}

// headLinks matches the links in the head of a built page.
var headLinks = regexp.MustCompile(`<link [^>]*>`)

// askToStop shows whether mails are stopped, and a button that changes it.
func (s *Site) askToStop(w http.ResponseWriter, r *http.Request) error {
	stopped, err := s.Mails.Stopped(r.Context(), r.URL.Query().Get("t"))
	if err != nil {
		return s.stopFailed(w, r, err)
	}
	return s.showStop(w, r, http.StatusOK, stopped, false)
}

// stop stops mails or allows them again.
func (s *Site) stop(w http.ResponseWriter, r *http.Request) error {
	allow := r.PostFormValue("action") == "allow"
	if err := s.Mails.Stop(r.Context(), r.URL.Query().Get("t"), allow); err != nil {
		return s.stopFailed(w, r, err)
	}
	return s.showStop(w, r, http.StatusOK, !allow, true)
}

func (s *Site) showStop(w http.ResponseWriter, r *http.Request, status int, stopped, done bool) error {
	lang := langOf(r)
	t := stopLanguages[lang]
	v := stopView{Lang: lang, Title: t.Title, Text: t.Ask, Button: t.Stop, Action: "stop", Done: done}
	switch {
	case stopped:
		v.Text, v.Button, v.Action = t.Stopped, t.Allow, "allow"
	case done:
		v.Text = t.Allowed
	}
	return s.writeStop(w, status, v)
}

// stopFailed answers a link that is not known with a page; other errors are
// returned.
func (s *Site) stopFailed(w http.ResponseWriter, r *http.Request, err error) error {
	status := s.Status(err)
	if status != http.StatusNotFound {
		return err
	}
	lang := langOf(r)
	t := stopLanguages[lang]
	return s.writeStop(w, status, stopView{Lang: lang, Title: t.Unknown, Text: t.UnknownBy})
}

func (s *Site) writeStop(w http.ResponseWriter, status int, v stopView) error {
	if f, err := s.file("not-found.html"); err == nil { // without its styles the page still works
		for _, link := range headLinks.FindAll(f.raw, -1) {
			v.Links += template.HTML(link)
		}
	}
	h := w.Header()
	s.setHeaders(h, "'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = stopPage.Execute(w, v) // fails only when the caller hung up
	return nil
}

// langOf is the language of the mail whose link was followed, or of the browser.
func langOf(r *http.Request) string {
	wanted := r.URL.Query().Get("lang")
	if _, known := stopLanguages[wanted]; known {
		return wanted
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return mail.LocaleOf("")
	}
	return mail.LocaleOf(tags[0].String())
}
