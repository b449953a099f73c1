package store_test

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/store"
)

func TestAudit_FiltersPagesAndForgets(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		var all []audit.Line
		for i, action := range []string{"key.created", "key.revoked", "keys", "user.created", "key.created"} {
			l := audit.Line{
				ID: id.New(), At: at.Add(time.Duration(i) * time.Hour), Action: action, Outcome: audit.Done,
				Actor: account.Actor{Role: account.Admin, ID: "u1", Name: "Ana"}, Key: "k1", Target: "t1",
				Network: "192.0.2.0/24", Instance: "urn:x", Details: map[string]string{"role": "admin"},
			}
			if i == 4 {
				l.Outcome, l.Actor, l.Target, l.Details = audit.Refused, account.Actor{}, "", nil
			}
			l, err := db.AddAuditLine(t.Context(), l)
			require.NoError(t, err)
			all = append(all, l)
		}
		list := func(f audit.Filter, after string, limit int) []audit.Line {
			t.Helper()
			got, err := db.AuditLines(t.Context(), f, after, limit)
			require.NoError(t, err)
			return got
		}
		require.Equal(t, []audit.Line{all[4], all[3]}, list(audit.Filter{}, "", 2))
		require.Equal(t, []audit.Line{all[2], all[1]}, list(audit.Filter{}, all[3].ID, 2))
		require.Equal(t, []audit.Line{all[4], all[1], all[0]}, list(audit.Filter{Action: "key"}, "", 9))
		require.Equal(t, []audit.Line{all[1]}, list(audit.Filter{Action: "key.revoked"}, "", 9))
		require.Equal(t, []audit.Line{all[4]}, list(audit.Filter{Outcome: audit.Refused}, "", 9))
		require.Len(t, list(audit.Filter{Actor: "u1", Target: "t1"}, "", 9), 4)
		require.Equal(t, []audit.Line{all[2], all[1]},
			list(audit.Filter{From: at.Add(time.Hour), To: at.Add(3 * time.Hour)}, "", 9))
		require.NoError(t, db.DeleteAuditLines(t.Context(), at.Add(2*time.Hour)))
		require.Len(t, list(audit.Filter{}, "", 9), 3)
	})
}

func TestAudit_LinesAreNeverChanged(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		_, err := db.AddAuditLine(t.Context(), audit.Line{ID: id.New(), Action: "key.created"})
		require.NoError(t, err)
		err = db.Exec(t.Context(), `UPDATE audit SET action = 'nothing'`)
		require.ErrorContains(t, err, "audit lines are never changed")
	})
}

// TestAudit_TheChainShowsWhatWasDoneToIt changes the table as somebody with the
// database's password could.
func TestAudit_TheChainShowsWhatWasDoneToIt(t *testing.T) {
	dropTrigger := map[string]string{
		"sqlite": "DROP TRIGGER audit_append_only", "postgres": "DROP TRIGGER audit_append_only ON audit",
	}
	each(t, func(t *testing.T, db *store.Store) {
		at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		log := audit.NewLog(db, func() time.Time { return at }, audit.Options{}, slog.New(slog.DiscardHandler))
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() {
				for range 5 {
					log.Add(t.Context(), audit.Line{
						Action: "key.created", Details: map[string]string{"b": "<&>", "a": "\u2028"},
					})
				}
			})
		}
		writers.Wait()
		verify := func(anchor audit.Link) audit.Verification {
			t.Helper()
			v, err := log.Verify(t.Context(), anchor)
			require.NoError(t, err)
			return v
		}
		whole := verify(audit.Link{})
		require.Empty(t, whole.Broken)
		require.Equal(t, [3]int64{20, 1, 20}, [3]int64{whole.Lines, whole.First.Seq, whole.Last.Seq})
		require.Empty(t, verify(whole.Last).Broken)
		require.Contains(t, verify(audit.Link{Seq: 7, Hash: "x"}).Broken, "line 7 is not the one")
		require.Contains(t, verify(audit.Link{Seq: 21, Hash: "x"}).Broken, "there is no line 21")

		require.NoError(t, db.Exec(t.Context(), dropTrigger[db.Dialect()]))
		tamper := func(query, back, want string) {
			t.Helper()
			require.NoError(t, db.Exec(t.Context(), query))
			require.Contains(t, verify(audit.Link{}).Broken, want)
			require.NoError(t, db.Exec(t.Context(), back))
			require.Empty(t, verify(audit.Link{}).Broken)
		}
		tamper("UPDATE audit SET target = 'x' WHERE seq = 5", "UPDATE audit SET target = '' WHERE seq = 5",
			"line 5 was changed")
		tamper("UPDATE audit SET at = at + 1 WHERE seq = 5", "UPDATE audit SET at = at - 1 WHERE seq = 5",
			"line 5 was changed")
		tamper("UPDATE audit SET seq = 0 WHERE seq IN (8, 9)",
			"UPDATE audit SET seq = CASE prev WHEN (SELECT hash FROM audit WHERE seq = 7) THEN 8 ELSE 9 END "+
				"WHERE seq = 0",
			"lines 8 to 9 are missing")
		tamper("UPDATE audit SET seq = 0 WHERE seq = 20", "UPDATE audit SET seq = 20 WHERE seq = 0",
			"the newest line must have the number 20")

		require.NoError(t, db.Exec(t.Context(), "DELETE FROM audit WHERE seq <= 3"), "what was kept long enough")
		require.Equal(t, int64(4), verify(whole.First).First.Seq)
		require.Empty(t, verify(whole.First).Broken)
		at = at.Add(400 * 24 * time.Hour)
		require.NoError(t, log.Sweep(t.Context()))
		require.Empty(t, verify(audit.Link{}).Broken)
		log.Add(t.Context(), audit.Line{Action: "key.created"})
		require.Equal(t, int64(21), verify(audit.Link{}).Last.Seq, "the chain goes on")
	})
}
