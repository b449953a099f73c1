package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// Only on Linux does the kernel signal children when their parent dies.
func TestChildren_EndWithTheirParent(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, parentArg, dir)
	_, err = cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var s3, redis int
	_, err = fmt.Fscan(out, &s3, &redis)
	require.NoError(t, err)
	require.False(t, exited(s3) || exited(redis))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	for _, pid := range []int{s3, redis} {
		eventually(t, "the child's end", func() bool { return exited(pid) || isZombie(pid) })
	}
	r, err := StartRedis(t.Context(), RedisOptions{Dir: dir})
	require.NoError(t, err, "the folder is free again")
	require.NoError(t, r.Close())
}
