package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/internal/backup"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/store"
)

type backupCmd struct {
	File string `arg:"" help:"New archive (tar), or - for standard output."`
}

// Run implements the command, beside a running `up` or without one.
func (c backupCmd) Run(e *env) (err error) {
	return withBase(e, func(b *base) (err error) {
		to, done, err := c.create(e)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done(err == nil)) }()
		from := backup.Source{Data: b.cfg.Data, Snapshot: b.store.Snapshot, Objects: e.ownS3(b.cfg)}
		s, err := backup.Write(e.ctx, to, backup.Manifest{Version: versionName(), CreatedAt: clock()}, from)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stderr, "%d files, %d MB; SHA-256 of the contents: %s\n", s.Files, s.Bytes>>20, s.SHA256)
		if !from.Objects {
			fmt.Fprintf(e.stderr, "the objects in the bucket %s are not in it; back them up where they are\n",
				b.cfg.S3Bucket)
		}
		return nil
	})
}

// create opens the archive; done closes it, and removes one that is not whole.
func (c backupCmd) create(e *env) (to io.Writer, done func(whole bool) error, err error) {
	if c.File == "-" {
		return e.stdout, func(bool) error { return nil }, nil
	}
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, nil, fault.New(fault.Conflict, "backup.exists", "%s exists; choose another name", c.File)
	}
	if err != nil {
		return nil, nil, err
	}
	return f, func(whole bool) error {
		if !whole {
			return errors.Join(f.Close(), os.Remove(c.File))
		}
		return errors.Join(f.Sync(), f.Close())
	}, nil
}

type restoreCmd struct {
	File string `arg:"" help:"Archive that 'backup' wrote, or - for standard input."`
}

// Run implements the command. It needs an empty data folder.
func (c restoreCmd) Run(e *env) error {
	cfg, _, err := e.config()
	if err != nil {
		return err
	}
	from := e.stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		from = f
	}
	address := "sqlite:" + filepath.Join(cfg.Data, "storyreel.db")
	if cfg.DatabaseURL != address {
		return fault.New(fault.Invalid, "backup.database", "a backup is restored into %s; unset STORYREEL_DATABASE_URL",
			address)
	}
	m, s, err := backup.Restore(e.ctx, from, cfg.Data)
	if err != nil {
		return err
	}
	db, err := store.Open(e.ctx, address)
	if err != nil {
		return err
	}
	_, err = db.Migrate(e.ctx)
	if err == nil {
		err = db.EndAllSessions(e.ctx)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "restored %d files, %d MB, of %s (Storyreel %s)\n"+
		"Everybody is signed out. What was withdrawn or erased, and keys that were revoked, after that moment are "+
		"back:\nrepeat it before the service is reached again, then compare with: storyreel audit\n",
		s.Files, s.Bytes>>20, m.CreatedAt.Format("2006-01-02 15:04:05 MST"), m.Version)
	return err
}
