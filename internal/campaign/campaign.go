// Package campaign holds campaigns: the period in which one takes stories, its
// limits, its questions and its versioned release forms.
package campaign

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones are checked alike on systems that have none

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

// Campaign is one call for stories.
type Campaign struct {
	ID        string
	Slug      string // in addresses: lower-case letters, digits, dashes; 2…64 characters
	Title     string
	Hashtag   string // without '#'
	Prompt    string // the question asked
	Policy    string // guidelines for moderators; for staff only
	Zone      string // IANA name of the time zone in which the times are set and shown
	OpensAt   time.Time
	ClosesAt  time.Time // zero: open until closed by hand
	Limits    Limits
	AdSlots   []string   // names of the places a selection may fill, in order
	Slots     []Slot     // what is known of AdSlots; those of which nothing is may be missing
	Questions []Question // asked besides the video, in order
	Countries []string   // ISO 3166-1 alpha-2 codes accepted; empty: all
	Origins   []string   // web origins that may embed the campaign
	Reasons   []Reason   // to reject and hide stories for, in order; empty: the standard ones
	Privacy   string     // http or https address of the privacy notice; shown wherever the public sees the campaign
	Imprint   string     // the same of who is responsible
	Standing  Standing   // empty: live
	Theme     Theme      // how the campaign looks where the public sees it
	Revision  int64      // how often it was changed

	Locales map[string]Translation // by BCP 47 tag

	CreatedAt time.Time
	UpdatedAt time.Time
}

// Limits bound what a contributor may send. Zero values take the defaults.
type Limits struct {
	MaxBytes    int64         `json:"max_bytes"`
	MinDuration time.Duration `json:"min_duration_ns"`
	MaxDuration time.Duration `json:"max_duration_ns"`
	MinAge      int           `json:"min_age"` // years the contributor must confirm
}

// DefaultLimits are 3 s to 3 min, 2 GiB (40 minutes of a phone's 1080p, so
// room for 3 minutes of 4K), and 18 years, the age at which a release is
// binding without a guardian in most countries.
func DefaultLimits() Limits {
	return Limits{MaxBytes: 2 << 30, MinDuration: 3 * time.Second, MaxDuration: 3 * time.Minute, MinAge: 18}
}

// ReleaseForm is one version of the consent text. Forms are never changed, only
// followed by a higher version.
type ReleaseForm struct {
	Campaign  string // campaign id
	Version   int    // from 1, rising per campaign
	Locale    string // BCP 47
	Title     string
	Text      string
	SHA256    string // of Text, hex; what a release is evidence of
	CreatedAt time.Time
}

// HashText returns the hash by which a release names the text agreed to.
func HashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

var (
	slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])$`)
	// without its bound of length, which would compile to 80 copies of Unicode's tables in every process
	hashtagPattern = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*$`)
	countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)
)

const maxHashtag = 80 // characters

// Open reports whether stories may begin at the moment; if not, the fault has
// the time from which or since when.
func (c *Campaign) Open(at time.Time) error {
	if err := c.Standing.takesStories(); err != nil {
		return err
	}
	if !c.OpensAt.IsZero() && at.Before(c.OpensAt) {
		return fault.New(fault.Forbidden, "campaign.not_open", "this campaign opens on %s",
			c.local(c.OpensAt).Format(time.RFC1123)).With("opens_at", c.OpensAt)
	}
	if !c.ClosesAt.IsZero() && !at.Before(c.ClosesAt) {
		return fault.New(fault.Forbidden, "campaign.closed", "this campaign closed on %s",
			c.local(c.ClosesAt).Format(time.RFC1123)).With("closed_at", c.ClosesAt)
	}
	return nil
}

// What can be missing of a campaign.
const (
	MissingForm    = "release_form" // without one it takes no stories
	MissingPolicy  = "policy"       // moderators then decide by their own measure
	MissingPrivacy = "privacy"      // visitors are not informed who processes their data, and how
	MissingImprint = "imprint"      // nor who is responsible for the pages
	MissingOrigins = "origins"      // it is on its own page only
)

// Missing lists what is not there yet, given the campaign's current release
// forms, most needed first.
func (c *Campaign) Missing(forms []*ReleaseForm) []string {
	missing := []string{}
	for _, x := range []struct {
		what    string
		missing bool
	}{
		{MissingForm, len(forms) == 0},
		{MissingPolicy, c.Policy == ""},
		{MissingPrivacy, c.Privacy == ""},
		{MissingImprint, c.Imprint == ""},
		{MissingOrigins, len(c.Origins) == 0},
	} {
		if x.missing {
			missing = append(missing, x.what)
		}
	}
	return missing
}

// local is a time in the campaign's zone.
func (c *Campaign) local(t time.Time) time.Time {
	if zone, err := time.LoadLocation(c.Zone); err == nil {
		return t.In(zone)
	}
	return t
}

// Accepts checks what a contributor declares about the file and themselves.
// The duration is not known yet; the worker measures it.
func (c *Campaign) Accepts(bytes int64, country string) error {
	switch {
	case bytes <= 0:
		return fault.New(fault.Invalid, "empty_file", "the file is empty; choose another one")
	case bytes > c.Limits.MaxBytes:
		return fault.New(fault.TooLarge, "too_large", "the file has %d bytes; this campaign takes at most %d", bytes,
			c.Limits.MaxBytes).With("max_bytes", c.Limits.MaxBytes)
	}
	if len(c.Countries) == 0 || slices.Contains(c.Countries, country) {
		return nil
	}
	return fault.New(fault.Forbidden, "campaign.country", "this campaign is open to contributors from %s",
		strings.Join(c.Countries, ", "))
}

// normalize fills in defaults and reports the first mistake.
func (c *Campaign) normalize() error {
	c.Limits = c.Limits.withDefaults()
	if len(c.AdSlots) == 0 {
		c.AdSlots = []string{"ad-1", "ad-2", "ad-3"}
	}
	c.cleanTexts()
	c.cleanReasons()
	c.Zone, c.Standing = cmp.Or(c.Zone, "UTC"), cmp.Or(c.Standing, Live)
	for _, check := range []func() error{
		c.checkTexts, c.checkPages, c.checkTimes, c.Limits.check, c.checkSlots, c.checkSlotDetails, c.checkQuestions,
		c.checkCountries, c.checkOrigins, c.checkReasons, c.checkLocales, c.checkStanding, c.checkTheme,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func invalid(detail string, args ...any) error {
	return fault.New(fault.Invalid, "campaign.invalid", detail, args...)
}

// cleanTexts brings what staff wrote into the form in which texts are stored.
func (c *Campaign) cleanTexts() {
	c.Title, c.Prompt, c.Policy = text.Line(c.Title), text.Block(c.Prompt), text.Block(c.Policy)
	c.Privacy, c.Imprint = strings.TrimSpace(c.Privacy), strings.TrimSpace(c.Imprint)
	c.Hashtag = strings.TrimPrefix(text.Line(c.Hashtag), "#")
	for i := range c.Questions {
		q := &c.Questions[i]
		q.Label, q.Hint = text.Line(q.Label), text.Line(q.Hint)
		for k := range q.Choices {
			q.Choices[k] = text.Line(q.Choices[k])
		}
	}
}

func (c *Campaign) checkTexts() error {
	switch {
	case !slugPattern.MatchString(c.Slug):
		return invalid(
			"slug must be 2 to 64 lower-case letters, digits or dashes, and start and end with a letter or digit")
	case c.Title == "" || text.Len(c.Title) > 200:
		return invalid("title must have 1 to 200 characters")
	case c.Hashtag != "" && (text.Len(c.Hashtag) > maxHashtag || !hashtagPattern.MatchString(c.Hashtag)):
		return invalid("hashtag must have at most 80 characters: letters, digits and underscores")
	case text.Len(c.Prompt) > 2000:
		return invalid("prompt must have at most 2000 characters")
	case text.Len(c.Policy) > 20_000:
		return invalid("policy must have at most 20000 characters")
	}
	return nil
}

// checkPages refuses addresses that are not of web pages.
func (c *Campaign) checkPages() error {
	for _, address := range []string{c.Privacy, c.Imprint} {
		u, err := url.Parse(address)
		web := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
		if address != "" && (!web || text.Len(address) > 500) {
			return invalid("privacy_url and imprint_url must be addresses of web pages, such as " +
				"https://www.example.com/privacy, with at most 500 characters")
		}
	}
	return nil
}

// checkTimes refuses "Local", which is another zone on every server.
func (c *Campaign) checkTimes() error {
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "Local" {
		return invalid("zone must be a time zone's IANA name, such as Europe/Berlin")
	}
	if !c.ClosesAt.IsZero() && !c.ClosesAt.After(c.OpensAt) {
		return invalid("closes_at must come after opens_at")
	}
	return nil
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	return Limits{
		MaxBytes: cmp.Or(l.MaxBytes, d.MaxBytes), MinDuration: cmp.Or(l.MinDuration, d.MinDuration),
		MaxDuration: cmp.Or(l.MaxDuration, d.MaxDuration), MinAge: cmp.Or(l.MinAge, d.MinAge),
	}
}

func (l Limits) check() error {
	switch {
	case l.MaxBytes < 1<<10 || l.MaxBytes > 5<<30:
		return invalid("max_bytes must be between 1 KiB and 5 GiB")
	case l.MinDuration < 0 || l.MaxDuration <= l.MinDuration || l.MaxDuration > 15*time.Minute:
		return invalid("durations must satisfy 0 ≤ min < max ≤ 15 minutes")
	case l.MinAge < 0 || l.MinAge > 99:
		return invalid("min_age must be between 0 and 99 years")
	}
	return nil
}

func (c *Campaign) checkSlots() error {
	if len(c.AdSlots) > 100 {
		return invalid("at most 100 ad slots")
	}
	seen := map[string]bool{}
	for _, s := range c.AdSlots {
		if !slugPattern.MatchString(s) || seen[s] {
			return invalid("ad slot names must be distinct and look like %q", "ad-1")
		}
		seen[s] = true
	}
	return nil
}

func (c *Campaign) checkCountries() error {
	for _, s := range c.Countries {
		if !countryPattern.MatchString(s) {
			return invalid("every country must be a two-letter ISO 3166-1 code")
		}
	}
	return nil
}

func (c *Campaign) checkOrigins() error {
	for _, o := range c.Origins {
		if !ValidOrigin(o) {
			return invalid("every origin must look like https://www.example.com, without a wildcard or a path")
		}
	}
	return nil
}

// originPattern is an origin as browsers send it: lower case, the port only
// where it is not the scheme's own, nothing behind it. A wildcard means
// something to storage and nothing to the API, so there is none.
var originPattern = regexp.MustCompile(
	`^https?://(` + label + `(\.` + label + `)*|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?$`)

// label is one label of a host name.
const label = `[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?`

// ValidOrigin reports whether o can be the origin of a web page.
func ValidOrigin(o string) bool {
	scheme, _, _ := strings.Cut(o, "://")
	port := map[string]string{"http": ":80", "https": ":443"}[scheme]
	return originPattern.MatchString(o) && !strings.HasSuffix(o, port)
}

// HasSlot reports whether the campaign has an ad slot of the name.
func (c *Campaign) HasSlot(name string) bool { return slices.Contains(c.AdSlots, name) }
