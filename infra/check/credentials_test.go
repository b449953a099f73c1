package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// credentials runs the script as the compose service does, and returns the
// folder.
func credentials(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, v := range compose(t).Services["credentials"].Volumes {
		if name, ok := strings.CutPrefix(v.Target, "/out/"); ok {
			require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755)) //nolint:gosec // as Docker makes volumes
		}
	}
	shell(t, composeDir, `sh credentials.sh "$1"`, dir)
	return dir
}

// files returns the content of every file below dir, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range strings.Split(shell(t, dir, "find . -type f"), "\n") {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		out[strings.TrimPrefix(name, "./")] = string(b)
	}
	return out
}

func TestCredentials_AreRandomOnceAndConsistent(t *testing.T) {
	t.Parallel()
	dir, other := credentials(t), files(t, credentials(t))
	first := files(t, dir)
	shell(t, composeDir, `sh credentials.sh "$1"`, dir)
	require.Equal(t, first, files(t, dir), "a second start changes nothing")
	require.NotEmpty(t, first["grafana/password"])
	for _, name := range []string{"postgres/password", "valkey/password", "s3/access-key", "s3/secret-key"} {
		require.Regexp(t, `^[0-9a-f]{48}$`, first[name])
		require.NotEqual(t, first[name], other[name])
	}
	require.Equal(t, "requirepass "+first["valkey/password"]+"\n", first["valkey/valkey.conf"])

	p := compose(t)
	env := []string{}
	for name, value := range p.Services["api"].Environment {
		if file, ok := strings.CutPrefix(*value, "/run/credentials/"); ok && strings.HasSuffix(name, "_FILE") &&
			strings.HasPrefix(name, "STORYREEL_") {
			env = append(env, name+"="+filepath.Join(dir, "app", file))
		}
	}
	require.Len(t, env, 2)
	out, err := storyreel(t, env, "config", "--json")
	require.NoError(t, err)
	var all map[string]string
	require.NoError(t, json.Unmarshal([]byte(out), &all))
	require.Equal(t, "postgres://***@postgres:5432/storyreel?sslmode=disable", all["STORYREEL_DATABASE_URL"])
	require.Equal(t, "redis://***@valkey:6379/0", all["STORYREEL_REDIS_URL"])
	require.Contains(t, first["app/database-url"], ":"+first["postgres/password"]+"@")
	require.Contains(t, first["app/redis-url"], ":"+first["valkey/password"]+"@")
	require.Contains(t, first["app/aws"], "aws_access_key_id = "+first["s3/access-key"]+"\n")
	require.Contains(t, first["app/aws"], "aws_secret_access_key = "+first["s3/secret-key"]+"\n")
	user := *p.Services["postgres"].Environment["POSTGRES_USER"]
	require.Contains(t, first["app/database-url"], "//"+user+":")
	require.NotEqual(t, user, all["STORYREEL_S3_BUCKET"], "logs mask the user's name wherever it occurs")
	require.Equal(t, "storyreel", *p.Services["postgres"].Environment["POSTGRES_DB"])
}

// credentialFile matches the path of a credential in a container.
var credentialFile = regexp.MustCompile(`/run/credentials/([a-z.-]+)`)

// TestCredentials_AreWhereServicesLookForThem: every file that a service names
// is made in the volume that it mounts, and no service mounts more.
func TestCredentials_AreWhereServicesLookForThem(t *testing.T) {
	t.Parallel()
	made := files(t, credentials(t))
	p := compose(t)
	folder := map[string]string{} // of each volume, in the script's output
	for _, v := range p.Services["credentials"].Volumes {
		if name, ok := strings.CutPrefix(v.Target, "/out/"); ok {
			folder[v.Source] = name
		}
	}
	require.Len(t, folder, 5)
	for _, s := range p.Services {
		text, err := json.Marshal(s)
		require.NoError(t, err)
		var mounted []string
		for _, v := range s.Volumes {
			if v.Target == "/run/credentials" {
				require.True(t, v.ReadOnly)
				mounted = append(mounted, folder[v.Source])
			} else if s.Name != "credentials" && v.Type == types.VolumeTypeVolume {
				require.NotContains(t, folder, v.Source)
			}
		}
		names := credentialFile.FindAllStringSubmatch(string(text), -1)
		require.Equal(t, len(names) > 0, len(mounted) == 1, s.Name)
		for _, m := range names {
			require.Contains(t, made, mounted[0]+"/"+m[1], s.Name)
		}
	}
}
