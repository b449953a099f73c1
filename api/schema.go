package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// schemaNames are the public names of schemas whose Go type has another one.
// Generated clients carry these names, so a Go type that is renamed gets a
// line here. The key is the name that huma would give.
var schemaNames = map[string]string{
	"AddReleaseFormInputBody": "Add-release-formRequest",
	"ClaimStoriesInputBody":   "Claim-storiesRequest",
	"CreateCampaignInputBody": "Create-campaignRequest",
	"CreateKeyInputBody":      "Create-keyRequest",
	"CreatedKeyView":          "Create-keyResponse",
	"CreateUserInputBody":     "Create-userRequest",
	"DecideManyInputBody":     "Decide-manyRequest",
	"HistoryView":             "Get-historyResponse",
	"Interval":                "Stretch",
	"ItemsCandidateViewBody":  "List-shortlistResponse",
	"ItemsFacetViewBody":      "List-facetsResponse",
	"ItemsReasonViewBody":     "List-reasonsResponse",
	"PutCaptionsInputBody":    "Put-captionsRequest",
	"ReplaceUploadInputBody":  "Replace-uploadRequest",
	"ReplaceUploadView":       "Replace-uploadResponse",
	"SaveSearchInputBody":     "Save-searchRequest",
	"SelectStoryInputBody":    "Select-storyRequest",
	"SignInInputBody":         "Sign-inRequest",
	"SignPartsInputBody":      "Sign-partsRequest",
	"SignedPartsView":         "Sign-partsResponse",
	"TagStoryInputBody":       "Tag-storyRequest",
	"TagsView":                "Tag-storyResponse",
	"VoteInputBody":           "VoteRequest",
}

func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if public, ok := schemaNames[name]; ok {
		return public
	}
	return name
}
