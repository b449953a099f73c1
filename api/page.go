package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/fault"
)

// Page selects a part of a list.
type Page struct {
	Cursor string `query:"cursor" maxLength:"300"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"24"`
}

// sealCursor makes a place in a list opaque: clients pass it back, no more.
func sealCursor[C any](c *C) string {
	if c == nil {
		return ""
	}
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // cursors are plain structs
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

var errNotText = errors.New("api: the cursor holds NUL or bytes that are not UTF-8")

// openCursor reads a cursor that sealCursor made; nil for the first page,
// Invalid "cursor.invalid" for anything else.
func openCursor[C any](text string) (*C, error) {
	if text == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	c := new(C)
	if err == nil {
		err = json.Unmarshal(b, c)
	}
	if err == nil && !front.CleanJSON(b) {
		err = errNotText
	}
	if err != nil {
		return nil,
			fault.New(fault.Invalid, "cursor.invalid",
				"this cursor was not given out by this list; start from the first page")
	}
	return c, nil
}
