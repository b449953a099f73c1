package testkit

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/storyreel/storyreel/internal/embedded"
)

// ArchivedPostgres is a PostgreSQL server of its own that archives its log, as
// restoring to a point in time needs it.
type ArchivedPostgres struct {
	t       testing.TB
	bin     string
	owner   *syscall.Credential
	dir     string // of everything, the server's user's
	cluster *cluster
	child   *embedded.Child
}

// NewArchivedPostgres starts a server with an empty database and makes a base
// backup of it. It ends with the test.
func NewArchivedPostgres(t testing.TB) *ArchivedPostgres {
	t.Helper()
	p := &ArchivedPostgres{t: t}
	var err error
	p.bin, err = findPostgres(postgresFolders...)
	requireNoError(t, "find PostgreSQL", err)
	p.owner, err = unprivileged()
	requireNoError(t, "find PostgreSQL's user", err)
	p.dir, err = os.MkdirTemp("", "pg-") // short: the path of a socket is limited
	requireNoError(t, "make folder", err)
	t.Cleanup(func() {
		if p.child != nil {
			_ = p.child.Close() // returns nil
		}
		if err := os.RemoveAll(p.dir); err != nil {
			t.Errorf("testkit: remove PostgreSQL's folder: %v", err)
		}
	})
	p.own(p.dir)
	p.folder("wal")
	p.cluster = &cluster{dir: p.folder("a")}
	requireNoError(t, "make cluster", withTimeout(func(ctx context.Context) error {
		return p.cluster.initialize(ctx, p.bin, p.owner)
	}))
	// in two steps: a server that ends may cut the copy off, and recovery refuses a file of the wrong size
	to := filepath.Join(p.dir, "wal", "%f")
	p.start("-c", "archive_mode=on", "-c", "archive_command=cp %p "+to+".part && mv "+to+".part "+to)
	requireNoError(t, "create database", p.cluster.exec("CREATE DATABASE storyreel"))
	p.tool("pg_basebackup", "-h", p.cluster.dir, "-U", postgresUser, "-D", filepath.Join(p.dir, "base"), "-c", "fast")
	return p
}

// folder makes a folder of the server's user.
func (p *ArchivedPostgres) folder(name string) string {
	p.t.Helper()
	dir := filepath.Join(p.dir, name)
	requireNoError(p.t, "make folder", os.Mkdir(dir, 0o700))
	p.own(dir)
	return dir
}

func (p *ArchivedPostgres) own(name string) {
	p.t.Helper()
	if p.owner != nil {
		requireNoError(p.t, "chown", os.Chown(name, int(p.owner.Uid), int(p.owner.Gid)))
	}
}

// start starts the server of the cluster.
func (p *ArchivedPostgres) start(settings ...string) {
	p.t.Helper()
	var err error
	p.cluster.admin, err = sql.Open("pgx", p.cluster.url("postgres"))
	requireNoError(p.t, "open database", err)
	p.t.Cleanup(func() { _ = p.cluster.admin.Close() }) // the server ends next
	requireNoError(p.t, "start PostgreSQL", withTimeout(func(ctx context.Context) error {
		p.child, err = p.cluster.start(ctx, p.bin, p.owner, settings...)
		return err
	}))
}

// tool runs one of the server's programs as its user.
func (p *ArchivedPostgres) tool(name string, args ...string) {
	p.t.Helper()
	requireNoError(p.t, name, withTimeout(func(ctx context.Context) error {
		cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
		cmd.Dir, cmd.Env, cmd.SysProcAttr = p.dir, environment(), &syscall.SysProcAttr{Credential: p.owner}
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = errors.Join(err, errors.New(string(out)))
		}
		return err
	}))
}

// URL is the address of the database.
func (p *ArchivedPostgres) URL() string { return p.cluster.url("storyreel") }

// Mark names the present moment.
func (p *ArchivedPostgres) Mark(name string) {
	p.t.Helper()
	requireNoError(p.t, "mark", p.cluster.exec("SELECT pg_create_restore_point('"+name+"'), pg_switch_wal()"))
}

// RestoreTo ends the server and starts another with the database as it was at
// the named moment, from the base backup and the archived log. URL changes.
func (p *ArchivedPostgres) RestoreTo(name string) {
	p.t.Helper()
	requireNoError(p.t, "archive", p.cluster.exec("SELECT pg_switch_wal()"))
	_ = p.child.Close() // returns nil; what was not archived is lost, as in a disaster
	p.cluster = &cluster{dir: p.folder("b")}
	data := filepath.Join(p.cluster.dir, "data")
	requireNoError(p.t, "restore the base backup", os.Rename(filepath.Join(p.dir, "base"), data))
	signal := filepath.Join(data, "recovery.signal")
	requireNoError(p.t, "ask for recovery", os.WriteFile(signal, nil, 0o600))
	p.own(signal)
	p.start("-c", "restore_command=cp "+filepath.Join(p.dir, "wal", "%f")+" %p", "-c", "recovery_target_name="+name,
		"-c", "recovery_target_action=promote")
	Eventually(p.t, operationTimeout, func() bool {
		var recovering bool
		err := p.cluster.admin.QueryRowContext(p.t.Context(), "SELECT pg_is_in_recovery()").Scan(&recovering)
		return err == nil && !recovering
	})
}
