//go:build !noembed

package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"golang.org/x/sync/errgroup"
)

const s3Built = true

// lastBreath is how long open requests may take to end when the child stops.
const lastBreath = 5 * time.Second

// s3Child is the S3 server's process: it reads its settings, serves until it
// is told to stop or its input ends, and returns the exit code.
func s3Child() int {
	in := bufio.NewReader(os.Stdin)
	var set s3Settings
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &set)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no settings:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, in) // ends when the parent closes or is gone
		cancel()
	}()
	context.AfterFunc(ctx, func() {
		time.AfterFunc(lastBreath, func() { os.Exit(0) })
	})
	if err := serveS3(ctx, set); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serveS3(ctx context.Context, set s3Settings) error {
	root, attributes := filepath.Join(set.Dir, "objects"), filepath.Join(set.Dir, "attributes")
	if err := os.MkdirAll(root, 0o700); err != nil {
		return err
	}
	if err := bringIn(set.Dir, root); err != nil {
		return err
	}
	opts := posix.PosixOpts{
		NewDirPerm: 0o700, NewFilePerm: 0o600, Concurrency: 256,
		CopyObjectThreshold: 5 << 30, // its zero value refuses every copy
	}
	// Attributes in the files themselves are published together with the
	// bytes; files beside them, for file systems without, are not.
	var attrs meta.MetadataStorer = meta.XattrMeta{}
	if (meta.XattrMeta{}).Test(root) != nil {
		if err := os.MkdirAll(attributes, 0o700); err != nil {
			return err
		}
		beside, err := meta.NewSideCar(attributes)
		if err != nil {
			return err
		}
		attrs, opts.SideCarDir = beside, attributes
	}
	files, err := posix.New(root, attrs, opts) // from here on root is the working folder
	if err != nil {
		return err
	}
	if err := os.Remove(s3Socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return front(ctx, set.Addr, s3Socket) })
	both.Go(func() error { return gateway(ctx, objects{files}, set) })
	return both.Wait()
}

// s3Socket is where the S3 server listens, in its own folder, as seen from
// that of the objects: a socket's path may not be long.
const s3Socket = "../s3.sock"

// bucketName matches what S3 lets a bucket be called, and not lost+found.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// bringIn moves buckets into root that earlier builds kept beside it. One
// that is in both places is left to the operator.
func bringIn(dir, root string) error {
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range found {
		if !f.IsDir() || !bucketName.MatchString(f.Name()) || f.Name() == "objects" || f.Name() == "attributes" {
			continue
		}
		from, to := filepath.Join(dir, f.Name()), filepath.Join(root, f.Name())
		if _, err := os.Lstat(to); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("both %s and %s hold objects: merge the first into the second", from, to)
		}
		if err := os.Rename(from, to); err != nil {
			return err
		}
	}
	return nil
}

func gateway(ctx context.Context, files backend.Backend, set s3Settings) error {
	return embedgw.RunVersityGW(ctx, files, &embedgw.Config{
		RootUserAccess: set.AccessKey, RootUserSecret: set.SecretKey, Region: Region,
		Ports: []string{s3Socket}, SocketPerm: "0600", MaxConnections: 1024, MaxRequests: 512,
		MultipartMaxParts: 10_000,
		Quiet:             true, KeepAlive: true, HealthPath: healthPath,
	})
}
