package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/storyreel/storyreel/internal/text"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"plain":                        {"  Zoë  Müller ", "Zoë Müller"},
		"composed":                     {"Zoe\u0308", "Zo\u00eb"},
		"hangul jamo":                  {norm.NFD.String("한국"), "한국"},
		"line breaks":                  {"A\r\nB\u2028C\tD\u0085E", "A B C D E"},
		"wide spaces":                  {"山田\u3000太郎\u00a0", "山田 太郎"},
		"zero width only":              {"\u200b\u200d", ""},
		"joiners at the ends":          {"\u200cAnn\u200d", "Ann"},
		"word joiner, soft hyphen":     {"A\u2060n\u00ad\ufeffn", "Ann"},
		"grapheme joiner":              {"e\u034f\u0301", "\u00e9"},
		"hangul fillers":               {"\u3164\u115f\uffa0\u1160", ""},
		"braille blank":                {"\u2800\u2800", ""},
		"marks only":                   {"\u0301\u0301\u20dd", ""},
		"mark after a space":           {"a \u0301b", "a b"},
		"many marks":                   {"e" + strings.Repeat("\u0330", 99), "\u1e1b" + strings.Repeat("\u0330", 6)},
		"bidi overrides":               {"\u202eevil\u202c \u2067x\u2069", "evil x"},
		"controls":                     {"a\x00b\x1b[31m\u009bc", "ab[31mc"},
		"tag characters":               {"Ann\U000e0041\U000e0042", "Ann"},
		"tags after another flag":      {"\U0001f3f4\U000e0068\U000e0069\U000e007f", "\U0001f3f4"},
		"private use":                  {"\ue000\U000f0000", ""},
		"invalid bytes, replacement":   {"a\xffb\ufffd\ufffcc", "abc"},
		"variation selectors only":     {"\ufe0f\U000e0100", ""},
		"variation selector of Latin":  {"a\ufe0f\U000e0100", "a"},
		"annotations":                  {"a\ufff9b\ufffac\ufffb", "abc"},
		"joiner between Latin letters": {"pay\u200dpal", "paypal"},
		"null notehead":                {"\U0001d159", ""},
		"unassigned, ignorable":        {"\u2065\U000e0fff", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, text.Line(c.in))
			require.Equal(t, c.want, text.Line(c.want), "cleaned twice is cleaned once")
		})
	}
}

// TestLine_KeepsWhatScriptsNeed has texts that are stored as they are typed.
func TestLine_KeepsWhatScriptsNeed(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"Persian with non-joiner":     "می\u200cخواهم",
		"Arabic with vowels":          "مُحَمَّد",
		"Hebrew, cantillated":         "בְּרֵאשִׁ֖ית",
		"Hindi":                       "हिन्दी",
		"Sinhala with joiner":         "ශ\u0dca\u200dරී",
		"Bengali":                     "ক্\u200dষ",
		"Thai":                        "สวัสดีครับ",
		"Khmer":                       "ភាសាខ្មែរ",
		"Tibetan stack":               "བསྒྲུབས",
		"Vietnamese":                  "Nguyễn Thị Hương",
		"Greek":                       "Ὀδυσσεύς",
		"Japanese":                    "サザンオールスターズ",
		"ideograph with selector":     "葛\U000e0100飾",
		"emoji family":                "👩\u200d👩\u200d👧\u200d👦",
		"emoji with skin and style":   "🙋🏽\u200d♀\ufe0f ❤\ufe0f\u200d🔥",
		"keycap":                      "1\ufe0f\u20e3",
		"flags":                       "🇩🇪 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
		"Mongolian with selector":     "ᠮᠣᠩᠭᠣᠯ\u180b",
		"apostrophes and punctuation": "L’été – « O’Brien »",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s = norm.NFC.String(s)
			require.Equal(t, s, text.Line(s))
			require.Equal(t, s, text.Block(s))
			require.True(t, text.Clean(s))
		})
	}
}

func TestBlock_KeepsLines(t *testing.T) {
	t.Parallel()
	require.Equal(t, "One\n\nTwo\nThree", text.Block("\n One  \r\n\r\n \n\n\nTwo\u2028Three\u200b\n\n"))
	require.Equal(t, "　一段落\n　二段落", "　"+text.Block("一段落\n　二段落"), "an indent of ideographic space stays")
	require.Empty(t, text.Block("\u200b\n\u00ad\n\u3164"))
	require.False(t, text.Clean("a\u200b"))
	require.Equal(t, 2, text.Len("😀é"))
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"en": "en", "PT-br": "pt-BR", "zh-hant-tw": "zh-Hant-TW", "de_AT": "de-AT", "": "", "und": "",
		"not a language": "", "<b>": "", "\u200b": "",
	} {
		got, ok := text.Language(in)
		require.Equal(t, want, got, in)
		require.Equal(t, want != "", ok, in)
	}
}

func TestFold_EqualsWhatPeopleTakeForTheSame(t *testing.T) {
	t.Parallel()
	for name, same := range map[string][]string{
		"normal forms":     {"Beyonc\u00e9", "BEYONCE\u0301", " beyonce\u0301 "},
		"eszett":           {"Straße", "STRASSE", "STRAẞE", "strasse"},
		"Turkish i":        {"İstanbul", "ISTANBUL", "istanbul", "ıstanbul", "I\u0307stanbul"},
		"final sigma":      {"Οδυσσεύς", "ΟΔΥΣΣΕΎΣ", "οδυσσεύσ"},
		"full width":       {"ＡＢＢＡ　１", "abba 1"},
		"half-width kana":  {"ｻｻﾞﾝ", "サザン"},
		"ligature":         {"ﬁre", "FIRE"},
		"hangul":           {"방탄소년단", norm.NFD.String("방탄소년단")},
		"Cherokee":         {"ꭰꭱ", "ᎠᎡ"},
		"Armenian":         {"Եւ", "եւ", "և"},
		"joiners":          {"می\u200cخواهم", "میخواهم"},
		"style of symbols": {"❤\ufe0f", "❤"},
		"font letters":     {"𝓗eroes", "ℌeroes", "heroes"},
		"invisible":        {"He\u00adro\u200bes\U000e0041", "heroes"},
		"spaces":           {"a \n b", "a\u00a0b", "a\u3000b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range same {
				require.Equal(t, text.Fold(same[0]), text.Fold(s), "%+q", s)
			}
		})
	}
	require.NotEqual(t, text.Fold("Zoë"), text.Fold("Zoe"), "an accent makes another name")
	require.NotEqual(t, text.Fold("は"), text.Fold("ば"))
}

func TestTerms_FindWordsInsideSentences(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stored  string
		finds   []string
		misses  []string
		nothing string
	}{
		"English": {"We danced on the roof, didn't", []string{"roof dan", "DIDN’T", "th"}, []string{"oof"}, "?!"},
		"accents": {"Señor Łódź à la crème", []string{"senor lodz", "crème", "CREME", "Lódz"}, []string{"reme"}, "´"},
		"German":  {"Straßenmusik in Köln", []string{"STRASSE", "koln", "Köln"}, []string{"musik"}, "–"},
		"Turkish": {"ISTANBUL'da ışık", []string{"istanbul", "İstanbul", "isik"}, nil, "·"},
		"Russian": {"Песня про Ёжика", []string{"песн ежик", "ЁЖИК"}, []string{"жик"}, "—"},
		"Greek":   {"Τραγούδι", []string{"τραγουδι", "ΤΡΑΓΟΎ"}, nil, "·"},
		"Arabic":  {"أُغْنِيَة جميلة", []string{"أغنية", "جميل"}, []string{"ميلة"}, "،"},
		"Hebrew":  {"שִׁיר יָפֶה", []string{"שיר", "יפה"}, nil, "׃"},
		"Hindi":   {"हिन्दी गाना", []string{"हिन", "गाना", "ह"}, []string{"दी"}, "।"},
		"Chinese": {"我在雨中听到这首歌。", []string{"雨中", "听到", "歌", "首歌", "我"}, []string{"中雨", "唱歌"}, "。"},
		"Japanese": {
			"夏の夜にサザンオールスターズを聴いた", []string{"サザン", "ｵｰﾙｽﾀｰｽﾞ", "夜", "聴いた", "た"}, []string{"冬の"}, "、",
		},
		"Korean":         {"비오는날에노래를들었다", []string{"노래", norm.NFD.String("노래"), "들었다"}, []string{"래노"}, "·"},
		"Thai":           {"ฉันรักเพลงนี้มาก", []string{"เพลง", "รัก", "นี้"}, []string{"เพล็ง"}, "๏"},
		"Khmer":          {"ខ្ញុំស្រលាញ់ចម្រៀង", []string{"ចម្រៀង"}, nil, "។"},
		"mixed":          {"AKB48の「恋するクッキー」", []string{"akb4", "恋する", "クッキー"}, []string{"キー0"}, "「」"},
		"rare ideograph": {"𠮷野家", []string{"𠮷野", "野家", "𠮷"}, []string{"吉野"}, "・"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored := text.Terms(c.stored)
			for _, term := range stored {
				require.Regexp(t, `^(ð[a-z0-9]+|[a-z0-9]+)$`, term)
			}
			for _, q := range c.finds {
				require.True(t, matches(stored, text.Query(q, 99)), "%s: %v in %v", q, text.Query(q, 99), stored)
			}
			for _, q := range c.misses {
				require.False(t, matches(stored, text.Query(q, 99)), q)
			}
			require.Empty(t, text.Query(c.nothing, 99))
		})
	}
	require.Len(t, text.Query(strings.Repeat("雨中听到", 20), 12), 12)
	require.Len(t, text.Terms(strings.Repeat("x", 500))[0], 40)
}

// matches is how a database compares: every wanted term begins a stored one.
func matches(stored, wanted []string) bool {
	for _, w := range wanted {
		found := false
		for _, s := range stored {
			found = found || strings.HasPrefix(s, w)
		}
		if !found {
			return false
		}
	}
	return len(wanted) > 0
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"Zoë", "\u200b\u200d", "e\u0301\u0301", "می\u200cخواهم", "👩\u200d👧", "İıẞςﬁ", "\U0001f3f4\U000e0067",
		"a\r\n\n\n\nb", "ค\u0e31\u0e49", "\u1100\u1161\u3164", "葛\U000e0100",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, block := text.Line(s), text.Block(s)
		for _, x := range []string{line, block} {
			if !utf8.ValidString(x) || !norm.NFC.IsNormalString(x) || x != strings.TrimSpace(x) {
				t.Fatalf("%+q became %+q", s, x)
			}
			marks := 0
			for i, r := range x {
				control := unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && r != '\n'
				if control || i == 0 && unicode.IsMark(r) {
					t.Fatalf("%+q became %+q", s, x)
				}
				if marks++; !unicode.IsMark(r) {
					marks = 0
				}
				if marks > text.MaxMarks+1 { // a selector counts as a mark
					t.Fatalf("%+q has a stack of marks", x)
				}
			}
		}
		if strings.ContainsRune(line, '\n') || text.Line(line) != line || text.Block(block) != block {
			t.Fatalf("%+q is %+q, then %+q", s, line, text.Line(line))
		}
		if fold := text.Fold(s); text.Fold(fold) != fold || text.Fold(line) != fold {
			t.Fatalf("%+q folds to %+q, then %+q", s, fold, text.Fold(fold))
		}
		for _, term := range text.Terms(s) {
			if strings.Trim(term, "abcdefghijklmnopqrstuvwxyz0123456789ð") != "" {
				t.Fatalf("%+q has the term %q", s, term)
			}
		}
		if q := text.Query(s, 99); len(q) > 0 && !matches(text.Terms(s), q) {
			t.Fatalf("%+q does not find itself: %v", s, q)
		}
	})
}
