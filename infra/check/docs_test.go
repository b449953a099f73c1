package check

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mentioned matches a command of the binary in a document, perhaps with a
// subcommand.
var mentioned = regexp.MustCompile("(?m)(?:^|[` ])storyreel ((?:[a-z]+ ?){1,2})(?:--|[`$\"/<A-Z]|$)")

// documents are those below infra, with their text.
func documents(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(filepath.Join(root, "infra"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".md" {
			rel, err := filepath.Rel(root, path)
			require.NoError(t, err)
			out[rel] = read(t, rel)
		}
		return err
	})
	require.NoError(t, err)
	return out
}

func TestDocuments_NameCommandsAndSettingsThatExist(t *testing.T) {
	t.Parallel()
	found := 0
	out, err := storyreel(t, nil, "config", "--help")
	require.NoError(t, err)
	for name, text := range documents(t) {
		text = regexp.MustCompile(`(-n|generic) storyreel`).ReplaceAllString(text, "") // names in a cluster
		for _, m := range mentioned.FindAllStringSubmatch(text, -1) {
			args := append(strings.Fields(m[1]), "--help")
			_, err := storyreel(t, nil, args...)
			require.NoError(t, err, "%s: %s", name, m[0])
			found++
		}
		for _, setting := range regexp.MustCompile(`STORYREEL_[A-Z0-9_]+`).FindAllString(text, -1) {
			require.Contains(t, out, strings.TrimSuffix(setting, "_FILE"), name)
		}
	}
	require.Greater(t, found, 3)
}

// TestDocuments_LinksLeadSomewhere covers links to files of the repository.
func TestDocuments_LinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for name, text := range documents(t) {
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`).FindAllStringSubmatch(text, -1) {
			_, err := filepath.EvalSymlinks(filepath.Join(root, filepath.Dir(name), m[1]))
			require.NoError(t, err, name)
		}
	}
}
