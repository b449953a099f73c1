package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// actions are the permissions that each call of the S3 API needs.
var actions = map[string][]string{
	"HeadBucket": {"s3:ListBucket"}, "ListObjects": {"s3:ListBucket"}, "ListObjectsV2": {"s3:ListBucket"},
	"ListObjectVersions":   {"s3:ListBucketVersions"},
	"ListMultipartUploads": {"s3:ListBucketMultipartUploads"},
	"HeadObject":           {"s3:GetObject"}, "GetObject": {"s3:GetObject"},
	"PutObject": {"s3:PutObject"}, "CopyObject": {"s3:GetObject", "s3:PutObject"},
	"CreateMultipartUpload": {"s3:PutObject"}, "UploadPart": {"s3:PutObject"},
	"CompleteMultipartUpload": {"s3:PutObject"},
	"ListParts":               {"s3:ListMultipartUploadParts"}, "AbortMultipartUpload": {"s3:AbortMultipartUpload"},
	// of a version where the bucket keeps them
	"DeleteObject":  {"s3:DeleteObject", "s3:DeleteObjectVersion"},
	"DeleteObjects": {"s3:DeleteObject", "s3:DeleteObjectVersion"},
	"GetBucketCors": {"s3:GetBucketCORS"}, "PutBucketCors": {"s3:PutBucketCORS"},
	// of `storyreel bucket` and `storyreel doctor`, which an administrator runs
	"CreateBucket": nil, "PutPublicAccessBlock": nil, "GetBucketPolicy": nil, "PutBucketPolicy": nil,
	"GetBucketVersioning": nil, "GetBucketLifecycleConfiguration": nil,
}

// paginator matches the constructor of the SDK's type for a listing call.
var paginator = regexp.MustCompile(`^New(\w+)Paginator$`)

// parse reads the Go files of a package, without tests.
func parse(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(root + "/" + dir + "/*.go")
	require.NoError(t, err)
	var out []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		out = append(out, file)
	}
	require.NotEmpty(t, out)
	return out
}

// function is what one function of internal/storage calls: by the S3 client, and
// by name in its own package.
type function struct {
	s3, own []string
}

// storageFunctions reads the calls of internal/storage. Methods of different
// types with one name are one function.
func storageFunctions(t *testing.T) map[string]*function {
	t.Helper()
	out := map[string]*function{}
	for _, file := range parse(t, "internal/storage") {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if out[f.Name.Name] == nil {
				out[f.Name.Name] = &function{}
			}
			out[f.Name.Name].read(f.Body)
		}
	}
	return out
}

func (f *function) read(body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			owner := ""
			switch x := n.X.(type) {
			case *ast.SelectorExpr:
				owner = x.Sel.Name
			case *ast.Ident:
				owner = x.Name
			}
			switch m := paginator.FindStringSubmatch(n.Sel.Name); {
			case m != nil:
				f.s3 = append(f.s3, m[1])
			case owner == "client":
				f.s3 = append(f.s3, n.Sel.Name)
			case owner == "signer":
				f.s3 = append(f.s3, strings.TrimPrefix(n.Sel.Name, "Presign"))
			default:
				f.own = append(f.own, n.Sel.Name)
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok {
				f.own = append(f.own, id.Name)
			}
		}
		return true
	})
}

// calls adds the S3 calls that a function makes, itself and through others.
func calls(all map[string]*function, name string, seen, found map[string]bool) {
	if seen[name] || all[name] == nil {
		return
	}
	seen[name] = true
	for _, c := range all[name].s3 {
		found[c] = true
	}
	for _, other := range all[name].own {
		calls(all, other, seen, found)
	}
}

// methods are those of the interface "bucket" or "Bucket" that a package declares
// for what it needs of internal/storage.
func methods(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	for _, file := range parse(t, dir) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !strings.EqualFold(spec.Name.Name, "bucket") {
				return true
			}
			for _, m := range spec.Type.(*ast.InterfaceType).Methods.List {
				out = append(out, m.Names[0].Name)
			}
			return false
		})
	}
	require.NotEmpty(t, out, "%s has no interface bucket", dir)
	return out
}

// roles are the packages of each process that use the bucket. Both are asked
// whether they are ready.
var roles = map[string][]string{
	"api":    {"api", "internal/intake"},
	"worker": {"worker", "internal/intake", "internal/cdn", "internal/integrity"},
}

// needed are the permissions of a role by the code.
func needed(t *testing.T, role string) []string {
	t.Helper()
	all := storageFunctions(t)
	found := map[string]bool{}
	for _, dir := range roles[role] {
		for _, m := range append(methods(t, dir), "Ping") {
			require.Contains(t, all, m)
			calls(all, m, map[string]bool{}, found)
		}
	}
	var out []string
	for call := range found {
		require.Contains(t, actions, call)
		out = append(out, actions[call]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestPermissions_AreExactlyThoseOfTheCode compares the policies of Terraform
// with the S3 calls that the packages of each role can make.
func TestPermissions_AreExactlyThoseOfTheCode(t *testing.T) {
	t.Parallel()
	prefixes := regexp.MustCompile(`Root\s+= "([a-z]+)/"`).FindAllStringSubmatch(read(t, "internal/media/key.go"), -1)
	require.Len(t, prefixes, 4)
	for _, role := range []string{"api", "worker"} {
		var got []string
		for _, b := range resource(t, "iam", "data.aws_iam_policy_document", role).Blocks {
			require.Equal(t, "statement", b.Type)
			require.Nil(t, b.Body.Attributes["effect"], "allowed")
			for _, v := range constant(t, b.Body, "actions").AsValueSlice() {
				got = append(got, v.AsString())
			}
		}
		slices.Sort(got)
		require.Equal(t, needed(t, role), slices.Compact(got), role)
	}
	text := read(t, "infra/terraform/modules/iam/main.tf")
	for _, m := range prefixes {
		require.Equal(t, map[bool]int{true: 3, false: 2}[m[1] == "incoming"], strings.Count(text, "/"+m[1]+"/*"), m[1])
	}
	require.NotContains(t, text, "var.bucket_arn}/*", "objects lie under the prefixes only")
}

// TestPermissions_EveryCallIsKnown: a new call of the S3 API needs a line above.
func TestPermissions_EveryCallIsKnown(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for name := range storageFunctions(t) {
		calls(storageFunctions(t), name, map[string]bool{}, found)
	}
	require.Equal(t, keys(actions), keys(found))
}

// TestPermissions_AnyPackageWithABucketHasARole: a package that starts to use
// the bucket is part of a role.
func TestPermissions_AnyPackageWithABucketHasARole(t *testing.T) {
	t.Parallel()
	var known []string
	for _, dirs := range roles {
		known = append(known, dirs...)
	}
	out := shell(t, root, `grep -rlE '^type bucket interface' --include=*.go api internal worker transcode client cmd`)
	for _, file := range strings.Split(out, "\n") {
		require.Contains(t, known, file[:strings.LastIndex(file, "/")])
	}
}
