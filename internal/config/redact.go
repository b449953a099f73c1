package config

import (
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// masked stands for a credential.
const masked = "***"

// minHidden is the least length of a word that wholly returns.
const minHidden = 7

// shown are parameters of an address, and keywords of a PostgreSQL connection
// string, whose values are no credentials. Any other is masked.
var shown = []string{
	"application_name", "connect_timeout", "db", "dbname", "host", "hostaddr", "limit", "pool_max_conns", "port",
	"protocol", "region", "search_path", "sslcert", "sslkey", "sslmode", "sslrootcert", "target_session_attrs", "tls",
	"user",
}

// keyword is a pair of a connection string such as host=db password='a b'.
var keyword = regexp.MustCompile(`(?i)([a-z_][a-z0-9_.-]*)(\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s'&;]+)`)

// Redact returns a setting's value without credentials: an address without its
// user, password and parameters that may be one, a connection string likewise.
// Everything else stays, as an operator needs to see it.
func Redact(value string) string {
	text, _ := split(value)
	return text
}

// Hider returns a function that masks in a text, such as an error of a driver,
// every credential that the settings hold.
func (c *Config) Hider() func(text string) string {
	var secrets []string
	each(c, func(_ string, f reflect.StructField, v reflect.Value) {
		values, _ := v.Interface().([]string)
		if one, ok := v.Interface().(string); ok {
			values = []string{one}
		}
		for _, value := range values {
			_, found := split(value)
			secrets = append(secrets, found...)
			if f.Tag.Get("secret") == "all" {
				secrets = append(secrets, wholly(value)...)
			}
		}
	})
	// the longest first: one may be part of another
	sort.Slice(secrets, func(i, j int) bool { return len(secrets[i]) > len(secrets[j]) })
	var pairs []string
	for _, s := range secrets {
		pairs = append(pairs, s, masked, url.QueryEscape(s), masked, url.PathEscape(s), masked,
			url.UserPassword("", s).String()[1:], masked)
	}
	return strings.NewReplacer(pairs...).Replace
}

// wholly returns what may be a credential in a setting that is not shown at
// all: the value, its parts between bars and spaces, and what follows a colon.
// Short words such as the names of headers are not looked for in texts.
func wholly(value string) []string {
	var out []string
	for _, part := range append(strings.FieldsFunc(value, func(r rune) bool { return r == '|' || r == ' ' }), value) {
		part = strings.TrimSpace(part)
		if len(part) >= minHidden && !strings.HasSuffix(part, ":") {
			out = append(out, part)
		}
		if _, after, ok := strings.Cut(part, ":"); ok && len(strings.TrimSpace(after)) >= minHidden {
			out = append(out, strings.TrimSpace(after))
		}
	}
	return out
}

// split returns a value with its credentials masked, and the credentials.
func split(value string) (text string, secrets []string) {
	scheme, rest, isURL := strings.Cut(value, "://")
	if !isURL {
		if scheme, rest, isURL = strings.Cut(value, ":"); !isURL || strings.ContainsAny(scheme, " =\\/@") {
			return splitKeywords(value)
		}
		if scheme != "sqlite" && strings.Contains(rest, "@") { // user:password@host, its scheme forgotten
			text, secrets = split("://" + value)
			return strings.TrimPrefix(text, "://"), secrets
		}
		text, secrets = splitQuery(rest) // sqlite:PATH?…
		return scheme + ":" + text, secrets
	}
	// by hand, as url.Parse refuses addresses that drivers accept, and a
	// password that holds / or @ must not be taken for a host
	authority, query := rest, ""
	if i := strings.IndexAny(rest, "?#"); i >= 0 && !strings.Contains(rest[i:], "@") {
		authority, query = rest[:i], rest[i:]
	}
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		user, password, _ := strings.Cut(authority[:i], ":")
		secrets = append(secrets, credential(user)...)
		secrets = append(secrets, credential(password)...)
		authority = masked + authority[i:]
	}
	query, more := splitQuery(query)
	return scheme + "://" + authority + query, append(secrets, more...)
}

// splitQuery masks the parameters after "?", and a fragment whole.
func splitQuery(s string) (text string, secrets []string) {
	path, fragment, hasFragment := strings.Cut(s, "#")
	path, query, hasQuery := strings.Cut(path, "?")
	text = path
	if hasQuery {
		pairs := strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
		for i, pair := range pairs {
			name, value, hasValue := strings.Cut(pair, "=")
			if slices.Contains(shown, strings.ToLower(name)) {
				continue
			}
			if !hasValue {
				name, value = "", name
			} else {
				name += "="
			}
			secrets = append(secrets, credential(value)...)
			pairs[i] = name + masked
		}
		text += "?" + strings.Join(pairs, "&")
	}
	if hasFragment {
		secrets = append(secrets, credential(fragment)...)
		text += "#" + masked
	}
	return text, secrets
}

// splitKeywords masks the values of a connection string of keywords.
func splitKeywords(s string) (text string, secrets []string) {
	text = keyword.ReplaceAllStringFunc(s, func(pair string) string {
		m := keyword.FindStringSubmatch(pair)
		if slices.Contains(shown, strings.ToLower(m[1])) {
			return pair
		}
		secrets = append(secrets, credential(strings.Trim(m[3], "'"))...)
		return m[1] + m[2] + masked
	})
	return text, secrets
}

// credential is a secret as it is written and as it is meant, which differ
// where it is escaped. Texts of less than three characters are left alone in
// other texts: they would be found everywhere.
func credential(s string) []string {
	var out []string
	if len(s) >= 3 {
		out = append(out, s)
	}
	if plain, err := url.QueryUnescape(s); err == nil && plain != s && len(plain) >= 3 {
		out = append(out, plain)
	}
	return out
}
