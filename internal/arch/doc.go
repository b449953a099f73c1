// Package arch holds tests that compare the code with docs/architecture.md and
// with the house rules: lengths, words, SQL in one package, error codes.
package arch
