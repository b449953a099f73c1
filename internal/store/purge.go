package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

const (
	// checkpointWait bounds how long a truncation of SQLite's log holds up
	// writers while it waits for readers; the sweep tries again.
	checkpointWait = time.Second
	// vacuumEvery is the time between two vacuums of PostgreSQL's tables after
	// erasures: each reads whole indexes.
	vacuumEvery = time.Hour
)

// vacuumed are the tables whose rows or indexes hold words of contributors.
var vacuumed = []string{
	"attempts", "captions", "facets", "history", "holds", "idempotency", "listings", "lookup_texts", "mails",
	"old_prints", "prints", "saved_searches", "selection", "shortlist", "shortlist_entries", "spellings", "stories",
	"story_answers", "story_search", "tags", "vocabulary", "votes",
	"pg_catalog.pg_statistic", // samples of every column; only the database's owner may
}

// Purge removes what erasures left outside of rows. SQLite overwrites deleted
// content at once (secure_delete); Purge then empties its write-ahead log, and
// is fault.Unavailable "database.unavailable" while a reader needs that log.
// PostgreSQL keeps dead rows until they are vacuumed, which Purge does at most
// once in vacuumEvery. Without an erasure since the last purge it does nothing.
func (s *Store) Purge(ctx context.Context, now time.Time) error {
	var due struct{ Oldest, Newest int64 }
	if err := s.w.NewRaw(`SELECT coalesce(min(at), 0) AS oldest, coalesce(max(at), 0) AS newest FROM purges`).
		Scan(ctx, &due); err != nil || due.Newest == 0 {
		return s.mapError(err)
	}
	purge := s.truncateLog
	if s.postgres {
		if now.Sub(moment(due.Oldest)) < vacuumEvery {
			return nil
		}
		purge = s.vacuum
	}
	if err := purge(ctx); err != nil {
		return s.mapError(err)
	}
	_, err := s.w.NewRaw(`DELETE FROM purges WHERE at <= ?`, due.Newest).Exec(ctx)
	return s.mapError(err)
}

// truncateLog copies the log into the database and cuts it to no bytes.
func (s *Store) truncateLog(ctx context.Context) error {
	conn, err := s.w.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	wait := func(ctx context.Context, d time.Duration) error {
		_, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", d.Milliseconds()))
		return err
	}
	if err := wait(ctx, checkpointWait); err != nil {
		return err
	}
	var busy, frames, copied int
	err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &copied)
	if err == nil && busy != 0 {
		err = fault.New(fault.Unavailable, "database.unavailable", "the log of the database is in use; try again")
	}
	return errors.Join(err, wait(context.WithoutCancel(ctx), busyTimeout))
}

// vacuum reclaims dead rows and their index entries, TOAST tables included, and
// takes the samples of the columns again.
func (s *Store) vacuum(ctx context.Context) error {
	_, err := s.w.DB.ExecContext(ctx, "VACUUM (ANALYZE, INDEX_CLEANUP ON) "+strings.Join(vacuumed, ", "))
	return err
}

// rewriteOnce brings a SQLite file from before secure_delete to the state in
// which no page holds deleted content. It needs free space of the file's size.
func (s *Store) rewriteOnce(ctx context.Context) error {
	var done int
	if err := s.w.DB.QueryRowContext(ctx, "PRAGMA user_version").Scan(&done); err != nil || done > 0 {
		return err
	}
	for _, q := range []string{"VACUUM", "PRAGMA user_version = 1", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.w.DB.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
