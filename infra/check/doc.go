// Package check holds what lies under infra, and the Dockerfile, to the product:
// every command, port, path and setting that they name exists in the binary,
// and programs that read such files accept them. `make test-infra` runs it. It
// is a module of its own, so that the product does not depend on what reads
// those files.
package check
