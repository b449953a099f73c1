package intake

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

var (
	contentTypePattern = regexp.MustCompile(`^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}$`)
	isrcPattern        = regexp.MustCompile(`^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$`)
	countryPattern     = regexp.MustCompile(`^[A-Z]{2}$`)
)

func invalid(detail string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "story.invalid", detail, args...)
}

// normalize holds the request against the campaign. It returns the answers to
// the campaign's questions.
func (r *BeginRequest) normalize(c *campaign.Campaign) ([]campaign.Answer, error) {
	if err := c.Accepts(r.File.Bytes, r.Contributor.Country); err != nil {
		return nil, err
	}
	if err := r.File.normalize(); err != nil {
		return nil, err
	}
	answers, err := c.Answers(r.Answers)
	if err != nil {
		return nil, err
	}
	return answers, checkCut(r.Cut, c.Limits)
}

// field is a text that somebody wrote, and its bounds.
type field struct {
	name     string
	value    *string
	clean    func(string) string
	max      int // code points
	required bool
}

// normalizeFields cleans and bounds what was written. The results are plain
// text: nobody may render them as markup.
func normalizeFields(fields ...field) error {
	for _, f := range fields {
		*f.value = f.clean(*f.value)
		if text.Len(*f.value) > f.max {
			return invalid("%s has at most %d characters", f.name, f.max).With("field", f.name)
		}
		if f.required && *f.value == "" {
			return invalid("%s is required; it needs characters that can be seen", f.name).With("field", f.name)
		}
	}
	return nil
}

// normalizeTexts checks and cleans everything that was written.
func (r *BeginRequest) normalizeTexts() error {
	if err := normalizeFields(
		field{"contributor name", &r.Contributor.Name, text.Line, 100, true},
		field{"contributor e-mail", &r.Contributor.Email, text.Line, 254, false},
	); err != nil {
		return err
	}
	if err := normalizeWords(&r.Title, &r.Text, &r.Song); err != nil {
		return err
	}
	r.Contributor.Country = strings.ToUpper(r.Contributor.Country)
	r.Contributor.Email = strings.ToLower(r.Contributor.Email) // compared with those of other stories
	if r.Contributor.Locale != "" {
		locale, ok := text.Language(r.Contributor.Locale)
		if !ok {
			return invalid("locale must be a language such as en or pt-BR")
		}
		r.Contributor.Locale = locale
	}
	switch {
	case r.Contributor.Email != "" && !text.LikeEmail(r.Contributor.Email):
		return invalid("that does not look like an e-mail address")
	case r.Contributor.Country != "" && !countryPattern.MatchString(r.Contributor.Country):
		return invalid("country must be a two-letter ISO 3166-1 code")
	}
	return nil
}

// normalizeWords checks and cleans what is written of a story itself. Links get
// the form in which they are shown.
func normalizeWords(title, words *string, song *story.Song) error {
	if err := normalizeFields(
		field{"title", title, text.Line, 150, false},
		field{"text", words, text.Block, 4000, false},
		field{"song title", &song.Title, text.Line, 200, true},
		field{"song artist", &song.Artist, text.Line, 200, true},
		field{"song link", &song.Link, strings.TrimSpace, 500, false},
		field{"song cover", &song.Cover, strings.TrimSpace, 500, false},
	); err != nil {
		return err
	}
	song.ISRC = strings.ToUpper(strings.ReplaceAll(song.ISRC, "-", ""))
	if song.ISRC != "" && !isrcPattern.MatchString(song.ISRC) {
		return invalid("an ISRC looks like GBAYE7700123")
	}
	for _, l := range []struct {
		name  string
		link  *string
		clean func(string) (string, bool)
	}{{"song link", &song.Link, story.SongLink}, {"song cover", &song.Cover, story.Link}} {
		if *l.link == "" {
			continue
		}
		var ok bool
		if *l.link, ok = l.clean(*l.link); !ok {
			return invalid("%s must be an https:// or http:// address of a site, without user name, password, port "+
				"and other address in it", l.name).With("field", l.name)
		}
	}
	return nil
}

// normalize checks what the client declares about the file, but for its size.
func (f *File) normalize() error {
	if f.Name = text.Line(f.Name); text.Len(f.Name) > 255 {
		return invalid("file name has at most 255 characters").With("field", "file name")
	}
	f.ContentType, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(f.ContentType)), ";")
	if f.ContentType == "" {
		f.ContentType = "application/octet-stream"
	}
	if !contentTypePattern.MatchString(f.ContentType) {
		return invalid("content_type must look like video/mp4")
	}
	if f.SHA256 != "" {
		if sum, err := base64.StdEncoding.DecodeString(f.SHA256); err != nil || len(sum) != sha256.Size {
			return invalid("sha256 must be the base64 of 32 bytes")
		}
	}
	return nil
}

// checkCut reports whether some video that the campaign accepts can have the
// cut; the worker compares it with the video's own length.
func checkCut(c media.Cut, l campaign.Limits) error {
	length := c.To - c.From
	switch {
	case !c.Valid():
		return fault.New(fault.Invalid, "cut.invalid", "a cut must end after it begins")
	case c.To != 0 && length < l.MinDuration:
		return fault.New(fault.Invalid, "too_short", "the chosen part has %s; this campaign asks for at least %s",
			length, l.MinDuration)
	case c.To != 0 && length > l.MaxDuration:
		return fault.New(fault.Invalid, "too_long", "the chosen part has %s; this campaign takes at most %s", length,
			l.MaxDuration)
	}
	return nil
}
