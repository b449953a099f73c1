package oidc

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClaims_GroupsAsProvidersNameThem(t *testing.T) {
	t.Parallel()
	var c claims
	require.NoError(t, json.Unmarshal([]byte(`{
		"groups": ["a", "b c", 7], "roles": "a b", "realm_access": {"roles": ["x"]},
		"https://brand.example/roles": ["y"],
		"none": null, "number": 3
	}`), &c))
	for path, want := range map[string][]string{
		"groups": {"a", "b c"}, "roles": {"a", "b"}, "realm_access.roles": {"x"}, "https://brand.example/roles": {"y"},
		"none": nil, "number": nil, "absent": nil, "groups.roles": nil, "realm_access.absent": nil, "": nil,
	} {
		require.Equal(t, want, c.list(path), path)
	}
}
