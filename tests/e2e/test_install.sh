#!/bin/bash
# make install: PREFIX holds although the build folder was set up with another, the unit names what was installed, and
# DESTDIR is put before it all. usage: test_install.sh BUILD
set -eu
build=$(realpath "${1:-build}")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
prefix=$(meson introspect "$build" --buildoptions |
    python3 -c 'import json,sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
trap 'meson configure "$build" --prefix "$prefix"; rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*" >&2
    tail -n 20 "$work/log" >&2
    exit 1
}

make install BUILD="$build" PREFIX="$work/one" >"$work/log" 2>&1 || fail "make install PREFIX=..."
[ -x "$work/one/bin/anning" ] && [ -x "$work/one/sbin/anningd" ] || fail "PREFIX was ignored"
grep -q "^ExecStart=$work/one/sbin/anningd" "$work/one/lib/systemd/system/anningd.service" || fail "the unit names another"
DESTDIR="$work/root" make install BUILD="$build" PREFIX=/opt/two >"$work/log" 2>&1 || fail "make install with DESTDIR"
[ -x "$work/root/opt/two/bin/anning" ] && [ ! -e /opt/two ] || fail "DESTDIR was ignored"
echo "ok: make install goes where it is told"
