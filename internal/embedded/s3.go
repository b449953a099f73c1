package embedded

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// Region is the only region that the embedded S3 server accepts.
const Region = "us-east-1"

const healthPath = "/-health"

// S3Options configure the embedded S3 server.
type S3Options struct {
	Dir  string       // data folder; the server uses s3/ in it
	Addr string       // host:port; empty: a free port on loopback; port 0: a free port
	Log  *slog.Logger // nil: no log
}

// S3 is a running S3 server. Its files survive a crash of the process. Files
// being written during a power cut may be lost, because it does not call
// fsync.
type S3 struct {
	Endpoint  string // URL of the server, without a final slash
	AccessKey string // generated once and stored in the data folder
	SecretKey string

	child *Child
	lock  interface{ Close() error }
}

// s3Settings are passed to the child on its standard input, because other
// processes can read its command line and environment.
type s3Settings struct {
	Dir       string `json:"dir"`
	Addr      string `json:"addr"`
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
}

// StartS3 starts the S3 server and returns when it answers. When its process
// ends, it is restarted at the same address. A folder in use is fault.Conflict
// "embedded.busy"; a build without the server is fault.Unavailable
// "embedded.s3_missing". ctx bounds the start only; the caller must Close.
func StartS3(ctx context.Context, o S3Options) (*S3, error) {
	if !s3Built {
		return nil,
			fault.New(fault.Unavailable, "embedded.s3_missing",
				"this build has no S3 server of its own; set STORYREEL_S3_ENDPOINT, or build without the tag noembed")
	}
	if !mainCalled.Load() {
		return nil,
			fault.New(fault.Internal, "embedded.main", "embedded.Main is not the first call of main or TestMain")
	}
	dir, err := filepath.Abs(filepath.Join(o.Dir, "s3"))
	if err != nil {
		return nil, fmt.Errorf("find data folder: %w", err)
	}
	lockFile, err := lock(dir)
	if err != nil {
		return nil, err
	}
	s := &S3{lock: lockFile}
	if err := s.start(ctx, dir, o); err != nil {
		return nil, errors.Join(err, lockFile.Close())
	}
	return s, nil
}

func (s *S3) start(ctx context.Context, dir string, o S3Options) error {
	settings := s3Settings{Dir: dir}
	if err := readKeys(filepath.Join(dir, "keys.json"), &settings); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find our executable: %w", err)
	}
	host, port, err := "127.0.0.1", "0", error(nil)
	if o.Addr != "" {
		if host, port, err = net.SplitHostPort(o.Addr); err != nil {
			return fault.New(fault.Invalid, "embedded.address", "the S3 address is not host:port").Because(err)
		}
	}
	// Another process can take a free port before the child does: retry.
	for tries := 3; ; tries-- {
		tryPort := port
		if port == "0" {
			if tryPort, err = freePort(ctx); err != nil {
				return err
			}
		}
		settings.Addr = net.JoinHostPort(host, tryPort)
		if err := waitFree(ctx, settings.Addr); err != nil {
			return err
		}
		s.Endpoint = "http://" + net.JoinHostPort(dialHost(host), tryPort)
		s.AccessKey, s.SecretKey = settings.AccessKey, settings.SecretKey
		input, err := json.Marshal(settings)
		if err != nil {
			return err
		}
		s.child, err = Supervise(ctx, Program{
			Name: "s3", Path: self, Args: []string{s3Arg}, Dir: dir, Stdin: append(input, '\n'),
			Env: []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}, Ready: s.healthy, Log: o.Log,
		})
		if err == nil || port != "0" || tries == 0 || ctx.Err() != nil {
			return err
		}
	}
}

// RunningS3 returns endpoint and keys of the server that another process started
// on the folder and address; errors are those of StartS3.
func RunningS3(o S3Options) (endpoint, accessKey, secretKey string, err error) {
	host, port, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return "", "", "", fault.New(fault.Invalid, "embedded.address", "the S3 address is not host:port").Because(err)
	}
	var s s3Settings
	err = readKeys(filepath.Join(o.Dir, "s3", "keys.json"), &s)
	return "http://" + net.JoinHostPort(dialHost(host), port), s.AccessKey, s.SecretKey, err
}

// dialHost returns the host at which a server that listens on host is reached:
// loopback for a wildcard address.
func dialHost(host string) string {
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}

var healthClient = &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (s *S3) healthy(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint+healthPath, nil)
	if err != nil {
		return err
	}
	resp, err := healthClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("s3 answers %d", resp.StatusCode)
	}
	return nil
}

// Close stops the server and unlocks the folder. It may be called more than
// once and returns nil.
func (s *S3) Close() error {
	err := s.child.Close()
	_ = s.lock.Close() // fails only if Close was called before
	return err
}

// readKeys reads the server's keys from the file, or generates and stores them.
func readKeys(path string, settings *s3Settings) error {
	raw, err := os.ReadFile(path)
	if err == nil {
		var stored s3Settings
		if err := json.Unmarshal(raw, &stored); err != nil || stored.AccessKey == "" || stored.SecretKey == "" {
			return fault.New(fault.Invalid, "embedded.keys",
				"the S3 keys in the data folder are damaged; remove s3/keys.json to have new ones made").Because(err)
		}
		settings.AccessKey, settings.SecretKey = stored.AccessKey, stored.SecretKey
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read S3 keys: %w", err)
	}
	settings.AccessKey, settings.SecretKey = "SR"+rand.Text()[:18], rand.Text()+rand.Text()
	raw, err = json.Marshal(map[string]string{"access_key": settings.AccessKey, "secret_key": settings.SecretKey})
	if err != nil {
		return err
	}
	if err := writeFile(path, raw); err != nil {
		return fmt.Errorf("keep S3 keys: %w", err)
	}
	return nil
}
