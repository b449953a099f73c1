package campaign

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

// Theme is how a campaign looks where the public sees it. Empty fields leave
// the product's own look.
type Theme struct {
	Logo    string `json:"logo,omitempty"`     // https address of an image
	LogoAlt string `json:"logo_alt,omitempty"` // what the logo shows; empty: the campaign's title stands in
	Cover   string `json:"cover,omitempty"`    // https address of an image, which says nothing that texts do not
	Accent  string `json:"accent,omitempty"`   // #rrggbb, on light pages; stored in lower case
	// AccentDark is Accent on dark pages; empty: derived from it.
	AccentDark string `json:"accent_dark,omitempty"`
	Font       string `json:"font,omitempty"`    // one of Fonts
	Example    string `json:"example,omitempty"` // id of a story of the campaign; shown while that is published
	Thanks     string `json:"thanks,omitempty"`  // plain text after sending, at most 500 characters
}

// fontStacks are CSS values of font-family that need no font to be loaded, in
// order of Fonts.
var fontStacks = []struct{ name, stack string }{
	{"system", `system-ui, sans-serif`},
	{"serif", `ui-serif, Georgia, "Noto Serif", "Times New Roman", serif`},
	{"rounded", `ui-rounded, "SF Pro Rounded", "Hiragino Maru Gothic ProN", Nunito, Quicksand, system-ui, sans-serif`},
	{"mono", `ui-monospace, Consolas, "DejaVu Sans Mono", monospace`},
}

// Fonts lists what Theme.Font can be.
func Fonts() []string {
	names := make([]string, len(fontStacks))
	for i, f := range fontStacks {
		names[i] = f.name
	}
	return names
}

// FontStack is the theme's font as a value of CSS's font-family; empty: the
// product's own fonts.
func (t Theme) FontStack() string {
	for _, f := range fontStacks {
		if f.name == t.Font {
			return f.stack
		}
	}
	return ""
}

// ImageOrigins lists the web origins that the theme's images come from, each
// once, in the form that a content policy takes.
func (t Theme) ImageOrigins() []string {
	var out []string
	for _, address := range []string{t.Logo, t.Cover} {
		if o, ok := imageOrigin(address); ok && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	slices.Sort(out)
	return out
}

// imageOrigin refuses what is not encrypted, what carries credentials, and
// hosts whose characters would mean something in a content policy.
func imageOrigin(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return "", false
	}
	origin := "https://" + strings.TrimSuffix(strings.ToLower(u.Host), ":443")
	return origin, ValidOrigin(origin)
}

// Palette is a color of a theme on one kind of page.
type Palette struct {
	Accent string // #rrggbb
	Text   string // on Accent: black or white as #rrggbb, whichever differs more
}

// Palettes are the theme's colors on light and on dark pages; false where it
// has none of its own.
func (t Theme) Palettes() (light, dark Palette, own bool) {
	accent, ok := parseColor(t.Accent)
	if !ok {
		return light, dark, false
	}
	onDark, ok := parseColor(t.AccentDark)
	if !ok {
		onDark = accent.lightened(darkPaper)
	}
	return Palette{accent.String(), accent.text().String()}, Palette{onDark.String(), onDark.text().String()}, true
}

const (
	maxImageAddress = 500 // characters
	maxLogoAlt      = 200 // characters
	maxThanks       = 500 // characters
)

var storyPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// checkTheme cleans the theme and reports the first mistake; the fact "field"
// names where it is.
func (c *Campaign) checkTheme() error {
	t := &c.Theme
	for _, s := range []*string{&t.Logo, &t.Cover, &t.Font, &t.Example} {
		*s = strings.TrimSpace(*s)
	}
	t.Accent, t.AccentDark = text.Fold(t.Accent), text.Fold(t.AccentDark)
	t.LogoAlt, t.Thanks = text.Line(t.LogoAlt), text.Block(t.Thanks)
	for _, image := range []struct{ field, address string }{{"logo", t.Logo}, {"cover", t.Cover}} {
		_, ok := imageOrigin(image.address)
		if image.address != "" && (!ok || text.Len(image.address) > maxImageAddress) {
			return invalidTheme(image.field, "must be the https address of an image, such as "+
				"https://www.example.com/logo.svg, with at most %d characters", maxImageAddress)
		}
	}
	switch {
	case text.Len(t.LogoAlt) > maxLogoAlt:
		return invalidTheme("logo_alt", "must have at most %d characters", maxLogoAlt)
	case text.Len(t.Thanks) > maxThanks:
		return invalidTheme("thanks", "must have at most %d characters", maxThanks)
	case t.Font != "" && t.FontStack() == "":
		return invalidTheme("font", "must be one of %s", strings.Join(Fonts(), ", "))
	case t.Example != "" && !storyPattern.MatchString(t.Example):
		return invalidTheme("example", "must be the id of a published story of this campaign")
	}
	return t.checkColors()
}

func (t Theme) checkColors() error {
	for _, x := range []struct {
		field, value, page string
		paper              color
	}{{"accent", t.Accent, "light", lightPaper}, {"accent_dark", t.AccentDark, "dark", darkPaper}} {
		if x.value == "" {
			continue
		}
		c, ok := parseColor(x.value)
		if !ok {
			return invalidTheme(x.field, "must be a color such as #1d6fd0")
		}
		if ratio := contrast(c, x.paper); ratio < markContrast {
			return fault.New(fault.Invalid, "campaign.contrast",
				"theme.%s has a contrast of %s to 1 with the %s page; at least %d to 1 is needed to be seen",
				x.field, ratioText(ratio), x.page, markContrast).
				With("field", "theme."+x.field).With("ratio", ratioText(ratio)).With("needed", markContrast)
		}
	}
	if t.AccentDark != "" && t.Accent == "" {
		return invalidTheme("accent_dark", "needs accent as well")
	}
	return nil
}

func invalidTheme(field, detail string, args ...any) error {
	field = "theme." + field
	return fault.New(fault.Invalid, "campaign.invalid", field+" "+detail, args...).With("field", field)
}

// CheckExample fails like a field of the wrong form unless the story that the
// theme names is in the feed of this campaign; published is the slug of the
// campaign in whose feed it is, empty for none.
func (c *Campaign) CheckExample(published string) error {
	if c.Theme.Example == "" || published == c.Slug {
		return nil
	}
	return invalidTheme("example", "must be the id of a published story of this campaign")
}
