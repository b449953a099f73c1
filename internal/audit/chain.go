package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Seal makes the line the next one of the chain, after the line with the
// number and hash of last. Each line holds the hash of the one before, so that
// none can be changed, removed or put between others without a trace.
func (l Line) Seal(last Link) (Line, error) {
	l.Link = Link{Seq: last.Seq + 1, Prev: last.Hash}
	var err error
	l.Hash, err = l.sum()
	return l, err
}

// sum is the SHA-256, in hex, of the line as a JSON list without spaces:
// number, hash of the line before, microseconds since 1970, action, outcome,
// role, id and name of the actor, key, target, network, instance, and the
// details as an object with its names in order.
func (l Line) sum() (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	details := l.Details
	if details == nil {
		details = map[string]string{}
	}
	err := e.Encode([]any{
		l.Seq, l.Prev, l.At.UnixMicro(), l.Action, l.Outcome, l.Actor.Role, l.Actor.ID, l.Actor.Name, l.Key, l.Target,
		l.Network, l.Instance, details,
	})
	sum := sha256.Sum256(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return hex.EncodeToString(sum[:]), err
}

// Verification is what Verify found.
type Verification struct {
	Lines       int64  // of the chain, as far as it holds
	First, Last Link   // zero where there is no line
	Broken      string // what is wrong with the line after Last; empty: nothing
}

// verifyAtOnce is how many lines Verify reads at a time.
const verifyAtOnce = 1000

// Verify reads the chain from its oldest line that is still kept to the newest,
// and stops at the first line that does not follow from the one before. With
// an anchor, the number and hash of a line that were kept elsewhere, it finds
// also a chain that somebody made anew. Lines from before there was a chain are
// not part of it.
func (l *Log) Verify(ctx context.Context, anchor Link) (Verification, error) {
	var v Verification
	met := anchor == Link{}
	for {
		lines, err := l.store.AuditChain(ctx, v.Last.Seq, verifyAtOnce)
		if err != nil {
			return v, err
		}
		for _, line := range lines {
			if v.Broken, err = v.follows(line, anchor); err != nil || v.Broken != "" {
				return v, err
			}
			met = met || line.Seq == anchor.Seq
			if v.Lines++; v.Lines == 1 {
				v.First = line.Link
			}
			v.Last = line.Link
		}
		if len(lines) < verifyAtOnce {
			break
		}
	}
	head, err := l.store.AuditHead(ctx)
	switch {
	case err != nil:
		return v, err
	case v.Lines > 0 && head != v.Last: // without lines all were kept long enough
		v.Broken = fmt.Sprintf("the newest line must have the number %d", head.Seq)
	case !met && anchor.Seq >= v.First.Seq:
		v.Broken = fmt.Sprintf("there is no line %d", anchor.Seq)
	}
	return v, nil
}

// follows says what is wrong with the next line; nothing if it follows.
func (v *Verification) follows(line Line, anchor Link) (string, error) {
	sum, err := line.sum()
	switch {
	case err != nil:
		return "", err
	case sum != line.Hash:
		return fmt.Sprintf("line %d was changed", line.Seq), nil
	case v.Lines > 0 && line.Seq != v.Last.Seq+1:
		return fmt.Sprintf("lines %d to %d are missing", v.Last.Seq+1, line.Seq-1), nil
	case v.Lines > 0 && line.Prev != v.Last.Hash:
		return fmt.Sprintf("line %d does not follow from the one before", line.Seq), nil
	case line.Seq == anchor.Seq && line.Hash != anchor.Hash:
		return fmt.Sprintf("line %d is not the one whose hash was kept", line.Seq), nil
	}
	return "", nil
}
