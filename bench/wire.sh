#!/bin/bash
# Answers a second of one worker on core 0 with its journal on a real disk, beside a bare echo and Kamailio on the same
# core, the load on core 1: anningd with hand-set weights and no campaigns ("hand"), and with the model that ships and
# 10,000 campaigns that it loads from its data folder at the start, five of a hundred calls being of theirs ("full").
# All take turns in short rounds and are compared round by round, so that a change of the machine's mood meets all of
# them. Threads of anningd beside the worker (journal, campaigns) are on core 0 too. Since others may be on the machine,
# answers are also counted by CPU time of the worker's thread, and of the echo.
# Settings: ROUNDS=9 SECONDS_EACH=2 WINDOW=512 CALLERS=1000000
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-9} seconds=${SECONDS_EACH:-2} window=${WINDOW:-512} callers=${CALLERS:-1000000} pools=10000
say "campaigns for the data folder"
live=$("$build/bench/bench_engine" campaigns "$work/full" 2>/dev/null | awk '{ print $2 }')
printf 'model:\n  path: none\ncampaigns:\n  enabled: false\n' >"$work/hand.yaml"
printf 'campaigns:\n  max: 16384\n' >"$work/full.yaml"
start_anningd "$work/hand" --config "$work/hand.yaml"
hand_sip=$sip hand_http=$http hand_pid=$daemon
start_anningd "$work/full" --config "$work/full.yaml"
full_sip=$sip full_http=$http full_pid=$daemon
loaded=$(metric anning_campaigns_hostile)
[ "$loaded" -gt 0 ] || { cat "$work/anningd.log" >&2; die "anningd did not load the campaigns"; }
start_echo
echo_pid=${pids[-1]}
kamailio_port=$(free_port)
sed "s/^listen=.*/listen=udp:127.0.0.1:$kamailio_port/" "$root/bench/kamailio-htable.cfg" >"$work/kamailio.cfg"
taskset -c 0 kamailio -f "$work/kamailio.cfg" -DD -E -m 512 -M 32 -Y "$work" 2>"$work/kamailio.log" >&2 &
pids+=($!)
load() { "$build/bench/sipload" load "127.0.0.1:$1" "$2" "$window" "$callers" 1 "$pools"; }
# spent PID NAME: nanoseconds on a core of the threads so named.
spent() {
    local task
    for task in /proc/"$1"/task/*; do
        [[ $(cat "$task/comm") != $2* ]] || cut -d' ' -f1 "$task/schedstat"
    done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}
# The disk, and the threads that read the journal.
settle() {
    local i
    sleep 0.5 # what Anning wrote must not slow the others, nor threads that read it
    for http in "$hand_http" "$full_http"; do
        for ((i = 0; i < 100; i++)); do
            [ $(($(metric anning_campaigns_lag_seconds) + $(metric anning_people_lag_seconds))) -gt 0 ] || break
            sleep 0.2
        done
    done
}
# measure PORT PID THREAD: sets line and rate; by_cpu and by_all, answers a second of CPU time of that thread and of all
# threads of the process, what is left over to them included.
measure() {
    local before all
    before=$(spent "$2" "$3") all=$(spent "$2" "")
    line=$(load "$1" "$seconds")
    settle
    rate=$(field answers_per_s "$line")
    by_cpu=$(awk -v n="$(field answered "$line")" -v ns=$(($(spent "$2" "$3") - before)) 'BEGIN { printf "%.0f", n * 1e9 / ns }')
    by_all=$(awk -v n="$(field answered "$line")" -v ns=$(($(spent "$2" "") - all)) 'BEGIN { printf "%.0f", n * 1e9 / ns }')
}
tries=0
until load "$kamailio_port" 0.5 >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 20 ] || { cat "$work/kamailio.log" >&2; die "kamailio does not answer"; }
done
load "$echo_port" 1 >/dev/null
load "$hand_sip" 2 >/dev/null
load "$full_sip" 2 >/dev/null
settle

declare -A all=()
put() { all[$1]="${all[$1]:-} $2"; }
row() { printf '%-8s %9s %9s %9s %9s %10s %10s %14s %12s %12s\n' "$@"; }
row round echo hand full kamailio hand/echo full/echo full/kamailio "hand/e, CPU" "full/e, CPU"
for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds: echo"
    measure "$echo_port" "$echo_pid" sipload
    e=$rate e_cpu=$by_cpu
    put ec "$by_cpu"
    say "round $round of $rounds: anning, hand-set weights"
    measure "$hand_sip" "$hand_pid" wire-
    h=$rate h_cpu=$by_cpu
    put ha "$by_all"
    say "round $round of $rounds: anning, model and campaigns"
    measure "$full_sip" "$full_pid" wire-
    f=$rate f_cpu=$by_cpu
    put fa "$by_all"
    put p50 "$(field p50_us "$line")"
    put p99 "$(field p99_us "$line")"
    say "round $round of $rounds: kamailio"
    k=$(field answers_per_s "$(load "$kamailio_port" "$seconds")")
    put e "$e" && put h "$h" && put f "$f" && put k "$k"
    put he "$(ratio "$h" "$e")" && put fe "$(ratio "$f" "$e")" && put fk "$(ratio "$f" "$k")"
    put hw "$h_cpu" && put fw "$f_cpu"
    put hc "$(ratio "$h_cpu" "$e_cpu")" && put fc "$(ratio "$f_cpu" "$e_cpu")"
    say ""
    row "$round" "$e" "$h" "$f" "$k" "$(ratio "$h" "$e")" "$(ratio "$f" "$e")" "$(ratio "$f" "$k")" \
        "$(ratio "$h_cpu" "$e_cpu")" "$(ratio "$f_cpu" "$e_cpu")"
done
middle() { median ${all[$1]}; }
best() { fastest ${all[$1]}; }
row median "$(middle e)" "$(middle h)" "$(middle f)" "$(middle k)" "$(middle he)" "$(middle fe)" "$(middle fk)" "$(middle hc)" "$(middle fc)"
row fastest "$(best e)" "$(best h)" "$(best f)" "$(best k)" "$(ratio "$(best h)" "$(best e)")" \
    "$(ratio "$(best f)" "$(best e)")" "$(ratio "$(best f)" "$(best k)")" "" ""
row bar "" "" "" "" 0.6 0.6 7 0.6 0.6
echo
echo "answers a second; $window INVITEs open at any time, $callers callers, rounds of $seconds s; round trip of full in it" \
    "p50 $(middle p50) us, p99 $(middle p99) us"
http=$full_http
echo "full: the model that ships; $live hostile campaigns saved in the data folder, $loaded of them loaded at the start," \
    "$(metric anning_campaigns_hostile) at the end"
echo "CPU: answers a second of CPU time of the worker's thread, to those of the echo. Medians: echo $(middle ec)," \
    "hand $(middle hw), full $(middle fw)"
echo "the same by CPU time of all threads (journal, campaigns, people's calls): hand $(middle ha), full $(middle fa);" \
    "where those have no other core, they take their time from the worker"
for http in "$hand_http" "$full_http"; do
    echo "journal on $(disk): $(metric anning_journal_records_total) records, $(metric anning_journal_lost_total) lost;" \
        "$(metric anning_fallbacks_total) fallback verdicts"
done
echo "status of the last answers of full: $(sed 's/ p50.*//; s/.* answered/answered/' <<<"$line")"
