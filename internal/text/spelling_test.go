package text_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/text"
)

func TestSpellings_MeetWhereWordsAreNear(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		typed, word string
		near        bool
	}{
		{"heros", "heroes", true}, {"zainb", "zainab", true}, {"heores", "heroes", true}, {"haroes", "heroes", true},
		{"heroess", "heroes", true}, {"hxrxes", "heroes", false}, {"nigera", "nigeria", true},
		{"weding", "wedding", true}, {"mountians", "mountains", true}, {"mountanes", "mountains", true},
		{"restauant", "restaurant", true}, {"песьня", "песня", true},
		{"οδυσεας", "οδυσσεας", true}, {"гора", "песня", false}, {"Müntchen", "München", true},
	} {
		t.Run(x.typed, func(t *testing.T) {
			t.Parallel()
			typed, word := text.Terms(x.typed)[0], text.Terms(x.word)[0]
			_, near := text.Near(typed, word)
			require.Equal(t, x.near, near)
			keys := text.Spellings(word)
			meet := slices.ContainsFunc(text.Misspellings(typed),
				func(k string) bool { return slices.Contains(keys, k) })
			require.Equal(t, x.near, meet && near, "found by the keys")
		})
	}
	for _, word := range []string{"abc", "mp3s", "雨中", "a12345", "averyveryveryverylongwordindeed"} {
		require.Empty(t, text.Spellings(text.Terms(word)[0]), word)
	}
	for _, word := range []string{"heroes", "песня"} {
		require.Equal(t, word, string(text.Letters(text.Terms(word)[0])))
	}
}

func TestCountryNames_AreThoseThatPeopleType(t *testing.T) {
	t.Parallel()
	for code, want := range map[string][]string{
		"NG": {"Nigeria"}, "DE": {"Germany", "Deutschland"}, "ES": {"Spain", "Spanien", "España"},
		"CN": {"China", "中国"}, "JP": {"Japan", "日本"}, "GR": {"Greece", "Griechenland", "Ελλάδα"},
		"CH": {"Switzerland", "Schweiz"}, "EG": {"Egypt", "Ägypten", "مصر"},
	} {
		require.Subset(t, text.CountryNames(code), want, code)
	}
	for _, code := range []string{"", "XX", "ZZ", "EU1", "QQQ", "001"} {
		require.Empty(t, text.CountryNames(code), code)
	}
}
