package website

import (
	"net/url"
	"slices"
	"strings"
)

// checkAddresses looks at what browsers refuse for the addresses alone.
func (c *check) checkAddresses() {
	before := len(c.found)
	for _, a := range []struct{ what, address, setting string }{
		{"the service", c.Service, "STORYREEL_PUBLIC_URL"},
		{"the storage server for uploads", c.Upload, "STORYREEL_S3_PUBLIC_ENDPOINT"},
		{"published media", c.Media, "STORYREEL_MEDIA_URL"},
	} {
		u, err := url.Parse(a.address)
		switch {
		case err != nil || u.Host == "":
			c.fail("addresses", "the address of "+a.what+" is malformed", "correct "+a.setting)
		case isLoopback(u) && !isLoopback(c.page.url):
			c.fail("addresses", originOf(u)+" ("+a.what+") is this machine's alone; visitors do not reach it",
				"set "+a.setting+" to the address that visitors use")
		case c.page.url.Scheme == "https" && u.Scheme == "http" && !isLoopback(u):
			c.fail("addresses", "the page is under https, so browsers refuse "+originOf(u)+" ("+a.what+")",
				"set "+a.setting+" to an address under https")
		}
	}
	if len(c.found) == before {
		c.ok("addresses", "browsers may use service, storage and media from this page")
	}
}

// checkRecording looks at whether the form may use camera and microphone.
// Where it may not, visitors can still choose a file.
func (c *check) checkRecording() {
	if c.page.url.Scheme != "https" && !isLoopback(c.page.url) {
		c.warn("recording", "the page is not under https, so browsers give it no camera", "serve the page under https")
		return
	}
	header := strings.Join(c.page.header.Values("Permissions-Policy"), ",")
	var refused []string
	for _, feature := range []string{"camera", "microphone"} {
		if !permits(header, feature, c.page.origin()) {
			refused = append(refused, feature)
		}
	}
	if len(refused) == 0 {
		c.ok("recording", "the page may use camera and microphone")
		return
	}
	c.warn("recording", "Permissions-Policy of the page refuses "+strings.Join(refused, " and ")+
		", so visitors can only choose a file",
		"use there: "+strings.Join(refused, "=(self), ")+"=(self), or leave them out, which is the same")
}

// permits reports whether a Permissions-Policy, a dictionary of structured
// fields (RFC 9651), lets a page of the origin use the feature. One that is
// not named is permitted to pages that are not in a frame.
func permits(header, feature, origin string) bool {
	permitted := true
	for _, member := range splitMembers(header) {
		name, value, _ := strings.Cut(member, "=")
		if strings.TrimSpace(name) != feature {
			continue
		}
		value = strings.TrimSpace(value) // the last of several members counts
		if inner, ok := strings.CutPrefix(value, "("); ok {
			value, _, _ = strings.Cut(inner, ")")
		} else {
			value, _, _ = strings.Cut(value, ";") // parameters
		}
		allowed := strings.Fields(value)
		permitted = slices.Contains(allowed, "*") || slices.Contains(allowed, "self") ||
			slices.Contains(allowed, `"`+origin+`"`)
	}
	return permitted
}

// splitMembers splits a dictionary at the commas outside of strings.
func splitMembers(header string) []string {
	quoted := false
	return strings.FieldsFunc(header, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}
