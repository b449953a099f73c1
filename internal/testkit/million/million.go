// Package million makes a campaign of up to millions of stories inside a
// database, by statements that the database itself computes the rows of. Rows
// have the sizes and the skew of real ones: a few songs, artists, countries and
// words are in many stories, most in few.
package million

import (
	"fmt"
	"strings"
)

// Campaign is the id and the slug of the campaign; Prefix begins every id.
const (
	Campaign = "01900000-0000-7000-8000-000000000000"
	Slug     = "million"
)

// Values that searches are measured with.
const (
	CommonWord    = "common" // in half of the stories
	RareWord      = "rare7"  // in one of 5000
	CommonArtist  = "artist a0"
	RareArtist    = "artist a2999"
	CommonSong    = "song s0"
	RareSong      = "song s19481"
	CommonCountry = "AA"
	RareCountry   = "JJ" // of one published story in 4000 at a million
	Question      = "mood"
	CommonAnswer  = "m0"
	RareAnswer    = "m29"
)

// Seed adds n stories to an empty database with the present schema, and marks
// what is kept from them as not filled. exec executes one statement.
func Seed(exec func(query string) error, postgres bool, n int) error {
	d := dialect{postgres}
	for _, q := range []string{
		campaign, d.stories(n), d.history(), d.search(), d.prints(), tokens, d.answers(), d.tags(), listed,
		`UPDATE fills SET done = ` + d.no(),
		d.analyze(),
	} {
		if err := exec(q); err != nil {
			return fmt.Errorf("%w in %.80s", err, q)
		}
	}
	return nil
}

const campaign = `INSERT INTO campaigns (id, slug, title, hashtag, prompt, opens_at, closes_at, limits, ad_slots,
	countries, origins, created_at, updated_at, questions)
	VALUES ('` + Campaign + `', '` + Slug + `', 'Million', '', '', 0, 0, '{}', '["ad-1"]', '[]', '[]', 1, 1,
	'[{"id":"` + Question + `","label":"Mood","kind":"choice",` +
	`"choices":["` + CommonAnswer + `","` + RareAnswer + `"]}]')`

type dialect struct{ postgres bool }

func (d dialect) pick(postgres, sqlite string) string {
	if d.postgres {
		return postgres
	}
	return sqlite
}

// analyze is what PostgreSQL does by itself after a while; the service lets
// SQLite do nothing of the kind.
func (d dialect) analyze() string { return d.pick("ANALYZE", "SELECT 1") }

func (d dialect) no() string { return d.pick("false", "0") }

// hash is a number below m that looks random in i, another one for each k.
func hash(i string, k, m int) string {
	return fmt.Sprintf("((%s * %d + %d) %% 2147483647 %% %d)", i, 1_103_515_245+2*7919*k, 12_345*k, m)
}

// skewed is a number below m that is the likelier the smaller it is.
func skewed(i string, k, m int) string {
	return fmt.Sprintf("(%s * %s / 1000000)", hash(i, k, 1000), fmt.Sprintf("(%s * %d)", hash(i, k+1, 1000), m))
}

// id is the UUID of story number i; it rises with i.
func (d dialect) id(i string) string {
	return d.pick(
		fmt.Sprintf(`'01900001-' || lpad(to_hex(%[1]s / 4096), 4, '0')
			|| '-7' || lpad(to_hex(%[1]s %% 4096), 3, '0')
			|| '-8000-' || lpad(to_hex(%[1]s), 12, '0')`, i),
		fmt.Sprintf(`printf('01900001-%%04x-7%%03x-8000-%%012x', %[1]s / 4096, %[1]s %% 4096, %[1]s)`, i))
}

func (d dialect) chr(n string) string { return d.pick("chr(("+n+")::int)", "char("+n+")") }

func (d dialect) stories(n int) string {
	state := hash("i", 1, 100)
	prepared := "(s < 85 OR s = 98)"
	song, artist := "'song s' || song", "'artist a' || (song % 3000)"
	filler := d.pick("repeat('0123456789abcdef', 16)", "replace(hex(zeroblob(128)), '00', 'ab')")
	warnings := `CASE ` + hash("i", 9, 20) + ` WHEN 0 THEN '"dark"' WHEN 1 THEN '"quiet"' ELSE '' END`
	asset := func(root string) string {
		return `'{"prefix":"` + root + `/' || id || '/1/","hls":"master.m3u8","mp4":"v.mp4",` +
			`"width":1080,"height":1920,"duration_ns":20000000000,"digest":"' || filler || '"}'`
	}
	return fmt.Sprintf(`INSERT INTO stories (id, campaign_id, state, version, name, email, country, locale, title, body,
		song, song_fold, artist_fold, release, upload, source, media, findings, review_set, public_set,
		orientation, duration_ms, work, attempt, tries, next_run_at, heartbeat_at, dispatched_at, progress, failure,
		escalated, claimed_by, claimed_name, claimed_until, created_at, updated_at, published_at, answers, cut, quality,
		dice)
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d),
	a AS (SELECT i, %s AS id, %s AS s, %s AS song, %s AS filler FROM (SELECT CAST(i AS bigint) AS i FROM n) AS n),
	b AS (SELECT a.*, 1700000000000000 + i * 4000000 AS at FROM a)
	SELECT id, '%s', CASE WHEN s < 20 THEN 'published' WHEN s < 25 THEN 'in_review' WHEN s < 85 THEN 'rejected'
		WHEN s < 92 THEN 'expired' WHEN s < 95 THEN 'failed' WHEN s < 98 THEN 'erased' WHEN s = 98 THEN 'hidden'
		ELSE 'awaiting_upload' END,
		7, 'Name ' || %s, 'p' || %s || '@mail.example', %s, CASE WHEN %s < 4 THEN 'en' ELSE 'de' END, 'Title', filler,
		'{"title":"' || %s || '","artist":"' || %s || '"}', %s, %s,
		'{"version":1,"text_sha256":"' || filler || '"}', '{"id":"' || filler || '"}', 'null', 'null',
		CASE WHEN %s THEN '{"warnings":[' || %s || '],"sharpness":0.' || %s || ',"audio_fingerprint":"'
			|| filler || '"}' ELSE 'null' END,
		CASE WHEN %s THEN %s ELSE 'null' END, CASE WHEN s < 20 THEN %s ELSE 'null' END,
		CASE %s WHEN 0 THEN 'square' WHEN 1 THEN 'landscape' ELSE 'portrait' END, 5000 + %s, '', 2,
		CASE WHEN s BETWEEN 92 AND 94 THEN 1 ELSE 0 END, CASE WHEN s = 99 THEN 4000000000000000 ELSE 0 END,
		0, 0, 0, 'null', %s, '', '', 0, at, at + 60000000, CASE WHEN s < 20 THEN at + 90000000 ELSE 0 END,
		'null', '{}', 0, 0 FROM b`,
		n, d.id("i"), state, skewed("i", 2, 20_000), filler, Campaign,
		hash("i", 4, 3000), hash("i", 5, n), d.country(), hash("i", 8, 5), song, artist, song, artist,
		prepared, warnings, hash("i", 10, 900), prepared, asset("review"), asset("public"), hash("i", 11, 10),
		hash("i", 12, 85_000), "s BETWEEN 20 AND 24 AND "+hash("i", 13, 250)+" = 0")
}

func (d dialect) country() string {
	c := skewed("i", 6, 160)
	return d.chr("65 + "+c+" / 16") + " || " + d.chr("65 + "+c+" % 16")
}

func (d dialect) history() string {
	line := func(no int, after int64, role, actor, event, from, to, where string) string {
		return fmt.Sprintf(`SELECT id || '-%d', id, created_at + %d, '%s', %s, %s, '%s', '%s', '%s', '', ''
			FROM stories WHERE %s`, no, after, role, actor, actor, event, from, to, where)
	}
	mod := "'moderator ' || (created_at / 4000000 % 20)"
	prepared := "state IN ('published', 'in_review', 'rejected', 'hidden')"
	return `INSERT INTO history (id, story_id, at, actor_role, actor_id, actor_name, event, from_state, to_state,
		reason, note) ` + strings.Join([]string{
		line(1, 0, "contributor", "''", "created", "", "awaiting_upload", "true"),
		line(2, 20_000_000, "contributor", "''", "uploaded", "awaiting_upload", "uploaded", prepared),
		line(3, 21_000_000, "system", "''", "started", "uploaded", "preparing", prepared),
		line(4, 60_000_000, "system", "''", "prepared", "preparing", "in_review", prepared),
		line(5, 70_000_000, "moderator", mod, "approved", "in_review", "approved", "state IN ('published', 'hidden')"),
		line(6, 90_000_000, "system", "''", "published", "publishing", "published", "state IN ('published', 'hidden')"),
		line(7, 70_000_000, "moderator", mod, "rejected", "in_review", "rejected", "state = 'rejected'"),
		line(8, 990_000_000, "moderator", "'lead'", "hidden", "published", "hidden", "state = 'hidden'"),
	}, " UNION ALL ")
}

func (d dialect) search() string {
	at := "(created_at / 4000000)"
	words := []string{
		"song_fold", "artist_fold", "lower(name)",
		fmt.Sprintf("CASE WHEN %s = 0 THEN '%s' ELSE '' END", hash(at, 20, 2), CommonWord),
		fmt.Sprintf("CASE WHEN %s = 0 THEN 'middle' ELSE '' END", hash(at, 21, 100)),
		fmt.Sprintf("CASE WHEN %s < 1 THEN '%s' ELSE '' END", hash(at, 22, 5000), RareWord),
	}
	for k := range 20 {
		words = append(words, "'b' || "+d.chr("97 + "+hash(at, 30+3*k, 26))+" || "+skewed(at, 31+3*k, 30_000))
	}
	body := strings.Join(words, " || ' ' || ")
	if d.postgres {
		return `INSERT INTO story_search (story_id, campaign_id, published_at, tsv)
			SELECT id, campaign_id, published_at, to_tsvector('simple', ` + body + `) FROM stories
			WHERE state = 'published'`
	}
	return `INSERT INTO story_search (rowid, scope, body, story_id)
		SELECT published_at, replace(campaign_id, '-', ''), ` + body + `, id FROM stories WHERE state = 'published'
		ORDER BY published_at`
}

// campaignHash is how prints name the campaign.
const campaignHash = 1742442528

// prints are those of eight frames; the campaign's number is its FNV-1a hash.
func (d dialect) prints() string {
	of := "(created_at / 4000000 * 19 + j)"
	return fmt.Sprintf(`INSERT INTO prints (campaign, value, story)
		WITH RECURSIVE f(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM f WHERE j < 19)
		SELECT %d, (j %% 4) * 65536 + %s AS value, %s AS story FROM stories, f
		WHERE state IN ('published', 'in_review', 'rejected', 'hidden') ORDER BY 2, 3 ON CONFLICT DO NOTHING`,
		campaignHash, hash(of, 50, 65_536), d.pick("id::uuid", "unhex(id, '-')"))
}

// tokens are hashes that no token has.
const tokens = `INSERT INTO story_tokens (hash, story_id) SELECT 'hash of ' || id, id FROM stories`

// answers are those of two of three published stories to one question.
func (d dialect) answers() string {
	at := "(created_at / 4000000)"
	return fmt.Sprintf(`INSERT INTO story_answers (story_id, question, campaign_id, value, published_at)
		SELECT id, '%s', campaign_id, 'm' || %s, published_at FROM stories
		WHERE state = 'published' AND %s < 2`, Question, skewed(at, 60, 40), hash(at, 62, 3))
}

// tags are on a tenth of the published stories.
func (d dialect) tags() string {
	at := "(created_at / 4000000)"
	return fmt.Sprintf(`INSERT INTO tags (campaign_id, tag, story_id, actor_id, actor_name, at)
		SELECT campaign_id, 't' || %s, id, '', '', 1 FROM stories WHERE state = 'published' AND %s = 0`,
		skewed(at, 63, 200), hash(at, 65, 10))
}

// listed are the first thousand published stories, on a shortlist.
const listed = `INSERT INTO shortlist (campaign_id, story_id, note, actor_id, actor_name, at)
	SELECT campaign_id, id, '', '', '', created_at FROM stories WHERE state = 'published' ORDER BY id LIMIT 1000`
