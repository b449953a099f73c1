package million

import "fmt"

// Backlog adds n stories to an empty database with the present schema, all of
// which wait for a review copy and were not announced yet, and marks what is
// kept from them as not filled. exec executes one statement.
func Backlog(exec func(query string) error, postgres bool, n int) error {
	d := dialect{postgres}
	for _, q := range []string{
		campaign, d.stories(n), d.waiting(), d.begun(), tokens,
		`UPDATE fills SET done = ` + d.no(),
		d.pick("VACUUM ANALYZE", "SELECT 1"),
	} {
		if err := exec(q); err != nil {
			return fmt.Errorf("%w in %.80s", err, q)
		}
	}
	return nil
}

// waiting makes of each story one whose upload is complete.
func (d dialect) waiting() string {
	return `UPDATE stories SET state = 'uploaded', version = 2, work = 'prepare', attempt = 0, tries = 0,
		next_run_at = 0, findings = 'null', review_set = 'null', public_set = 'null', published_at = 0,
		escalated = ` + d.no()
}

// begun are the two lines that the history of such a story has.
func (d dialect) begun() string {
	return `INSERT INTO history (id, story_id, at, actor_role, actor_id, actor_name, event, from_state, to_state,
		reason, note)
		SELECT id || '-0', id, created_at, 'contributor', '', '', 'created', '', 'awaiting_upload', '', '' FROM stories
		UNION ALL
		SELECT id || '-20000000', id, created_at + 20000000, 'contributor', '', '', 'uploaded', 'awaiting_upload',
			'uploaded', '', '' FROM stories`
}
