#!/bin/bash
# Subscribers' settings: bench_callees, then the decide stage's instructions by callgrind. Settings: SUBSCRIBERS, CALLS.
. "$(dirname "$0")/lib.sh"
"$build/bench/bench_callees" "${SUBSCRIBERS:-1000000}"
calls=${CALLS:-64000}
say "callgrind: $calls calls a case"
valgrind --tool=callgrind --callgrind-out-file="$work/out" --collect-atstart=no --toggle-collect='decide_*' \
    "$build/bench/bench_callees" count "$calls" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "callgrind failed"; }
say ""
printf '\nthe decide stage, instructions a call\n'
callgrind_annotate --inclusive=yes --threshold=100 "$work/out" | awk -v calls="$calls" '
    function number(text) { gsub(",", "", text); return text + 0 }
    match($0, /:decide_(none|strangers|plain|lists)/) {
        name = substr($0, RSTART + 8, RLENGTH - 8)
        if (!(name in count)) count[name] = number($1)
    }
    END {
        split("none strangers plain lists", order, " ")
        say["none"] = "no table"; say["strangers"] = "a table of others"
        say["plain"] = "plain settings"; say["lists"] = "settings with lists"
        for (i = 1; i <= 4; i++)
            printf "%-38s %11.0f %17.2f\n", say[order[i]], count[order[i]] / calls, count[order[i]] / count["none"]
    }'
