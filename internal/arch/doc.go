// Package arch holds the code to docs/architecture.md, by tests.
package arch
