package site

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/feed"
)

// everyField is a feed whose one item has a mark of its own in every text.
type everyField struct {
	item  feed.Item
	marks map[string]string // mark → path of the field, such as song.title
}

func newEveryField() *everyField {
	e := &everyField{marks: map[string]string{}}
	e.fill(reflect.ValueOf(&e.item).Elem(), "")
	return e
}

func (e *everyField) fill(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.String:
		mark := "mark" + strings.NewReplacer(".", "-", "_", "-").Replace(path) + "end"
		e.marks[mark] = path
		v.SetString(mark)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				name := strings.ToLower(v.Type().Field(i).Name)
				e.fill(v.Field(i), strings.TrimPrefix(path+"."+name, "."))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		e.fill(v.Index(0), path)
	default: // numbers and times
	}
}

func (e *everyField) Get(context.Context, string) (*feed.Item, error) { return &e.item, nil }

// TestShareAndOEmbed_ShowWhatReviewShows finds the fields of the public item
// on the share page and in oEmbed, with the title and without: each must be one
// that a moderator is shown.
func TestShareAndOEmbed_ShowWhatReviewShows(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../web/src/review/publicFields.json")
	require.NoError(t, err)
	var list struct{ Written []string }
	require.NoError(t, json.Unmarshal(raw, &list))
	shown := map[string]bool{}
	for _, empty := range []bool{false, true} {
		e := newEveryField()
		if empty { // titles and texts are optional; others stand in for them
			e.item.Title, e.item.Text = "", ""
		}
		s := New(Options{
			Files: built, Feed: e, Campaigns: oneCampaign{}, MediaURL: func(key string) string { return key },
			PublicURL: "https://stories.example", Status: func(error) int { return http.StatusOK },
		})
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/v/x", nil)
		r.SetPathValue("id", "x")
		require.NoError(t, s.share(w, r, "'none'"))
		r = httptest.NewRequest(http.MethodGet, "/oembed?url=https://stories.example/v/x", nil)
		require.NoError(t, s.oembed(w, r))
		for mark, path := range e.marks {
			made := path == "id" || strings.HasPrefix(path, "assets.")
			if strings.Contains(w.Body.String(), mark) && !made {
				require.True(t, slices.Contains(list.Written, path), path)
				shown[path] = true
			}
		}
	}
	require.Equal(t, map[string]bool{
		"title": true, "text": true, "name": true, "song.title": true, "song.artist": true,
	}, shown, "the marks are found")
}
