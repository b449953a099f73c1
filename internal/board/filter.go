package board

import (
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

// Property is what stories are filtered and counted by. Each question with a
// fixed set of answers is one of its own: AnswerTo.
type Property string

// The properties besides answers. A story has one value of each but tag and
// shortlist, of which it can have several or none.
const (
	BySong        Property = "song"
	ByArtist      Property = "artist"
	ByCountry     Property = "country"
	ByOrientation Property = "orientation"
	ByDuration    Property = "duration" // bands: 0-15, 15-30, 30-60, 60- seconds
	ByLanguage    Property = "language" // locale of the contributor
	ByQuality     Property = "quality"  // high, medium or low: media.QualityBand
	ByTag         Property = "tag"
	ByShortlist   Property = "shortlist" // ids of lists; never counted as a facet
)

const answerPrefix = "answer:"

// AnswerTo is the property of the answers to one question.
func AnswerTo(question string) Property { return Property(answerPrefix + question) }

// Question returns the id of the question that the property is the answers to.
func (p Property) Question() (string, bool) { return strings.CutPrefix(string(p), answerPrefix) }

// Multiple reports whether a story can have several values of the property.
func (p Property) Multiple() bool { return p == ByTag || p == ByShortlist }

// Filter narrows a search by one property: stories that have one of the values
// In, unless there are none, and that have no value Out.
type Filter struct {
	Property Property
	In, Out  []string
}

// Has is the filter for stories that have one of the values.
func Has(p Property, values ...string) Filter { return Filter{Property: p, In: values} }

// Bounds of the filters of one search.
const (
	maxValues  = 20  // of one filter, In and Out each
	maxValue   = 200 // characters
	maxFilters = 30
)

// Without returns the query without its filter of one property.
func (q Query) Without(p Property) Query {
	q.Filters = slices.DeleteFunc(slices.Clone(q.Filters), func(f Filter) bool { return f.Property == p })
	return q
}

// Filter returns the query's filter of a property, the zero Filter if it has
// none.
func (q Query) Filter(p Property) Filter {
	for _, f := range q.Filters {
		if f.Property == p {
			return f
		}
	}
	return Filter{}
}

// normalized returns the query with one filter for each property that has any
// values, in a fixed order, and with the values as the campaign's stories have
// them: Invalid "search.invalid" for more or longer ones than a search may have.
func (q Query) normalized(campaignID string) (Query, error) {
	if text.Len(q.Text) > 200 {
		return q, fault.New(fault.Invalid, "search.invalid", "a search has at most 200 characters")
	}
	var all []Filter
	for _, f := range q.Filters {
		in, err := storedValues(campaignID, f.Property, f.In)
		if err != nil {
			return q, err
		}
		out, err := storedValues(campaignID, f.Property, f.Out)
		if err != nil {
			return q, err
		}
		i := slices.IndexFunc(all, func(x Filter) bool { return x.Property == f.Property })
		switch {
		case len(in)+len(out) == 0:
		case i < 0:
			all = append(all, Filter{f.Property, in, out})
		default:
			all[i].In, all[i].Out = append(all[i].In, in...), append(all[i].Out, out...)
		}
	}
	if len(all) > maxFilters {
		return q, fault.New(fault.Invalid, "search.invalid", "a search has at most %d filters", maxFilters)
	}
	for i := range all {
		for _, values := range []*[]string{&all[i].In, &all[i].Out} {
			slices.Sort(*values)
			if *values = slices.Compact(*values); len(*values) > maxValues {
				return q, fault.New(fault.Invalid, "search.invalid", "a filter has at most %d values", maxValues)
			}
		}
	}
	slices.SortFunc(all, func(a, b Filter) int { return strings.Compare(string(a.Property), string(b.Property)) })
	q.Filters = all
	return q, nil
}

// storedValues returns values as stories have them; empty ones are left out.
func storedValues(campaignID string, p Property, values []string) ([]string, error) {
	var out []string
	for _, v := range values {
		if text.Len(v) > maxValue {
			return nil, fault.New(fault.Invalid, "search.invalid", "a filter's value has at most %d characters",
				maxValue)
		}
		if p == ByShortlist && v == DefaultList {
			v = campaignID
		}
		if v = storedValue(p, v); v != "" {
			out = append(out, v)
		}
	}
	return out, nil
}

func storedValue(p Property, v string) string {
	switch p {
	case BySong, ByArtist:
		return text.Fold(v)
	case ByTag:
		return foldTag(v)
	case ByLanguage:
		if locale, ok := text.Language(v); ok {
			return locale
		}
	case ByCountry:
		return strings.ToUpper(v)
	case ByOrientation, ByDuration, ByQuality, ByShortlist:
	}
	return v
}

// counted are the properties of a campaign's stories that are facets, in the
// order in which they are listed.
func counted(c *campaign.Campaign) []Property {
	out := []Property{BySong, ByArtist, ByCountry, ByOrientation, ByDuration, ByLanguage, ByQuality, ByTag}
	for _, q := range c.Questions {
		if q.Closed() {
			out = append(out, AnswerTo(q.ID))
		}
	}
	return out
}
