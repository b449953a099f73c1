package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

// What a worker is given.
const (
	addressVar = "BENCH_SERVICE_DATABASE"
	redisVar   = "BENCH_SERVICE_REDIS"
	timesVar   = "BENCH_SERVICE_TIMES"
)

// stand is a worker that takes jobs, keeps them alive and finishes them as a
// real one does, but waits where that one runs its encoder.
type stand struct {
	attempts *attempt.Service
	lease    time.Duration
	times    []time.Duration
	taken    atomic.Int64
}

// standIn runs a worker until ctx ends.
func standIn(ctx context.Context) error {
	times, err := parseTimes(os.Getenv(timesVar))
	if err != nil {
		return err
	}
	redis, err := queue.Redis(os.Getenv(redisVar))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, os.Getenv(addressVar))
	if err != nil {
		return err
	}
	defer db.Close()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	announcer := queue.NewClient(redis)
	defer announcer.Close()
	stories := story.NewService(db, announcer, time.Now, story.Options{}, log)
	s := &stand{
		attempts: attempt.NewService(db, stories, announcer, time.Now, attempt.Options{}),
		lease:    stories.Lease(), times: times,
	}
	return queue.Serve(ctx, redis, queue.Options{Review: 1, Shutdown: 10 * time.Second, Log: log}, s.run)
}

// run does one job. Where the worker is stopped, the job is handed back.
func (s *stand) run(ctx context.Context, j story.Job) error {
	st, err := s.attempts.Start(ctx, j)
	if err != nil {
		return dropOvertaken(err)
	}
	record := &attempt.Record{
		Story: j.Story, Attempt: j.Attempt, Kind: j.Kind, Worker: "stand-in", StartedAt: time.Now(), Sandbox: "none",
	}
	if err := s.attempts.Save(ctx, record); err != nil {
		return err
	}
	ending := context.WithoutCancel(ctx) // as a stopping worker has time to hand back
	if err := s.wait(ctx, j, s.times[int(s.taken.Add(1)-1)%len(s.times)]); err != nil {
		record.Outcome = attempt.Requeued
		return errors.Join(dropOvertaken(s.attempts.Requeue(ending, j)), s.end(ending, record))
	}
	if err := s.finish(ending, j, st); err != nil {
		return dropOvertaken(err)
	}
	record.Outcome = attempt.Done
	return s.end(ending, record)
}

func (s *stand) end(ctx context.Context, record *attempt.Record) error {
	record.EndedAt = time.Now()
	return s.attempts.Save(ctx, record)
}

// wait takes that long, with heartbeats as often as a real worker sends them.
func (s *stand) wait(ctx context.Context, j story.Job, d time.Duration) error {
	end := time.NewTimer(d)
	defer end.Stop()
	beat := time.NewTicker(s.lease / 10)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return nil
		case <-beat.C:
			if err := s.attempts.Beat(ctx, j, 0.5); err != nil {
				return err
			}
		}
	}
}

// finish records a review copy, with what a real one has in a row.
func (s *stand) finish(ctx context.Context, j story.Job, st *story.Story) error {
	length := 20 * time.Second
	_, err := s.attempts.Prepared(ctx, j,
		media.Media{Container: "mov", Bytes: 20 << 20, Duration: length},
		media.Findings{ShortEdge: 1080, Orientation: string(media.Portrait)},
		media.Assets{
			Prefix: media.ReviewPrefix(st.ID, j.Attempt), MP4: "v.mp4", Width: 1080, Height: 1920, Duration: length,
		})
	return err
}

// dropOvertaken is nil where another attempt holds the story.
func dropOvertaken(err error) error {
	if fault.Is(err, "job.overtaken") {
		return nil
	}
	return err
}
