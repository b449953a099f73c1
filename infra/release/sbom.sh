#!/bin/sh
# Writes bills of materials in CycloneDX JSON into a folder: sbom-go.cdx.json,
# the modules of the binary, and sbom-web.cdx.json, the packages of the pages
# and of their build. GOOS and GOARCH choose the system, by default this one.
#   sbom.sh DIR
set -eu
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
# Built for this machine, whatever system the bill is for.
tool=$(GOOS='' GOARCH='' go tool -n -modfile=infra/tools/go.mod cyclonedx-gomod)
CGO_ENABLED=0 "$tool" app -json -licenses -std -noserial -notimestamp -main cmd/storyreel \
	-output "$out/sbom-go.cdx.json" . 2>"$out/sbom.log" || { cat "$out/sbom.log" >&2; exit 1; }
rm "$out/sbom.log"
(cd web && npm sbom --sbom-format cyclonedx --sbom-type application --package-lock-only) >"$out/sbom-web.cdx.json"
