#!/bin/sh
# Makes the credentials of the services, each service's in a folder of its own.
# What exists stays; addresses are written again from it.
#   credentials.sh DIR
set -eu
umask 022 # the containers run as different users; only they mount these folders
cd "$1"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
write() { cat >"$1.new" && mv "$1.new" "$1"; }
once() { [ -s "$1" ] || random | write "$1"; }

once postgres/password
once valkey/password
once s3/access-key
once s3/secret-key
echo "requirepass $(cat valkey/password)" | write valkey/valkey.conf
echo "postgres://storyreel_owner:$(cat postgres/password)@postgres:5432/storyreel?sslmode=disable" | write app/database-url
echo "redis://:$(cat valkey/password)@valkey:6379/0" | write app/redis-url
write app/aws <<END
[default]
aws_access_key_id = $(cat s3/access-key)
aws_secret_access_key = $(cat s3/secret-key)
END
# Of services that other compose files add.
[ ! -d grafana ] || once grafana/password
