// Command licenses writes the licences and notices of all software of others
// that the binary contains: the Go modules of ./cmd/storyreel on the systems of
// a release, the Go runtime, and the npm packages of the pages. It needs
// web/node_modules.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: licenses ROOT FILE")
		os.Exit(2)
	}
	text, err := document(ctx, os.Args[1])
	if err == nil {
		err = os.WriteFile(os.Args[2], text, 0o644) //nolint:gosec // everybody may read it
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

// document returns the file for the repository at root.
func document(ctx context.Context, root string) ([]byte, error) {
	all, err := goComponents(ctx, root)
	if err != nil {
		return nil, err
	}
	pages, err := npmComponents(ctx, root)
	if err != nil {
		return nil, err
	}
	all = append(all, pages...)
	for i := range all {
		if err := all[i].read(); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	write(&b, all)
	return b.Bytes(), nil
}
