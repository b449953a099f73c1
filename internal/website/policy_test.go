package website

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// under returns the findings about a page of both elements that is sent with
// this policy.
func under(t *testing.T, html string, policies ...string) []string {
	t.Helper()
	c := checkOf(t, "https://www.example.com/", html)
	c.page.header["Content-Security-Policy"] = policies
	c.form, c.feed = true, true
	c.checkScript()
	c.found = nil
	c.checkPolicies()
	return problems(c.found)
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	const all = "script-src https://stories.example.com; connect-src *; img-src *; media-src * blob:"
	for _, c := range []struct {
		name, html string
		policies   []string
		want       []string
	}{
		{"none", scriptTagX, nil, nil},
		{"about others", scriptTagX,
			[]string{"style-src 'none'; font-src 'none'; form-action 'none'; worker-src 'none'"}, nil},
		{"all", scriptTagX, []string{all}, nil},
		{"default", scriptTagX, []string{"default-src 'self' https:"}, []string{
			"FAIL content policy: default-src of the header…refuses blob: → add the directive: " +
				"media-src 'self' https: blob:"}},
		{"nothing", scriptTagX, []string{"default-src 'none'"}, []string{
			"FAIL…→ add the directive: script-src https://stories.example.com",
			"connect-src https://stories.example.com https://storage.example.com https://media.example.com",
			"img-src https://media.example.com", "media-src https://media.example.com blob:"}},
		{"a meta element, too",
			"<head><meta http-equiv=Content-Security-Policy content=\"img-src 'none'\"></head>" + scriptTagX,
			[]string{all},
			[]string{"img-src of the page's meta element refuses…→ put https://media…in the place of 'none'"}},
		{"a meta element of the body",
			scriptTagX + "<p><meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">",
			[]string{all}, nil},
		{"two headers", scriptTagX, []string{all, all + "; default-src 'self'",
			"connect-src https://stories.example.com"},
			[]string{"connect-src of…refuses https://storage.example.com https://media.example.com →"}},
		{"script-src-elem", scriptTagX, []string{"script-src *; script-src-elem 'self'"},
			[]string{"script-src-elem of…→ add https://stories.example.com to script-src-elem"}},
		{"nonce that the element has", strings.Replace(scriptTagX, "type", "nonce=x type", 1),
			[]string{"script-src 'nonce-x' 'strict-dynamic'"}, nil},
		{"nonce alone", strings.Replace(scriptTagX, "type", "nonce=x type", 1), []string{"script-src 'nonce-x'"},
			[]string{"warn…passes the nonce on…→ add 'strict-dynamic' or https://stories.example.com to script-src"}},
		{"hash alone", strings.Replace(scriptTagX, "type", "integrity=sha256-q type", 1),
			[]string{"script-src 'sha256-q'"}, []string{"FAIL…→ add https://stories.example.com to script-src"}},
		{"another nonce", strings.Replace(scriptTagX, "type", "nonce=y type", 1), []string{"script-src 'nonce-x'"},
			[]string{"FAIL…→ add https://stories.example.com to script-src, or 'strict-dynamic' and the nonce"}},
		{"nonce that it does not have", scriptTagX, []string{"script-src 'nonce-x' 'strict-dynamic' https:"},
			[]string{"FAIL…→ give the script element the nonce"}},
		{"strict-dynamic, by a script", `<script>import("https://stories.example.com/embed.js")</script>`,
			[]string{"script-src 'nonce-x' 'strict-dynamic'"}, nil},
		{"one path", scriptTagX, []string{"script-src https://stories.example.com/embed.js"},
			[]string{"→ add https://stories.example.com to script-src"}},
		{"sandbox", scriptTagX, []string{"sandbox allow-scripts allow-forms"},
			[]string{"→ add allow-same-origin to sandbox"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireProblems(t, under(t, c.html, c.policies...), c.want)
		})
	}
}

// TestPolicies_TheDocumentedOneIsEnoughAndNoMore holds the check to the
// policy of docs/embed/README.md, with which the elements are tested in a
// browser.
func TestPolicies_TheDocumentedOneIsEnoughAndNoMore(t *testing.T) {
	t.Parallel()
	block := regexp.MustCompile("(?s)```csp\n(.*?)```").FindStringSubmatch(documented(t))
	require.Len(t, block, 2)
	policy := "default-src 'none'; " + strings.ReplaceAll(block[1], "\n", " ")
	require.Empty(t, under(t, scriptTagX, policy))
	sources := regexp.MustCompile(` (https:[^ ;]+|blob:)`).FindAllStringIndex(policy, -1)
	require.NotEmpty(t, sources)
	for _, at := range sources {
		require.Len(t, under(t, scriptTagX, policy[:at[0]]+policy[at[1]:]), 1, policy[at[0]:at[1]])
	}
}

func TestPolicies_AFeedNeedsNoStorageForUploads(t *testing.T) {
	t.Parallel()
	c := checkOf(t, "https://www.example.com/", scriptTagX)
	c.page.header["Content-Security-Policy"] = []string{"connect-src stories.example.com media.example.com"}
	c.feed = true
	c.checkPolicies()
	require.Empty(t, problems(c.found))
	c.form = true
	c.checkPolicies()
	requireProblems(t, problems(c.found), []string{"refuses https://storage.example.com"})
}

func TestIsolation(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]string{
		"": nil, "unsafe-none": nil, "credentialless": nil,
		"require-corp": {"warn isolation"}, `require-corp; report-to="x"`: {"warn isolation"},
	} {
		c := checkOf(t, "https://www.example.com/", "")
		c.page.header["Cross-Origin-Embedder-Policy"] = []string{value}
		c.feed = true
		c.checkIsolation()
		requireProblems(t, problems(c.found), want)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		page, service, upload string
		want                  []string
	}{
		{"https://www.example.com/", serviceURL, uploadURL, nil},
		{"http://www.example.com/", "http://stories.example.com", uploadURL, nil},
		{"https://www.example.com/", "http://stories.example.com", "http://storage.example.com", []string{
			"FAIL addresses: …http://stories.example.com (the service)…STORYREEL_PUBLIC_URL",
			"FAIL addresses: …http://storage.example.com…STORYREEL_S3_PUBLIC_ENDPOINT"}},
		{"https://www.example.com/", "http://127.0.0.1:8080", uploadURL,
			[]string{"FAIL addresses: …this machine's alone"}},
		{"http://localhost:3000/", "http://127.0.0.1:8080", "http://[::1]:8081", nil},
		{"https://dev.localhost/", "http://127.0.0.1:8080", uploadURL, nil},
		{"https://www.example.com/", serviceURL, "", []string{"FAIL addresses: …malformed"}},
	} {
		t.Run(c.page+" "+c.service, func(t *testing.T) {
			t.Parallel()
			x := checkOf(t, c.page, "")
			x.Service, x.Upload = c.service, c.upload
			x.checkAddresses()
			requireProblems(t, problems(x.found), c.want)
		})
	}
}

func TestRecording(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		page   string
		header []string
		want   []string
	}{
		{"https://www.example.com/", nil, nil},
		{"http://www.example.com/", nil, []string{"warn recording: the page is not under https"}},
		{"http://localhost:3000/", nil, nil},
		{"https://www.example.com/", []string{"geolocation=()"}, nil},
		{"https://www.example.com/", []string{"camera=(), microphone=()"},
			[]string{"camera and microphone…camera=(self), microphone=(self)"}},
		{"https://www.example.com/", []string{"camera=*, microphone=(self)"}, nil},
		{"https://www.example.com/", []string{"camera=self",
			`microphone=("https://x.example" "https://www.example.com")`}, nil},
		{"https://www.example.com/", []string{`camera=("https://x.example"), microphone=*;report-to="a,camera=()"`},
			[]string{"refuses camera,"}},
		{"https://www.example.com/", []string{"camera=(self)", "camera=()"}, []string{"refuses camera,"}},
		{"https://www.example.com/", []string{"camera=();report-to=x, microphone=(self);report-to=x"},
			[]string{"refuses camera,"}},
	} {
		t.Run(c.page+strings.Join(c.header, "|"), func(t *testing.T) {
			t.Parallel()
			x := checkOf(t, c.page, "")
			x.page.header["Permissions-Policy"] = c.header
			x.checkRecording()
			requireProblems(t, problems(x.found), c.want)
		})
	}
}
