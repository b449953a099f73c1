package intake

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// MaxSignBatch is how many parts one request may ask to be signed.
const MaxSignBatch = 100

const (
	maxParts  = 1000 // so that one ListParts page holds all
	signBatch = 10   // parts signed with a plan
)

// UploadPlan is how a client sends a story's bytes, or resumes sending them.
type UploadPlan struct {
	Bytes     int64
	PartSize  int64 // 0: one PUT
	PartCount int   // 0: one PUT
	Received  []media.Part
	Requests  []media.SignedRequest // the single PUT, or the first missing parts
	ExpiresAt time.Time
}

// newUpload opens the place where the file is to arrive.
func (s *Service) newUpload(ctx context.Context, storyID string, f File) (story.Upload, error) {
	u := story.Upload{
		ID: id.New(), Bytes: f.Bytes, ContentType: f.ContentType, SHA256: f.SHA256, FileName: f.Name,
		ExpiresAt: s.now().Add(s.opts.UploadTTL),
	}
	u.Key = media.IncomingKey(storyID, u.ID)
	if f.Bytes <= s.opts.SingleMax {
		return u, nil
	}
	const mib = 1 << 20
	u.PartSize = max(s.opts.PartSize, (f.Bytes/maxParts+mib)/mib*mib)
	var err error
	u.Multipart, err = s.bucket.StartMultipart(ctx, u.Key, u.ContentType)
	return u, err
}

// abandon gives up an upload's place in storage; the sweep removes what stays.
func (s *Service) abandon(ctx context.Context, u story.Upload) {
	if u.Multipart == "" {
		return
	}
	if err := s.bucket.AbortMultipart(context.WithoutCancel(ctx), u.Key, u.Multipart); err != nil {
		s.log.Warn("multipart upload not aborted; the sweep will", "err", err)
	}
}

// UploadPlan reports what storage has received, and signs what is missing, at
// most a batch. Only a story awaiting its upload has a plan.
func (s *Service) UploadPlan(ctx context.Context, st *story.Story) (*UploadPlan, error) {
	if err := awaitingUpload(st); err != nil {
		return nil, err
	}
	received, err := s.received(ctx, st.Upload)
	if err != nil {
		return nil, err
	}
	return s.plan(ctx, st, received)
}

func (s *Service) plan(ctx context.Context, st *story.Story, received []media.Part) (*UploadPlan, error) {
	u := st.Upload
	p := &UploadPlan{
		Bytes: u.Bytes, PartSize: u.PartSize, PartCount: u.PartCount(), Received: received, ExpiresAt: u.ExpiresAt,
	}
	if u.Multipart == "" {
		if len(received) > 0 {
			return p, nil
		}
		r, err := s.bucket.SignPut(ctx, u.Key, u.Bytes, u.ContentType, u.SHA256, s.opts.SignTTL)
		p.Requests = []media.SignedRequest{r}
		return p, err
	}
	missing := missingParts(u, received)
	var err error
	p.Requests, err = s.sign(ctx, u, missing[:min(signBatch, len(missing))])
	return p, err
}

// received lists the parts in storage that have their right size. For a
// single PUT it is one part numbered 0 once the object is there.
func (s *Service) received(ctx context.Context, u story.Upload) ([]media.Part, error) {
	if u.Multipart != "" {
		parts, err := s.bucket.Parts(ctx, u.Key, u.Multipart)
		if fault.KindOf(err) != fault.NotFound {
			return parts, err
		}
	}
	o, err := s.bucket.Head(ctx, u.Key)
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

func missingParts(u story.Upload, received []media.Part) []int {
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
func (s *Service) SignParts(ctx context.Context, st *story.Story, numbers []int) ([]media.SignedRequest, error) {
	if err := awaitingUpload(st); err != nil {
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

func (s *Service) sign(ctx context.Context, u story.Upload, numbers []int) ([]media.SignedRequest, error) {
	out := make([]media.SignedRequest, 0, len(numbers))
	for _, n := range numbers {
		r, err := s.bucket.SignPart(ctx, u.Key, u.Multipart, n, u.PartBytes(n), s.opts.SignTTL)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func awaitingUpload(st *story.Story) error {
	if st.State != story.AwaitingUpload {
		return fault.New(fault.Conflict, "upload.closed", "this story is %s; its upload is over", st.State).
			With("state", st.State)
	}
	return nil
}
