package arch

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// decision is the form of a recorded decision: title, ISO date, reasons, and
// the condition under which to revisit it.
var decision = regexp.MustCompile(`^\*\*[^*]+\.\*\* \((\d{4}-\d{2}-\d{2})\) \S.* \*What would change it:\* \S.*\.$`)

// TestDecisions_AreDated lets readers of docs/architecture.md judge the age of
// every decision and when to revisit it.
func TestDecisions_AreDated(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/architecture.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(b), "\n## Decisions\n")
	require.True(t, found, "docs/architecture.md has no section Decisions")
	section, _, _ = strings.Cut(section, "\n## ")
	n := 0
	for paragraph := range strings.SplitSeq(section, "\n\n") {
		paragraph = strings.TrimSpace(paragraph)
		if !strings.HasPrefix(paragraph, "**") {
			continue
		}
		n++
		title, _, _ := strings.Cut(strings.TrimPrefix(paragraph, "**"), "**")
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			m := decision.FindStringSubmatch(paragraph)
			require.NotNil(t, m, "want: **Title.** (YYYY-MM-DD) reasons *What would change it:* condition.")
			_, err := time.Parse(time.DateOnly, m[1])
			require.NoError(t, err)
		})
	}
	require.NotZero(t, n, "docs/architecture.md records no decision")
}
