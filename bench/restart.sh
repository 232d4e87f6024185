#!/bin/bash
# Seconds from start to /readyz with many tracked numbers: from a snapshot alone, and after kill -9 with a journal tail
# behind it. Beside each, how long plain reading and checksumming of the same bytes takes.
# Settings: NUMBERS=10000000 TAIL=1000000
. "$(dirname "$0")/lib.sh"
numbers=${NUMBERS:-10000000} tail_records=${TAIL:-1000000}
printf 'limits:\n  numbers: %s\n  relations: %s\n' "$numbers" $((2 * numbers)) >"$work/anning.yaml"

say "a snapshot of $numbers numbers"
"$build/bench/bench_engine" save "$work/data" "$numbers"
snapshot_mb=$(du -sm --apparent-size "$work/data/state" | cut -f1)
now() { date +%s.%N; }
since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.2f", to - from }'; }
drop() { sync; [ -w /proc/sys/vm/drop_caches ] && echo 1 >/proc/sys/vm/drop_caches || true; }
start() { # sets ready_s
    local from
    from=$(now)
    start_anningd "$work/data" --config "$work/anning.yaml"
    ready_s=$(since "$from")
}
stop() { # SIGNAL
    kill -"$1" "$daemon"
    wait "$daemon" 2>/dev/null || true
}
read_all() { # FOLDER; sets read_s
    local from
    from=$(now)
    taskset -c 0 cat "$1"/* | taskset -c 1 cksum -a crc >/dev/null 2>&1 || cat "$1"/* >/dev/null
    read_s=$(since "$from")
}

warm=() cold=()
for ((i = 1; i <= 3; i++)); do
    say "start from the snapshot, $i of 3"
    start
    warm+=("$ready_s")
    rss_kb=$(awk '/VmRSS/ { print $2 }' "/proc/$daemon/status")
    stop KILL
    drop
    start
    cold+=("$ready_s")
    stop KILL
done
read_all "$work/data/state"
snapshot_read=$read_s

say "a journal tail of $tail_records records"
start
while [ "$(metric anning_journal_records_total)" -lt "$tail_records" ]; do
    "$build/bench/sipload" load "127.0.0.1:$sip" 1 512 1000000 1 >/dev/null
done
stop KILL
tail_mb=$(du -sm --apparent-size "$work/data/journal" | cut -f1)
read_all "$work/data/journal"
tail_read=$read_s
after=()
for ((i = 1; i <= 3; i++)); do
    say "start after kill -9, $i of 3"
    start
    after+=("$ready_s")
    stop KILL
done
records=$(grep -o '[0-9]* journal records replayed' "$work/anningd.log" | tail -n 1 | cut -d' ' -f1)
damaged=$(grep -o '[0-9]* damaged' "$work/anningd.log" | tail -n 1 | cut -d' ' -f1)
say ""
printf '%-52s %8s   %s\n' "$numbers numbers tracked" seconds "reading the same bytes"
printf '%-52s %8s   %s\n' "to ready, snapshot of $snapshot_mb MB, in the page cache" "$(median "${warm[@]}")" "$snapshot_read"
printf '%-52s %8s\n' "to ready, snapshot read from disk" "$(median "${cold[@]}")"
printf '%-52s %8s   %s\n' "to ready after kill -9, $records records ($tail_mb MB) on top" "$(median "${after[@]}")" "$tail_read"
printf '%-52s %8s\n' "damaged records" "$damaged"
printf '%-52s %8s   bar 128\n' "resident bytes a tracked number, after the start" \
    "$(awk -v kb="$rss_kb" -v n="$numbers" 'BEGIN { printf "%.1f", kb * 1024 / n }')"
echo "medians of 3; one core; disk $(disk)"
