package api

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

// policy is who may call what. A route that is not here, or here and not
// there, fails the test: nobody adds a route without saying who it is for.
var policy = map[string][]account.Role{
	"GET /v1/campaigns/:campaign":                                             anyone,
	"POST /v1/campaigns/:campaign/stories":                                    anyone,
	"GET /v1/campaigns/:campaign/feed":                                        anyone,
	"GET /v1/feed/:id":                                                        anyone,
	"GET /v1/feed/:id/captions/:locale":                                       anyone,
	"GET /v1/songs":                                                           anyone,
	"POST /v1/sessions":                                                       anyone,
	"GET /v1/sessions/methods":                                                anyone,
	"POST /v1/sessions/provider":                                              anyone,
	"GET /v1/stories/:id/data":                                                ownerAdmin,
	"GET /v1/stories/:id/captions/:locale":                                    ownerStaff,
	"POST /v1/stories/:id/captions/:locale/approval":                          moderators,
	"GET /v1/review/captions":                                                 moderators,
	"PUT /v1/stories/:id/captions/:locale":                                    staff,
	"DELETE /v1/stories/:id/captions/:locale":                                 staff,
	"GET /v1/stories/:id/related":                                             moderators,
	"POST /v1/review/decisions":                                               moderators,
	"GET /v1/review/report":                                                   moderators,
	"GET /v1/review/sample":                                                   moderators,
	"PUT /v1/campaigns/:campaign/stories/:id/tags":                            creatives,
	"GET /v1/campaigns/:campaign/downloads":                                   creatives,
	"GET /v1/campaigns/:campaign/selection/sheet":                             creatives,
	"GET /v1/campaigns/:campaign/shortlists/:list/sheet":                      creatives,
	"POST /v1/campaigns/:campaign/tags":                                       creatives,
	"GET /v1/campaigns/:campaign/shortlists":                                  creatives,
	"POST /v1/campaigns/:campaign/shortlists":                                 creatives,
	"GET /v1/campaigns/:campaign/shortlists/:list":                            creatives,
	"PUT /v1/campaigns/:campaign/shortlists/:list":                            creatives,
	"DELETE /v1/campaigns/:campaign/shortlists/:list":                         creatives,
	"PUT /v1/campaigns/:campaign/shortlists/:list/stories/:id":                creatives,
	"DELETE /v1/campaigns/:campaign/shortlists/:list/stories/:id":             creatives,
	"POST /v1/campaigns/:campaign/shortlists/:list/stories":                   creatives,
	"GET /v1/campaigns/:campaign/stories/:id/shortlists":                      creatives,
	"PUT /v1/campaigns/:campaign/stories/:id/vote":                            creatives,
	"GET /v1/campaigns/:campaign/searches":                                    creatives,
	"POST /v1/campaigns/:campaign/searches":                                   creatives,
	"DELETE /v1/campaigns/:campaign/searches/:search":                         creatives,
	"POST /v1/campaigns/:campaign/selection/:slot/confirmation":               creatives,
	"GET /v1/stories/:id":                                                     ownerStaff,
	"GET /v1/stories/:id/events":                                              ownerStaff,
	"PATCH /v1/stories/:id":                                                   contributor,
	"DELETE /v1/stories/:id":                                                  ownerAdmin,
	"GET /v1/stories/:id/upload":                                              contributor,
	"POST /v1/stories/:id/upload":                                             contributor,
	"POST /v1/stories/:id/upload/parts":                                       contributor,
	"POST /v1/stories/:id/upload/complete":                                    contributor,
	"GET /v1/campaigns/:campaign/stories":                                     moderators,
	"GET /v1/campaigns/:campaign/funnel":                                      staff,
	"GET /v1/review/notices":                                                  moderators,
	"POST /v1/review/notices/:notice/keep":                                    moderators,
	"POST /v1/campaigns/:campaign/feed/:id/notices":                           anyone,
	"POST /v1/campaigns/:campaign/feed/:id/plays":                             anyone,
	"GET /v1/notices/:notice":                                                 anyone,
	"GET /v1/review/queue":                                                    moderators,
	"GET /v1/review/reasons":                                                  moderators,
	"POST /v1/review/claims":                                                  moderators,
	"DELETE /v1/review/claims/:id":                                            moderators,
	"POST /v1/stories/:id/decisions":                                          moderators,
	"GET /v1/stories/:id/history":                                             staff,
	"GET /v1/campaigns/:campaign/search":                                      creatives,
	"GET /v1/campaigns/:campaign/facets":                                      creatives,
	"GET /v1/campaigns/:campaign/shortlist":                                   creatives,
	"PUT /v1/campaigns/:campaign/shortlist/:id":                               creatives,
	"DELETE /v1/campaigns/:campaign/shortlist/:id":                            creatives,
	"GET /v1/campaigns/:campaign/selection":                                   creatives,
	"GET /v1/campaigns/:campaign/selection/export":                            creatives,
	"PUT /v1/campaigns/:campaign/selection/:slot":                             creatives,
	"DELETE /v1/campaigns/:campaign/selection/:slot":                          creatives,
	"GET /v1/sessions":                                                        staff,
	"DELETE /v1/sessions":                                                     staff,
	"DELETE /v1/sessions/:session":                                            staff,
	"PUT /v1/sessions/me/password":                                            staff,
	"GET /v1/sessions/me/factor":                                              staff,
	"POST /v1/sessions/me/factor":                                             staff,
	"PUT /v1/sessions/me/factor":                                              staff,
	"POST /v1/sessions/me/factor/removal":                                     staff,
	"DELETE /v1/admin/users/:user/factor":                                     admins,
	"GET /v1/sessions/me":                                                     staff,
	"DELETE /v1/sessions/me":                                                  staff,
	"GET /v1/campaigns/:campaign/webhooks":                                    admins,
	"POST /v1/campaigns/:campaign/webhooks":                                   admins,
	"PUT /v1/campaigns/:campaign/webhooks/:webhook":                           admins,
	"DELETE /v1/campaigns/:campaign/webhooks/:webhook":                        admins,
	"POST /v1/campaigns/:campaign/webhooks/:webhook/secret":                   admins,
	"POST /v1/campaigns/:campaign/webhooks/:webhook/test":                     admins,
	"POST /v1/campaigns/:campaign/webhooks/:webhook/replay":                   admins,
	"GET /v1/campaigns/:campaign/webhooks/:webhook/deliveries":                admins,
	"POST /v1/campaigns/:campaign/webhooks/:webhook/deliveries/:event/replay": admins,
	"GET /v1/campaigns":                                                       staff,
	"POST /v1/campaigns":                                                      admins,
	"PUT /v1/campaigns/:campaign":                                             admins,
	"GET /v1/campaigns/:campaign/settings":                                    admins,
	"POST /v1/campaigns/:campaign/copies":                                     admins,
	"GET /v1/campaigns/:campaign/release-forms":                               staff,
	"POST /v1/campaigns/:campaign/release-forms":                              admins,
	"GET /v1/admin/users":                                                     admins,
	"POST /v1/admin/users":                                                    admins,
	"PUT /v1/admin/users/:user":                                               admins,
	"POST /v1/admin/users/:user/links":                                        admins,
	"DELETE /v1/admin/users/:user/sessions":                                   admins,
	"GET /v1/admin/audit/export":                                              admins,
	"GET /v1/admin/audit":                                                     admins,
	"GET /v1/admin/retention":                                                 admins,
	"PUT /v1/stories/:id/hold":                                                leads,
	"DELETE /v1/stories/:id/hold":                                             admins,
	"PUT /v1/campaigns/:campaign/hold":                                        admins,
	"DELETE /v1/campaigns/:campaign/hold":                                     admins,
	"GET /v1/admin/keys":                                                      admins,
	"POST /v1/admin/keys":                                                     admins,
	"DELETE /v1/admin/keys/:key":                                              admins,
	"GET /v1/admin/jobs":                                                      admins,
	"GET /v1/admin/queues":                                                    admins,
	"POST /v1/admin/jobs/:id/retry":                                           admins,
	"POST /v1/admin/jobs/retry":                                               admins,
	"POST /v1/admin/users/:user/invitations":                                  admins,
	"GET /v1/admin/mail":                                                      admins,
	"GET /v1/campaigns/:campaign/mail":                                        admins,
	"PUT /v1/campaigns/:campaign/mail":                                        admins,
	"POST /v1/campaigns/:campaign/mail/preview":                               admins,
}

// open are routes outside the API proper: health, documents and pages. They
// hold nothing private.
var open = regexp.MustCompile(
	`^POST /mail/stop$|` +
		`^GET /(mail/stop|healthz|readyz|metrics|openapi(-3\.0)?\.(json|yaml)|schemas/:schema|docs(/\*name)?|` +
		`assets/\*name|[cvsfen]/:\w+(/player|/(theme|element)\.css)?|oembed|embed[\w./:*-]*|` +
		`demo|review|board|admin|account|sign-in|` +
		`favicon.ico|robots.txt|icon-\d+.png|manifest.webmanifest)?$`)

func TestPolicy_EveryRouteHasOne(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	seen := map[string]bool{}
	for _, r := range e.engine.Routes() {
		route := r.Method + " " + r.Path
		if _, ok := policy[route]; !ok {
			require.Regexp(t, open, route, "a route without a policy")
			continue
		}
		seen[route] = true
	}
	for route := range policy {
		require.True(t, seen[route], "no such route: %s", route)
	}
}

func TestPolicy_HeldForEveryRoleAndNobody(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for route, allowed := range policy {
		if len(allowed) == 0 || strings.HasSuffix(route, "/events") {
			continue
		}
		t.Run(route, func(t *testing.T) {
			call := func(bearer string) answer { // on a story of its own: the call may withdraw it
				id := e.begin(5).Story.ID
				fill := strings.NewReplacer(":campaign", e.slug, ":id", id, ":slot", "ad-1", ":key", id,
					":user", id, ":session", id)
				method, path, _ := strings.Cut(fill.Replace(route), " ")
				return e.do(method, path, bearer, map[string]any{})
			}
			a := call("")
			require.Equal(t, 401, a.status, string(a.body))
			require.Equal(t, "auth.required", a.code(t))
			require.Contains(t, []int{401, 404}, call("not-a-token").status)
			require.Equal(t, 401, call("srk_not-a-key").status)
			for role, key := range e.keys {
				may := slices.Contains(allowed, role) ||
					(role == account.Lead && slices.Contains(allowed, account.Moderator)) ||
					(role == account.Admin && slices.ContainsFunc(allowed, account.Role.Valid))
				a := call(key)
				require.Equal(t, !may, a.status == 403, "as %s: %d %s", role, a.status, a.body)
			}
		})
	}
}

func TestPolicy_AStoryTokenOpensOneStory(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mine, other := e.begin(5), e.begin(5)
	e.want(200, "GET", "/v1/stories/"+mine.Story.ID, mine.Token, nil)
	require.Equal(t, "story.unknown", e.want(404, "GET", "/v1/stories/"+other.Story.ID, mine.Token, nil).code(t))
	require.Equal(t, "story.unknown", e.want(404, "DELETE", "/v1/stories/"+other.Story.ID, mine.Token, nil).code(t))
	e.want(401, "POST", "/v1/stories/"+mine.Story.ID+"/decisions", mine.Token, map[string]any{"action": "approve"})
}

// TestDocument_IsTheOneCommitted keeps docs/openapi.yaml true to the code:
// `make generate` writes it.
func TestDocument_IsTheOneCommitted(t *testing.T) {
	t.Parallel()
	got, err := Document()
	require.NoError(t, err)
	want, err := os.ReadFile("../docs/openapi.yaml")
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got), "docs/openapi.yaml differs from the code; run: make generate")
}
