#!/bin/bash
# Instructions a call and stage, counted by callgrind: the one figure no neighbour on the machine can disturb. A small
# table (100,000 numbers): instructions do not depend on where the caches miss. With hand-set weights and no campaigns,
# and with the model that ships and 10,000 campaigns; the same calls. Settings: CALLS=51200
. "$(dirname "$0")/lib.sh"
calls=${CALLS:-51200}
# count NAME PARTY: of enum party in bench_engine.c.
count() {
    say "callgrind: $calls calls, $1"
    valgrind --tool=callgrind --callgrind-out-file="$work/$1" --collect-atstart=no --toggle-collect='stage_*' \
        "$build/bench/bench_engine" count "$calls" "$2" >"$work/$1.log" 2>"$work/log" ||
        { cat "$work/log" >&2; die "callgrind failed"; }
    callgrind_annotate --inclusive=yes --threshold=100 "$work/$1" >"$work/$1.inclusive"
    callgrind_annotate --threshold=95 "$work/$1" >"$work/$1.self"
}
count hand 0
count full 3
say ""
awk -v calls="$calls" '
    function number(text) { gsub(",", "", text); return text + 0 }
    FNR == 1 { file++ }
    match($0, /:stage_[a-z]+/) {
        name = substr($0, RSTART + 7, RLENGTH - 7)
        if ((file, name) in count) next
        count[file, name] = number($1)
    }
    END {
        n = split("parse enrich transactions observe match score tokens decide keep act", order, " ")
        printf "%-16s %19s %20s\n", "instructions a call", "hand-set, no camp.", "model, 10,000 camp."
        for (i = 1; i <= n; i++) {
            printf "%-16s %22.0f %20.0f\n", order[i], count[1, order[i]] / calls, count[2, order[i]] / calls
            for (f = 1; f <= 2; f++) if (order[i] != "act") sum[f] += count[f, order[i]]
        }
        printf "%-16s %22.0f %20.0f\n", "parse to keep", sum[1] / calls, sum[2] / calls
    }' "$work/hand.inclusive" "$work/full.inclusive"
echo "of the calls with model and campaigns: $(cat "$work/full.log")"
printf '\nthe 20 functions with the most of them (self), model and campaigns\n'
awk -v calls="$calls" '
    function number(text) { gsub(",", "", text); return text + 0 }
    /PROGRAM TOTALS/ { next }
    match($0, /^ *[0-9,]+ \([ 0-9.]+%\) /) {
        share = $0; sub(/^[^(]*\(/, "", share); sub(/%.*/, "", share)
        name = substr($0, RLENGTH + 1); sub(/^ */, "", name); sub(/ \[.*/, "", name); sub(/^.*:/, "", name)
        printf "%8.1f %5.1f %%  %s\n", number($1) / calls, share, name
        if (++n == 20) exit
    }' "$work/full.self"
