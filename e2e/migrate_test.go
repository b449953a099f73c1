package e2e

import (
	"database/sql"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// slowDDL makes every statement that changes the schema take its time.
const slowDDL = `
CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.1); END $$;
CREATE EVENT TRIGGER slow ON ddl_command_start EXECUTE FUNCTION slow();`

// columns lists a schema; two that are equal have the same list.
const columns = `SELECT coalesce(string_agg(c, E'\n' ORDER BY c), '') FROM (
	SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || coalesce(column_default, '') AS c
	FROM information_schema.columns WHERE table_schema = 'public'
	UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public') x`

func openDatabase(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func text(t *testing.T, db *sql.DB, query string) (s string) {
	t.Helper()
	require.NoError(t, db.QueryRow(query).Scan(&s))
	return s
}

// TestMigrate_ThroughAPooler runs six migrations at once through PgBouncer in
// transaction mode and kills the one that holds the lock in the middle of a
// statement, twice. The others finish, and each migration is applied once.
func TestMigrate_ThroughAPooler(t *testing.T) {
	t.Parallel()
	direct := testkit.PostgresURL(t)
	db := openDatabase(t, direct)
	_, err := db.Exec(slowDDL)
	require.NoError(t, err)
	e := newEnv(t, "STORYREEL_DATABASE_URL=postgres:///not-used",
		"STORYREEL_MIGRATE_URL="+testkit.PooledURL(t, direct))
	running := map[int]*proc{}
	for range 6 {
		p := e.start("migrate")
		running[p.cmd.Process.Pid] = p
	}
	for range 2 {
		var holder *proc
		testkit.Eventually(t, patience, func() bool {
			var by string
			if db.QueryRow(`SELECT coalesce(locked_by, '') FROM goose_lock WHERE (SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event = 'PgSleep') > 0`).Scan(&by) != nil {
				return false // no lock was ever taken, or nothing runs
			}
			parts := strings.Split(by, "-")
			pid, err := strconv.Atoi(parts[max(0, len(parts)-2)])
			holder = running[pid]
			return err == nil && holder != nil
		})
		holder.stop(syscall.SIGKILL)
		delete(running, holder.cmd.Process.Pid)
	}
	for _, p := range running {
		<-p.done
		require.True(t, p.cmd.ProcessState.Success(), p.log.String())
	}
	require.Contains(t, e.run("migrate"), "schema version ")

	alone := testkit.PostgresURL(t)
	newEnv(t, "STORYREEL_DATABASE_URL="+alone).run("migrate")
	_, err = db.Exec(`DROP EVENT TRIGGER slow; DROP FUNCTION slow`)
	require.NoError(t, err)
	require.Equal(t, text(t, openDatabase(t, alone), columns), text(t, db, columns))
	require.Equal(t, "0", text(t, db, `SELECT count(*) - count(DISTINCT version_id) FROM goose_db_version`))
}

// TestService_ThroughAPooler takes a story to the feed with every process
// behind PgBouncer in transaction mode.
func TestService_ThroughAPooler(t *testing.T) {
	t.Parallel()
	e, _, _ := external(t)
	for i, v := range e.vars {
		if direct, ok := strings.CutPrefix(v, "STORYREEL_DATABASE_URL="); ok {
			e.vars[i] = "STORYREEL_DATABASE_URL=" + testkit.PooledURL(t, direct)
		}
	}
	e.up("serve")
	e.start("work")
	st, err := e.submit(clips.Get(t, "landscape"), "in_review")
	require.NoError(t, err)
	e.decide(st.ID, "approve")
	e.await(st.ID, "published")
	require.Equal(t, []string{st.ID}, e.feed())
	status, body := e.call("GET", "/v1/campaigns/thatsongwhen/search?q=heroes", e.key("creative"), nil)
	require.Equal(t, 200, status, string(body))
	require.Contains(t, string(body), st.ID)
}
