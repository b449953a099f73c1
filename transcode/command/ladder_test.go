package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/plan"
)

func TestKeyInterval(t *testing.T) {
	for want, r := range map[int]media.Rate{
		60: {Num: 30, Den: 1}, 48: {Num: 24000, Den: 1001}, 30: {Num: 15, Den: 1}, 25: {Num: 25, Den: 2},
		120: {Num: 60000, Den: 1001}, 1: {Num: 1, Den: 4},
	} {
		t.Run(fmt.Sprintf("%d of %d", r.Num, r.Den), func(t *testing.T) { require.Equal(t, want, keyInterval(r)) })
	}
}

func TestLadder_LargeRungsUseTheFastPreset(t *testing.T) {
	for want, size := range map[string][2]int{
		"24.5 fast, 24.5 fast, 24.5 fast, 23.8": {1920, 1080},
		"24.5 fast, 24.5 fast, 23.8":            {720, 1280},
		"24.5 fast, 23.8":                       {960, 540},
		"23.8":                                  {400, 400},
	} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			var got []string
			for _, r := range plan.Ladder(size[0], size[1], media.Rate{Num: 30, Den: 1}) {
				got = append(got, r.CRF()+map[bool]string{true: " fast"}[r.UsesFastPreset()])
			}
			require.Equal(t, want, strings.Join(got, ", "))
		})
	}
}
