package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/media"
)

// backfillBatch is how many stories backfillQuality holds in memory.
const backfillBatch = 1000

// backfillQuality is migration 3: it fills the columns added by 0002 that only
// Go code can compute, each story's quality and shuffle key, and the facet
// that counts qualities.
func (s *Store) backfillQuality(ctx context.Context, tx *sql.Tx) error {
	db := bun.NewDB(s.w.DB, s.w.Dialect())
	counts := map[[2]string]int64{}
	for after := ""; ; {
		var rows []struct {
			ID, CampaignID, State, Findings string
		}
		if err := db.NewRaw(`SELECT id, campaign_id, state, findings FROM stories WHERE id > ? ORDER BY id LIMIT ?`,
			after, backfillBatch).Conn(tx).Scan(ctx, &rows); err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			var f *media.Findings
			if err := json.Unmarshal([]byte(r.Findings), &f); err != nil {
				return err
			}
			q := f.Quality()
			if _, err := db.NewRaw(`UPDATE stories SET quality = ?, dice = ? WHERE id = ?`, q, shuffleKey(r.ID), r.ID).
				Conn(tx).Exec(ctx); err != nil {
				return err
			}
			if r.State == "published" {
				counts[[2]string{r.CampaignID, media.QualityBand(q)}]++
			}
			after = r.ID
		}
	}
	for key, n := range counts {
		if _, err := db.NewRaw(`INSERT INTO facets (campaign_id, name, value, n) VALUES (?, 'quality', ?, ?)`, key[0],
			key[1], n).Conn(tx).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
