package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// addresses are values with the credential hunter2 in every place, and what is
// shown of them.
var addresses = map[string]string{
	"": "", "/var/lib/storyreel": "/var/lib/storyreel", "127.0.0.1:8080": "127.0.0.1:8080", ":8080": ":8080",
	"sqlite:/data/storyreel.db":                           "sqlite:/data/storyreel.db",
	"sqlite:/data/s.db?_key=hunter2":                      "sqlite:/data/s.db?_key=***",
	"https://songs.example/api?limit=5":                   "https://songs.example/api?limit=5",
	"https://songs.example/api?key=hunter2":               "https://songs.example/api?key=***",
	"https://songs.example/?hunter2":                      "https://songs.example/?***",
	"https://songs.example/#hunter2":                      "https://songs.example/#***",
	"https://hunter2@songs.example/api":                   "https://***@songs.example/api",
	"https://hunter2:@songs.example/api":                  "https://***@songs.example/api",
	"https://a:hunter2@s3.example:9000":                   "https://***@s3.example:9000",
	"smtps://u:hunter2@mail.example:465":                  "smtps://***@mail.example:465",
	"smtp://u:hunter2%21@mail.example?tls=none":           "smtp://***@mail.example?tls=none",
	"redis://:hunter2@cache:6379/0":                       "redis://***@cache:6379/0",
	"rediss://u:hunter2@cache:6380/0?db=3":                "rediss://***@cache:6380/0?db=3",
	"unix://u:hunter2@/run/redis.sock?db=1":               "unix://***@/run/redis.sock?db=1",
	"postgres://u:hunter2/@x@db.example/s":                "postgres://***@db.example/s",
	"postgres://u:hunter2?@db.example/s":                  "postgres://***@db.example/s",
	"postgres://u:hunter2%zz@db.example/s":                "postgres://***@db.example/s",
	"postgres:///s?host=/run&user=u":                      "postgres:///s?host=/run&user=u",
	"postgres://db/s?PassWord=hunter2":                    "postgres://db/s?PassWord=***",
	"postgres://db/s?sslpassword=hunter2":                 "postgres://db/s?sslpassword=***",
	"postgresql://db/s?passfile=/x/hunter2":               "postgresql://db/s?passfile=***",
	"postgres://db/s?sslmode=require;k=hunter2":           "postgres://db/s?sslmode=require&k=***",
	"postgres://u:hunter2@a:1,b:2/s?sslmode=verify-full":  "postgres://***@a:1,b:2/s?sslmode=verify-full",
	"host=db.example password=hunter2 sslmode=disable":    "host=db.example password=*** sslmode=disable",
	"host=db.example password = 'hunter2 \\' x' dbname=s": "host=db.example password = *** dbname=s",
	"u:hunter2@db.example/s":                              "***@db.example/s",
	"u:hunter2@tcp(db.example)/s?k=hunter2":               "***@tcp(db.example)/s?k=***",
	"sqlite:/data/a@b.db":                                 "sqlite:/data/a@b.db",
	"sslpassword=hunter2 user=app":                        "sslpassword=*** user=app",
}

func TestRedact_ShowsEverythingButCredentials(t *testing.T) {
	t.Parallel()
	for value, want := range addresses {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, Redact(value))
			require.NotContains(t, want, "hunter2")
		})
	}
}

func TestHider_MasksCredentialsInTexts(t *testing.T) {
	t.Parallel()
	for value := range addresses {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			c := Config{SongsURL: value, Origins: []string{"https://a.example"}}
			require.NotContains(t, c.Hider()(`Get "`+value+`": dial tcp: no such host`), "hunter2")
			require.Equal(t, "https://a.example is away", c.Hider()("https://a.example is away"))
		})
	}
	c := Config{DatabaseURL: "postgres://app:p%40ss%2Fword@db/s"}
	require.Equal(t, "*** and *** are refused", c.Hider()("p@ss/word and p%40ss%2Fword are refused"))
}

func TestHider_MasksSettingsThatAreNotShownAtAll(t *testing.T) {
	t.Parallel()
	c := Config{
		PurgeURL:     "https://cdn.example/purge/hunter2hunter2",
		PurgeHeaders: "Authorization: Bearer hunter2token|X-Key:hunter2key",
		PurgeBody:    `{"token": "hunter2body"}`,
	}
	for _, text := range []string{
		`Post "https://cdn.example/purge/hunter2hunter2": refused`, "header Bearer hunter2token is wrong",
		"X-Key hunter2key", `body {"token": "hunter2body"}`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			require.NotContains(t, c.Hider()(text), "hunter2")
		})
	}
	require.Equal(t, "Authorization is missing", c.Hider()("Authorization is missing"))
}

func TestVariables_HoldNoCredentials(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{
		"STORYREEL_DATABASE_URL=postgres://app:hunter2@db.example/storyreel?sslpassword=hunter2",
		"STORYREEL_REDIS_URL=redis://:hunter2@cache:6379/0",
		"STORYREEL_SONGS_URL=https://u:hunter2@songs.example/?k=hunter2",
		"STORYREEL_S3_ENDPOINT=https://key:hunter2@s3.example", "STORYREEL_MEDIA_URL=https://key:hunter2@cdn.example",
		"STORYREEL_PUBLIC_URL=https://key:hunter2@pages.example",
		"STORYREEL_ORIGINS=https://a.example, https://b.example",
	})
	require.NoError(t, err)
	require.Equal(t, []string{"https://a.example", "https://b.example"}, c.Origins)
	for _, v := range c.Variables() {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			require.NotContains(t, v.Value, "hunter2")
			require.NotEmpty(t, v.Help)
			if v.Name == "STORYREEL_DATABASE_URL" {
				require.Contains(t, v.Value, "db.example", "the host is shown")
			}
		})
	}
}

func TestLoad_ReadsSecretsFromFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	c, err := Load([]string{
		"STORYREEL_DATABASE_URL_FILE=" + file("db", "postgres://app:hunter2@db.example/s\n"),
		"STORYREEL_SONGS_URL_FILE=",
	})
	require.NoError(t, err)
	require.Equal(t, "postgres://app:hunter2@db.example/s", c.DatabaseURL)
	for name, environ := range map[string][]string{
		"no such file":     {"STORYREEL_REDIS_URL_FILE=" + filepath.Join(dir, "none")},
		"empty":            {"STORYREEL_REDIS_URL_FILE=" + file("empty", "\n")},
		"too long":         {"STORYREEL_REDIS_URL_FILE=" + file("long", string(make([]byte, maxSecretFile+1)))},
		"both":             {"STORYREEL_REDIS_URL=redis://a", "STORYREEL_REDIS_URL_FILE=" + file("redis", "hunter2")},
		"not for a secret": {"STORYREEL_LISTEN_FILE=" + file("listen", ":1")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(environ)
			require.ErrorContains(t, err, "_FILE: ")
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestLoad_HoldsPeriodsToThePolicy(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"STORYREEL_SESSION_LIFETIME=25h", "STORYREEL_SESSION_IDLE=13h", "STORYREEL_SESSION_IDLE=1m",
		"STORYREEL_LINK_LIFETIME=61m", "STORYREEL_LINK_LIFETIME=9m", "STORYREEL_KEY_LIFETIME=8761h",
		"STORYREEL_AUDIT_KEEP=24h",
	} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			_, err := Load([]string{bad})
			require.ErrorContains(t, err, "must be from")
		})
	}
}
