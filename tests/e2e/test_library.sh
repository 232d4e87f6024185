#!/bin/bash
# libanning as another program meets it: installed, found by pkg-config, linked both ways, from C and C++, with no
# name of ours in its way. usage: test_library.sh BUILD
set -eu
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

DESTDIR="$work/root" meson install -C "$build" --no-rebuild --quiet
pc=$(find "$work/root" -name anning.pc)
[ -n "$pc" ] || fail "anning.pc is not installed"
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR="$work/root" LD_LIBRARY_PATH="$libdir"
PKG_CONFIG_PATH=$(dirname "$pc")
[ "$(pkg-config --modversion anning)" = "0.1.0" ] || fail "version of anning.pc"
sanitize=$(meson introspect "$build" --buildoptions |
    python3 -c 'import json,sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "b_sanitize"))')
extra=$([ "$sanitize" = none ] || echo "-fsanitize=$sanitize")

echo "the example, by pkg-config, shared"
# shellcheck disable=SC2046,SC2086
cc -std=c11 -Wall -Wextra -Wpedantic -Werror examples/decide.c $(pkg-config --cflags --libs anning) $extra -o "$work/decide"
"$work/decide" 02160000001 13800138000 | tee "$work/out"
grep -q '^allow .*person' "$work/out" || fail "no verdict"
grep -q 'NUMBER_FRESH' "$work/out" || fail "no reasons"
"$work/decide" 02160000001 110 zh >"$work/out"
LC_ALL=C grep -q '[^ -~]' "$work/out" || fail "no Chinese"
[ "$("$work/decide" 2>&1 | head -c 6)" = "usage:" ] || fail "usage"

echo "the same, static"
# what libanning.a needs is named in anning.pc, not below our DESTDIR
needs=$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --static --libs-only-l anning | tr ' ' '\n' | grep -v '^-lanning$' | tr '\n' ' ')
# shellcheck disable=SC2046,SC2086
cc -std=c11 examples/decide.c $(pkg-config --cflags anning) "$libdir/libanning.a" $needs $extra -o "$work/decide-static"
"$work/decide-static" 02160000001 13800138000 | grep -q NUMBER_FRESH || fail "static program"
ldd "$work/decide-static" | grep -q libanning && fail "the static program wants libanning.so"

echo "C++, and nothing but anning.h needed"
header=$(find "$work/root" -name anning.h)
[ "$(grep -hE '^ *# *include' "$header" | sort | tr -d '\n')" = '#include <stdbool.h>#include <stddef.h>#include <stdint.h>' ] ||
    fail "anning.h includes something else"
printf '#include <anning/anning.h>\nint main() { return anning_context(nullptr, 0) == nullptr ? anning_decide(nullptr, nullptr, 0, nullptr) : 0; }\n' >"$work/use.cc"
# shellcheck disable=SC2046
for standard in c++11 c++20; do
    g++ -std=$standard -Wall -Wextra -Wpedantic -Werror -fsyntax-only $(pkg-config --cflags anning) "$work/use.cc"
done
# shellcheck disable=SC2046,SC2086
g++ "$work/use.cc" $(pkg-config --cflags --libs anning) $extra -o "$work/use-cc"

echo "names"
nm -D --defined-only "$libdir/libanning.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/have"
grep -oE '\banning_[a-z_]+\(' "$header" | tr -d '(' | sort -u >"$work/said"
grep -v '^anning_' "$work/have" && fail "names other than anning_* are exported"
# every function of the header is there, and no other
grep -E '^ANNING_API' -A2 "$header" | grep -oE '\banning_[a-z_]+\(' | tr -d '(' | sort -u >"$work/api"
diff "$work/api" "$work/have" || fail "header and library differ"
readelf -d "$libdir/libanning.so" | grep -q 'SONAME.*libanning.so.0' || fail "soname"
for unwanted in microhttpd curl ssl pcap; do
    readelf -d "$libdir/libanning.so" | grep -q "NEEDED.*lib$unwanted" && fail "it pulls in $unwanted"
done
echo "ok: $(wc -l <"$work/have") functions"
cd "$root"
