package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// healthRoutes tell machines whether to restart us (/healthz) or to send us
// traffic (/readyz). A queue that is away does not make the API unready: it
// accepts stories, and the sweep announces their work later.
func (s *server) healthRoutes(engine *gin.Engine) {
	engine.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok", "version": s.Version}) })
	engine.GET("/readyz", func(c *gin.Context) {
		checks := map[string]string{}
		if s.Ready != nil {
			checks = s.Ready(c.Request.Context())
		}
		status, word := http.StatusOK, "ready"
		for _, needed := range []string{"database", "storage"} {
			if checks[needed] != "ok" {
				status, word = http.StatusServiceUnavailable, "not ready"
			}
		}
		c.JSON(status, gin.H{"status": word, "checks": checks, "version": s.Version})
	})
}
