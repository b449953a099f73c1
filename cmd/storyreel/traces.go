package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/storyreel/storyreel/internal/telemetry"
)

// flushTime bounds the sending of the last spans.
const flushTime = 5 * time.Second

// traced runs a command with traces, if the environment asks for them.
func traced(ctx context.Context, service string, log *slog.Logger, run func() error) error {
	stop, err := telemetry.Start(ctx,
		telemetry.Service{Name: service, Version: versionName(), Instance: processName()}, log)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
		defer cancel()
		if err := stop(end); err != nil {
			log.Warn("the last traces were not sent", "err", err)
		}
	}()
	return run()
}

// processName is unique among the processes of an installation.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}
