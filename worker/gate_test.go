package worker

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// testGate is a gate over a disk of 1000 MB whose free space the test sets, and
// a clock that only the test advances.
type testGate struct {
	*gate
	free, total int64 // MB
	files       int64
	at          time.Time
}

func newTestGate(t *testing.T) *testGate {
	t.Helper()
	g := &testGate{gate: newGate(t.TempDir(), 64<<20), free: 1000, total: 1000, files: -1, at: time.Unix(0, 0)}
	g.spaceAt = func(string) (machine.Space, error) {
		return machine.Space{Free: g.free << 20, Total: g.total << 20, Files: g.files}, nil
	}
	g.now = func() time.Time { return g.at }
	return g
}

func (g *testGate) taken(job string, megabytes int64) error {
	return g.take(filepath.Join(g.dir, job), megabytes<<20)
}

func (g *testGate) end(job string, err error) {
	g.ended(filepath.Join(g.dir, job), err)
	g.release(filepath.Join(g.dir, job))
}

func requireNotTaken(t *testing.T, err error) {
	t.Helper()
	require.True(t, fault.Is(err, "job.not_taken"), "%v", err)
}

func TestGate_TakesNoWorkOnAFullDisk(t *testing.T) {
	t.Parallel()
	g := newTestGate(t)
	require.NoError(t, g.ready())
	g.free = 63
	err := g.ready()
	require.True(t, fault.Is(err, "worker.paused"), "%v", err)
	requireNotTaken(t, g.taken("a", 1))
	g.free = 64
	require.NoError(t, g.ready(), "it resumes as soon as there is room")
	g.files = 0
	require.Error(t, g.ready(), "no file can be made")
	g.files, g.free, g.total = -1, 3, 8
	require.NoError(t, g.ready(), "a quarter of a small disk is enough")
}

// TestGate_ReservesRoomForRunningJobs: what they have not written yet is not
// free for others.
func TestGate_ReservesRoomForRunningJobs(t *testing.T) {
	t.Parallel()
	g := newTestGate(t)
	require.NoError(t, g.taken("a", 400))
	require.NoError(t, g.taken("b", 400))
	requireNotTaken(t, g.taken("c", 400))
	require.Error(t, g.ready(), "no job is fetched for a while")
	g.at = g.at.Add(waitPause)
	require.NoError(t, g.ready(), "a smaller one may fit")
	require.NoError(t, g.taken("d", 100))

	require.NoError(t, os.Mkdir(filepath.Join(g.dir, "a"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(g.dir, "a", "source"), make([]byte, 10<<20), 0o600))
	g.free -= 10
	requireNotTaken(t, g.taken("e", 101))
	g.at = g.at.Add(waitPause)
	require.NoError(t, g.taken("e", 100), "written bytes are not reserved twice")
	requireNotTaken(t, g.taken("f", 400))
	g.end("b", nil)
	require.NoError(t, g.taken("f", 400), "room ends the pause")
}

// TestGate_TriesAJobLargerThanTheDiskOnAnEmptyOne: needs are upper bounds.
func TestGate_TriesAJobLargerThanTheDiskOnAnEmptyOne(t *testing.T) {
	t.Parallel()
	g := newTestGate(t)
	g.free = 800
	requireNotTaken(t, g.taken("a", 5000))
	g.free = 950
	require.NoError(t, g.taken("a", 5000))
}

func TestGate_PausesAfterFaultsOfTheMachine(t *testing.T) {
	t.Parallel()
	local := refusal.DiskFull().OfMachine()
	killed := fault.New(fault.Unavailable, refusal.CodeKilled, "stopped")
	for name, c := range map[string]struct {
		err    error
		pauses bool
	}{
		"full disk":        {local, true},
		"killed":           {killed, true},
		"success":          {nil, false},
		"damaged input":    {refusal.Corrupt(), false},
		"input that kills": {refusal.New(refusal.CodeKilled, "crash"), false},
		"storage away":     {fault.New(fault.Unavailable, "storage.unavailable", "away"), false},
		"unknown error":    {errors.New("odd"), false},
	} {
		t.Run(name, func(t *testing.T) {
			g := newTestGate(t)
			require.NoError(t, g.taken("a", 10))
			g.end("a", c.err)
			require.Equal(t, c.pauses, g.ready() != nil)
		})
	}
}

func TestGate_PausesDoubleUpToTheLongest(t *testing.T) {
	t.Parallel()
	g := newTestGate(t)
	fail := func(want time.Duration) {
		t.Helper()
		require.NoError(t, g.taken("a", 10))
		require.NoError(t, g.taken("b", 10))
		g.end("a", machine.OfDisk(errors.New("bad")))
		g.end("b", machine.OfDisk(errors.New("bad"))) // of the same moment: doubles nothing
		g.at = g.at.Add(want - time.Second)
		require.Error(t, g.ready())
		requireNotTaken(t, g.taken("c", 1))
		g.at = g.at.Add(time.Second)
		require.NoError(t, g.ready())
	}
	for want := firstPause; want < maxPause; want *= 2 {
		fail(want)
	}
	fail(maxPause)
	require.NoError(t, g.taken("a", 10))
	g.end("a", nil)
	fail(firstPause) // a success forgets earlier faults
}

// TestGate_RoomEndsThePauseForLackOfRoom, and nothing else does: a fault that
// came with room to spare has another cause.
func TestGate_RoomEndsThePauseForLackOfRoom(t *testing.T) {
	t.Parallel()
	g := newTestGate(t)
	require.NoError(t, g.taken("a", 500))
	g.free = 400
	g.end("a", refusal.DiskFull().OfMachine())
	require.Error(t, g.ready())
	g.free = 500
	require.NoError(t, g.ready())

	require.NoError(t, g.taken("a", 300))
	g.end("a", refusal.DiskFull().OfMachine())
	require.Error(t, g.ready())
	g.free = 1000
	require.Error(t, g.ready())
}

// TestGate_EndsNoPauseWithoutATrialWrite removes the folder, as a disk that
// failed would.
func TestGate_EndsNoPauseWithoutATrialWrite(t *testing.T) {
	t.Parallel()
	g := newTestGate(t)
	require.NoError(t, g.taken("a", 10))
	g.end("a", machine.OfDisk(errors.New("bad")))
	require.NoError(t, os.RemoveAll(g.dir))
	g.at = g.at.Add(time.Hour)
	require.Error(t, g.ready())
	require.NoError(t, os.Mkdir(g.dir, 0o700))
	require.NoError(t, g.ready())
}
