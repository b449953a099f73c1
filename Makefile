# Storyreel. `make help` lists the targets.

BIN := bin/storyreel
NODE_MODULES := web/node_modules/.package-lock.json
# Folders of real and of hostile files for test-media.
CORPUS ?=
HOSTILE ?=
# A folder of real videos for bench-transcode; without it videos are generated.
FOOTAGE ?=
BENCHFLAGS ?=
# -short is a run of minutes; -seed=N repeats or varies the faults.
FAULTFLAGS ?=
# How often bench-pages measures each figure.
RUNS ?= 7
# How long fuzz runs damaged videos, and each of our own parsers. FUZZSEED
# numbers the first variant; another one tries others.
FUZZTIME ?= 150s
PARSETIME ?= 10s
GOTESTFLAGS ?=
# What test-one runs: tests of PKG, or of one browser file BROWSER, whose
# names match RUN; all of them without RUN.
RUN ?=
PKG ?= ./...
BROWSER ?=
TOOL := go tool -modfile=infra/tools/go.mod
GOLANGCI := go tool -modfile=infra/tools/golangci/go.mod golangci-lint
ACTIONLINT := $(TOOL) actionlint
GOTESTSUM := $(TOOL) gotestsum

# What release builds; all targets, such as linux/amd64, if it is empty.
VERSION ?=
TARGETS ?=

.PHONY: help run dev build web packages test test-web test-go test-e2e test-one test-media test-disk test-monitoring test-faults bench-transcode bench-service bench-latency bench-pages fuzz race lint fmt generate record-statements verify deps deps-test screenshots test-infra licenses sbom image release deps-infra clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: deps build ## Install what is missing, build, and start everything on this machine
	./$(BIN) up

dev: deps $(NODE_MODULES) ## Run everything for development; pages and service follow changes of their sources
	@sh infra/dev.sh

build: web ## Build the binary with its pages into bin/
	go build -o $(BIN) ./cmd/storyreel

web: web/dist/.built ## Build the pages

# npm writes this file when it installs; it is done again when the lock file is newer.
$(NODE_MODULES): web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

# The pages are built again when any of their sources is newer.
web/dist/.built: $(NODE_MODULES) $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' -not -path 'web/packages/*/dist/*' -not -name .built 2>/dev/null)
	cd web && npm run build
	@touch $@

packages: web/packages/.built ## Build the npm packages

web/packages/.built: $(NODE_MODULES) web/src/api.d.ts $(shell find web/packages -type f -not -path '*/dist/*' -not -name .built 2>/dev/null)
	cd web && npm run packages
	@touch $@

test: deps-test lint test-web test-go test-e2e ## Install what tests need and run all tests
	@echo "All tests passed."

test-web: web ## Check the pages' types and run their units
	cd web && npm run check && npm test

test-go: build ## Run the Go tests: units, both databases, real services, the binary through faults
	STORYREEL_TEST_BIN=$(CURDIR)/$(BIN) $(GOTESTSUM) --format standard-quiet --jsonfile bin/test-go.json -- \
		-timeout 60m $(GOTESTFLAGS) ./...; status=$$?; \
	echo "The ten slowest tests:"; $(GOTESTSUM) tool slowest --num 10 --jsonfile bin/test-go.json; exit $$status

test-e2e: build packages ## Run the pages in Chromium against the real service
	STORYREEL_BIN=$(CURDIR)/$(BIN) node --test e2e/browser/*.test.mjs

test-infra: deps-infra web packages ## Check image, compose, Kubernetes, Terraform, licences and releases against the binary
	cd infra/check && go vet ./... && go test -count=1 -timeout 20m $(GOTESTFLAGS) ./...

test-one: $(if $(BROWSER),build packages) ## Run one test: make test-one PKG=./api RUN=TestName, or BROWSER=review RUN='its title'
ifeq ($(BROWSER),)
	go test -count=1 -timeout 20m -run "$$RUN" -v $(GOTESTFLAGS) $(PKG)
else
	STORYREEL_BIN=$(CURDIR)/$(BIN) node --test $${RUN:+"--test-name-pattern=$$RUN"} e2e/browser/$(BROWSER).test.mjs
endif

test-media: deps-test build ## Run folders of real files: make test-media CORPUS=DIR HOSTILE=DIR, or one of them
	@test -n "$(CORPUS)$(HOSTILE)" || { echo "usage: make test-media CORPUS=DIR HOSTILE=DIR"; exit 2; }
	STORYREEL_TEST_BIN=$(CURDIR)/$(BIN) CORPUS=$(if $(CORPUS),$(abspath $(CORPUS))) HOSTILE=$(if $(HOSTILE),$(abspath $(HOSTILE))) \
		go test -timeout 60m -count=1 -p 1 -tags media \
		-run '^Test(Media_)?($(if $(CORPUS),Corpus)$(if $(CORPUS),$(if $(HOSTILE),|))$(if $(HOSTILE),Hostile))' \
		./transcode/mediatest ./e2e

test-disk: deps ## Run jobs on disks of every size, so that each write of a job fails once; takes some minutes
	STORYREEL_TEST_EVERY_DISK_SIZE=1 go test -timeout 60m -count=1 -v -run '^TestPipeline_' ./worker

test-monitoring: deps-test build ## Check metrics, alert rules and dashboards against a running service, and run the rules' own tests
	STORYREEL_TEST_BIN=$(CURDIR)/$(BIN) go test -count=1 -timeout 20m -run '^Test(Monitoring|Dashboards|Prometheus|Alerts|Alertmanager|Collector)_' \
		./infra/monitoring/... ./e2e

test-faults: deps-test build ## Break everything around the service while stories flow, then audit: make test-faults [FAULTFLAGS="-short -seed=7"]
	@mkdir -p bin
	go build -o bin/fault-run ./cmd/fault-run
	bin/fault-run -bin $(BIN) -out bin/faults.md $(FAULTFLAGS)

bench-transcode: deps ## Measure transcoding against peers: make bench-transcode FOOTAGE=DIR
	@mkdir -p bin
	go run ./cmd/bench-transcode -footage "$(FOOTAGE)" -vmaf "$$(sh infra/bench/vmaf.sh)" -out bin/bench-transcode.md $(BENCHFLAGS)

bench-service: deps build ## Measure the service apart from transcoding: make bench-service [BENCHFLAGS='-part reads,writes -postgres postgres://…']
	@mkdir -p bin
	go build -o bin/bench-service ./cmd/bench-service
	bin/bench-service -bin $(BIN) -dir bin/million -out bin/bench-service.md $(BENCHFLAGS)

bench-latency: deps build ## Measure how soon stories move, idle and with 200 ladders queued: make bench-latency [BENCHFLAGS='-runs 5 -ladders 20']
	@mkdir -p bin
	go build -o bin/bench-service ./cmd/bench-service
	bin/bench-service -part latency -bin $(BIN) -out bin/bench-latency.md $(BENCHFLAGS)

bench-pages: deps-test build ## Measure how soon pages can be used: make bench-pages [RUNS=7]
	STORYREEL_BIN=$(CURDIR)/$(BIN) RUNS=$(RUNS) node e2e/browser/bench.mjs

fuzz: deps ## Send thousands of damaged videos and texts through: make fuzz [CORPUS=DIR] [FUZZTIME=150s]
	@command -v zzuf >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq zzuf >/dev/null; } || { echo "missing: zzuf (Debian has it)"; exit 1; }
	CORPUS=$(if $(CORPUS),$(abspath $(CORPUS))) FUZZTIME=$(FUZZTIME) go test -timeout 0 -count=1 -tags zzuf -run '^TestZzuf$$' -v ./transcode/mediatest
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z]*' transcode internal | sed 's/:func / /' | while read -r file f; do \
		go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(PARSETIME) ./$$(dirname $$file) </dev/null || exit 1; done

race: deps-test ## Run the Go tests under the race detector
	go test -race -timeout 90m ./...

lint: $(NODE_MODULES) ## Check formatting, Go code, web code and the workflow
	$(GOLANGCI) run ./...
	cd infra/check && go tool -modfile=../tools/golangci/go.mod golangci-lint run ./...
	$(ACTIONLINT) -shellcheck= -pyflakes=
	cd web && npm run --silent format:check

fmt: $(NODE_MODULES) ## Format Go and web code
	$(GOLANGCI) fmt ./...
	cd web && npm run --silent format

generate: ## Write what is generated from code: the OpenAPI document, the pages' client and the dashboards
	go generate ./infra/monitoring/grafana
	go run ./cmd/storyreel openapi > docs/openapi.yaml
	cd web && npm run api

record-statements: ## Keep the statements of this release, for the test that runs them on later schemas
	rm -f internal/store/testdata/release/*.sql
	STORYREEL_TEST_RECORD="$(CURDIR)/internal/store/testdata/release" go test -count=1 ./internal/store
	chmod 644 internal/store/testdata/release/*.sql

verify: generate ## Fail when something generated is not what is committed
	git diff --exit-code docs/openapi.yaml web/src infra/monitoring

deps: ## Install what running needs (ffmpeg, redis-server)
	@sh infra/install.sh run

deps-test: ## Install what tests need (PostgreSQL, PgBouncer, Varnish, Caddy, Prometheus, Chromium, and what running needs)
	@sh infra/install.sh test

licenses: $(NODE_MODULES) ## Write THIRD_PARTY_LICENSES for what the binary contains
	cd infra/check && go run ./licenses ../.. ../../THIRD_PARTY_LICENSES

sbom: ## Write bills of materials (CycloneDX) into bin/
	sh infra/release/sbom.sh bin

image: ## Build the image with Docker: make image [VERSION=1.2.3]
	docker build -t storyreel:$(or $(VERSION),dev) --build-arg VERSION=$(VERSION) --build-arg COMMIT=$$(git rev-parse HEAD) \
		--build-arg DATE=$$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd) .

release: web packages ## Build a release into bin/release: make release VERSION=1.2.3 [TARGETS=linux/amd64]
	sh infra/release/release.sh "$(VERSION)" "bin/release/$(VERSION)" $(TARGETS)

deps-infra: ## Install what test-infra needs (Caddy, and what running needs)
	@sh infra/install.sh infra

screenshots: build ## Take the screenshots of the documentation again: make screenshots CLIPS=DIR
	STORYREEL_BIN=$(CURDIR)/$(BIN) node web/screenshots.mjs $(CLIPS)

clean: ## Remove what was built; data stay
	rm -rf bin web/dist/assets web/dist/.built web/packages/.built web/packages/*/dist
