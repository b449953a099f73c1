package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/worker"
)

type doctorCmd struct {
	JSON     bool   `help:"Print JSON."`
	Embed    string `placeholder:"URL" help:"Check a page of a website instead: what keeps the embedded elements from working there."`
	Campaign string `placeholder:"SLUG" help:"With --embed: campaign of elements that a script of the page makes."`
}

// finding is one thing looked at. One that is OK and has a fix is a warning.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

// Run implements the command.
func (c doctorCmd) Run(e *env) error {
	cfg, _, err := e.config()
	if err != nil {
		return err
	}
	var found []finding
	switch {
	case c.Embed != "":
		found = checkWebsite(e, cfg, c.Embed, c.Campaign)
	case c.Campaign != "":
		return errors.New("--campaign is for --embed")
	default:
		found = checkInstallation(e, cfg)
	}
	bad, hide := false, cfg.Hider()
	for i, f := range found {
		bad = bad || !f.OK
		found[i].Detail, found[i].Fix = hide(f.Detail), hide(f.Fix)
	}
	if c.JSON {
		if err := e.json(found); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			mark := "ok  "
			switch {
			case !f.OK:
				mark = "FAIL"
			case f.Fix != "":
				mark = "warn"
			}
			fmt.Fprintf(e.stdout, "%s  %-24s %s\n", mark, f.Name, f.Detail)
			if f.Fix != "" {
				fmt.Fprintf(e.stdout, "      %-24s → %s\n", "", f.Fix)
			}
		}
	}
	if bad {
		return errReported
	}
	return nil
}

// checkInstallation looks at everything that Storyreel needs.
func checkInstallation(e *env, cfg config.Config) []finding {
	found := append(checkFFmpeg(e.ctx, cfg), checkSandbox(cfg), checkData(cfg), checkScratch(cfg),
		checkDatabase(e.ctx, cfg), checkRedis(cfg))
	return append(append(found, checkStorage(e, cfg)...), checkMail(e.ctx, cfg))
}

func result(name string, err error, good, fix string) finding {
	if err != nil {
		return finding{name, false, userMessage(err), fix}
	}
	return finding{name, true, good, ""}
}

// checkFFmpeg looks at what ffmpeg has, and, where there is one, at the
// encoders.
func checkFFmpeg(ctx context.Context, cfg config.Config) []finding {
	const good, fix = "ffmpeg and ffprobe have every encoder, filter and muxer that is needed",
		"install ffmpeg 5.1 or newer with libx264, zimg, WebP and Chromaprint: apt-get install ffmpeg, or brew " +
			"install ffmpeg"
	t, err := transcode.New(transcode.Options{})
	if err != nil {
		return []finding{result("ffmpeg", err, good, fix), result("encoders", err, "", "repair ffmpeg first")}
	}
	missing, err := t.Missing(ctx, plan.Options{AV1: cfg.AV1})
	if len(missing) > 0 {
		err = fmt.Errorf("ffmpeg was built without %s", strings.Join(missing, ", "))
	}
	return []finding{result("ffmpeg", err, good, fix), checkEncoders(ctx, t, cfg)}
}

// checkEncoders tries every encoder of hardware, whether it is asked for or not.
func checkEncoders(ctx context.Context, t *transcode.Transcoder, cfg config.Config) finding {
	works := []string{string(plan.Software)}
	for _, e := range plan.Hardware {
		if t.Try(ctx, e) == nil {
			works = append(works, string(e))
		}
	}
	f := finding{"encoders", true, "these work here: " + strings.Join(works, ", "), ""}
	if cfg.Encoder != plan.AutoEncoder && !slices.Contains(works, cfg.Encoder) {
		f.OK, f.Fix = false, "set STORYREEL_ENCODER to auto, or give the service the device and its driver"
	}
	return f
}

func checkSandbox(cfg config.Config) finding {
	level := sandboxLevel(cfg.Sandbox)
	f := finding{"sandbox", level == string(sandbox.Full) || cfg.Sandbox == "auto", "ffmpeg is confined: " + level, ""}
	if level != string(sandbox.Full) {
		f.Fix = "run on Linux 5.19 or newer with Landlock enabled (its ABI 2; lsm=landlock,… on the kernel's command " +
			"line) and a container profile that allows Landlock and seccomp"
	}
	return f
}

// checkData looks at who else may enter the data folder.
func checkData(cfg config.Config) finding {
	info, err := os.Stat(cfg.Data)
	if errors.Is(err, os.ErrNotExist) {
		return finding{"data folder", true, "the first start makes " + cfg.Data, ""}
	}
	if err != nil {
		return result("data folder", err, "", "give "+cfg.Data+" to the service's user")
	}
	f := finding{"data folder", true, cfg.Data + " is this user's alone", ""}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		f.Detail, f.Fix = fmt.Sprintf("other users can enter %s (mode %o)", cfg.Data, mode), "chmod 700 "+cfg.Data
	}
	return f
}

// checkScratch reports whether a worker here would take work: whether its disk
// takes a write and has the room that it insists on.
func checkScratch(cfg config.Config) finding {
	const fix = "free space, or set STORYREEL_SCRATCH to a folder on a larger disk"
	dir := cfg.Scratch
	for { // the first start makes the folder
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	s, err := machine.SpaceAt(dir)
	if err == nil {
		err = machine.TryWrite(dir, 1<<10)
	}
	if err != nil {
		return result("scratch", err, "", fix)
	}
	detail := fmt.Sprintf("%d of %d MB are free in %s", s.Free>>20, s.Total>>20, dir)
	if s.Full(worker.MinFree(int64(cfg.ScratchFree), s)) {
		return finding{"scratch", false, detail + "; workers here take no work", fix}
	}
	return finding{"scratch", true, detail, ""}
}

// unmadeSQLite reports whether the database is a SQLite file that does not
// exist yet, and its path; opening it would make it.
func unmadeSQLite(cfg config.Config) (path string, unmade bool) {
	path, ok := strings.CutPrefix(cfg.DatabaseURL, "sqlite:")
	if !ok {
		return "", false
	}
	_, err := os.Stat(path)
	return path, errors.Is(err, os.ErrNotExist)
}

func checkDatabase(ctx context.Context, cfg config.Config) finding {
	if path, unmade := unmadeSQLite(cfg); unmade {
		return finding{"database", true, "SQLite; the first start makes " + path, ""}
	}
	db, err := store.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return result("database", err, "", "check STORYREEL_DATABASE_URL and that the server runs")
	}
	err = errors.Join(db.Current(ctx), db.Close())
	return result("database", err, db.Dialect()+" answers and its schema is current", "run: storyreel migrate")
}

func checkRedis(cfg config.Config) finding {
	if cfg.RedisURL == "" {
		for _, name := range []string{"redis-server", "valkey-server"} {
			if _, err := exec.LookPath(name); err == nil {
				return finding{"redis", true, "`up` will start " + name, ""}
			}
		}
		return finding{
			"redis", false, "no redis-server or valkey-server here, and STORYREEL_REDIS_URL is not set",
			"apt-get install redis-server, or brew install redis",
		}
	}
	opt, err := queue.Redis(cfg.RedisURL)
	if err != nil {
		return result("redis", err, "", "correct STORYREEL_REDIS_URL")
	}
	q := queue.NewClient(opt)
	return result("redis", errors.Join(q.Ping(), q.Close()), "Redis answers",
		"check STORYREEL_REDIS_URL and that the server runs")
}

// checkStorage looks at the configured bucket. Without one it tries the
// server that `up` starts, on a bucket of its own.
func checkStorage(e *env, cfg config.Config) []finding {
	s3 := bucketConfig(cfg, append([]string{cfg.Origin()}, cfg.Origins...))
	if e.ownS3(cfg) {
		dir, err := os.MkdirTemp("", "storyreel-doctor-")
		if err != nil {
			return []finding{result("storage", err, "", "make room in the temporary folder")}
		}
		defer os.RemoveAll(dir)
		srv, err := embedded.StartS3(e.ctx, embedded.S3Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return []finding{
				result("storage", err, "",
					"set STORYREEL_S3_ENDPOINT and AWS credentials, or use a build with the embedded server"),
			}
		}
		defer srv.Close()
		s3.Endpoint, s3.Region, s3.AccessKey, s3.SecretKey = srv.Endpoint, embedded.Region, srv.AccessKey, srv.SecretKey
		s3.PublicEndpoint, s3.MediaURL = "", "" // these lead to the server of a running `up`
		b, err := storage.Open(e.ctx, s3)
		if err == nil {
			err = b.Setup(e.ctx)
		}
		if err != nil {
			return []finding{result("storage", err, "", "")}
		}
	}
	b, err := storage.Open(e.ctx, s3)
	if err != nil {
		return []finding{result("storage", err, "", "check STORYREEL_S3_* and the AWS credentials")}
	}
	var out []finding
	for _, f := range b.Check(e.ctx) {
		out = append(out, finding{"storage " + f.Name, f.OK, f.Detail, f.Fix})
	}
	return append(out, checkPurge(e.ctx, cfg, b))
}
