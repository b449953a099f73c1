// Package arch holds tests that compare the code with docs/architecture.md and
// with the rules of CONTRIBUTING.md: lengths, words, SQL in one package, error
// codes.
package arch
