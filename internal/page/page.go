// Package page cuts lists into pages.
package page

// Page is one page of a list of T. Next is the cursor of the next page, nil at
// the end.
type Page[T, C any] struct {
	Items []T
	Next  *C
}

// Cut makes a page of at most limit rows from a query for limit+1 rows; the
// extra row only shows that there is a next page. cursor returns the place
// just after a row.
func Cut[T, C any](rows []T, limit int, cursor func(T) C) Page[T, C] {
	if len(rows) <= limit {
		return Page[T, C]{Items: rows}
	}
	next := cursor(rows[limit-1])
	return Page[T, C]{Items: rows[:limit], Next: &next}
}
