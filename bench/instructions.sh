#!/bin/bash
# Instructions a call and stage, counted by callgrind: the one figure no neighbour on the machine can disturb. A small
# table (100,000 numbers): instructions do not depend on where the caches miss. Settings: CALLS=51200
. "$(dirname "$0")/lib.sh"
calls=${CALLS:-51200}
say "callgrind: $calls calls"
valgrind --tool=callgrind --callgrind-out-file="$work/out" --collect-atstart=no --toggle-collect='stage_*' \
    "$build/bench/bench_engine" count "$calls" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "callgrind failed"; }
callgrind_annotate --inclusive=yes --threshold=100 "$work/out" >"$work/inclusive"
callgrind_annotate --threshold=95 "$work/out" >"$work/self"
say ""
awk -v calls="$calls" '
    function number(text) { gsub(",", "", text); return text + 0 }
    match($0, /:stage_[a-z]+/) {
        name = substr($0, RSTART + 7, RLENGTH - 7)
        if (name in seen) next
        seen[name] = 1
        count[name] = number($1)
    }
    END {
        n = split("parse enrich transactions observe match score tokens decide keep act", order, " ")
        printf "%-16s %12s\n", "stage", "instructions a call"
        for (i = 1; i <= n; i++) {
            printf "%-16s %12.0f\n", order[i], count[order[i]] / calls
            if (order[i] != "act") sum += count[order[i]]
        }
        printf "%-16s %12.0f\n", "parse to keep", sum / calls
    }' "$work/inclusive"
valgrind --tool=callgrind --callgrind-out-file="$work/model" --collect-atstart=no --toggle-collect='stage_score' \
    "$build/bench/bench_engine" count "$calls" 2 >"$work/log" 2>&1 || { cat "$work/log" >&2; die "callgrind failed"; }
callgrind_annotate "$work/model" | awk -v calls="$calls" '
    /PROGRAM TOTALS/ { gsub(",", "", $1); printf "score by the model that ships, calls of no campaign: %.0f\n", $1 / calls
                       exit }'
printf '\nthe 20 functions with the most of them (self)\n'
awk -v calls="$calls" '
    function number(text) { gsub(",", "", text); return text + 0 }
    /PROGRAM TOTALS/ { next }
    match($0, /^ *[0-9,]+ \([ 0-9.]+%\) /) {
        share = $0; sub(/^[^(]*\(/, "", share); sub(/%.*/, "", share)
        name = substr($0, RLENGTH + 1); sub(/^ */, "", name); sub(/ \[.*/, "", name); sub(/^.*:/, "", name)
        printf "%8.1f %5.1f %%  %s\n", number($1) / calls, share, name
        if (++n == 20) exit
    }' "$work/self"
