package intake

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

var (
	contentTypePattern = regexp.MustCompile(`^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}$`)
	emailPattern       = regexp.MustCompile(`^[^@\s]{1,64}@[^@\s]{1,190}$`)
	isrcPattern        = regexp.MustCompile(`^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$`)
	countryPattern     = regexp.MustCompile(`^[A-Z]{2}$`)
)

func invalid(detail string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "story.invalid", detail, args...)
}

// normalize trims and bounds everything in the request but the agreement, and
// holds it against the campaign. It returns the answers to its questions.
func (r *BeginRequest) normalize(c *campaign.Campaign) ([]campaign.Answer, error) {
	if err := c.Accepts(r.File.Bytes, r.Contributor.Country); err != nil {
		return nil, err
	}
	if err := r.normalizeTexts(); err != nil {
		return nil, err
	}
	if err := r.File.normalize(); err != nil {
		return nil, err
	}
	for question, text := range r.Answers {
		r.Answers[question] = story.PlainText(text)
	}
	answers, err := c.Answers(r.Answers)
	if err != nil {
		return nil, err
	}
	return answers, checkCut(r.Cut, c.Limits)
}

// normalizeTexts trims and bounds what was written. The results are plain
// text: nobody may render them as markup.
func (r *BeginRequest) normalizeTexts() error {
	for _, f := range []struct {
		name     string
		text     *string
		max      int // characters
		required bool
	}{
		{"contributor name", &r.Contributor.Name, 100, true},
		{"contributor e-mail", &r.Contributor.Email, 254, false},
		{"title", &r.Title, 150, false},
		{"text", &r.Text, 4000, false},
		{"song title", &r.Song.Title, 200, true},
		{"song artist", &r.Song.Artist, 200, true},
		{"song link", &r.Song.Link, 500, false},
		{"song cover", &r.Song.Cover, 500, false},
	} {
		if err := normalizeText(f.name, f.text, f.max); err != nil {
			return err
		}
		if f.required && *f.text == "" {
			return invalid("%s is required", f.name).With("field", f.name)
		}
	}
	r.Song.ISRC = strings.ToUpper(strings.ReplaceAll(r.Song.ISRC, "-", ""))
	r.Contributor.Country = strings.ToUpper(r.Contributor.Country)
	switch {
	case r.Contributor.Email != "" && !emailPattern.MatchString(r.Contributor.Email):
		return invalid("that does not look like an e-mail address")
	case r.Contributor.Country != "" && !countryPattern.MatchString(r.Contributor.Country):
		return invalid("country must be a two-letter ISO 3166-1 code")
	case r.Song.ISRC != "" && !isrcPattern.MatchString(r.Song.ISRC):
		return invalid("an ISRC looks like GBAYE7700123")
	case !webLink(r.Song.Link) || !webLink(r.Song.Cover):
		return invalid("links must start with https:// or http://")
	}
	return nil
}

func normalizeText(name string, text *string, maxLength int) error {
	*text = story.PlainText(*text)
	if utf8.RuneCountInString(*text) > maxLength {
		return invalid("%s has at most %d characters", name, maxLength).With("field", name)
	}
	return nil
}

// normalize checks what the client declares about the file, but for its size.
func (f *File) normalize() error {
	if err := normalizeText("file name", &f.Name, 255); err != nil {
		return err
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

func webLink(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
