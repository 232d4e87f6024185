# Sourced by the parts of bench/run: where things are, servers on free ports, medians. Everything started is stopped.
set -eu -o pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BENCH_BUILD:-$root/build-bench}
work=$(mktemp -d "${BENCH_DATA:-/var/tmp}/anning-bench.XXXXXX") # on a real disk: /tmp may be memory
pids=()
cleanup() {
    [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

die() {
    echo "$*" >&2
    exit 1
}

[ "$(nproc)" -ge 2 ] || die "two cores are needed: the server on core 0, the load on core 1"

say() { [ -t 2 ] && printf '\r\033[K%s' "$*" >&2 || true; }

# median NUMBER...
median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
fastest() { printf '%s\n' "$@" | sort -g | tail -n 1; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
# field NAME LINE: the word behind NAME.
field() { awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) print $(i + 1) }' <<<"$2"; }

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        [ -z "$(ss -Hlntu "sport = :$port")" ] && echo "$port" && return
    done
}

# start_anningd DATA [FLAGS...]: one worker on core 0. Sets sip, http and daemon; returns when /readyz says so.
start_anningd() {
    local data=$1
    shift
    sip=$(free_port)
    http=$(free_port)
    taskset -c 0 "$build/anningd" --sip "udp:127.0.0.1:$sip" --http "127.0.0.1:$http" --data "$data" "$@" \
        >>"$work/anningd.log" 2>&1 &
    daemon=$!
    pids+=("$daemon")
    wait_ready
}

wait_ready() {
    until curl -fs -o /dev/null "http://127.0.0.1:$http/readyz"; do
        kill -0 "$daemon" 2>/dev/null || { cat "$work/anningd.log" >&2; die "anningd did not start"; }
        sleep 0.005
    done
}

metric() { curl -fs "http://127.0.0.1:$http/metrics" | awk -v name="$1" '$1 ~ "^" name "({|$)" { sum += $2 } END { printf "%.0f", sum }'; }

start_echo() {
    echo_port=$(free_port)
    "$build/bench/sipload" echo "$echo_port" 0 &
    pids+=($!)
}

disk() { df --output=source,fstype "$work" | tail -n 1 | awk '{ print $1 " (" $2 ")" }'; }
