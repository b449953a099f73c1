#!/bin/sh
# Builds the files of a release: an archive for each target, the npm packages,
# bills of materials, notes and checksums.
#   release.sh VERSION DIR [TARGET...]     targets such as linux/amd64
set -eu
version=$1 out=$2
shift 2
[ $# -gt 0 ] || set -- linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
cd "$(dirname "$0")/../.."
die() { echo "release: $*" >&2; exit 1; }

echo "$version" | grep -Eq '^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$' || die "'$version' is no version such as 1.2.3"
[ -z "$(git status --porcelain)" ] || die "the working copy has changes that are in no commit"
[ -n "$(ls web/dist/assets 2>/dev/null)" ] || die "the pages are not built; run make web"
[ -e web/packages/client/dist/api.d.ts ] || die "the npm packages are not built; run make packages"
mkdir -p "$out"
awk -v "version=$version" -f infra/release/notes.awk CHANGELOG.md >"$out/NOTES.md" ||
	die "CHANGELOG.md has no section '## [$version]'"
tar --version 2>/dev/null | grep -q GNU || die "GNU tar is needed for archives that can be built again"
for target; do
	sh infra/release/archive.sh "$version" "$out" "$target"
done
node web/packages/pack.mjs "$version" "$out"
sh infra/release/sbom.sh "$out"
cd "$out"
sha256sum -- *.tar.gz *.tgz *.cdx.json >SHA256SUMS
