package account

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// After freeTries wrong passwords in a row, an account takes no password for
// firstPause, then twice as long after each further one, up to maxPause. A
// day without a wrong password, and the right one, start anew.
const (
	freeTries  = 5
	firstPause = 30 * time.Second
	maxPause   = 15 * time.Minute
	triesKept  = 24 * time.Hour
)

// pause is how long no password is checked after so many wrong ones.
func pause(failed int) time.Duration {
	if failed < freeTries {
		return 0
	}
	return min(maxPause, firstPause<<min(failed-freeTries, 10))
}

// triesOf names an e-mail address in the table of tries, also one that no
// account has: answers and rows are the same for both.
func triesOf(email string) string { return HashToken("tries:" + email) }

// countTry counts a password before it is checked, so that parallel guesses
// are not checked for free. It fails with TooMany "auth.backoff" while the
// account takes no passwords; such tries do not count.
func (s *Service) countTry(ctx context.Context, email string) error {
	account := triesOf(email)
	for {
		old, err := s.store.Tries(ctx, account)
		if err != nil {
			return err
		}
		now := s.now()
		if wait := old.Until.Sub(now); wait > 0 {
			return fault.New(fault.TooMany, "auth.backoff",
				"too many wrong passwords for this account; try again later, or use a sign-in link").
				With("retry_after", int64((wait+time.Second-1)/time.Second))
		}
		next := Tries{Failed: old.Failed + 1, Last: now}
		if now.Sub(old.Last) >= triesKept {
			next.Failed = 1
		}
		next.Until = now.Add(pause(next.Failed))
		counted, err := s.store.SetTries(ctx, account, old, next)
		if err != nil || counted {
			return err
		}
	}
}

// counted runs a check of a password or code as a try of the account, and
// starts counting anew if it succeeds.
func (s *Service) counted(ctx context.Context, email string, check func() error) error {
	if err := s.countTry(ctx, email); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	return s.store.DeleteTries(ctx, triesOf(email))
}
