package store_test

import (
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
			require.NoError(t, db.AddAuditLine(t.Context(), l))
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
		require.NoError(t, db.AddAuditLine(t.Context(), audit.Line{ID: id.New(), Action: "key.created"}))
		err := db.Exec(t.Context(), `UPDATE audit SET action = 'nothing'`)
		require.ErrorContains(t, err, "audit lines are never changed")
	})
}
