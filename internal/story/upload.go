package story

import (
	"context"
	"errors"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
)

const (
	maxParts         = 1000             // so that one ListParts page tells all
	signBatch        = 10               // parts signed unasked
	MaxSignBatch     = 100              // parts signed at one request
	uploadCheckFirst = 2 * time.Minute  // a browser that vanished after the last byte waits this long
	uploadCheckEvery = 10 * time.Minute // and then this, until the upload expires
)

// newUpload opens the place where the file is to land.
func (s *Service) newUpload(ctx context.Context, story string, f File) (Upload, error) {
	u := Upload{
		ID: id.New(), Bytes: f.Bytes, ContentType: f.ContentType, SHA256: f.SHA256, FileName: f.Name,
		ExpiresAt: s.now().Add(s.opts.UploadTTL),
	}
	u.Key = media.IncomingKey(story, u.ID)
	if f.Bytes <= s.opts.SingleMax {
		return u, nil
	}
	const mib = 1 << 20
	u.PartSize = max(s.opts.PartSize, (f.Bytes/maxParts+mib)/mib*mib)
	var err error
	u.Multipart, err = s.blobs.StartMultipart(ctx, u.Key, u.ContentType)
	return u, err
}

// abandon gives up an upload's place in storage; what stays is found by the sweep.
func (s *Service) abandon(ctx context.Context, u Upload) {
	if u.Multipart == "" {
		return
	}
	if err := s.blobs.AbortMultipart(context.WithoutCancel(ctx), u.Key, u.Multipart); err != nil {
		s.log.Warn("multipart upload not aborted; the sweep will", "err", err)
	}
}

// UploadPlan tells what storage has received, and signs what is missing, at
// most a batch. Only a story awaiting its upload has a plan.
func (s *Service) UploadPlan(ctx context.Context, st *Story) (*UploadPlan, error) {
	if err := awaiting(st); err != nil {
		return nil, err
	}
	received, err := s.received(ctx, st.Upload)
	if err != nil {
		return nil, err
	}
	return s.plan(ctx, st, received)
}

func (s *Service) plan(ctx context.Context, st *Story, received []media.Part) (*UploadPlan, error) {
	u := st.Upload
	p := &UploadPlan{
		Bytes: u.Bytes, PartSize: u.PartSize, PartCount: u.PartCount(), Received: received, ExpiresAt: u.ExpiresAt,
	}
	if u.Multipart == "" {
		if len(received) > 0 {
			return p, nil
		}
		r, err := s.blobs.SignPut(ctx, u.Key, u.Bytes, u.ContentType, u.SHA256, s.opts.SignTTL)
		p.Requests = []media.Signed{r}
		return p, err
	}
	missing := missingParts(u, received)
	var err error
	p.Requests, err = s.sign(ctx, u, missing[:min(signBatch, len(missing))])
	return p, err
}

// received lists the parts in storage that have their right size. For a
// single PUT it is one part numbered 0 once the object is there.
func (s *Service) received(ctx context.Context, u Upload) ([]media.Part, error) {
	if u.Multipart != "" {
		parts, err := s.blobs.Parts(ctx, u.Key, u.Multipart)
		if fault.KindOf(err) != fault.NotFound {
			return parts, err
		}
	}
	o, err := s.blobs.Head(ctx, u.Key)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if u.Multipart == "" {
		return []media.Part{{Bytes: o.Bytes, ETag: o.ETag}}, nil
	}
	all := make([]media.Part, u.PartCount()) // completed already: every part is there
	for i := range all {
		all[i] = media.Part{Number: i + 1, Bytes: u.PartBytes(i + 1)}
	}
	return all, nil
}

func missingParts(u Upload, received []media.Part) []int {
	have := map[int]bool{}
	for _, p := range received {
		have[p.Number] = p.Number >= 1 && p.Number <= u.PartCount() && p.Bytes == u.PartBytes(p.Number)
	}
	var missing []int
	for n := 1; n <= u.PartCount(); n++ {
		if !have[n] {
			missing = append(missing, n)
		}
	}
	return missing
}

// SignParts signs, or signs again, the numbered parts; for an upload by one
// PUT, numbers are ignored and that PUT is signed.
func (s *Service) SignParts(ctx context.Context, st *Story, numbers []int) ([]media.Signed, error) {
	if err := awaiting(st); err != nil {
		return nil, err
	}
	if st.Upload.Multipart == "" {
		p, err := s.plan(ctx, st, nil)
		if err != nil {
			return nil, err
		}
		return p.Requests, nil
	}
	if len(numbers) == 0 || len(numbers) > MaxSignBatch {
		return nil, fault.New(fault.Invalid, "upload.parts", "ask for 1 to %d parts at a time", MaxSignBatch)
	}
	for _, n := range numbers {
		if n < 1 || n > st.Upload.PartCount() {
			return nil, fault.New(fault.Invalid, "upload.parts", "this upload has parts 1 to %d", st.Upload.PartCount())
		}
	}
	return s.sign(ctx, st.Upload, numbers)
}

func (s *Service) sign(ctx context.Context, u Upload, numbers []int) ([]media.Signed, error) {
	out := make([]media.Signed, 0, len(numbers))
	for _, n := range numbers {
		r, err := s.blobs.SignPart(ctx, u.Key, u.Multipart, n, u.PartBytes(n), s.opts.SignTTL)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func awaiting(st *Story) error {
	if st.State != AwaitingUpload {
		return fault.New(fault.Conflict, "upload.closed", "this story is %s; its upload is over", st.State).
			With("state", st.State)
	}
	return nil
}

// Complete closes the upload once storage itself says that every byte is
// there; what the client claims does not count. Completing again, also at
// the same moment, is one completion. Conflict "upload.incomplete" names the
// missing parts.
func (s *Service) Complete(ctx context.Context, id string, by account.Actor) (*Story, error) {
	// Presses within this process share one completion, which goes on when
	// the first of them hangs up.
	done, err, _ := s.completing.Do(id, func() (any, error) {
		return s.complete(context.WithoutCancel(ctx), id, by)
	})
	if err != nil {
		return nil, err
	}
	st := *done.(*Story)
	return &st, nil
}

func (s *Service) complete(ctx context.Context, id string, by account.Actor) (*Story, error) {
	for look := 1; ; look++ {
		st, err := s.store.Story(ctx, id)
		if err != nil {
			return nil, err
		}
		if st.State != AwaitingUpload {
			if st.Upload.ETag != "" {
				return st, nil
			}
			return nil, awaiting(st)
		}
		o, err := s.finishUpload(ctx, st.Upload)
		if fault.Is(err, errVanished.Code) && look < vanishedLooks {
			time.Sleep(vanishedPause)
			continue
		}
		if fault.Is(err, errVanished.Code) {
			err = errIncomplete.With("missing_parts", missingParts(st.Upload, nil))
		}
		if err != nil {
			return nil, err
		}
		done, err := s.Change(ctx, id, func(cur *Story) (*Entry, error) {
			if cur.Upload.ID == st.Upload.ID && cur.Upload.ETag != "" {
				return nil, errUploadDone
			}
			cur.Upload.ETag, cur.NextRunAt = o.ETag, time.Time{}
			return cur.Apply(EventUploaded, by, s.now())
		})
		if fault.Is(err, errUploadDone.Code) { // another process completed it at the same moment
			return s.store.Story(ctx, id)
		}
		return done, err
	}
}

// A multipart upload that storage no longer lists, while the object is not
// there yet, is most likely being put together for another process.
const (
	vanishedLooks = 8
	vanishedPause = 500 * time.Millisecond
)

var (
	errIncomplete = fault.New(fault.Conflict, "upload.incomplete",
		"storage has not received every byte yet; send the rest and complete again")
	errVanished = fault.New(fault.Conflict, "upload.vanished", "storage shows neither parts nor the object")
)

// errUploadDone ends a completion that a parallel one has overtaken.
var errUploadDone = fault.New(fault.Conflict, "upload.done", "the upload is complete")

// finishUpload puts the parts together, if need be, and returns the object.
func (s *Service) finishUpload(ctx context.Context, u Upload) (media.Object, error) {
	missing := errIncomplete
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
			if o, err := s.blobs.CompleteMultipart(ctx, u.Key, u.Multipart, parts); err == nil ||
				fault.KindOf(err) != fault.NotFound {
				return o, err
			}
		}
		missing = errVanished
	}
	o, err := s.blobs.Head(ctx, u.Key)
	if fault.KindOf(err) == fault.NotFound {
		return media.Object{}, missing
	}
	if err == nil && o.Bytes != u.Bytes {
		return media.Object{},
			fault.New(fault.Conflict, "upload.size", "storage holds %d bytes where %d were announced", o.Bytes, u.Bytes)
	}
	return o, err
}

// Replace opens a new upload for a story whose file failed, was rejected or
// never came. What hung on the old file goes with it; cut is the part chosen
// of the new one.
func (s *Service) Replace(ctx context.Context, id string, f File, cut media.Cut) (*Story, *UploadPlan, error) {
	st, err := s.store.Story(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.campaigns.Get(ctx, st.Campaign)
	if err != nil {
		return nil, nil, err
	}
	if err := c.Open(s.now()); err != nil {
		return nil, nil, err
	}
	r := BeginRequest{Contributor: st.Contributor, Song: st.Song, File: f}
	if err := c.Accepts(f.Bytes, st.Contributor.Country); err != nil {
		return nil, nil, err
	}
	if err := errors.Join(r.clean(), checkCut(cut, c.Limits)); err != nil {
		return nil, nil, err
	}
	probe := *st // ask the machine before storage is troubled
	if _, err := probe.Apply(EventReplaced, account.Actor{Role: account.Contributor}, s.now()); err != nil {
		return nil, nil, err
	}
	u, err := s.newUpload(ctx, id, r.File)
	if err != nil {
		return nil, nil, err
	}
	st, err = s.Change(ctx, id, func(st *Story) (*Entry, error) {
		line, err := st.Apply(EventReplaced, account.Actor{Role: account.Contributor}, s.now())
		if err != nil {
			return nil, err
		}
		st.rest()
		st.Cut, st.Upload, st.NextRunAt = cut, u, s.now().Add(uploadCheckFirst)
		st.Source, st.Media, st.Findings, st.Review, st.Escalated = nil, nil, nil, nil, false
		return line, nil
	})
	if err != nil {
		s.abandon(ctx, u)
		return nil, nil, err
	}
	plan, err := s.plan(ctx, st, nil)
	return st, plan, err
}

// CheckUploads looks at uploads that have been open for a while: it completes
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
		case fault.Is(err, "upload.done"):
			continue
		case fault.KindOf(err) != fault.Conflict:
			return completed, expired, err
		}
		over := !s.now().Before(st.Upload.ExpiresAt)
		if over {
			s.abandon(ctx, st.Upload)
			if _, err := s.blobs.DeletePrefix(ctx, media.IncomingPrefix(st.ID)); err != nil {
				return completed, expired, err
			}
		}
		_, err = s.Change(ctx, st.ID, func(cur *Story) (*Entry, error) {
			if cur.State != AwaitingUpload || cur.Upload.ID != st.Upload.ID {
				return nil, errUploadDone
			}
			if !over {
				cur.NextRunAt = s.now().Add(uploadCheckEvery)
				return nil, nil
			}
			cur.rest()
			return cur.Apply(EventExpired, account.TheSystem, s.now())
		})
		if err != nil && !fault.Is(err, "upload.done") {
			return completed, expired, err
		}
		if over {
			expired++
		}
	}
	return completed, expired, nil
}
