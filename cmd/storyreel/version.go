package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// Set by the linker of a release and of the image, where no repository is at
// hand; otherwise they are empty and the build's own stamps count.
var (
	version = "" // without a leading v
	commit  = "" // whole hash
	date    = "" // of the commit, RFC 3339 in UTC
)

// build is what this binary was made from.
type build struct {
	Version  string `json:"version"`        // "dev" and the commit between releases
	Commit   string `json:"commit"`         // empty: unknown
	Date     string `json:"date"`           // of the commit; empty: unknown
	Modified bool   `json:"modified"`       // the working copy had changes that are in no commit
	Go       string `json:"go"`             // version of the compiler
	Platform string `json:"platform"`       // such as linux/amd64
	Tags     string `json:"tags,omitempty"` // noembed: without the embedded S3 server
}

var thisBuild = sync.OnceValue(func() build {
	var settings []debug.BuildSetting
	if info, ok := debug.ReadBuildInfo(); ok {
		settings = info.Settings
	}
	return describeBuild(settings, version, commit, date)
})

// describeBuild combines the stamps of the go command with what the linker was
// given, which takes precedence.
func describeBuild(settings []debug.BuildSetting, version, commit, date string) build {
	stamps := map[string]string{}
	for _, s := range settings {
		stamps[s.Key] = s.Value
	}
	b := build{
		Version: version, Commit: cmp.Or(commit, stamps["vcs.revision"]), Date: cmp.Or(date, stamps["vcs.time"]),
		Modified: stamps["vcs.modified"] == "true", Tags: stamps["-tags"],
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if b.Version == "" {
		b.Version = "dev"
		if len(b.Commit) >= 12 {
			b.Version += "-" + b.Commit[:12]
		}
	}
	return b
}

// versionName is the version that metrics, logs and /readyz show.
func versionName() string { return thisBuild().Version }

type versionCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run implements the command.
func (c versionCmd) Run(e *env) error {
	b := thisBuild()
	if c.JSON {
		return e.json(b)
	}
	changed := ""
	if b.Modified {
		changed = ", changed"
	}
	_, err := fmt.Fprintf(e.stdout, "storyreel %s\ncommit %s%s\ndate %s\nbuilt with %s for %s\n", b.Version,
		cmp.Or(b.Commit, "unknown"), changed, cmp.Or(b.Date, "unknown"), b.Go, b.Platform)
	return err
}
