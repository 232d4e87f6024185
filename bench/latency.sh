#!/bin/bash
# Time to an answer at half of the peak load, beside a bare echo at the same rate. Open loop: INVITEs leave on time
# whatever comes back (bench/paced.c). Settings: ROUNDS=7 SECONDS_EACH=3 CALLERS=1000000
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-7} seconds=${SECONDS_EACH:-3} callers=${CALLERS:-1000000}
start_anningd "$work/data"
start_echo
peaks=()
for ((round = 1; round <= 3; round++)); do
    say "peak load, $round of 3"
    peaks+=("$(field answers_per_s "$("$build/bench/sipload" load "127.0.0.1:$sip" 3 512 "$callers" 1)")")
done
peak=$(median "${peaks[@]}")
rate=$((peak / 2))
sleep 1
measure() { "$build/bench/paced" "127.0.0.1:$1" "$rate" "$seconds" "$callers" 1; }
declare -A all
for ((round = 1; round <= rounds; round++)); do
    for who in echo anning; do
        say "round $round of $rounds: $who"
        line=$(measure "$([ $who = echo ] && echo "$echo_port" || echo "$sip")")
        for what in p50_us p99_us p999_us lost; do all[$who.$what]+=" $(field $what "$line")"; done
    done
done
say ""
echo "peak $peak answers a second (median of 3), half of it $rate a second, $rounds rounds of $seconds s, medians"
printf '%-22s %10s %10s %10s\n' microseconds echo anning ratio
for what in p50_us p99_us p999_us; do
    e=$(median ${all[echo.$what]}) a=$(median ${all[anning.$what]})
    printf '%-22s %10s %10s %10s\n' "${what%_us}" "$e" "$a" "$(ratio "$a" "$([ "$e" = 0 ] && echo 1 || echo "$e")")"
done
printf '%-22s %10s %10s\n' "lost, a round" "$(median ${all[echo.lost]})" "$(median ${all[anning.lost]})"
echo "no bar is set for these"
