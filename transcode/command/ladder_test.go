package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/plan"
)

func TestKeyEvery(t *testing.T) {
	for want, r := range map[int]media.Rate{
		60: {Num: 30, Den: 1}, 48: {Num: 24000, Den: 1001}, 30: {Num: 15, Den: 1}, 25: {Num: 25, Den: 2},
		120: {Num: 60000, Den: 1001}, 1: {Num: 1, Den: 4},
	} {
		require.Equal(t, want, keyInterval(r), "%v", r)
	}
}

func TestLadder_LargeRungsUseTheFastPreset(t *testing.T) {
	for want, edges := range map[string][2]int{
		"24.5q 24.5q 24.5q 23.8": {1920, 1080},
		"24.5q 24.5q 23.8":       {720, 1280},
		"24.5q 23.8":             {960, 540},
		"23.8":                   {400, 400},
	} {
		var got []string
		for _, r := range plan.Ladder(edges[0], edges[1], media.Rate{Num: 30, Den: 1}) {
			got = append(got, r.CRF()+map[bool]string{true: "q"}[r.UsesFastPreset()])
		}
		require.Equal(t, want, strings.Join(got, " "))
	}
}
