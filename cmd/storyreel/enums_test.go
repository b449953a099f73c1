package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/plan"
)

// TestEnums_AreThoseOfThePackages compares the values that flags allow with
// the packages that define them: a struct tag must be a literal.
func TestEnums_AreThoseOfThePackages(t *testing.T) {
	t.Parallel()
	var encoders = []any{plan.Software, plan.AutoEncoder}
	for _, e := range plan.Hardware {
		encoders = append(encoders, e)
	}
	roles := make([]any, len(account.StaffRoles()))
	for i, r := range account.StaffRoles() {
		roles[i] = r
	}
	for name, x := range map[string]struct {
		command any
		field   string
		want    []any
	}{
		"transcode --profile": {transcodeCmd{}, "Profile", []any{plan.Review, plan.Publish}},
		"transcode --quality": {transcodeCmd{}, "Quality", []any{plan.Standard, plan.High}},
		"transcode --encoder": {transcodeCmd{}, "Encoder", encoders},
		"transcode --sandbox": {transcodeCmd{}, "Sandbox", []any{sandbox.Auto, sandbox.Require}},
		"key create --role":   {keyCreateCmd{}, "Role", roles},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, ok := reflect.TypeOf(x.command).FieldByName(x.field)
			require.True(t, ok)
			var want []string
			for _, v := range x.want {
				want = append(want, fmt.Sprint(v))
			}
			require.Equal(t, strings.Join(want, ","), f.Tag.Get("enum"))
		})
	}
}
