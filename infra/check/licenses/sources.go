package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// systems are those that releases are built for.
var systems = []string{"linux", "darwin"}

// run returns the output of a program in a folder.
func run(ctx context.Context, dir string, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // Output returns it unwrapped
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, exit.Stderr)
	}
	return out, err
}

// goComponents are the modules with a package in the binary, sorted by path,
// after the Go runtime.
func goComponents(ctx context.Context, root string) ([]component, error) {
	found := map[string]component{}
	for _, system := range systems {
		out, err := run(ctx, root, []string{"GOOS=" + system, "CGO_ENABLED=0"}, "go", "list", "-deps", "-f",
			`{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`, "./cmd/storyreel")
		if err != nil {
			return nil, err
		}
		for _, line := range strings.Split(string(out), "\n") {
			if path, rest, ok := strings.Cut(line, " "); ok {
				version, dir, _ := strings.Cut(rest, " ")
				found[path] = component{
					name: path, version: version, dir: dir,
					source: "https://proxy.golang.org/" + escape(path) + "/@v/" + escape(version) + ".zip",
				}
			}
		}
	}
	goroot, err := run(ctx, root, nil, "go", "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	dir, version, _ := strings.Cut(strings.TrimSpace(string(goroot)), "\n")
	// without the patch release, which another machine may have
	minor := regexp.MustCompile(`^go(\d+\.\d+)`).FindStringSubmatch(version)
	if minor == nil {
		minor = []string{"", runtime.Version()}
	}
	out := []component{{name: "Go", version: minor[1], dir: dir, source: "https://go.dev/dl/"}}
	return append(out, sorted(found)...), nil
}

// escape writes a path for the module proxy: capital letters as ! and the small
// letter.
func escape(path string) string {
	return regexp.MustCompile(`[A-Z]`).ReplaceAllStringFunc(path, func(s string) string {
		return "!" + strings.ToLower(s)
	})
}

// npmComponents are the packages whose files are in the pages: what the bundles'
// source maps name, and the dependencies, which include fonts.
func npmComponents(ctx context.Context, root string) ([]component, error) {
	web, err := filepath.Abs(filepath.Join(root, "web"))
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	if err := dependencies(web, names); err != nil {
		return nil, err
	}
	for _, config := range []string{"vite.config.ts", "vite.embed.config.ts"} {
		if err := bundled(ctx, web, config, names); err != nil {
			return nil, err
		}
	}
	found := map[string]component{}
	for name := range names {
		dir := filepath.Join(web, "node_modules", filepath.FromSlash(name))
		var about struct{ Version string }
		b, err := os.ReadFile(filepath.Join(dir, "package.json"))
		if err == nil {
			err = json.Unmarshal(b, &about)
		}
		if err != nil {
			return nil, err
		}
		found[name] = component{
			name: name, version: about.Version, dir: dir,
			source: "https://registry.npmjs.org/" + name + "/" + about.Version,
		}
	}
	return sorted(found), nil
}

// dependencies adds what package.json asks for at run time.
func dependencies(web string, names map[string]bool) error {
	b, err := os.ReadFile(filepath.Join(web, "package.json"))
	if err != nil {
		return err
	}
	var about struct{ Dependencies map[string]string }
	if err := json.Unmarshal(b, &about); err != nil {
		return err
	}
	for name := range about.Dependencies {
		names[name] = true
	}
	return nil
}

// inModules matches a source of a bundle that is a file of a package.
var inModules = regexp.MustCompile(`node_modules/((?:@[^/]+/)?[^/]+)/`)

// bundled adds the packages of one build of the pages.
func bundled(ctx context.Context, web, config string, names map[string]bool) (err error) {
	dir, err := os.MkdirTemp("", "licenses-")
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, os.RemoveAll(dir)) }()
	if _, err := run(ctx, web, nil, "npx", "--no-install", "vite", "build", "-c", config, "--sourcemap",
		"--outDir", dir, "--emptyOutDir", "--logLevel", "warn"); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".map" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var bundle struct{ Sources []string }
		if err := json.Unmarshal(b, &bundle); err != nil {
			return err
		}
		for _, source := range bundle.Sources {
			if m := inModules.FindStringSubmatch(source); m != nil {
				names[m[1]] = true
			}
		}
		return nil
	})
}

func sorted(found map[string]component) []component {
	var out []component
	for _, c := range found {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b component) int { return cmp.Compare(a.name, b.name) })
	return out
}
