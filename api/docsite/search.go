package docsite

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// Limits of a search.
const (
	maxQuery   = 100 // bytes; the rest is ignored
	maxTerms   = 8
	maxResults = 30
	around     = 90 // bytes of text on either side of the first term
)

// section is what a search finds: the text below one heading.
type section struct {
	page, heading, text   string // as they are shown
	inPage, inHeading, in string // the same in lower case
	address               string
}

// sections cuts a page at its headings of the second and third level.
func (p page) sections() []section {
	current := section{page: p.Title, address: p.Address}
	var out []section
	for _, s := range p.Body.sections {
		out = append(out, s.fold())
	}
	if p.Body.root == nil {
		current.text = p.Lead
		return append(out, current.fold())
	}
	var words []string
	end := func() {
		current.text = strings.Join(words, " ")
		out = append(out, current.fold())
		words = nil
	}
	for n := p.Body.root.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok || h.Level == 1 || h.Level > 3 {
			if !ok || h.Level > 3 {
				words = append(words, plain(n, p.Body.source))
			}
			continue
		}
		end()
		id, _ := h.AttributeString("id")
		current.heading = plain(h, p.Body.source)
		current.address = p.Address + "#" + string(id.([]byte))
	}
	end()
	return out
}

func (s section) fold() section {
	s.inPage, s.inHeading, s.in = strings.ToLower(s.page), strings.ToLower(s.heading), strings.ToLower(s.text)
	return s
}

// result is a section that has every term of a search.
type result struct {
	Page, Heading, Address string
	Snippet                []piece
	weight                 int
}

// piece is a part of a text; Hit marks a term.
type piece struct {
	Text string
	Hit  bool
}

// find returns the sections that hold every word of the query, the most
// fitting first: titles weigh more than text.
func (d *Docs) find(query string) []result {
	query = strings.ToValidUTF8(query[:min(len(query), maxQuery)], "")
	terms := strings.Fields(strings.ToLower(query))
	terms = terms[:min(len(terms), maxTerms)]
	if len(terms) == 0 {
		return nil
	}
	var out []result
	for _, s := range d.sections {
		weight := s.weigh(terms)
		if weight == 0 {
			continue
		}
		out = append(out, result{s.page, s.heading, s.address, s.snippet(terms), weight})
	}
	slices.SortStableFunc(out, func(a, b result) int { return b.weight - a.weight })
	return out[:min(len(out), maxResults)]
}

// weigh is 0 where a term is missing.
func (s section) weigh(terms []string) int {
	total := 0
	for _, term := range terms {
		weight := min(strings.Count(s.in, term), 3)
		if strings.Contains(s.inHeading, term) {
			weight += 12
		}
		if strings.Contains(s.inPage, term) {
			weight += 4
			if s.heading == "" {
				weight += 12
			}
		}
		if weight == 0 {
			return 0
		}
		total += weight
	}
	return total
}

// snippet is the text around the first term that it holds. Lower case can be
// of another length; then nothing is marked.
func (s section) snippet(terms []string) []piece {
	first, size := -1, 0
	if len(s.in) == len(s.text) {
		for _, term := range terms {
			if i := strings.Index(s.in, term); i >= 0 && (first < 0 || i < first) {
				first, size = i, len(term)
			}
		}
	}
	from, to := max(first-around, 0), min(first+size+around, len(s.text))
	if first < 0 {
		first, from, to = 0, 0, min(2*around, len(s.text))
	}
	before, after := whole(s.text, from, first), whole(s.text, first+size, to)
	if from > 0 {
		_, before, _ = strings.Cut(before, " ") // without the rest of a word
		before = "… " + before
	}
	if to < len(s.text) {
		after = after[:max(strings.LastIndexByte(after, ' '), 0)] + " …"
	}
	return []piece{{Text: before}, {Text: s.text[first : first+size], Hit: true}, {Text: after}}
}

// whole returns a part of a text without halves of characters at its ends.
func whole(text string, from, to int) string {
	for from < to && !utf8.RuneStart(text[from]) {
		from++
	}
	for to > from && to < len(text) && !utf8.RuneStart(text[to]) {
		to--
	}
	return text[from:to]
}
