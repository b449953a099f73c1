#!/bin/sh
# Installs the programs that Storyreel needs and this machine lacks.
#   install.sh run    ffmpeg, redis-server
#   install.sh test   the same, PostgreSQL, PgBouncer, Varnish, Caddy, the programs that
#                     check rules of Prometheus and Alertmanager, what commands of
#                     the documentation use (curl, jq), what browser tests use
#                     (sqlite3, unzip), and Chromium
#   install.sh infra  what running needs, and Caddy
# Uses apt-get on Debian and its derivatives, Homebrew on macOS. Without root
# and sudo it prints what is missing and fails.
set -eu

want=${1:-run}
have() { command -v "$1" >/dev/null 2>&1; }
have_postgres() { have initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
have_chromium() { have chromium || have chromium-browser || have google-chrome || [ -d "/Applications/Google Chrome.app" ] || [ -d /Applications/Chromium.app ]; }

apt= brew= cask=
have ffmpeg && have ffprobe || { apt="$apt ffmpeg"; brew="$brew ffmpeg"; }
have redis-server || have valkey-server || { apt="$apt redis-server"; brew="$brew redis"; }
if [ "$want" = test ]; then
	have varnishd || [ -x /usr/sbin/varnishd ] || { apt="$apt varnish"; brew="$brew varnish"; }
	have_postgres || { apt="$apt postgresql"; brew="$brew postgresql@16"; }
	have pgbouncer || [ -x /usr/sbin/pgbouncer ] || { apt="$apt pgbouncer"; brew="$brew pgbouncer"; }
	have promtool || { apt="$apt prometheus"; brew="$brew prometheus"; }
	have amtool || { apt="$apt prometheus-alertmanager"; brew="$brew alertmanager"; }
	have jq || { apt="$apt jq"; brew="$brew jq"; }
	have sqlite3 || { apt="$apt sqlite3"; brew="$brew sqlite"; }
	have unzip || { apt="$apt unzip"; brew="$brew unzip"; }
	have curl || { apt="$apt curl"; brew="$brew curl"; }
	have_chromium || { apt="$apt chromium"; cask="$cask chromium"; }
fi
if [ "$want" = test ] || [ "$want" = infra ]; then
	have caddy || { apt="$apt caddy"; brew="$brew caddy"; }
fi
for tool in go node npm; do
	have $tool || { echo "Storyreel is built with Go 1.26 and Node 20: '$tool' is missing" >&2; exit 1; }
done
[ -n "$apt" ] || exit 0

if have apt-get; then
	as_root=
	if [ "$(id -u)" != 0 ]; then
		have sudo && sudo -n true 2>/dev/null && as_root="sudo" || { echo "missing:$apt; install with: sudo apt-get install$apt" >&2; exit 1; }
	fi
	echo "installing:$apt"
	$as_root apt-get update -qq
	# RUNLEVEL=1 keeps the system from starting the services: Storyreel starts them.
	$as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $apt >/dev/null
elif have brew; then
	echo "installing:$brew$cask"
	[ -z "$brew" ] || brew install --quiet $brew
	[ -z "$cask" ] || brew install --quiet --cask $cask
else
	echo "missing:$apt (or what they are called here); install them and run this again" >&2
	exit 1
fi
