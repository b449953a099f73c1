package website

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/text"
)

// The elements that there are.
const (
	form = "storyreel-upload"
	feed = "storyreel-feed"
)

// known has, by element, its attributes and what is wrong with a value; ""
// if nothing is. docs/embed/README.md lists the same ones.
var known = map[string]map[string]func(value string) string{
	form: {"campaign": anything, "lang": language},
	feed: {
		"campaign": anything, "lang": language, "hashtag": hashtag, "limit": limit, "country": country,
		"sort": oneOf("newest", "oldest"), "layout": oneOf("grid", "row"),
	},
}

// global matches attributes that every element may have, those of frameworks
// included.
var global = regexp.MustCompile(`[-:@_.$#*()\[\]]|^on[a-z]+$|^(accesskey|autocapitalize|autofocus|class|` +
	`contenteditable|dir|draggable|enterkeyhint|exportparts|hidden|id|inert|inputmode|is|` +
	`item(id|prop|ref|scope|type)|nonce|part|popover|role|slot|spellcheck|style|tabindex|title|translate)$`)

func anything(string) string { return "" }

func language(value string) string {
	if l := text.BaseLanguage(value); l != "en" && l != "de" {
		return "must be en or de; visitors get their own choice instead"
	}
	return ""
}

func hashtag(value string) string {
	if strings.HasPrefix(value, "#") {
		return "is written without #"
	}
	return ""
}

func limit(value string) string {
	if n, err := strconv.Atoi(strings.TrimSpace(value)); err != nil || n < 1 || n > 100 {
		return "must be from 1 to 100"
	}
	return ""
}

func country(value string) string {
	if len(value) != len("DE") || text.CountryNames(value) == nil {
		return "must be a code of ISO 3166-1 alpha-2, such as DE"
	}
	return ""
}

func oneOf(values ...string) func(string) string {
	return func(value string) string {
		if !slices.Contains(values, value) {
			return "must be " + strings.Join(values, " or ")
		}
		return ""
	}
}

// checkElements returns the campaigns that the page's elements name, and
// whether a form does.
func (c *check) checkElements() (campaigns map[string]bool) {
	campaigns = map[string]bool{}
	if c.Campaign != "" {
		c.form, c.feed = true, true
		campaigns[c.Campaign] = true
	}
	names := []string{}
	for _, e := range c.markup.elements {
		if c.checkElement(e) {
			c.form, c.feed = c.form || e.name == form, c.feed || e.name == feed
			slug := e.attrs["campaign"]
			campaigns[slug] = campaigns[slug] || e.name == form
			names = append(names, fmt.Sprintf("%s of %q", e.name, slug))
		}
	}
	if c.markup.more {
		c.warn("elements", fmt.Sprintf("only the first %d were looked at", maxElements), "check a page with fewer")
	}
	switch {
	case len(names) > 0:
		c.ok("elements", "the page has "+strings.Join(names, ", "))
	case len(c.markup.elements) > 0: // each has been reported
	case c.Campaign == "":
		c.fail("elements", "neither element is in the page as it is sent; what its scripts make is not seen here",
			"put <"+form+"> or <"+feed+"> into the page, or name the campaign of elements that a script makes: "+
				"--campaign SLUG")
		c.form, c.feed = true, true // what can be checked is
	default:
		c.warn("elements", "neither element is in the page as it is sent; what its scripts make is not seen here",
			"if the page shows none either, put <"+form+"> or <"+feed+"> into it")
	}
	return campaigns
}

// checkElement reports whether it is an element that starts, for a campaign.
func (c *check) checkElement(e element) bool {
	attributes, exists := known[e.name]
	if !exists {
		c.fail("elements", "there is no element <"+e.name+">", "the elements are <"+form+"> and <"+feed+">")
		return false
	}
	if e.within != "" {
		c.fail("elements", fmt.Sprintf("<%s> is inside <%s>, which hides it", e.name, e.within),
			fmt.Sprintf("close it: <%s …></%s>; HTML does not close elements by />", e.within, e.within))
	}
	for _, name := range slices.Sorted(maps.Keys(e.attrs)) {
		where := fmt.Sprintf("%s=%q of <%s>", name, e.attrs[name], e.name)
		valid, ours := attributes[name]
		switch {
		case ours:
			if wrong := valid(e.attrs[name]); wrong != "" {
				c.warn("elements", where+" "+wrong, "correct the attribute")
			}
		case known[feed][name] != nil:
			c.warn("elements", where+" has no effect", "it is an attribute of <"+feed+">")
		case !global.MatchString(name):
			c.warn("elements", where+" has no effect", "its attributes are "+
				strings.Join(slices.Sorted(maps.Keys(attributes)), ", "))
		}
	}
	if strings.TrimSpace(e.attrs["campaign"]) == "" {
		c.fail("elements", "<"+e.name+"> names no campaign", `add campaign="SLUG"`)
		return false
	}
	return true
}

// checkScript finds the script element that defines the elements.
func (c *check) checkScript() {
	want := fmt.Sprintf(`<script type="module" crossorigin src="%s%s"></script>`, originOf(c.service), script)
	others := []string{}
	for _, s := range c.markup.scripts {
		if !strings.HasSuffix(s.url.Path, script) {
			continue
		}
		if originOf(s.url) != originOf(c.service) || s.url.Path != script {
			others = append(others, s.url.Redacted())
		} else if c.tag == nil || c.tag.kind != "module" {
			c.tag = &s
		}
	}
	switch {
	case c.tag != nil:
		c.checkTag(want)
	case c.markup.loadsByScript(c.service):
		c.warn("script", "a script of the page loads embed.js, which is not seen here",
			"see that the browser's console reports no failure")
	case len(others) > 0:
		c.fail("script", fmt.Sprintf("the page has %s; this service is %s (STORYREEL_PUBLIC_URL)",
			strings.Join(others, ", "), originOf(c.service)),
			"elements call the service that their script is from: "+want)
	case len(c.markup.elements) == 0:
		c.warn("script", "the page as it is sent does not load embed.js", "unless a script does, add: "+want)
	default:
		c.fail("script", "the page does not load embed.js", "add: "+want)
	}
}

// checkTag looks at the attributes of the script element.
func (c *check) checkTag(want string) {
	switch t := c.tag; {
	case t.kind != "module":
		c.fail("script", fmt.Sprintf("embed.js is loaded with type=%q, so browsers do not run it as a module", t.kind),
			"use: "+want+"; where a consent manager changes the type, release the script there")
	case t.crossorigin == "use-credentials" && originOf(c.service) != c.page.origin():
		c.fail("script", "crossorigin=\"use-credentials\" makes browsers refuse the answer", "use: "+want)
	case t.integrity != "":
		c.warn("script", "its integrity attribute refuses embed.js after the next upgrade", "leave it out: "+want)
	default:
		c.ok("script", "embed.js is loaded from "+originOf(c.service))
	}
}
