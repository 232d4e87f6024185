# Helpers of the end-to-end tests; source it after setting -u. Everything started is stopped on exit.
# Gives: $root, $build (absolute), $work (a folder of its own), $scenarios.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "$root" && realpath "${1:-build}")
scenarios=$root/tests/e2e/scenarios
work=$(mktemp -d)
started=()
failed=0
export LC_ALL=C.UTF-8

cleanup() {
    local status=$?
    for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null; done
    for pid in "${started[@]}"; do
        for _ in $(seq 40); do kill -0 "$pid" 2>/dev/null && sleep 0.05; done
        kill -KILL "$pid" 2>/dev/null
    done
    wait 2>/dev/null
    if [ -n "${KEEP:-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
    exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*"; }

# pass WHAT / fail WHAT [FILE...]: the end of each file is shown.
pass() { printf '  ok      %s\n' "$1"; }
fail() {
    printf '  FAILED  %s\n' "$1"
    failed=1
    shift
    for file in "$@"; do
        [ -s "$file" ] || continue
        printf '          --- %s\n' "$(basename "$file")"
        tail -n "${FAIL_LINES:-30}" "$file" | tr -d '\r' | sed 's/^/          /'
    done
    return 1
}

# check WHAT COMMAND...: passes when the command does.
check() {
    local what=$1
    shift
    if "$@" >"$work/check.out" 2>&1; then pass "$what"; else fail "$what" "$work/check.out"; fi
}

# A port that is free on UDP and TCP, on every loopback address, at this moment. Not handed out twice.
free_port() {
    python3 - "$work/ports" <<'END'
import random, socket, sys
try:
    taken = open(sys.argv[1]).read().split()
except OSError:
    taken = []
while True:
    port = random.randrange(20000, 32000)
    if str(port) in taken:
        continue
    try:
        for kind in socket.SOCK_DGRAM, socket.SOCK_STREAM:
            with socket.socket(socket.AF_INET, kind) as s:
                s.bind(("0.0.0.0", port))
    except OSError:
        continue
    open(sys.argv[1], "a").write("%d\n" % port)
    print(port)
    break
END
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local tries=$(($1 * 20))
    shift
    for _ in $(seq "$tries"); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    return 1
}

# wait_port udp|tcp PORT [PID]: until somebody listens there, 20 s; not longer than the process lives.
wait_port() {
    local flag=-uln
    [ "$1" = tcp ] && flag=-tln
    for _ in $(seq 400); do
        ss -H $flag "sport = :$2" | grep -q . && return 0
        [ -n "${3:-}" ] && ! kill -0 "$3" 2>/dev/null && return 1
        sleep 0.05
    done
    return 1
}

# in_background LOG COMMAND...: starts it; its id is in $pid.
in_background() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    started+=("$pid")
}

# start_anningd HTTP_PORT ARGS...: until it is ready; its id is in $anningd_pid, its log $work/anningd.log.
start_anningd() {
    local http=$1
    shift
    in_background "$work/anningd.log" "$build/anningd" --http "127.0.0.1:$http" --data "$work/data" "$@"
    anningd_pid=$pid
    anningd_http=$http
    wait_port tcp "$http" "$anningd_pid" && wait_for 20 curl -fs "http://127.0.0.1:$http/readyz" && return 0
    fail "anningd starts" "$work/anningd.log"
    exit 1
}

# metric NAME [LABEL]: sum of the samples whose line holds LABEL.
metric() {
    curl -s "http://127.0.0.1:$anningd_http/metrics" |
        awk -v name="$1" -v label="${2:-}" '
            $0 !~ /^#/ && ($1 == name || index($1, name "{") == 1) && (label == "" || index($0, label)) { sum += $NF }
            END { printf "%d\n", sum }'
}

# observations [JQ FILTER]: what was learned, one JSON object a line.
observations() { "$build/anning" journal cat -d "$work/data" -t observation | jq -c "${1:-.}"; }

# run_sipp NAME SCENARIO ARGS...: one call as the caller; messages go to $work/NAME.msg. Fails when the call does.
run_sipp() {
    local name=$1 scenario=$2
    shift 2
    timeout 30 sipp -sf "$scenarios/$scenario" -m 1 -nostdin -timeout 20s -timeout_error -trace_err \
        -error_file "$work/$name.err" -trace_msg -message_file "$work/$name.msg" "$@" >"$work/$name.out" 2>&1
}

# start_phone PORT: a sipp that plays the called phones; the called number says what it does (scenarios/phone.xml).
start_phone() {
    in_background "$work/phone.out" sipp -sf "$scenarios/phone.xml" -i 127.0.0.1 -p "$1" -nostdin -trace_msg \
        -message_file "$work/phone.msg" -trace_err -error_file "$work/phone.err"
    wait_port udp "$1" "$pid" || { fail "the phone starts" "$work/phone.out"; exit 1; }
}

# start_kamailio URI ARGS...: conf/kamailio.cfg with Anning at URI, phones at $phone_port, trunk 127.0.0.2 and subscribers
# 127.0.0.3; until its first OPTIONS was answered. Its port is $proxy_port, its id $kamailio_pid. It waits 3 s for Anning
# (a busy machine may take its time) unless $anning_wait_ms says otherwise.
start_kamailio() {
    local uri=$1
    shift
    proxy_port=$(free_port)
    printf '1 %s\n' "$uri" >"$work/dispatcher.list"
    mkdir -p "$work/run"
    in_background "$work/kamailio.log" kamailio -DD -E -w "$work" -Y "$work/run" -P "$work/kamailio.pid" -m 64 -M 8 \
        -f "$root/conf/kamailio.cfg" -A CHILDREN=2 -A "ANNING_WAIT_MS=${anning_wait_ms:-3000}" -A "LISTEN_UDP=udp:127.0.0.1:$proxy_port" \
        -A "LISTEN_TCP=tcp:127.0.0.1:$proxy_port" -A "DISPATCHER_LIST=\"$work/dispatcher.list\"" \
        -A 'TRUNK_NET="127.0.0.2/32"' -A 'SUBSCRIBER_NET="127.0.0.3/32"' -A "NEXT_HOP=\"sip:127.0.0.1:$phone_port\"" "$@"
    kamailio_pid=$pid
    local before
    before=$(metric anning_sip_requests_total OPTIONS)
    if ! wait_port udp "$proxy_port" "$kamailio_pid" || ! wait_for 10 asked_since "$before"; then
        fail "Kamailio starts and asks whether Anning lives" "$work/kamailio.log"
        exit 1
    fi
    sleep 0.2
}
asked_since() { [ "$(metric anning_sip_requests_total OPTIONS)" -gt "$1" ]; }

stop_kamailio() {
    kill -TERM "$kamailio_pid"
    wait_for 10 not_alive "$kamailio_pid" || kill -KILL "$kamailio_pid"
}
not_alive() { ! kill -0 "$1" 2>/dev/null; }

# invite_ms FILE [N]: a message log's time of the Nth INVITE, in ms of the day.
invite_ms() {
    tr -d '\r' <"$1" | awk -v want="${2:-1}" '
        /^----------/ { split($NF, t, ":"); at = (t[1] * 3600 + t[2] * 60 + t[3]) * 1000 }
        /^INVITE / && ++n == want { printf "%.1f\n", at; exit }'
}

finish() {
    if [ $failed = 0 ]; then say "ok: $1"; else say "FAILED: $1"; fi
    exit $failed
}
