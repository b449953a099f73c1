#!/bin/sh
# Builds the archive of one target and prints its path. The same commit gives
# the same bytes with the same Go, GNU tar and gzip.
#   archive.sh VERSION DIR TARGET     a target such as linux/amd64
set -eu
version=$1 out=$2 os=${3%/*} arch=${3#*/}
cd "$(dirname "$0")/../.."
mkdir -p "$out"
name=storyreel_${version}_${os}_$arch
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir "$stage/$name"
CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -buildvcs=true \
	-ldflags "-s -w -X main.version=$version" -o "$stage/$name/storyreel" ./cmd/storyreel
cp LICENSE THIRD_PARTY_LICENSES README.md CHANGELOG.md "$stage/$name"
tar -C "$stage" --sort=name --mtime="@$(git log -1 --format=%ct)" --owner=0 --group=0 --numeric-owner \
	--mode=u=rwX,go=rX -cf - "$name" | gzip -n9 >"$out/$name.tar.gz"
echo "$out/$name.tar.gz"
