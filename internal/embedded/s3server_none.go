//go:build noembed

package embedded

import (
	"fmt"
	"os"
)

const s3Built = false

func s3Child() int {
	fmt.Fprintln(os.Stderr, "this build has no S3 server")
	return 2
}
