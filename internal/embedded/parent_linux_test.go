package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// Only Linux tells children of their parent's death.
func TestChildren_EndWhenWeAreKilled(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, parentArg, dir)
	_, err = cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var server, cache int
	_, err = fmt.Fscan(out, &server, &cache)
	require.NoError(t, err)
	require.False(t, gone(server) || gone(cache))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	for _, pid := range []int{server, cache} {
		soon(t, "the child's end", func() bool { return gone(pid) || zombie(pid) })
	}
	r, err := StartRedis(t.Context(), RedisOptions{Dir: dir})
	require.NoError(t, err, "the folder is free again")
	require.NoError(t, r.Close())
}
