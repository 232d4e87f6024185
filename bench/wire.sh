#!/bin/bash
# Answers a second of one worker on core 0 with its journal on a real disk, by the model that ships and by hand-set weights,
# beside a bare echo and Kamailio on the same core, the load on core 1. No campaigns are loaded. They take turns in short rounds and are compared round by round, so that a change of
# the machine's mood meets all of them. Settings: ROUNDS=9 SECONDS_EACH=2 WINDOW=512 CALLERS=1000000
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-9} seconds=${SECONDS_EACH:-2} window=${WINDOW:-512} callers=${CALLERS:-1000000}
echo "model: {path: none}" >"$work/hand.yaml"
start_anningd "$work/hand" --config "$work/hand.yaml"
hand_sip=$sip
start_anningd "$work/data"
start_echo
kamailio_port=$(free_port)
sed "s/^listen=.*/listen=udp:127.0.0.1:$kamailio_port/" "$root/bench/kamailio-htable.cfg" >"$work/kamailio.cfg"
taskset -c 0 kamailio -f "$work/kamailio.cfg" -DD -E -m 512 -M 32 -Y "$work" 2>"$work/kamailio.log" >&2 &
pids+=($!)
load() { "$build/bench/sipload" load "127.0.0.1:$1" "$2" "$window" "$callers" 1; }
tries=0
until load "$kamailio_port" 0.5 >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 20 ] || { cat "$work/kamailio.log" >&2; die "kamailio does not answer"; }
done
load "$echo_port" 1 >/dev/null
load "$sip" 2 >/dev/null
load "$hand_sip" 2 >/dev/null

echo_all=() anning_all=() kamailio_all=() to_echo=() to_kamailio=() anning_p50=() anning_p99=() hand_all=() hand_to_echo=()
printf '%-8s %10s %10s %10s %10s %14s %14s %18s\n' round echo anning hand-set kamailio anning/echo hand-set/echo anning/kamailio
for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds: echo"
    e=$(field answers_per_s "$(load "$echo_port" "$seconds")")
    say "round $round of $rounds: anning"
    line=$(load "$sip" "$seconds")
    a=$(field answers_per_s "$line")
    sleep 0.5 # the disk settles: what Anning wrote must not slow the others
    say "round $round of $rounds: anning, hand-set weights"
    h=$(field answers_per_s "$(load "$hand_sip" "$seconds")")
    sleep 0.5
    say "round $round of $rounds: kamailio"
    k=$(field answers_per_s "$(load "$kamailio_port" "$seconds")")
    hand_all+=("$h") hand_to_echo+=("$(ratio "$h" "$e")")
    echo_all+=("$e") anning_all+=("$a") kamailio_all+=("$k")
    to_echo+=("$(ratio "$a" "$e")") to_kamailio+=("$(ratio "$a" "$k")")
    anning_p50+=("$(field p50_us "$line")") anning_p99+=("$(field p99_us "$line")")
    say ""
    printf '%-8s %10s %10s %10s %10s %14s %14s %18s\n' "$round" "$e" "$a" "$h" "$k" "${to_echo[-1]}" "${hand_to_echo[-1]}" "${to_kamailio[-1]}"
done
line() { printf '%-8s %10s %10s %10s %10s %14s %14s %18s\n' "$@"; }
line median "$(median "${echo_all[@]}")" "$(median "${anning_all[@]}")" "$(median "${hand_all[@]}")" "$(median "${kamailio_all[@]}")" \
    "$(median "${to_echo[@]}")" "$(median "${hand_to_echo[@]}")" "$(median "${to_kamailio[@]}")"
e=$(fastest "${echo_all[@]}") a=$(fastest "${anning_all[@]}") h=$(fastest "${hand_all[@]}") k=$(fastest "${kamailio_all[@]}")
line fastest "$e" "$a" "$h" "$k" "$(ratio "$a" "$e")" "$(ratio "$h" "$e")" "$(ratio "$a" "$k")"
line bar "" "" "" "" 0.6 0.6 7
echo
echo "answers a second; $window INVITEs open at any time, $callers callers, rounds of $seconds s; round trip in it p50" \
    "$(median "${anning_p50[@]}") us, p99 $(median "${anning_p99[@]}") us"
echo "journal on $(disk): $(metric anning_journal_records_total) records, $(metric anning_journal_lost_total) lost;" \
    "$(metric anning_fallbacks_total) fallback verdicts"
