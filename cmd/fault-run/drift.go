//go:build linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// driftLine is a line of the metrics: how many things of a kind the sweep removed
// since the process started.
var driftLine = regexp.MustCompile(`(?m)^storyreel_drift_total\{what="([^"]+)"\} (\S+)$`)

// parseDrift adds the figures of the metrics of one process to sum.
func parseDrift(metrics string, sum map[string]int) error {
	found := driftLine.FindAllStringSubmatch(metrics, -1)
	if len(found) == 0 {
		return fmt.Errorf("the metrics have no storyreel_drift_total")
	}
	for _, m := range found {
		n, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return err
		}
		sum[m[1]] += int(n)
	}
	return nil
}

// drift returns what the sweep of every process removed since the process started,
// by kind. What processes counted that have ended is not in it.
func (in *installation) drift(ctx context.Context) (map[string]int, error) {
	sum := map[string]int{}
	for _, address := range in.monitors {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		got, err := (&caller{http: probe}).once(req)
		if err == nil && got.status != http.StatusOK {
			err = fmt.Errorf("status %d", got.status)
		}
		if err == nil {
			err = parseDrift(string(got.body), sum)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", address, err)
		}
	}
	return sum, nil
}
