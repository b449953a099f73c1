// Command storyreel is the whole service in one binary: the API, the workers,
// everything on one machine, and the tools around them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
)

// commands is the command line; the tags are its help.
type commands struct {
	Up        upCmd        `cmd:"" help:"Run everything on this machine: S3 server, Redis, database, API, pages and workers."`
	Serve     serveCmd     `cmd:"" help:"Run the API and the pages against configured services."`
	Work      workCmd      `cmd:"" help:"Run workers and the sweep against configured services."`
	Migrate   migrateCmd   `cmd:"" help:"Bring the database's schema up to date."`
	Bucket    bucketCmd    `cmd:"" help:"Create the configured bucket if it is missing, and set its CORS rules and public reading."`
	Campaign  campaignCmd  `cmd:"" help:"Create, list and change campaigns and their release forms."`
	User      userCmd      `cmd:"" help:"Create, list and change staff users, and make sign-in links."`
	Key       keyCmd       `cmd:"" help:"Create, list and revoke API keys."`
	Mail      mailCmd      `cmd:"" help:"Try the mail server."`
	Jobs      jobsCmd      `cmd:"" help:"Try failed work again."`
	Submit    submitCmd    `cmd:"" help:"Send a clip as a contributor would; resumes where it was interrupted."`
	Transcode transcodeCmd `cmd:"" help:"Run the pipeline alone on a file; needs no service."`
	Health    healthCmd    `cmd:"" help:"Ask the API or worker on this machine whether it is alive."`
	Doctor    doctorCmd    `cmd:"" help:"Check everything Storyreel needs, and say how to repair what is wrong."`
	Counters  countersCmd  `cmd:"" help:"Compare the kept counters with the rows they count; --repair counts again."`
	Audit     auditCmd     `cmd:"" help:"Compare all stories, histories and objects with each other, show what is due for erasure or held; --repair removes leftovers."`
	Backup    backupCmd    `cmd:"" help:"Write the SQLite database and the embedded server's objects to one file, while the service runs."`
	Restore   restoreCmd   `cmd:"" help:"Restore such a file into an empty data folder."`
	Trail     trailCmd     `cmd:"" help:"Check the audit trail of what staff did."`
	Config    configCmd    `cmd:"" help:"Print the effective configuration, secrets masked."`
	Openapi   openapiCmd   `cmd:"" help:"Print the OpenAPI description of the API."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// env is the process around a command: its end, its streams and its
// environment variables.
type env struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	vars   []string // KEY=VALUE, as os.Environ gives them
}

// variable returns the value of an environment variable; empty for none.
func (e *env) variable(name string) string {
	for _, kv := range slices.Backward(e.vars) {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// ownS3 reports whether no S3 is configured, so that one is started here.
func (e *env) ownS3(cfg config.Config) bool {
	return cfg.S3Endpoint == "" && e.variable("AWS_ACCESS_KEY_ID") == ""
}

func main() {
	embedded.Main()
	sandbox.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	os.Exit(run(env{ctx, os.Stdin, os.Stdout, os.Stderr, os.Environ()}, os.Args[1:]))
}

// run is main with everything of the process in e, which tests replace. It
// returns the exit code: 0 for success, 1 for a command that failed, 2 for a
// command line that is wrong or an audit that could not look.
func run(e env, args []string) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("storyreel"), kong.Description("An open-source video story service."),
		kong.UsageOnError(), kong.Writers(e.stdout, e.stderr), kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(e.stderr, err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(e.stderr, "storyreel:", err)
		return 2
	}
	if err := parsed.Run(&e); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(e.stderr, "storyreel:", e.hide(userMessage(err)))
		}
		if errors.Is(err, errNotLooked) {
			return 2
		}
		return 1
	}
	return 0
}

// errReported ends a command with exit code 1 after it printed the reason itself.
var errReported = errors.New("already reported")

// userMessage prefers the sentence made for people.
func userMessage(err error) string {
	if f := fault.As(err); f != nil {
		if f.Err != nil {
			return fmt.Sprintf("%s (%s: %v)", f.Detail, f.Code, f.Err)
		}
		return fmt.Sprintf("%s (%s)", f.Detail, f.Code)
	}
	return err.Error()
}

// config reads the configuration and makes the log that it asks for.
func (e *env) config() (config.Config, *slog.Logger, error) {
	c, err := config.Load(e.vars)
	if err != nil {
		return c, nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return c, nil, err
	}
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: hideIn(c.Hider())}
	if c.LogFormat == "json" {
		return c, slog.New(slog.NewJSONHandler(e.stderr, opts)), nil
	}
	return c, slog.New(slog.NewTextHandler(e.stderr, opts)), nil
}

// hide masks the credentials of the settings in a text.
func (e *env) hide(text string) string {
	c, err := config.Load(e.vars)
	if err != nil { // its message holds no values of settings that may hold a credential
		return text
	}
	return c.Hider()(text)
}

// hideIn masks credentials in texts and errors that are logged.
func hideIn(hide func(string) string) func([]string, slog.Attr) slog.Attr {
	return func(_ []string, a slog.Attr) slog.Attr {
		switch v := a.Value.Any().(type) {
		case string:
			a.Value = slog.StringValue(hide(v))
		case error:
			a.Value = slog.StringValue(hide(v.Error()))
		}
		return a
	}
}

// json prints v for scripts.
func (e *env) json(v any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
