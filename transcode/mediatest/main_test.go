//go:build media || zzuf

package mediatest

import (
	"os"
	"testing"

	"github.com/storyreel/storyreel/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}
