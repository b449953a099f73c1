package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDoctor_CheckOfAWebsiteMakesNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	r := runWith(t, []string{"STORYREEL_DATA=" + data}, "", "doctor", "--embed", "http://127.0.0.1:1")
	require.Equal(t, 1, r.code)
	require.True(t, strings.HasPrefix(r.stdout, "FAIL  database"), r.stdout)
	_, err := os.Stat(data)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestDoctor_CampaignIsForWebsitesOnly(t *testing.T) {
	t.Parallel()
	r := runWith(t, environment(t), "", "doctor", "--campaign", "songs")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "--embed")
}
