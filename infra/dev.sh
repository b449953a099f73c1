#!/bin/sh
# Runs the service and the pages for development, on one address: Vite with hot
# module replacement in front, and behind it the service, which is rebuilt and
# restarted when its sources change. Ctrl-C stops both.
set -eu
cd "$(dirname "$0")/.."

listen=${STORYREEL_LISTEN:-127.0.0.1:8080}
service=${DEV_SERVICE:-127.0.0.1:8082} # address of the service behind Vite
export STORYREEL_PUBLIC_URL="${STORYREEL_PUBLIC_URL:-http://$listen}"
export STORYREEL_SHUTDOWN="${STORYREEL_SHUTDOWN:-1s}" # running jobs are requeued and repeated

STORYREEL_LISTEN=$service go tool -modfile=infra/tools/go.mod air -c infra/air.toml &
air=$!
(cd web && DEV_SERVICE="http://$service" DEV_LISTEN="$listen" exec node node_modules/vite/bin/vite.js) &
vite=$!

stop() {
	trap '' INT TERM
	kill "$air" "$vite" 2>/dev/null || true
	wait "$air" "$vite" || true
	exit "$1"
}
trap 'stop 0' INT TERM
# When one of them ends, stop both.
while kill -0 "$air" 2>/dev/null && kill -0 "$vite" 2>/dev/null; do
	sleep 1 &
	wait $! || true
done
stop 1
