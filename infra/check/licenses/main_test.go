package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../../.."

// TestDocument_IsCommitted holds THIRD_PARTY_LICENSES to what the binary and the
// pages contain now.
func TestDocument_IsCommitted(t *testing.T) {
	t.Parallel()
	want, err := document(t.Context(), root)
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(root, "THIRD_PARTY_LICENSES"))
	require.NoError(t, err)
	require.True(t, string(want) == string(got), "THIRD_PARTY_LICENSES is not up to date; run make licenses")
}

// TestDocument_NamesWhereMPLSourceIs reads licences in another way than the
// generator: whoever has an MPL text needs an address for the same version.
func TestDocument_NamesWhereMPLSourceIs(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(root, "THIRD_PARTY_LICENSES"))
	require.NoError(t, err)
	_, notice, ok := strings.Cut(string(b), mplHead)
	require.True(t, ok)
	notice, texts, ok := strings.Cut(notice, "\n## Texts\n")
	require.True(t, ok)
	require.Contains(t, texts, "Covered Software is provided under this License on an \"as is\"")
	modules, err := goComponents(t.Context(), root)
	require.NoError(t, err)
	found := 0
	for _, m := range modules {
		text, err := os.ReadFile(filepath.Join(m.dir, "LICENSE"))
		if err != nil || !strings.Contains(string(text), `Exhibit B - "Incompatible With Secondary Licenses" Notice`) {
			continue
		}
		found++
		require.Contains(t, notice, m.name+" "+m.version+": https://proxy.golang.org/"+m.name+"/@v/"+m.version+".zip\n")
	}
	require.Positive(t, found, "no module is under the MPL: the test reads nothing")
	require.Equal(t, found, strings.Count(notice, "\n"))
}

func TestComponent_WithoutALicenceIsRefused(t *testing.T) {
	t.Parallel()
	c := component{name: "x", version: "v1", dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "README.md"), []byte("MIT"), 0o600))
	require.ErrorContains(t, c.read(), "x v1 has no licence file")
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "Licence.txt"), []byte("text\r\n"), 0o600))
	require.NoError(t, c.read())
	require.Equal(t, []string{"text"}, c.texts)
	require.Equal(t, "github.com/!azure/go", escape("github.com/Azure/go"))
}
