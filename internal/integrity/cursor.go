package integrity

import "context"

// cursor reads a sorted list page by page.
type cursor[T any] struct {
	// read returns the entries after last, which is nil for the first page.
	read func(ctx context.Context, last *T) ([]T, error)
	page []T
	last *T
	done bool
	err  error
}

// peek returns the next entry, nil at the end and after an error.
func (c *cursor[T]) peek(ctx context.Context) *T {
	if len(c.page) == 0 && !c.done {
		c.page, c.err = c.read(ctx, c.last)
		c.done = c.err != nil || len(c.page) == 0
	}
	if len(c.page) == 0 {
		return nil
	}
	return &c.page[0]
}

// next goes on to the entry after the one that peek returned.
func (c *cursor[T]) next() {
	last := c.page[0]
	c.last, c.page = &last, c.page[1:]
}
