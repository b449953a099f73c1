package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/address"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/fault"
)

// metricsPath is the one address outside of /v1 that needs a key.
const metricsPath = "/metrics"

// healthRoutes tell machines whether to restart us (/healthz) or to send us
// traffic (/readyz). A queue that is away does not make the API unready: it
// accepts stories, and the sweep announces their work later.
func (s *server) healthRoutes(engine *gin.Engine) {
	engine.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok", "version": s.Version}) })
	engine.GET(metricsPath, s.metrics)
	engine.GET("/readyz", func(c *gin.Context) {
		checks := map[string]string{}
		if s.Monitoring.Ready != nil {
			checks = s.Monitoring.Ready(c.Request.Context())
		}
		status, summary := http.StatusOK, "ready"
		for _, needed := range []string{"database", "storage"} { // a process that stops names neither
			if checks[needed] != "ok" {
				status, summary = http.StatusServiceUnavailable, "not ready"
			}
		}
		c.JSON(status, gin.H{"status": summary, "checks": checks, "version": s.Version})
	})
}

// metrics answers Prometheus, which sends an administrator's key as its
// bearer token: how busy a campaign is, is nobody else's business.
func (s *server) metrics(c *gin.Context) {
	bearer, _ := bearerOf(c.Request)
	p, err := s.Accounts.ByKey(c.Request.Context(), bearer)
	switch {
	case fault.KindOf(err) == fault.Unauthorized:
		s.Audit.Add(c.Request.Context(), audit.Line{
			Action: "request", Outcome: audit.Refused, Network: address.Network(front.Address(c.Request.Context())),
			Details: map[string]string{"code": errSignIn.Code, "operation": "metrics"},
		})
		s.write(c, problemOf(errSignIn))
	case err != nil:
		s.write(c, problemOf(err))
	case !p.Can(account.Admin):
		s.write(c, problemOf(fault.New(fault.Forbidden, "auth.role", "this needs the role admin")))
	case s.Monitoring.Metrics == nil:
		s.write(c, newProblem(http.StatusNotFound, "not_found", "this process keeps no metrics"))
	default:
		s.Monitoring.Metrics.ServeHTTP(c.Writer, c.Request)
	}
}
