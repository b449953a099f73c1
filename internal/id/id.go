// Package id generates the identifiers of stored rows.
package id

import (
	"fmt"

	"github.com/google/uuid"
)

// New returns a UUIDv7, which sorts by time of creation.
func New() string {
	v, err := uuid.NewV7()
	if err != nil {
		panic(fmt.Sprintf("id: no randomness: %v", err)) // the system's random source failed
	}
	return v.String()
}
