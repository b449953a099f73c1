package integrity

import (
	"slices"
	"time"
)

// Severity is how much a finding matters.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // a promise does not hold; an audit with one that is not repaired fails
	Warning Severity = "warning" // a leftover that does no harm yet
	Info    Severity = "info"    // nothing to do
)

// Code is the stable name of a check and of its findings.
type Code string

// The checks. docs/operate/audit.md explains each.
const (
	StoryStuck        Code = "story.stuck"
	StoryState        Code = "story.state"
	CampaignMissing   Code = "campaign.missing"
	UploadOverdue     Code = "upload.overdue"
	ClaimStale        Code = "claim.stale"
	ClaimLeft         Code = "claim.left"
	AttemptOpen       Code = "attempt.open"
	HistoryGap        Code = "history.gap"
	HistoryState      Code = "history.state"
	HistoryChanged    Code = "history.changed"
	PublishUnapproved Code = "publish.unapproved"
	ReleaseMismatch   Code = "release.mismatch"
	SourceChanged     Code = "source.changed"
	ObjectMissing     Code = "object.missing"
	ObjectOrphan      Code = "object.orphan"
	ObjectLeaked      Code = "object.leaked"
	ObjectUnreadable  Code = "object.unreadable"
	ProbeUnanswered   Code = "probe.unanswered"
	MultipartOrphan   Code = "multipart.orphan"
	ScratchOrphan     Code = "scratch.orphan"
	QueueStale        Code = "queue.stale"
	TrailBroken       Code = "trail.broken"
)

// severities has every code, in the order in which reports list them.
var severities = []Check{
	{Code: StoryState, Severity: Error}, {Code: StoryStuck, Severity: Error},
	{Code: CampaignMissing, Severity: Error}, {Code: UploadOverdue, Severity: Error},
	{Code: ClaimStale, Severity: Error}, {Code: ClaimLeft, Severity: Warning},
	{Code: AttemptOpen, Severity: Warning},
	{Code: HistoryGap, Severity: Error}, {Code: HistoryState, Severity: Error},
	{Code: HistoryChanged, Severity: Error},
	{Code: PublishUnapproved, Severity: Error},
	{Code: ReleaseMismatch, Severity: Error}, {Code: SourceChanged, Severity: Error},
	{Code: ObjectMissing, Severity: Error}, {Code: ObjectOrphan, Severity: Error},
	{Code: ObjectLeaked, Severity: Error}, {Code: ObjectUnreadable, Severity: Error},
	{Code: ProbeUnanswered, Severity: Warning},
	{Code: MultipartOrphan, Severity: Warning}, {Code: ScratchOrphan, Severity: Warning},
	{Code: QueueStale, Severity: Info}, {Code: TrailBroken, Severity: Error},
}

// Codes lists every code of a finding.
func Codes() []Code {
	out := make([]Code, len(severities))
	for i, c := range severities {
		out[i] = c.Code
	}
	return out
}

// SeverityOf returns the severity of a code.
func SeverityOf(code Code) Severity {
	i := slices.IndexFunc(severities, func(c Check) bool { return c.Code == code })
	return severities[i].Severity
}

// Check is how often one check found something.
type Check struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Count    int      `json:"count"` // with those that were repaired
}

// Finding is one thing that is not as it must be.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Story    string   `json:"story,omitempty"`
	Key      string   `json:"key,omitempty"` // object or prefix in the bucket, line of a history, folder, or job
	Detail   string   `json:"detail"`
	Repaired bool     `json:"repaired"`

	started time.Time // of AttemptOpen
	upload  string    // of MultipartOrphan
	unknown bool      // of ObjectOrphan: sent by a contributor, and the database does not know of it
	rest    bool      // of ObjectOrphan: a number of objects that are not named
	folder  bool      // of ObjectOrphan: every object whose key begins with Key
}

// Report is the result of an audit.
type Report struct {
	CheckedAt time.Time `json:"checked_at"`
	Seconds   float64   `json:"seconds"`
	OK        bool      `json:"ok"` // no finding of severity error is left
	Stories   int       `json:"stories"`
	Objects   int       `json:"objects"`
	History   int       `json:"history"`   // lines
	Unchained int       `json:"unchained"` // of these, lines from before there was a chain
	Probed    int       `json:"probed"`    // objects asked for without a signature
	Deep      int       `json:"deep"`      // sources whose bytes were read
	Checks    []Check   `json:"checks"`
	Findings  []Finding `json:"findings"` // the first of each code, repaired ones where there is room

	perCode int
	done    map[Code]int // repaired ones that are listed
}

func newReport(at time.Time, perCode int) *Report {
	return &Report{
		CheckedAt: at, OK: true, Checks: slices.Clone(severities), Findings: []Finding{}, perCode: perCode,
		done: map[Code]int{},
	}
}

// add counts a finding, and lists it while there are few of its code. One that
// is not repaired then takes the place of one that is.
func (r *Report) add(f Finding) {
	i := slices.IndexFunc(r.Checks, func(c Check) bool { return c.Code == f.Code })
	f.Severity = r.Checks[i].Severity
	r.Checks[i].Count++
	if f.Severity == Error && !f.Repaired {
		r.OK = false
	}
	if r.Checks[i].Count > r.perCode {
		if f.Repaired || r.done[f.Code] == 0 {
			return
		}
		last := len(r.Findings) - 1
		for r.Findings[last].Code != f.Code || !r.Findings[last].Repaired {
			last--
		}
		r.Findings = slices.Delete(r.Findings, last, last+1)
		r.done[f.Code]--
	}
	if f.Repaired {
		r.done[f.Code]++
	}
	r.Findings = append(r.Findings, f)
}
