// Package integrity proves that nothing is lost, left over or public without an
// approval: it compares every story's row, history, attempts and objects with
// each other and with the machine of package story, page by page.
package integrity

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// Store is the database, read by pages.
type Store interface {
	// Story fails with NotFound "story.unknown".
	Story(ctx context.Context, id string) (*story.Story, error)
	// StoriesAfter returns stories with ids above after, in the order of ids.
	StoriesAfter(ctx context.Context, after string, limit int) ([]*story.Story, error)
	// Stories returns the stories of these ids; unknown ones are left out.
	Stories(ctx context.Context, ids []string) ([]*story.Story, error)
	// History returns all lines of a story, oldest first.
	History(ctx context.Context, id string) ([]*story.Entry, error)
	// HistoryAfter returns lines of all stories after the line with the id of the
	// story, in the order of story and line.
	HistoryAfter(ctx context.Context, story, line string, limit int) ([]*story.Entry, error)
	// OpenAttempts returns records without an outcome of stories with ids above
	// after and up to upTo, in the order of ids.
	OpenAttempts(ctx context.Context, after, upTo string) ([]*attempt.Record, error)
	// Attempts returns the records of a story, oldest first.
	Attempts(ctx context.Context, id string) ([]*attempt.Record, error)
	// CloseLost is that of attempt.Store.
	CloseLost(ctx context.Context, id string, before int, at time.Time) error
	// EndClaim ends a claim on a story that is not in review.
	EndClaim(ctx context.Context, id string) error
}

// Bucket is the part of storage that is used.
type Bucket interface {
	Keys(ctx context.Context, prefix, after string, limit int) ([]media.Object, error)
	// EachPartialUpload calls f with every multipart upload that was started
	// before olderThan and is not completed.
	EachPartialUpload(ctx context.Context, olderThan time.Time, f func(media.PartialUpload) error) error
	AbortMultipart(ctx context.Context, key, uploadID string) error
	// Read returns an object of at most limit bytes.
	Read(ctx context.Context, key string, limit int64) ([]byte, error)
	// Sum returns the SHA-256 of an object, in hex.
	Sum(ctx context.Context, key, etag string) (string, error)
	// Unsigned returns the status of an unsigned request for the object's first
	// byte at each address by which it might be read, 0 without an answer. The
	// last is the address of published media.
	Unsigned(ctx context.Context, key string) []int
}

// Removal removes media from the bucket and from caches in front of it.
type Removal interface {
	Remove(ctx context.Context, prefix string) (int, error)
	// RemoveObject removes the object with exactly this key.
	RemoveObject(ctx context.Context, key string) error
}

// Queue is where work is announced.
type Queue interface {
	Enqueue(ctx context.Context, j story.Job) error
	// EachJob calls f with the announcements that wait, page by page.
	EachJob(ctx context.Context, f func([]story.Job) error) error
}

// Scratch is the folder for files of running jobs on this machine.
type Scratch interface {
	// Orphans returns the folders of which no process has the lock and that are
	// not newer than the time.
	Orphans(before time.Time) ([]string, error)
	Remove(folder string) error
}

// Deps are the services that an audit reads. Those that may be nil are not
// looked at then.
type Deps struct {
	Store   Store
	Bucket  Bucket
	Removal Removal
	Queue   Queue   // may be nil
	Scratch Scratch // may be nil
	// Trail returns what is wrong with the trail of staff's acts; nothing for an
	// intact one. May be nil.
	Trail func(ctx context.Context) (broken string, err error)
	Now   func() time.Time
}

// Options say how thoroughly to look. Zero values take the defaults given,
// where there is one.
type Options struct {
	Lease time.Duration // after which a worker without a heartbeat counts as lost; 60 s
	// Grace is how old an object, an upload or a record must be that an attempt
	// under way could still account for; 1 h.
	Grace time.Duration
	// Stuck is how long due work may wait for an attempt, and an upload be
	// overdue; 6 h. A ladder may wait 28 times as long.
	Stuck time.Duration
	// StaleLeases is how many leases old the heartbeat of a lost worker may be
	// before the sweep should have given its job to another; 10.
	StaleLeases int
	// Watched: ladders are made where they are wanted only, and may wait for ever.
	Watched bool
	Probe   int  // objects that are asked for without a signature; All for all
	Deep    int  // sources whose bytes are compared with their SHA-256; All for all
	Repair  bool // repair what can be, without changing a story's state
	// RemoveUnknown lets Repair also remove files that contributors sent and that
	// the database does not know: after the restore of an older copy of it they
	// exist nowhere else.
	RemoveUnknown bool
	PerCode       int // findings of one code that are listed; 100
	Page          int // rows and objects read at a time; 500
}

// All is the value of Probe and Deep that leaves out no object.
const All = -1

func (o Options) complete() Options {
	for _, d := range []struct {
		to  *time.Duration
		def time.Duration
	}{{&o.Lease, time.Minute}, {&o.Grace, time.Hour}, {&o.Stuck, 6 * time.Hour}} {
		if *d.to == 0 {
			*d.to = d.def
		}
	}
	for _, d := range []struct {
		to  *int
		def int
	}{{&o.StaleLeases, 10}, {&o.PerCode, 100}, {&o.Page, 500}} {
		if *d.to == 0 {
			*d.to = d.def
		}
	}
	return o
}
