package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/fault"
)

// brandsKey marks operations that pages of a campaign's origins may call
// without credentials.
const brandsKey = "brands"

// fromBrands lets the pages of the campaign's origins call the operation.
func (o operation) fromBrands() operation { return o.marked(brandsKey, true) }

// everywhereKey marks reads that scripts of every website may make. They
// answer the same to everybody, with credentials or without.
const everywhereKey = "everywhere"

// everywhere lets the pages of all websites read the operation's answer.
func (o operation) everywhere() operation { return o.marked(everywhereKey, true) }

// readableEverywhere lists the routes of such operations as gin names them.
func readableEverywhere(doc *huma.OpenAPI) map[string]bool {
	routes := map[string]bool{}
	for path, item := range doc.Paths {
		if item.Get != nil && item.Get.Metadata[everywhereKey] == true {
			routes[strings.NewReplacer("{", ":", "}", "").Replace(path)] = true
		}
	}
	return routes
}

// openToAll reports whether the operation only reads what everybody may see.
func openToAll(op *huma.Operation) bool {
	allowed, declared := allowedOf(op)
	return declared && len(allowed) == 0 && op.Method == http.MethodGet
}

// checkSite refuses a change without credentials that a page of another site
// has its visitor make: nothing but the sending page shows whose act it is.
func (s *server) checkSite(ctx context.Context, r *http.Request, campaign string, op *huma.Operation) error {
	origin, own := s.pageOf(r)
	if own {
		return nil
	}
	if op.Metadata[brandsKey] != true {
		return errCrossSite
	}
	c, err := s.Campaigns.Get(ctx, campaign)
	if err != nil {
		return err
	}
	if !s.Origins.Allow(c, origin) {
		return fault.New(fault.Forbidden, "campaign.origin",
			"this campaign takes stories from its own page and from the websites it lists")
	}
	return nil
}

var errCrossSite = fault.New(fault.Forbidden, "auth.cross_site", "this request came from another site's page")

// ownFetch reports whether the browser says that our page sent the request or
// that a person did, by an address typed or a bookmark, or says nothing.
func ownFetch(r *http.Request) bool {
	return slices.Contains([]string{"", "none", "same-origin"}, r.Header.Get("Sec-Fetch-Site"))
}

// pageOf returns the origin of the page that sent the request, and whether it
// is ours. A request that no page sent counts as ours: it carries nothing
// that its sender does not have.
func (s *server) pageOf(r *http.Request) (origin string, own bool) {
	origin = r.Header.Get("Origin")
	if origin == "" {
		return "", ownFetch(r)
	}
	u, err := url.Parse(origin)
	return origin, origin == originOf(s.Addresses.Pages) || (err == nil && u.Host != "" && u.Host == r.Host)
}
