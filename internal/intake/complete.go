package intake

import (
	"context"
	"errors"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

const (
	// completeTimeout bounds a completion: storage may copy all parts, for at
	// most 15 minutes.
	completeTimeout = 20 * time.Minute

	uploadCheckFirst = 2 * time.Minute  // from the start of an upload to the sweep's first check of it
	uploadCheckEvery = 10 * time.Minute // and from check to check, until the upload expires
)

// A multipart upload that storage no longer lists, while the object is not
// there yet, is most likely being assembled for another process.
const (
	vanishedChecks = 8
	vanishedPause  = 500 * time.Millisecond
)

var errIncomplete = fault.New(fault.Conflict, "upload.incomplete",
	"storage has not received every byte yet; send the rest and complete again")

// errVanished is returned by assemble where storage has neither parts nor the object.
var errVanished = errors.New("intake: neither parts nor the object")

// Complete closes the upload once storage itself reports that every byte is
// there; the client's claim does not count. Completing again, also at the same
// moment, is one completion. Conflict "upload.incomplete" names the missing
// parts.
func (s *Service) Complete(ctx context.Context, id string, by account.Actor) (*story.Story, error) {
	// Requests to this process share one completion, which goes on when the
	// first of them is cancelled.
	done, err, _ := s.completing.Do(id, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), completeTimeout)
		defer cancel()
		return s.complete(ctx, id, by)
	})
	if err != nil {
		return nil, err
	}
	st := *done.(*story.Story)
	return &st, nil
}

func (s *Service) complete(ctx context.Context, id string, by account.Actor) (*story.Story, error) {
	for check := 1; ; check++ {
		st, err := s.stories.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if st.State != story.AwaitingUpload {
			if st.Upload.ETag != "" {
				return st, nil
			}
			return nil, awaitingUpload(st)
		}
		o, err := s.assemble(ctx, st.Upload)
		switch {
		case err == nil:
			return s.uploaded(ctx, id, st.Upload.ID, o.ETag, by)
		case !errors.Is(err, errVanished):
			return nil, err
		case check == vanishedChecks:
			return nil, errIncomplete.With("missing_parts", missingParts(st.Upload, nil))
		}
		if err := wait(ctx, vanishedPause); err != nil {
			return nil, err
		}
	}
}

// wait returns after d, or with the context's error when that ends first.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// uploaded records a complete upload, unless another process did so already.
func (s *Service) uploaded(
	ctx context.Context, id, upload, etag string, by account.Actor,
) (*story.Story, error) {
	changed := false
	st, err := s.stories.Change(ctx, id, func(st *story.Story) (*story.Entry, error) {
		changed = st.Upload.ID != upload || st.Upload.ETag == ""
		if !changed {
			return nil, story.ErrUnchanged
		}
		st.Upload.ETag, st.NextRunAt = etag, time.Time{}
		return st.Apply(story.EventUploaded, by, s.now())
	})
	if err == nil && changed {
		s.opts.Sent(Completed, st.Upload.Bytes)
	}
	return st, err
}

// assemble completes a multipart upload whose parts are all there, and returns
// the object.
func (s *Service) assemble(ctx context.Context, u story.Upload) (media.Object, error) {
	var missing error = errIncomplete
	if u.Multipart != "" {
		parts, err := s.received(ctx, u)
		if err != nil {
			return media.Object{}, err
		}
		if len(parts) == 0 {
			return media.Object{}, errVanished
		}
		if n := missingParts(u, parts); len(n) > 0 {
			return media.Object{}, errIncomplete.With("missing_parts", n)
		}
		if parts[0].ETag != "" {
			if o, err := s.bucket.CompleteMultipart(ctx, u.Key, u.Multipart, parts); err == nil ||
				fault.KindOf(err) != fault.NotFound {
				return o, err
			}
		}
		missing = errVanished
	}
	o, err := s.bucket.Head(ctx, u.Key)
	if fault.KindOf(err) == fault.NotFound {
		return media.Object{}, missing
	}
	if err == nil && o.Bytes != u.Bytes {
		return media.Object{},
			fault.New(fault.Conflict, "upload.size", "storage holds %d bytes where %d were announced", o.Bytes, u.Bytes)
	}
	return o, err
}

// CheckUploads checks uploads that have been open for a while: it completes
// those whose bytes are all there, and expires those past their time. It
// returns how many of each.
func (s *Service) CheckUploads(ctx context.Context, limit int) (completed, expired int, err error) {
	open, err := s.store.OpenUploads(ctx, s.now(), limit)
	if err != nil {
		return 0, 0, err
	}
	for _, st := range open {
		_, err := s.Complete(ctx, st.ID, account.TheSystem)
		switch {
		case err == nil:
			completed++
			continue
		case fault.KindOf(err) != fault.Conflict:
			return completed, expired, err
		}
		over := !s.now().Before(st.Upload.ExpiresAt)
		if err := s.checked(ctx, st, over); err != nil {
			return completed, expired, err
		}
		if over {
			expired++
		}
	}
	return completed, expired, nil
}

// checked schedules the next check of an upload that is still incomplete, or
// expires it when its time is over.
func (s *Service) checked(ctx context.Context, st *story.Story, over bool) error {
	if over {
		s.abandon(ctx, st.Upload)
		for _, prefix := range append([]string{media.IncomingPrefix(st.ID)}, st.Upload.Discards...) {
			if _, err := s.bucket.DeletePrefix(ctx, prefix); err != nil {
				return err
			}
		}
	}
	_, err := s.stories.Change(ctx, st.ID, func(cur *story.Story) (*story.Entry, error) {
		if cur.State != story.AwaitingUpload || cur.Upload.ID != st.Upload.ID {
			return nil, story.ErrUnchanged
		}
		if !over {
			cur.NextRunAt = s.now().Add(uploadCheckEvery)
			return nil, nil
		}
		cur.ClearWork()
		cur.Upload.Discards = nil
		return cur.Apply(story.EventExpired, account.TheSystem, s.now())
	})
	return err
}
