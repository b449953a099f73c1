package main

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/website"
)

// checkWebsite looks at a page of a website that should carry the elements.
// slug is the campaign of elements that a script of the page makes; empty: the
// page's markup has them.
func checkWebsite(e *env, cfg config.Config, page, slug string) []finding {
	const fix = "run it where the service runs, with the same settings: storyreel doctor"
	if path, unmade := unmadeSQLite(cfg); unmade {
		return []finding{{"database", false, path + " does not exist, so there are no campaigns", fix}}
	}
	db, err := store.Open(e.ctx, cfg.DatabaseURL)
	if err == nil {
		defer func() { _ = db.Close() }() // it was only read
		err = db.Current(e.ctx)
	}
	if err != nil {
		return []finding{result("database", err, "", fix)}
	}
	bucket, err := storage.Open(e.ctx, browsersBucket(e, cfg))
	if err != nil {
		return []finding{result("storage", err, "", "check STORYREEL_S3_* and the AWS credentials")}
	}
	campaigns := campaign.NewService(db, clock)
	var found []finding
	for _, f := range website.Check(e.ctx, website.Options{
		Page: page, Campaign: slug,
		Service: cfg.PublicURL, Upload: bucket.UploadOrigin(), Media: bucket.PublicURL(""),
		Campaigns: campaigns, Origins: campaign.NewOrigins(campaigns, cfg.Origins...), Now: clock,
		SignUpload: func(ctx context.Context) (media.SignedRequest, error) {
			const anything = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" // of what would be sent; nothing is
			key := media.IncomingPrefix("doctor-"+rand.Text()) + "source"
			return bucket.SignPut(ctx, key, 1, "video/mp4", anything, time.Minute)
		},
	}) {
		found = append(found, finding(f))
	}
	return found
}

// browsersBucket is the configured bucket, or that of a running `up`. There the
// credentials are not needed: a preflight is answered whatever the signature.
func browsersBucket(e *env, cfg config.Config) storage.Config {
	s3 := bucketConfig(cfg, nil)
	if e.ownS3(cfg) {
		s3.Endpoint, s3.Region = "http://"+cfg.S3Listen, embedded.Region
		s3.AccessKey, s3.SecretKey = "preflight", "preflight"
	}
	return s3
}
