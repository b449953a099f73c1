package api

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/storyreel/storyreel/internal/account"
)

// sheetRows reads the cells of an XLSX file.
func sheetRows(t *testing.T, a answer) [][]string {
	t.Helper()
	require.Equal(t, sheetType, a.header.Get("Content-Type"))
	f, err := excelize.OpenReader(bytes.NewReader(a.body))
	require.NoError(t, err)
	rows, err := f.GetRows("Sheet1")
	require.NoError(t, err)
	return rows
}

func TestSheets_AreForPeople(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	cre := e.keys[account.Creative]
	base := "/v1/campaigns/" + e.slug
	a := e.published().Story.ID
	e.want(200, "PUT", base, e.keys[account.Admin], map[string]any{"slots": []any{
		map[string]any{"id": "tiktok", "title": "5 s TikTok", "target_ms": 5000}, map[string]any{"id": "tv"},
	}})
	e.want(200, "PUT", base+"/selection/tiktok", cre,
		map[string]any{"story": a, "from_ms": 1500, "to_ms": 12_700, "note": "=HYPERLINK(\"x\")"})
	e.want(204, "PUT", base+"/shortlist/"+a, cre, map[string]any{"note": "+1"})
	rows := sheetRows(t, e.want(200, "GET", base+"/selection/sheet", cre, nil))
	require.Len(t, rows, 3)
	require.Equal(t, []string{"Slot", "Slot's title", "Market", "Title"}, rows[0][:4])
	line := strings.Join(rows[1], "|")
	for _, part := range []string{
		"tiktok|5 s TikTok", "0:01.5|0:12.7|0:11.2", "'=HYPERLINK", "unconfirmed, too_long", a,
	} {
		require.Contains(t, line, part)
	}
	require.Contains(t, strings.Join(rows[2], "|"), "empty")
	german := e.want(200, "GET", base+"/shortlists/default/sheet?lang=de", cre, nil)
	require.Equal(t, `attachment; filename="`+e.slug+`-shortlist.xlsx"`, german.header.Get("Content-Disposition"))
	listed := sheetRows(t, german)
	require.Contains(t, listed[0], "Interpret")
	require.Contains(t, strings.Join(listed[1], "|"), "considering")
	for _, cell := range append(rows[1], listed[1]...) {
		require.NotContains(t, cell, "@", "no e-mail address")
		require.NotRegexp(t, `^[=+]`, cell)
		require.NotContains(t, cell, "192.0.2.")
	}
}
