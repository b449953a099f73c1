package check

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const changelog = `# Changelog

## [Unreleased]

Not yet.

## [1.2.3] - 2026-01-02

### Added

- A feature.

## [1.2.2] - 2026-01-01

- An older one.

[1.2.3]: https://example.com
`

// repository is a copy of the working copy, without what git ignores but with
// the built pages and packages, in which everything is committed.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	shell(t, root, `git ls-files -z -co --exclude-standard | xargs -0 -I{} sh -c '[ ! -e "{}" ] || echo "{}"' |
		tar -cf - -T - | tar -xf - -C "$1" && tar -cf - web/dist web/packages/*/dist | tar -xf - -C "$1"`, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "CHANGELOG.md"), []byte(changelog), 0o600))
	shell(t, dir, `git init -q && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm x`)
	return dir
}

// shell runs a script with its arguments in a folder and returns its output.
func shell(t *testing.T, dir, script string, args ...string) string {
	t.Helper()
	out, err := tryShell(t, dir, script, args...)
	require.NoError(t, err, out)
	return strings.TrimSpace(out)
}

func tryShell(t *testing.T, dir, script string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", script, "sh"}, args...)...)
	cmd.Dir = dir
	// a hook's variables would name another repository
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GIT_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// unpack returns the files of an archive, and their modes, by name.
func unpack(t *testing.T, file string) (files map[string][]byte, modes map[string]int64) {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	files, modes = map[string][]byte{}, map[string]int64{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files, modes
		}
		require.NoError(t, err)
		require.Zero(t, h.Uid+h.Gid)
		if h.Typeflag == tar.TypeReg {
			b, err := io.ReadAll(r)
			require.NoError(t, err)
			files[h.Name], modes[h.Name] = b, h.Mode
		}
	}
}

func TestRelease_IsCompleteAndTheSameEverywhere(t *testing.T) {
	t.Parallel()
	target := runtime.GOOS + "/" + runtime.GOARCH
	one, two := repository(t), t.TempDir()
	shell(t, two, `git clone -q "$1" b && cp -R "$1/web/dist" b/web/`, one)
	name := "storyreel_1.2.3_" + strings.ReplaceAll(target, "/", "_")
	shell(t, one, `sh infra/release/release.sh 1.2.3 bin/out "$1"`, target)
	shell(t, filepath.Join(two, "b"), `sh infra/release/archive.sh 1.2.3 bin/out "$1"`, target)
	var archives [][]byte
	for _, dir := range []string{one, filepath.Join(two, "b")} {
		b, err := os.ReadFile(filepath.Join(dir, "bin/out", name+".tar.gz"))
		require.NoError(t, err)
		archives = append(archives, b)
	}
	require.True(t, bytes.Equal(archives[0], archives[1]), "two builds of one commit differ")

	out := filepath.Join(one, "bin/out")
	notes, err := os.ReadFile(filepath.Join(out, "NOTES.md"))
	require.NoError(t, err)
	require.Equal(t, "### Added\n\n- A feature.\n", string(notes))
	shell(t, out, "sha256sum --check --strict SHA256SUMS")
	sums, err := os.ReadFile(filepath.Join(out, "SHA256SUMS"))
	require.NoError(t, err)
	sum := sha256.Sum256(archives[0])
	require.Contains(t, string(sums), hex.EncodeToString(sum[:])+"  "+name+".tar.gz\n")
	requireBills(t, out)
	requirePackages(t, out)

	files, modes := unpack(t, filepath.Join(out, name+".tar.gz"))
	for _, part := range []string{"LICENSE", "THIRD_PARTY_LICENSES", "README.md", "CHANGELOG.md"} {
		require.NotEmpty(t, files[name+"/"+part], part)
	}
	require.Equal(t, int64(0o755), modes[name+"/storyreel"])
	binary := filepath.Join(t.TempDir(), "storyreel")
	require.NoError(t, os.WriteFile(binary, files[name+"/storyreel"], 0o700)) //nolint:gosec // it is run
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(shell(t, one, `"$1" version --json`, binary)), &got))
	require.Equal(t, "1.2.3", got["version"])
	require.Equal(t, shell(t, one, "git rev-parse HEAD"), got["commit"])
	date := shell(t, one, "TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd")
	require.Equal(t, date, got["date"])
	require.Equal(t, false, got["modified"])
	require.Equal(t, target, got["platform"])
}

// requirePackages checks that the npm packages carry the release's version,
// and the types of the API as they are generated.
func requirePackages(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"client", "react"} {
		archive := filepath.Join(dir, "storyreel-"+name+"-1.2.3.tgz")
		manifest := map[string]any{}
		text := shell(t, dir, `tar -xzOf "$1" package/package.json`, archive)
		require.NoError(t, json.Unmarshal([]byte(text), &manifest))
		require.Equal(t, "@storyreel/"+name, manifest["name"])
		require.Equal(t, "1.2.3", manifest["version"])
		for _, part := range []string{"LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"} {
			require.NotEmpty(t, shell(t, dir, `tar -xzOf "$1" "package/$2"`, archive, part), part)
		}
	}
	types := shell(t, dir, `tar -xzOf storyreel-client-1.2.3.tgz package/dist/api.d.ts`)
	require.Equal(t, strings.TrimSpace(read(t, "web/src/api.d.ts")), types)
}

// requireBills checks that the bills name what the product is known to contain.
func requireBills(t *testing.T, dir string) {
	t.Helper()
	for file, parts := range map[string][]string{
		"sbom-go.cdx.json":  {"github.com/gin-gonic/gin", "github.com/hashicorp/go-cleanhttp", "std"},
		"sbom-web.cdx.json": {"hls.js", "svelte"},
	} {
		b, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		var bill struct {
			BOMFormat  string
			Components []struct{ Name, Version string }
		}
		require.NoError(t, json.Unmarshal(b, &bill))
		require.Equal(t, "CycloneDX", bill.BOMFormat)
		names := map[string]string{}
		for _, c := range bill.Components {
			names[c.Name] = c.Version
		}
		for _, part := range parts {
			require.NotEmpty(t, names[part], part)
		}
	}
}

func TestRelease_RefusesWhatIsNotOne(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	for version, reason := range map[string]string{
		"": "is no version", "v1.2.3": "is no version", "1.2": "is no version", "1.2.3 x": "is no version",
		"1.2.4": "has no section", "1x2x3": "is no version", "1.2.30": "has no section",
	} {
		out, err := tryShell(t, dir, `sh infra/release/release.sh "$1" bin/out`, version)
		require.Error(t, err, version)
		require.Contains(t, out, reason, version)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "new"), nil, 0o600))
	out, err := tryShell(t, dir, `sh infra/release/release.sh 1.2.3 bin/out`)
	require.Error(t, err)
	require.Contains(t, out, "changes that are in no commit")
}
