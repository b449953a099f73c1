package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// block is a fenced block of a Markdown file.
type block struct {
	page     string // path in the repository
	language string
	notRun   string // why it cannot be run; empty: it is run
	text     string
}

// documented are the Markdown files whose commands people copy.
func documented(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	read := func(name string) {
		b, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		files[name] = string(b)
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "web/README.md"} {
		read(name)
	}
	for _, root := range []string{"docs", "infra"} {
		require.NoError(t, fs.WalkDir(os.DirFS(".."), root, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(name, ".md") {
				read(name)
			}
			return err
		}))
	}
	return files
}

var fence = regexp.MustCompile("(?ms)^```([a-z]*)(?: not-run: ([^\n]+))?\n(.*?)^```$")

func blocks(t *testing.T, page, text string) []block {
	t.Helper()
	var out []block
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		out = append(out, block{page, m[1], m[2], m[3]})
	}
	require.Len(t, out, strings.Count("\n"+text, "\n```")/2, "%s: write ```language or ```sh not-run: reason", page)
	return out
}

// TestDocs_CommandsRun runs the shell blocks of each page, in their order, in an
// empty folder, against a service of the page's own.
func TestDocs_CommandsRun(t *testing.T) {
	t.Parallel()
	run, notRun := 0, 0
	for page, text := range documented(t) {
		var script strings.Builder
		for _, b := range blocks(t, page, text) {
			switch {
			case b.language != "sh":
				require.False(t, looksLikeShell.MatchString(b.text), "%s: mark as ```sh:\n%s", page, b.text)
			case b.notRun != "":
				notRun++
				t.Logf("%s is not run, it %s", page, b.notRun)
			default:
				run++
				script.WriteString(b.text + "\n")
			}
		}
		if script.Len() > 0 {
			t.Run(page, func(t *testing.T) {
				t.Parallel()
				runScript(t, script.String())
			})
		}
	}
	t.Logf("%d blocks are run, %d are not", run, notRun)
	require.Greater(t, run, 15, "the blocks are found")
}

var looksLikeShell = regexp.MustCompile(`(?m)^((storyreel|make|curl|docker|kubectl|terraform) |export [A-Z_]+=)`)

// runScript runs commands as an operator would on the machine of the service.
func runScript(t *testing.T, script string) {
	t.Helper()
	e := newEnv(t)
	e.up("up")
	folder, programs := t.TempDir(), t.TempDir()
	bin, err := built()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(bin, filepath.Join(programs, "storyreel")))
	clip, err := os.ReadFile(clips.Get(t, "melody"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "clip.mov"), clip, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "release.txt"), []byte("You may show my video."), 0o600))
	script = strings.ReplaceAll(script, "https://stories.example.com", e.url)

	cmd := exec.CommandContext(t.Context(), "bash", "-euxo", "pipefail", "-c", script)
	cmd.Dir = folder
	cmd.Env = append(slices.Clone(e.vars), "PATH="+programs+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out[max(0, len(out)-4000):]))
}

// use is a command in a document.
type use struct {
	page  string
	words []string // up to the end of the command
}

var (
	inline = regexp.MustCompile("`([^`\n]+)`")
	// ends are tokens that end a command.
	ends = regexp.MustCompile(`^([|;&<>#)]|\d?>)|[;)]$`)
)

// uses finds the calls of a program in blocks and in code inside sentences.
func uses(t *testing.T, program string) []use {
	t.Helper()
	var out []use
	for page, text := range documented(t) {
		var codes []string
		for _, b := range blocks(t, page, text) {
			if b.language == "sh" || b.language == "" {
				codes = append(codes, strings.Split(strings.ReplaceAll(b.text, "\\\n", " "), "\n")...)
			}
		}
		for _, m := range inline.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			if strings.HasPrefix(m[1], program+" ") && !strings.HasSuffix(m[1], " ") {
				codes = append(codes, m[1])
			}
		}
		for _, code := range codes {
			out = append(out, usesIn(page, code, program)...)
		}
	}
	return out
}

// usesIn reads one line. Names of namespaces, users and files are no calls.
func usesIn(page, line, program string) []use {
	var out []use
	words := strings.Fields(strings.ReplaceAll(line, "$(", " "))
	for i, w := range words {
		if strings.HasPrefix(w, "#") {
			break
		}
		if w != program && w != "bin/"+program || i > 0 && notCalled[words[i-1]] {
			continue
		}
		rest := words[i+1:]
		if end := slices.IndexFunc(rest, ends.MatchString); end >= 0 {
			last := strings.TrimRight(rest[end], ";)")
			rest = rest[:end]
			if last != "" && !ends.MatchString(last) {
				rest = append(slices.Clone(rest), last)
			}
		}
		if len(rest) > 0 && name.MatchString(rest[0]) {
			out = append(out, use{page, rest})
		}
	}
	return out
}

var (
	notCalled = map[string]bool{"-n": true, "generic": true, "install": true, "cd": true}
	name      = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	flag      = regexp.MustCompile(`^--([a-z0-9-]+)`)
)

// commands maps each command of the binary to its help.
func commands(t *testing.T) map[string]string {
	t.Helper()
	e := newEnv(t)
	out := map[string]string{}
	list := e.run("--help")
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)?)(?:  |$)`).FindAllStringSubmatch(list, -1) {
		out[m[1]] = e.run(append(strings.Fields(m[1]), "--help")...)
	}
	require.Contains(t, out, "campaign create", list)
	return out
}

// TestDocs_CommandsExist compares every command and flag in documents, also of
// blocks that cannot be run, with the binary's help.
func TestDocs_CommandsExist(t *testing.T) {
	t.Parallel()
	known := commands(t)
	found := uses(t, "storyreel")
	require.Greater(t, len(found), 80, "the commands are found")
	for _, u := range found {
		command, rest := u.words[0], u.words[1:]
		if _, ok := known[command]; !ok && len(rest) > 0 {
			command, rest = command+" "+rest[0], rest[1:]
		}
		help, ok := known[command]
		require.True(t, ok, "%s: there is no command %q", u.page, strings.Join(u.words, " "))
		for _, w := range rest {
			if m := flag.FindStringSubmatch(w); m != nil {
				plain := regexp.MustCompile(`--(\[no-\])?` + regexp.QuoteMeta(strings.TrimPrefix(m[1], "no-")) + `\b`)
				require.True(t, strings.Contains(help, "--"+m[1]) || plain.MatchString(help),
					"%s: storyreel %s has no flag --%s", u.page, command, m[1])
			}
		}
	}
	page := documented(t)["docs/operate/commands.md"]
	for command := range known {
		require.Contains(t, page, "| `storyreel "+command+"` |", "docs/operate/commands.md")
	}
	require.Equal(t, len(known), strings.Count(page, "\n| `storyreel "), "the page has commands that do not exist")
}

// TestDocs_TargetsExist compares every call of make with the Makefile.
func TestDocs_TargetsExist(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../Makefile")
	require.NoError(t, err)
	found := uses(t, "make")
	require.Greater(t, len(found), 15, "the calls are found")
	for _, u := range found {
		for _, target := range u.words {
			if name.MatchString(target) {
				require.Regexp(t, `(?m)^`+target+`:`, string(makefile), "%s: make %s", u.page, target)
			}
		}
	}
}

var (
	relativeLink = regexp.MustCompile(`\]\(([^)#:\s]*)(?:#([^)\s]+))?\)`)
	headingLine  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInAnchor  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestDocs_RelativeLinksExist follows the links between files of the
// repository, as GitHub does. Those of the served pages are followed once more
// through the service (api.TestDocs_EveryLinkLeadsSomewhere).
func TestDocs_RelativeLinksExist(t *testing.T) {
	t.Parallel()
	found := 0
	for page, text := range documented(t) {
		for _, m := range relativeLink.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			found++
			target := filepath.Join("..", filepath.Dir(page), m[1])
			if m[1] == "" {
				target = filepath.Join("..", page)
			}
			info, err := os.Stat(target)
			require.NoError(t, err, "%s: %s", page, m[0])
			if m[2] == "" || info.IsDir() || filepath.Ext(target) != ".md" {
				continue
			}
			b, err := os.ReadFile(target)
			require.NoError(t, err)
			var anchors []string
			for _, h := range headingLine.FindAllStringSubmatch(fence.ReplaceAllString(string(b), ""), -1) {
				title := notInAnchor.ReplaceAllString(strings.ToLower(h[1]), "")
				anchors = append(anchors, strings.ReplaceAll(title, " ", "-"))
			}
			require.Contains(t, anchors, m[2], "%s: %s", page, m[0])
		}
	}
	require.Greater(t, found, 150, "the links are found")
}
