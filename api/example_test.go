package api

import (
	"encoding/json"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
)

// TestExamples_HoldToTheirSchemas checks every example of the reference as a
// request or answer would be.
func TestExamples_HoldToTheirSchemas(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s, checked := e.api, 0
	check := func(what string, schema *huma.Schema, mode huma.ValidateMode) {
		var value any
		require.NoError(t, json.Unmarshal([]byte(s.exampleJSON(schema)), &value), what)
		var result huma.ValidateResult
		known := s.huma.OpenAPI().Components.Schemas
		huma.Validate(known, schema, huma.NewPathBuffer([]byte{}, 0), mode, value, &result)
		require.Empty(t, result.Errors, "%s: %s", what, s.exampleJSON(schema))
		checked++
	}
	for _, op := range operationsByPath(s.huma.OpenAPI()) {
		if op.RequestBody != nil {
			check(op.OperationID, op.RequestBody.Content["application/json"].Schema, huma.ModeWriteToServer)
		}
		for status, answer := range op.Responses {
			for kind, content := range answer.Content {
				if kind == "application/json" {
					check(op.OperationID+" "+status, content.Schema, huma.ModeReadFromServer)
				}
			}
		}
	}
	require.Greater(t, checked, 60)
}

func TestReference_ListsEveryOperationForItsUser(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	users := map[string]string{}
	for _, group := range e.api.reference() {
		require.Contains(t, audiences, group.Title)
		for _, op := range group.All {
			require.Empty(t, users[op.ID], "listed once")
			users[op.ID] = group.Title
		}
	}
	require.Len(t, users, len(operationsByPath(e.api.huma.OpenAPI())))
	for id, user := range map[string]string{
		"begin-story": "Contributors", "list-feed": "Developers", "claim-stories": "Moderators",
		"select-story": "Creative team", "create-campaign": "Administrators", "sign-in": "All staff",
	} {
		require.Equal(t, user, users[id], id)
	}
}
