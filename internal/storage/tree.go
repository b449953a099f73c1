package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/telemetry"
)

// Files above multipartThreshold are uploaded in parts of partSize: a broken
// connection then costs one part, and S3's limit of 5 GiB per request does not
// apply.
const (
	treeWorkers        = 4
	multipartThreshold = 128 << 20
	partSize           = 64 << 20
)

// contentTypes are the types that browsers and players need. All other files
// are application/octet-stream, so that no stored file is ever run as a page.
var contentTypes = map[string]string{
	".m3u8": "application/vnd.apple.mpegurl",
	".mp4":  "video/mp4",
	".m4v":  "video/mp4",
	".m4s":  "video/iso.segment",
	".m4a":  "audio/mp4",
	".mov":  "video/quicktime",
	".wav":  "audio/wav",
	".vtt":  "text/vtt; charset=utf-8",
	".srt":  "application/x-subrip",
	".jpg":  "image/jpeg",
	".jpeg": "image/jpeg",
	".png":  "image/png",
	".webp": "image/webp",
	".avif": "image/avif",
	".json": "application/json",
	".csv":  "text/csv; charset=utf-8",
	".txt":  "text/plain; charset=utf-8",
	".pdf":  "application/pdf",
	".zip":  "application/zip",
}

func contentType(name string) string {
	if t := contentTypes[strings.ToLower(path.Ext(name))]; t != "" {
		return t
	}
	return "application/octet-stream"
}

// defaultCache is short, because a cache that nobody purges plays a video for
// so long after it was withdrawn.
const defaultCache = "public, max-age=300"

func (b *Bucket) cacheControl(key string) string {
	if media.IsPublic(key) {
		return b.cache
	}
	return "private, no-store"
}

// file is one file of a tree to upload.
type file struct {
	path, key   string
	contentType string
	bytes       int64
	rank        int // lower ranks first, so that playlists never name missing files
}

// PutTree uploads every regular file under dir to prefix, which must be a
// folder below one of the bucket's roots, and returns the bytes of the tree.
// Playlists follow the segments they name, and master.m3u8 comes last.
// progress, unless nil, is called with the bytes done and in total, never
// concurrently. After an error some objects may remain: delete the prefix.
func (b *Bucket) PutTree(
	ctx context.Context, prefix, dir string, progress func(done, total int64),
) (_ int64, err error) {
	if err := checkPrefix(prefix); err != nil {
		return 0, err
	}
	files, total, err := listTree(prefix, dir)
	if err != nil {
		return 0, err
	}
	ctx, span := telemetry.Begin(ctx, "S3 store tree", telemetry.Files(len(files), total)...)
	defer func() { span.End(err) }()
	ctx = telemetry.Untraced(ctx) // a ladder has hundreds of files
	var mu sync.Mutex
	var done int64
	advance := func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		done += n
		if progress != nil {
			progress(done, total)
		}
	}
	for rank := range 3 {
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(treeWorkers)
		for _, f := range files {
			if f.rank != rank {
				continue
			}
			g.Go(func() error {
				if err := gctx.Err(); err != nil {
					return err
				}
				return b.putFile(gctx, f, advance)
			})
		}
		if err = g.Wait(); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// listTree lists the files under dir. Links and devices are errors: the
// pipeline makes none, and following one would publish files outside of dir.
func listTree(prefix, dir string) (files []file, total int64, err error) {
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fault.New(fault.Internal, "storage.tree", "the tree holds something that is not a regular file")
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		f := file{
			path: p, key: prefix + filepath.ToSlash(rel), contentType: contentType(p), bytes: info.Size(),
		}
		switch {
		case d.Name() == "master.m3u8":
			f.rank = 2
		case filepath.Ext(p) == ".m3u8":
			f.rank = 1
		}
		files, total = append(files, f), total+f.bytes
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read tree: %w", err)
	}
	return files, total, nil
}

func (b *Bucket) putFile(ctx context.Context, f file, advance func(int64)) error {
	r, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("read tree: %w", err)
	}
	defer r.Close()
	if f.bytes > multipartThreshold {
		return b.putParts(ctx, f, r, advance)
	}
	ctx, cancel := context.WithTimeout(ctx, slowTimeout)
	defer cancel()
	_, err = b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: &f.key, Body: io.NewSectionReader(r, 0, f.bytes), ContentLength: &f.bytes,
		ContentType: &f.contentType, CacheControl: aws.String(b.cacheControl(f.key)),
	})
	if err != nil {
		return failure("put object", err, errExists)
	}
	advance(f.bytes)
	return nil
}

// putParts uploads one big file in parts and aborts the upload when a part
// fails after the SDK's retries.
func (b *Bucket) putParts(ctx context.Context, f file, r io.ReaderAt, advance func(int64)) (err error) {
	id, err := b.StartMultipart(ctx, f.key, f.contentType)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shortTimeout)
			defer cancel()
			err = errors.Join(err, b.AbortMultipart(ctx, f.key, id))
		}
	}()
	size := int64(partSize)
	for f.bytes/size >= maxParts {
		size *= 2
	}
	var parts []media.Part
	for at := int64(0); at < f.bytes; at += size {
		p := media.Part{Number: len(parts) + 1, Bytes: min(size, f.bytes-at)}
		if p.ETag, err = b.putPart(ctx, f.key, id, p, io.NewSectionReader(r, at, p.Bytes)); err != nil {
			return err
		}
		parts = append(parts, p)
		advance(p.Bytes)
	}
	_, err = b.CompleteMultipart(ctx, f.key, id, parts)
	return err
}

func (b *Bucket) putPart(ctx context.Context, key, id string, p media.Part, body io.ReadSeeker) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, slowTimeout)
	defer cancel()
	out, err := b.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &b.name, Key: &key, UploadId: &id, Body: body,
		PartNumber: aws.Int32(int32(p.Number)), ContentLength: &p.Bytes, // at most maxParts
	})
	if err != nil {
		return "", uploadFailure("put part", err)
	}
	return unquote(out.ETag), nil
}
