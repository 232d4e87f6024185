#!/bin/sh
# A PostgreSQL server of a test's own: on a socket in FOLDER only, as an unprivileged user, ended with the program that
# began it. FOLDER must not be there yet or be empty.
# usage: postgres.sh run FOLDER
# Makes FOLDER and becomes the server; its address is postgresql://anning@/postgres?host=FOLDER
set -eu
[ "$#" = 2 ] && [ "$1" = run ] || { echo "usage: postgres.sh run FOLDER" >&2; exit 2; }
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "PostgreSQL is not installed; tools/install-deps check" >&2; exit 1; }
mkdir -p "$2"
folder=$(cd "$2" && pwd)
as="setpriv --pdeathsig INT"
if [ "$(id -u)" = 0 ]; then
    chown nobody:nogroup "$folder"
    as="setpriv --reuid nobody --regid nogroup --clear-groups --pdeathsig INT"
fi
chmod 700 "$folder"
cd "$folder"
export HOME="$folder" LC_ALL=C.UTF-8
$as "$bin/initdb" -D "$folder/data" -U anning -A trust -E UTF8 --no-sync >"$folder/../$(basename "$folder").log" 2>&1 ||
    { cat "$folder/../$(basename "$folder").log" >&2; exit 1; }
rm -f "$folder/../$(basename "$folder").log"
exec $as "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c max_connections=40 \
    -c shared_buffers=16MB -c logging_collector=off
