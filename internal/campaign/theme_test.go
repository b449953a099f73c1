package campaign

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

// contrastTable is what the admin page computes by, too.
type contrastTable struct {
	Paper   struct{ Light, Dark string }
	Ratios  [][3]string
	Derived []struct{ Accent, Dark, Text, TextOnDark string }
}

func readTable(t *testing.T) (table contrastTable) {
	t.Helper()
	raw, err := os.ReadFile("../../web/src/admin/contrast.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &table))
	return table
}

func mustParse(t *testing.T, s string) color {
	t.Helper()
	c, ok := parseColor(s)
	require.True(t, ok, s)
	return c
}

func TestContrast_IsThatOfWCAG(t *testing.T) {
	t.Parallel()
	for _, x := range readTable(t).Ratios {
		a, b := mustParse(t, x[0]), mustParse(t, x[1])
		require.Equal(t, x[2], ratioText(contrast(a, b)), x)
		require.InDelta(t, contrast(a, b), contrast(b, a), 0)
	}
}

// TestPapers_AreThoseOfThePages reads both values of --paper.
func TestPapers_AreThoseOfThePages(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../../web/src/tokens.css")
	require.NoError(t, err)
	found := regexp.MustCompile(
		`--paper: light-dark\(oklch\(([0-9. ]+)\), oklch\(([0-9. ]+)\)\)`).FindStringSubmatch(string(css))
	require.Len(t, found, 3)
	require.Equal(t, oklch(t, found[1]), lightPaper)
	require.Equal(t, oklch(t, found[2]), darkPaper)
	table := readTable(t)
	require.Equal(t, []string{lightPaper.String(), darkPaper.String()}, []string{table.Paper.Light, table.Paper.Dark})
}

// oklch converts as CSS Color 4 does.
func oklch(t *testing.T, value string) (out color) {
	t.Helper()
	var lightness, chroma, hue float64
	_, err := fmt.Sscan(value, &lightness, &chroma, &hue)
	require.NoError(t, err)
	a, b := chroma*math.Cos(hue*math.Pi/180), chroma*math.Sin(hue*math.Pi/180)
	cube := func(x, y float64) float64 { return math.Pow(lightness+x*a+y*b, 3) }
	l, m, s := cube(0.3963377774, 0.2158037573), cube(-0.1055613458, -0.0638541728), cube(-0.0894841775, -1.2914855480)
	for i, v := range []float64{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	} {
		if v > 0.0031308 {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		} else {
			v *= 12.92
		}
		out[i] = uint8(math.Round(v * 255))
	}
	return out
}

func TestPalettes_CanBeReadWhateverTheAccent(t *testing.T) {
	t.Parallel()
	for _, x := range readTable(t).Derived {
		light, dark, own := Theme{Accent: x.Accent}.Palettes()
		require.True(t, own)
		require.Equal(t, Palette{x.Accent, x.Text}, light)
		require.Equal(t, Palette{x.Dark, x.TextOnDark}, dark)
	}
	_, _, own := Theme{Font: "serif"}.Palettes()
	require.False(t, own)
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				c := color{uint8(r), uint8(g), uint8(b)}
				require.GreaterOrEqual(t, contrast(c, c.text()), 4.5, c)
				require.GreaterOrEqual(t, contrast(c.lightened(darkPaper), darkPaper), 3.0, c)
			}
		}
	}
}

func themed(theme Theme) (*Campaign, error) {
	c := &Campaign{Slug: "song", Title: "Song", Theme: theme}
	return c, c.normalize()
}

func TestTheme_IsCleaned(t *testing.T) {
	t.Parallel()
	c, err := themed(Theme{
		Logo: " https://cdn.example.com:443/logo.svg?v=2 ", Cover: "https://Images.example.org/a/cover.jpg",
		LogoAlt: " The\tbrand ", Accent: " #1D6FD0 ", Font: "serif",
		Example: "01a2194e-b0a6-7a69-b5c9-66c40ccd8c7e", Thanks: "Thank you!\r\n\r\nSee you. ",
	})
	require.NoError(t, err)
	require.Equal(t, "#1d6fd0", c.Theme.Accent)
	require.Equal(t, "The brand", c.Theme.LogoAlt)
	require.Equal(t, "Thank you!\n\nSee you.", c.Theme.Thanks)
	require.Equal(t, []string{"https://cdn.example.com", "https://images.example.org"}, c.Theme.ImageOrigins())
	both := Theme{Logo: "https://a.example/1", Cover: "https://a.example/2"}
	require.Equal(t, []string{"https://a.example"}, both.ImageOrigins())
	require.Empty(t, Theme{}.ImageOrigins())
	for _, name := range Fonts() {
		require.NotContains(t, Theme{Font: name}.FontStack(), ";")
	}
	c, err = themed(Theme{})
	require.NoError(t, err)
	require.Equal(t, Theme{}, c.Theme)
}

func TestTheme_Refuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 501)
	for name, x := range map[string]struct {
		theme Theme
		field string
	}{
		"an image over http":           {Theme{Logo: "http://a.example/x.png"}, "logo"},
		"an image in the page":         {Theme{Cover: "data:image/png;base64,AA"}, "cover"},
		"a script":                     {Theme{Logo: "javascript:alert(1)"}, "logo"},
		"a path":                       {Theme{Logo: "/logo.svg"}, "logo"},
		"credentials":                  {Theme{Logo: "https://u:p@a.example/x"}, "logo"},
		"a host with directives":       {Theme{Logo: "https://a.example;script-src.example/x"}, "logo"},
		"a host with a list":           {Theme{Logo: "https://a.example,b.example/x"}, "logo"},
		"a wildcard":                   {Theme{Cover: "https://*.example/x"}, "cover"},
		"no host":                      {Theme{Cover: "https:///x"}, "cover"},
		"a long address":               {Theme{Cover: "https://a.example/" + long}, "cover"},
		"a long alternative":           {Theme{LogoAlt: long[:201]}, "logo_alt"},
		"long thanks":                  {Theme{Thanks: long}, "thanks"},
		"a font of its own":            {Theme{Font: "Comic Sans"}, "font"},
		"declarations as font":         {Theme{Font: "serif;color:red"}, "font"},
		"an example that is no id":     {Theme{Example: "https://a.example/v.mp4"}, "example"},
		"a color's name":               {Theme{Accent: "red"}, "accent"},
		"a short color":                {Theme{Accent: "#f00"}, "accent"},
		"a color with a sign":          {Theme{Accent: "#+12345"}, "accent"},
		"a color with more behind":     {Theme{Accent: "#1d6fd0}"}, "accent"},
		"only a color of dark pages":   {Theme{AccentDark: "#88bbff"}, "accent_dark"},
		"a dark color that is no such": {Theme{Accent: "#1d6fd0", AccentDark: "x"}, "accent_dark"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := themed(x.theme)
			require.True(t, fault.Is(err, "campaign.invalid"), err)
			require.Equal(t, "theme."+x.field, fault.As(err).Facts["field"])
		})
	}
	_, err := themed(Theme{Thanks: long[:500]})
	require.NoError(t, err)
	c := &Campaign{Slug: "song", Title: "Song", Locales: map[string]Translation{"de": {Thanks: long}}}
	require.True(t, fault.Is(c.normalize(), "campaign.invalid"))
}

func TestTheme_RefusesWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		theme              Theme
		field, page, ratio string
	}{
		"pale yellow on light pages": {Theme{Accent: "#fff6a8"}, "accent", "light", "1.02"},
		"navy on dark pages":         {Theme{Accent: "#1d6fd0", AccentDark: "#0a1a4a"}, "accent_dark", "dark", "1.10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := themed(x.theme)
			require.True(t, fault.Is(err, "campaign.contrast"), err)
			f := fault.As(err)
			require.Contains(t, f.Detail, x.ratio+" to 1 with the "+x.page+" page")
			require.Equal(t, map[string]any{"field": "theme." + x.field, "ratio": x.ratio, "needed": 3}, f.Facts)
		})
	}
	_, err := themed(Theme{Accent: "#0a1a4a", AccentDark: "#fff6a8"})
	require.NoError(t, err, "each color is held against its own page")
	_, err = themed(Theme{Accent: "#0a1a4a"})
	require.NoError(t, err, "the color of dark pages is derived")
}

func TestRatioText_IsCut(t *testing.T) {
	t.Parallel()
	for ratio, want := range map[float64]string{2.999: "2.99", 21: "21.00", 1.0: "1.00"} {
		require.Equal(t, want, ratioText(ratio))
		_, err := strconv.ParseFloat(want, 64)
		require.NoError(t, err)
	}
}
