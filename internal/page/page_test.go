package page_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/page"
)

func TestCut(t *testing.T) {
	t.Parallel()
	twice := func(n int) int { return 2 * n }
	for name, c := range map[string]struct {
		rows, items []int
		next        int // 0: none
	}{
		"empty":            {nil, nil, 0},
		"less than a page": {[]int{1}, []int{1}, 0},
		"exactly a page":   {[]int{1, 2}, []int{1, 2}, 0},
		"more than a page": {[]int{1, 2, 3}, []int{1, 2}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			p := page.Cut(c.rows, 2, twice)
			require.Equal(t, c.items, p.Items)
			if c.next == 0 {
				require.Nil(t, p.Next)
				return
			}
			require.Equal(t, c.next, *p.Next, "the place after the last item of the page")
		})
	}
}
