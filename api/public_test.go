package api

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFeedItem_HasTheFieldsThatReviewShows compares the public item with the
// list that a unit test of the pages holds against the rendered review page:
// what people write is shown there, the rest is made by the service.
func TestFeedItem_HasTheFieldsThatReviewShows(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../web/src/review/publicFields.json")
	require.NoError(t, err)
	var list struct{ Written, Made []string }
	require.NoError(t, json.Unmarshal(raw, &list))
	require.ElementsMatch(t, slices.Concat(list.Written, list.Made), fieldsOf(reflect.TypeFor[feedItem](), ""))
}

// fieldsOf lists the JSON paths of a type's values, without indices.
func fieldsOf(t reflect.Type, prefix string) []string {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return []string{strings.TrimSuffix(prefix, ".")}
	}
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			out = append(out, fieldsOf(f.Type, prefix)...)
		case f.IsExported() && name != "-":
			out = append(out, fieldsOf(f.Type, prefix+name+".")...)
		}
	}
	return out
}
