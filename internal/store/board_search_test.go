package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestSearch_TextAndOrder(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		send := func(at int, text, song string, change ...func(*story.Story)) string {
			return published(t, db, c, start.Add(time.Duration(at)*time.Second),
				append(change, func(s *story.Story) { s.Text, s.Song.Title = text, song })...).ID
		}
		roof := send(1, "We danced on the roof all night", "Heroes")
		kitchen := send(2, "dancing in the kitchen, mother & me", "Yellow")
		umlaut := send(3, "Ein Lied für Köln", "Viva Colonia", func(s *story.Story) { s.Contributor.Country = "AT" })
		search := func(q board.Query) []string {
			if q.Sort == "" {
				q.Sort = board.Newest
			}
			got, _, err := db.SearchStories(ctx, c.ID, q, nil, 10)
			require.NoError(t, err, q.Text)
			return ids(got)
		}
		for _, x := range []struct {
			q    board.Query
			want []string
		}{
			{board.Query{}, []string{umlaut, kitchen, roof}},
			{board.Query{Sort: board.Oldest}, []string{roof, kitchen, umlaut}},
			{board.Query{Text: "danc"}, []string{kitchen, roof}},
			{board.Query{Text: "ROOF danced"}, []string{roof}},
			{board.Query{Text: "roof", Sort: board.Relevance}, []string{roof}},
			{board.Query{Text: "köln"}, []string{umlaut}},
			{board.Query{Text: "submarine"}, []string{}},
			{narrowed("", board.Has(board.ByCountry, "AT")), []string{umlaut}},
			{narrowed("", board.Has(board.BySong, "heroes")), []string{roof}},
			{narrowed("", board.Has(board.ByOrientation, string(media.Landscape))), []string{}},
			{
				board.Query{
					MinDuration: time.Second, MaxDuration: time.Minute,
					Filters: []board.Filter{board.Has(board.ByOrientation, string(media.Portrait))},
				},
				[]string{umlaut, kitchen, roof},
			},
		} {
			require.Equal(t, x.want, search(x.q), "%+v", x.q)
		}
		for _, hostile := range []string{
			`"`, `roof" OR "kitchen`, `body:roof`, `roof & !kitchen`, `'; DROP TABLE stories; --`, `\`, `***`,
			`NEAR(roof kitchen)`,
		} {
			search(board.Query{Text: hostile})
			search(board.Query{Text: hostile, Sort: board.Relevance})
		}
		st, err := db.Story(ctx, kitchen)
		require.NoError(t, err)
		rest, _, err := db.SearchStories(ctx, c.ID, board.Query{Text: "danc", Sort: board.Newest},
			&board.Cursor{PublishedAt: st.PublishedAt, ID: st.ID}, 5)
		require.NoError(t, err)
		require.Equal(t, []string{roof}, ids(rest))
		move(t, db, st, story.Hidden, story.EventHidden)
		require.Empty(t, search(board.Query{Text: "kitchen"}), "hidden stories are not found")
	})
}

func TestFacets_FollowPublication(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		for i, song := range []string{"Heroes", "Viva Colonia", "Yellow"} {
			st := published(t, db, c, start.Add(time.Duration(i)*time.Second), func(s *story.Story) {
				s.Song = story.Song{Title: song, Artist: "Somebody"}
				if i == 1 {
					s.Contributor.Country = "AT"
				}
			})
			if song == "Yellow" {
				move(t, db, st, story.Hidden, story.EventHidden)
			}
		}
		facets, err := db.Facets(ctx, c.ID, properties, board.FacetQuery{Top: 10})
		require.NoError(t, err)
		require.Equal(t, []board.Facet{
			{Name: "song", Value: "Heroes", Count: 1}, {Name: "song", Value: "Viva Colonia", Count: 1},
			{Name: "artist", Value: "Somebody", Count: 2},
			{Name: "country", Value: "AT", Count: 1}, {Name: "country", Value: "DE", Count: 1},
			{Name: "orientation", Value: "portrait", Count: 2}, {Name: "duration", Value: "15-30", Count: 2},
			{Name: "language", Value: "de", Count: 2}, {Name: "quality", Value: "low", Count: 2},
		}, facets)
		top, err := db.Facets(ctx, c.ID, properties, board.FacetQuery{Top: 1})
		require.NoError(t, err)
		require.Len(t, top, 7, "one of each")
	})
}

// TestSaveStory_RefusesATakenPublicationTime holds for SQLite alone, whose
// index is numbered by it.
func TestSaveStory_RefusesATakenPublicationTime(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		first, second := published(t, db, c, start), newStory(t, db, c)
		second.State, second.Public, second.PublishedAt = story.Published, first.Public, start
		line := entry(second, story.EventPublished, story.Publishing, story.Published)
		if err := db.SaveStory(ctx, second, line); db.Dialect() == "sqlite" {
			require.ErrorIs(t, err, story.ErrTimeTaken)
			require.Equal(t, start, second.PublishedAt, "a store decides no time")
			second.PublishedAt = start.Add(time.Microsecond)
			require.NoError(t, db.SaveStory(ctx, second, line))
		} else {
			require.NoError(t, err)
		}
		got, _, err := db.SearchStories(ctx, c.ID, board.Query{Text: "danced", Sort: board.Newest}, nil, 10)
		require.NoError(t, err)
		require.ElementsMatch(t, []string{first.ID, second.ID}, ids(got))
	})
}

func TestSearch_RandomIsFairAndTheSameAgain(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		const stories = 12
		for i := range stories {
			published(t, db, c, start.Add(time.Duration(i)*time.Second))
		}
		order := func(seed string) []string {
			var got []string
			var after *board.Cursor
			for {
				page, _, err := db.SearchStories(ctx, c.ID, board.Query{Sort: board.Random, Seed: seed}, after, 5)
				require.NoError(t, err)
				if len(page) == 0 {
					return got
				}
				got = append(got, ids(page)...)
				after = &board.Cursor{ID: got[len(got)-1]}
			}
		}
		first := order("monday")
		require.Len(t, first, stories, "every story once")
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(first))), stories)
		require.Equal(t, first, order("monday"))
		leads := map[string]int{}
		for i := range 300 {
			leads[order(fmt.Sprint("seed", i))[0]]++
		}
		require.Len(t, leads, stories, "each story comes first for some seed")
		for id, n := range leads {
			require.InDelta(t, 300/stories, n, 22, "%s came first %d times of 300", id, n)
		}
	})
}

func TestSearch_QualityLanguageAndTags(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		sharp, blurry := 0.9, 0.05
		bright := 0.45
		add := func(at int, s *float64, locale string) string {
			return published(t, db, c, start.Add(time.Duration(at)*time.Second), func(st *story.Story) {
				st.Contributor.Locale = locale
				st.Findings = &media.Findings{Sharpness: s, Brightness: &bright, ShortEdge: 1080}
				if s == &blurry {
					st.Findings.Silent, st.Findings.Warnings = true, []string{"blurry", "silent"}
				}
			}).ID
		}
		poor, good, also := add(1, &blurry, "de"), add(2, &sharp, "en"), add(3, &sharp, "de")
		search := func(q board.Query, after *board.Cursor, n int) []string {
			got, _, err := db.SearchStories(ctx, c.ID, q, after, n)
			require.NoError(t, err)
			return ids(got)
		}
		best := board.Query{Sort: board.Quality}
		require.Equal(t, []string{also, good, poor}, search(best, nil, 10))
		require.Equal(t, []string{good, poor}, search(best, &board.Cursor{ID: also}, 10))
		with := func(p board.Property, value string) []string {
			return search(narrowed(board.Newest, board.Has(p, value)), nil, 10)
		}
		require.Equal(t, []string{also, good}, with(board.ByQuality, "high"))
		require.Equal(t, []string{poor}, with(board.ByQuality, "low"))
		require.Equal(t, []string{also, poor}, with(board.ByLanguage, "de"))

		tag(t, db, c, good, ana, "roof", "summer")
		tag(t, db, c, poor, ana, "summer")
		tag(t, db, c, good, ben, "night", "summer")
		tags, err := db.Tags(ctx, []string{good, poor, also})
		require.NoError(t, err)
		require.Equal(t, map[string][]string{good: {"night", "summer"}, poor: {"summer"}}, tags)
		require.Equal(t, []string{good, poor}, with(board.ByTag, "summer"))
		require.Empty(t, with(board.ByTag, "roof"))
		st, err := db.Story(ctx, poor)
		require.NoError(t, err)
		move(t, db, st, story.Hidden, story.EventHidden)
		facets, err := db.Facets(ctx, c.ID, properties, board.FacetQuery{Top: 10})
		require.NoError(t, err)
		for _, want := range []board.Facet{
			{Name: "tag", Value: "summer", Count: 1}, {Name: "tag", Value: "night", Count: 1},
			{Name: "language", Value: "de", Count: 1}, {Name: "quality", Value: "high", Count: 2},
		} {
			require.Contains(t, facets, want)
		}
		require.NotContains(t, facets, board.Facet{Name: "quality", Value: "low", Count: 1})
	})
}

// TestSearch_FindsWordsInEveryScript looks inside sentences that have no
// spaces, and for words in another case, width and normal form.
func TestSearch_FindsWordsInEveryScript(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		for i, x := range []struct {
			text  string
			finds []string
		}{
			{"我在雨中听到这首歌", []string{"雨中", "这首歌", "歌", "听"}},
			{"夏の夜にｻｻﾞﾝを聴いた", []string{"サザン", "夏の夜", "聴"}},
			{"비오는날에노래를들었다", []string{"노래", "\u1102\u1169\u1105\u1162"}},
			{"ฉันรักเพลงนี้มาก", []string{"เพลง", "รัก"}},
			{"हिन्दी का गाना", []string{"हिन", "गाना"}},
			{"Песня про Ёжика", []string{"ежик", "ПЕСНЯ"}},
			{"ΟΔΥΣΣΕΎΣ στη Θάλασσα", []string{"οδυσσευς", "θαλασσα"}},
			{"İstanbul'da ışıklar", []string{"ISTANBUL", "isik"}},
			{"Straßenmusik", []string{"STRASSE"}},
			{"أُغْنِيَة جميلة", []string{"أغنية"}},
			{"Andre\u0301 and 𠮷野家", []string{"andr\u00e9", "ANDRE", "𠮷野"}},
			{"ＦＵＬＬ ｗｉｄｔｈ", []string{"full width"}},
		} {
			at := start.Add(time.Duration(i) * time.Second)
			id := published(t, db, c, at, func(s *story.Story) { s.Text = x.text }).ID
			for _, q := range x.finds {
				for _, sort := range []board.Sort{board.Newest, board.Relevance} {
					got, _, err := db.SearchStories(ctx, c.ID, board.Query{Text: q, Sort: sort}, nil, 10)
					require.NoError(t, err)
					require.Equal(t, []string{id}, ids(got), q)
				}
			}
		}
		got, _, err := db.SearchStories(ctx, c.ID, board.Query{Text: "中雨"}, nil, 10)
		require.NoError(t, err)
		require.Empty(t, got, "the order of characters counts")
	})
}

func TestSearch_LongCaptionsDoNotStopPublication(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		st := published(t, db, c, start)
		var long strings.Builder
		for i := range 60_000 {
			fmt.Fprintf(&long, "%c%c%c ", 0x4e00+i%20_000, 0x5e00+i%10_000, 0x6e00+i%7_000)
		}
		for i := range 6 {
			vtt := "WEBVTT\n\n00:00.000 --> 00:01.000\n" + long.String()[i*100_000:(i+1)*100_000]
			require.NoError(t, db.PutCaption(ctx, &caption.Track{
				Story: st.ID, Locale: fmt.Sprint("x-", i), VTT: strings.ToValidUTF8(vtt, ""), At: start,
			}))
		}
		got, _, err := db.SearchStories(ctx, c.ID, board.Query{Text: "heroes"}, nil, 10)
		require.NoError(t, err)
		require.Equal(t, []string{st.ID}, ids(got))
	})
}

// TestSearch_GoesOnWhereAPageEndsAtItsBound looks for few stories among many
// that do not match, ten at a time.
func TestSearch_GoesOnWhereAPageEndsAtItsBound(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		var rare []string
		for i := range 35 {
			st := published(t, db, c, start.Add(time.Duration(i)*time.Second))
			if i%16 == 0 {
				rare = append(rare, st.ID)
			} else {
				tag(t, db, c, st.ID, ana, "common")
			}
		}
		db.LookAmong(10)
		for name, q := range map[string]board.Query{
			"newest":  {Sort: board.Newest},
			"oldest":  {Sort: board.Oldest},
			"quality": {Sort: board.Quality},
			"random":  {Sort: board.Random, Seed: "a"},
			"words":   {Sort: board.Newest, Text: "danc"},
			"country": {Sort: board.Oldest, Filters: []board.Filter{board.Has(board.ByCountry, "DE")}},
		} {
			q.Filters = append(q.Filters, board.Filter{Property: board.ByTag, Out: []string{"common"}})
			var got []string
			var after *board.Cursor
			pages := 0
			for {
				page, more, err := db.SearchStories(ctx, c.ID, q, after, 5)
				require.NoError(t, err, name)
				got = append(got, ids(page)...)
				if pages++; more == nil {
					break
				}
				after = more
			}
			require.ElementsMatch(t, rare, got, name)
			require.Greater(t, pages, 2, name)
		}
	})
}
