#!/bin/bash
# The campaign engine: events a second on one core, also with every place taken, memory, nanoseconds of a match with
# 10,000 live campaigns; then the match's instructions by callgrind. Bar: 200,000 events a second.
. "$(dirname "$0")/lib.sh"
taskset -c 1 "$build/bench/bench_campaign" 4000000 10000
calls=51200
for percent in 5 100; do
    valgrind --tool=callgrind --callgrind-out-file="$work/out" --collect-atstart=no --toggle-collect='stage_match*' \
        "$build/bench/bench_campaign" 1000000 10000 count $percent >"$work/log" 2>&1 ||
        { cat "$work/log" >&2; die "callgrind failed"; }
    awk -v calls=$calls -v percent=$percent '/^summary:|^totals:/ { printf "match, %3u %% of calls of pools   %7.0f instructions a call\n", percent, $2 / calls; exit }' "$work/out"
done
