package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	tries      = 10
	firstPause = 500 * time.Millisecond
	longest    = 30 * time.Second // pause between two tries that nobody asked for
	patience   = time.Minute      // longest pause that the service may ask for
)

// retry repeats do while its error is retryable and tries are left. Pauses
// double from firstPause to longest; half of each is random, so that clients
// that failed together do not come back together. A pause that the service
// asks for is kept up to patience; an error that asks for more is returned.
func retry(ctx context.Context, do func() error) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := do()
		e, ok := errors.AsType[*Error](err)
		if !ok || !e.retryable || e.RetryAfter > patience || try == tries || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(e.RetryAfter, pause/2+rand.N(pause/2))):
		}
		pause = min(2*pause, longest)
	}
}
