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

echo "a data folder is the daemon's"
cat >"$work/keep.c" <<'END'
#include <anning/anning.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    struct anning_options options = { .size = sizeof options, .data_dir = argv[argc - 1], .numbers = 10000 };
    struct anning *door;
    struct anning_verdict verdict = { .size = sizeof verdict };
    if (anning_open(&options, &door, NULL, 0) != ANNING_OK) return 1;
    for (unsigned i = 0; i < 500; i++) {
        char to[16];
        snprintf(to, sizeof to, "1380013%04u", i);
        struct anning_call call = { .size = sizeof call, .time_us = 1763773200000000ull + i * 1000000ull,
                                    .from = "02160000001", .to = to };
        if (anning_decide(anning_context(door, 0), &call, 1, &verdict) != ANNING_OK) return 1;
    }
    puts(verdict.token);
    anning_close(door);
}
END
# shellcheck disable=SC2046,SC2086
cc "$work/keep.c" $(pkg-config --cflags --libs anning) $extra -o "$work/keep"
token=$("$work/keep" "$work/data")
"$build/anning" journal verify -d "$work/data" || fail "the journal does not verify"
"$build/anning" journal rejudge -d "$work/data" || fail "a verdict is another when judged again"
"$build/anning" explain -d "$work/data" "$token" | grep -q NUMBER_ || fail "the token is not found"
[ "$("$build/anning" journal cat -d "$work/data" | grep -c '"verdict"')" = 500 ] || fail "not 500 verdicts"

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
