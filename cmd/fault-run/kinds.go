//go:build linux

package main

import (
	"context"
	"slices"
	"time"
)

// Which processes a kind of fault can befall.
const (
	onWorkers = "workers"
	onServers = "servers"
)

// kind is a kind of fault.
type kind struct {
	name  string
	track track
	on    string        // onWorkers, onServers; empty: not a process
	least time.Duration // shortest duration; 0: half the longest
	most  time.Duration // longest duration; 0: a moment
	// kills says that a worker is killed, and that hit is called once it is dead and
	// before another one starts.
	kills bool
	// short says that runs in a few minutes have it.
	short bool
	do    action
}

// action makes a fault happen and returns once it is over; hit is called when it
// happens.
type action func(ctx context.Context, r *runner, p planned, hit func()) error

// kinds lists all kinds of faults. sigstop is how long a worker is stopped,
// which has to be longer than a lease.
func kinds(sigstop, longest time.Duration) []*kind {
	return slices.Concat(processKinds(sigstop), databaseKinds(longest), redisKinds(longest), storageKinds(longest))
}

func processKinds(sigstop time.Duration) []*kind {
	return []*kind{
		{name: "worker killed", track: processTrack, on: onWorkers, kills: true, short: true, do: killWorker},
		{
			name: "worker killed after its last output", track: processTrack, on: onWorkers, kills: true, short: true,
			do: killAfterOutput,
		},
		{
			name: "worker killed after its finishing write", track: processTrack, on: onWorkers, kills: true,
			short: true, do: killAfterEnd,
		},
		{name: "API process killed", track: processTrack, on: onServers, short: true, do: killServer},
		{name: "ffmpeg killed", track: processTrack, on: onWorkers, short: true, do: killPrograms},
		{name: "ffmpeg hangs", track: processTrack, on: onWorkers, do: hangPrograms},
		{
			name: "worker stopped beyond its lease, then continued", track: processTrack, on: onWorkers, least: sigstop,
			most: sigstop, do: stopWorker,
		},
		{
			name: "scratch disk full", track: processTrack, on: onWorkers, most: 20 * time.Second, short: true,
			do: fillDisk,
		},
		{name: "every process restarted in turn", track: processTrack, do: roll},
	}
}

func databaseKinds(longest time.Duration) []*kind {
	return []*kind{
		{name: "PostgreSQL restarted, fast", track: postgresTrack, short: true, do: restartPostgres},
		{name: "PostgreSQL restarted, immediate", track: postgresTrack, do: restartPostgres},
		{name: "PostgreSQL down", track: postgresTrack, most: longest / 2, do: pgDown},
		{
			name: "PostgreSQL connections reset", track: postgresTrack, most: 5 * time.Second, short: true,
			do: spoil(toPostgres, reset),
		},
		{
			name: "PostgreSQL answers cut", track: postgresTrack, most: 5 * time.Second,
			do: spoil(toPostgres, cut(2000, 22_000)),
		},
		{name: "PostgreSQL slow", track: postgresTrack, most: 8 * time.Second, do: spoil(toPostgres, late)},
		{name: "backends terminated", track: postgresTrack, most: 5 * time.Second, short: true, do: terminate},
		{
			name: "two sweeps at once", track: postgresTrack, most: 10 * time.Second, short: true,
			do: deleteLease,
		},
	}
}

func redisKinds(longest time.Duration) []*kind {
	return []*kind{
		{name: "Redis restarted", track: redisTrack, short: true, do: restartRedis},
		{name: "Redis emptied", track: redisTrack, short: true, do: flushRedis},
		{name: "Redis down", track: redisTrack, most: longest, do: redisDown},
		{name: "Redis connections reset", track: redisTrack, most: 5 * time.Second, do: spoil(toRedis, reset)},
		{name: "Redis hangs", track: redisTrack, most: 8 * time.Second, do: spoil(toRedis, hang)},
	}
}

func storageKinds(longest time.Duration) (out []*kind) {
	for _, s := range []struct {
		name, kind string
		short      bool
	}{
		{"S3 answers 503", refusing, true}, {"S3 slow", slow, false}, {"S3 reset while reading", cutGet, true},
		{"S3 reset while writing", cutPut, true}, {"S3 demands Content-MD5", wantsMD5, false},
	} {
		out = append(out, &kind{
			name: s.name, track: storageTrack, most: 12 * time.Second, short: s.short,
			do: storageMode(s.kind),
		})
	}
	return append(out,
		&kind{name: "S3 down", track: storageTrack, most: longest / 2, do: storageDown},
		&kind{
			name: "S3 connections reset", track: storageTrack, most: 6 * time.Second, short: true,
			do: spoil(toStorage, reset),
		},
		&kind{
			name: "S3 answers cut after some bytes", track: storageTrack, most: 6 * time.Second,
			do: spoil(toStorage, cut(3000, 53_000)),
		},
		&kind{name: "S3 hangs", track: storageTrack, most: 8 * time.Second, do: spoil(toStorage, hang)},
	)
}
