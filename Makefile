# Storyreel. `make help` lists the targets.

BIN := bin/storyreel
NODE_MODULES := web/node_modules/.package-lock.json
# Folders of real and of hostile files for test-media.
CORPUS ?=
HOSTILE ?=
# A folder of real films for bench-transcode; without it films are generated.
FOOTAGE ?=
BENCHFLAGS ?=
# How long fuzz runs damaged films, and each of our own parsers. FUZZSEED
# numbers the first variant; another one tries others.
FUZZTIME ?= 150s
PARSETIME ?= 10s
GOTESTFLAGS ?=
# What test-one runs: tests of PKG, or of one browser file BROWSER, whose
# names match RUN; all of them without RUN.
RUN ?=
PKG ?= ./...
BROWSER ?=
STATICCHECK := go tool -modfile=infra/tools/go.mod staticcheck
GOTESTSUM := go tool -modfile=infra/tools/go.mod gotestsum

.PHONY: help run dev build web test test-web test-go test-e2e test-one test-media bench-transcode fuzz race lint fmt generate verify deps deps-test screenshots clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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
web/dist/.built: $(NODE_MODULES) $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)
	cd web && npm run build
	@touch $@

test: deps-test lint test-web test-go test-e2e ## Install what tests need and run all tests
	@echo "All tests passed."

test-web: web ## Check the pages' types and run their units
	cd web && npm run check && npm test

test-go: build ## Run the Go tests: units, both databases, real services, the binary through faults
	STORYREEL_TEST_BIN=$(CURDIR)/$(BIN) $(GOTESTSUM) --format standard-quiet --jsonfile bin/test-go.json -- \
		-timeout 20m $(GOTESTFLAGS) ./...; status=$$?; \
	echo "The ten slowest tests:"; $(GOTESTSUM) tool slowest --num 10 --jsonfile bin/test-go.json; exit $$status

test-e2e: build ## Run the pages in Chromium against the real service
	STORYREEL_BIN=$(CURDIR)/$(BIN) node --test e2e/browser/*.test.mjs

test-one: $(if $(BROWSER),build) ## Run one test: make test-one PKG=./api RUN=TestName, or BROWSER=review RUN='its title'
ifeq ($(BROWSER),)
	go test -count=1 -timeout 20m -run "$$RUN" -v $(GOTESTFLAGS) $(PKG)
else
	STORYREEL_BIN=$(CURDIR)/$(BIN) node --test --test-name-pattern="$$RUN" e2e/browser/$(BROWSER).test.mjs
endif

test-media: deps-test build ## Run folders of real files: make test-media CORPUS=DIR HOSTILE=DIR
	@test -n "$(CORPUS)" -a -n "$(HOSTILE)" || { echo "usage: make test-media CORPUS=DIR HOSTILE=DIR"; exit 2; }
	STORYREEL_TEST_BIN=$(CURDIR)/$(BIN) CORPUS=$(abspath $(CORPUS)) HOSTILE=$(abspath $(HOSTILE)) go test -timeout 40m -count=1 -p 1 -tags media -run '^TestMedia|^TestCorpus|^TestHostile' ./transcode/mediatest ./e2e

bench-transcode: deps ## Measure transcoding against others: make bench-transcode FOOTAGE=DIR
	@mkdir -p bin
	go run ./cmd/bench-transcode -footage "$(FOOTAGE)" -vmaf "$$(sh infra/bench/vmaf.sh)" -out bin/bench-transcode.md $(BENCHFLAGS)

fuzz: deps ## Send thousands of damaged films and texts through: make fuzz [CORPUS=DIR] [FUZZTIME=150s]
	@command -v zzuf >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq zzuf >/dev/null; } || { echo "missing: zzuf (Debian has it)"; exit 1; }
	CORPUS=$(if $(CORPUS),$(abspath $(CORPUS))) FUZZTIME=$(FUZZTIME) go test -timeout 0 -count=1 -tags zzuf -run '^TestZzuf$$' -v ./transcode/mediatest
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z]*' transcode internal | sed 's/:func / /' | while read -r file f; do \
		go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(PARSETIME) ./$$(dirname $$file) </dev/null || exit 1; done

race: deps-test ## Run the Go tests under the race detector
	go test -race -timeout 40m ./...

lint: ## Check formatting, vet and staticcheck
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofmt would change:"; echo "$$out"; exit 1; }
	go vet ./...
	go vet -tags media,zzuf ./e2e ./transcode/...
	$(STATICCHECK) ./...

fmt: ## Format the Go code
	gofmt -w $$(git ls-files '*.go')

generate: ## Write what is made from code: the OpenAPI document and the pages' client
	go run ./cmd/storyreel openapi > docs/openapi.yaml
	cd web && npm run api

verify: generate ## Fail when something generated is not what is committed
	git diff --exit-code docs/openapi.yaml web/src

deps: ## Install what running needs (ffmpeg, redis-server)
	@sh infra/install.sh run

deps-test: ## Install what tests need (PostgreSQL, Chromium, and what running needs)
	@sh infra/install.sh test

screenshots: build ## Take the pictures of the documentation anew
	STORYREEL_BIN=$(CURDIR)/$(BIN) node web/screenshots.mjs

clean: ## Remove what was built; data stay
	rm -rf bin web/dist/assets web/dist/.built
