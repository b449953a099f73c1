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

// shutdownGrace is how long open requests may take when the child stops.
const shutdownGrace = 5 * time.Second

// s3Child is the main function of the S3 server's process. It reads its
// settings, serves until SIGTERM or the end of its input, and returns the exit
// code.
func s3Child() int {
	in := bufio.NewReader(os.Stdin)
	var settings s3Settings
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &settings)
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
		_, _ = io.Copy(io.Discard, in) // ends when the parent closes the pipe or ends
		cancel()
	}()
	context.AfterFunc(ctx, func() {
		time.AfterFunc(shutdownGrace, func() { os.Exit(0) })
	})
	if err := serveS3(ctx, settings); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serveS3(ctx context.Context, settings s3Settings) error {
	root, attributes := filepath.Join(settings.Dir, "objects"), filepath.Join(settings.Dir, "attributes")
	if err := os.MkdirAll(root, 0o700); err != nil {
		return err
	}
	if err := moveOldBuckets(settings.Dir, root); err != nil {
		return err
	}
	opts := posix.PosixOpts{
		NewDirPerm: 0o700, NewFilePerm: 0o600, Concurrency: 256,
		CopyObjectThreshold: 5 << 30, // its zero value refuses every copy
	}
	// Extended attributes appear atomically with the file's bytes. Sidecar
	// files do not; they are for file systems without extended attributes.
	var attrs meta.MetadataStorer = meta.XattrMeta{}
	if (meta.XattrMeta{}).Test(root) != nil {
		if err := os.MkdirAll(attributes, 0o700); err != nil {
			return err
		}
		sidecar, err := meta.NewSideCar(attributes)
		if err != nil {
			return err
		}
		attrs, opts.SideCarDir = sidecar, attributes
	}
	files, err := posix.New(root, attrs, opts) // changes the working directory to root
	if err != nil {
		return err
	}
	if err := os.Remove(s3Socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveProxy(ctx, settings, s3Socket) })
	group.Go(func() error { return serveGateway(ctx, objects{files}, settings) })
	return group.Wait()
}

// s3Socket is the socket of the S3 server, relative to the folder of objects,
// because the length of a socket's path is limited.
const s3Socket = "../s3.sock"

// bucketName matches valid names of S3 buckets, but not lost+found.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// moveOldBuckets moves buckets into root that earlier versions stored beside
// it. A bucket in both places is an error that the operator must resolve.
func moveOldBuckets(dir, root string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range entries {
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

func serveGateway(ctx context.Context, files backend.Backend, settings s3Settings) error {
	return embedgw.RunVersityGW(ctx, files, &embedgw.Config{
		RootUserAccess: settings.AccessKey, RootUserSecret: settings.SecretKey, Region: Region,
		Ports: []string{s3Socket}, SocketPerm: "0600", MaxConnections: 8192, MaxRequests: 4096,
		MultipartMaxParts: 10_000,
		Quiet:             true, KeepAlive: true, HealthPath: healthPath,
	})
}
