#!/bin/bash
# make demo, without a terminal: ends by itself with status 0, a scoreboard and a page, explained verdicts, nothing over
# 80 columns and nothing left behind; interrupted, it ends as well; a taken port and a missing program are named with
# what to do. Nothing here looks at how good a verdict is. usage: test_demo.sh BUILD
set -eu
cd "$(dirname "$0")/../.."
export ANNING_BUILD=${1:-build}
work=$(mktemp -d)
export TMPDIR=$work
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
sip=$(free_port)
http=$(free_port)
export DEMO_SIP_PORT=$sip DEMO_HTTP_PORT=$http
nothing_left() { # WHEN: no folder, and nobody on the ports
    ls -d "$work"/anning-demo-* >/dev/null 2>&1 && { echo "$1: its folder is left behind"; exit 1; }
    python3 - "$sip" "$http" <<'END' || { echo "$1: its daemon is left behind"; exit 1; }
import socket, sys
for kind, port in ((socket.SOCK_DGRAM, int(sys.argv[1])), (socket.SOCK_STREAM, int(sys.argv[2]))):
    with socket.socket(socket.AF_INET, kind) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", port))
END
}

rm -f "$ANNING_BUILD/demo.html"
tools/demo </dev/null >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err"; exit 1; }
for wanted in "Reach: unwanted calls" "A1 AI voice robot" "A4 number pool" "A8 SIM box" "Harm: wanted calls" "couriers" \
    "Deterrence" "Where to look next" "demo.html"; do
    grep -qF "$wanted" "$work/out" || { echo "missing: $wanted"; cat "$work/out"; exit 1; }
done
grep -qi "<html" "$ANNING_BUILD/demo.html" || { echo "no page"; exit 1; }
if grep -q "anning-demo-.* | less" "$work/out"; then echo "it names a folder that is gone by now"; exit 1; fi
grep -qF "build/anningd --sip udp:127.0.0.1:5060" "$work/out" || { echo "it does not say how to start one"; exit 1; }
explained=$(grep -c '^token ' "$work/out" || grep -c '^凭证 ' "$work/out")
[ "$explained" -ge 3 ] || { echo "$explained verdicts are explained, 3 are wanted"; cat "$work/out"; exit 1; }
# What names a folder or a page is as long as their names are.
grep -v "^  /" "$work/out" | grep -v "^    /" | grep -v "anning campaign show" | python3 -c '
import sys, unicodedata
for line in sys.stdin:
    columns = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.rstrip("\n"))
    if columns > 80:
        sys.exit(f"{columns} columns: {line}")'
calls=$(grep 'calls attempted' "$work/out" | grep -oE '[0-9,]+$' | tr -d ,)
[ "$calls" -ge 400000 ] || { echo "$calls calls, at least 400,000 are wanted"; exit 1; }
nothing_left "after a run"

setsid tools/demo </dev/null >"$work/out" 2>"$work/err" &
demo=$!
for _ in $(seq 600); do
    pgrep -P "$demo" anning-range >/dev/null && break
    sleep 0.1
done
sleep 1
kill -INT -- "-$demo" # the whole group, as a terminal does
status=0
wait "$demo" || status=$?
[ "$status" = 130 ] || { echo "interrupted: status $status"; cat "$work/out" "$work/err"; exit 1; }
grep -q "Stopped, its data is removed" "$work/out" || { echo "interrupted: it does not say so"; cat "$work/out"; exit 1; }
if grep -qi "can't\|traceback" "$work/err"; then echo "interrupted: complaints"; cat "$work/err"; exit 1; fi
grep -q "stopped by hand" "$work/out" "$work/err" || { echo "interrupted: nothing of what was measured"; cat "$work/out"; exit 1; }
nothing_left "after an interrupt"

# Stopped at any moment, also before the first call, and killed without a word: no daemon stays behind.
moment=0
for way in TERM INT TERM HUP TERM INT KILL; do
    moment=$((moment + 1))
    setsid tools/demo </dev/null >"$work/out" 2>"$work/err" &
    demo=$!
    python3 -c "import time; time.sleep($moment * $moment * 0.06)"
    kill -"$way" "$demo"
    wait "$demo" 2>/dev/null || true
    if [ "$way" = KILL ]; then # the kernel tells its children
        rm -rf "$work"/anning-demo-*
        for _ in $(seq 100); do
            pgrep -f "$work/anning-demo-" >/dev/null || break
            sleep 0.1
        done
    fi
    nothing_left "after $way at moment $moment"
done

python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', $sip)); print('up', flush=True); time.sleep(60)" >"$work/taken" &
until grep -q up "$work/taken"; do sleep 0.1; done
if tools/demo </dev/null >"$work/out" 2>&1; then
    echo "a taken port went unnoticed"
    exit 1
fi
grep -q "port $sip on 127.0.0.1 is taken" "$work/out" && grep -q "DEMO_SIP_PORT=" "$work/out" || { cat "$work/out"; exit 1; }
if ANNING_BUILD=$work/nowhere tools/demo </dev/null >"$work/out" 2>&1; then
    echo "missing programs went unnoticed"
    exit 1
fi
grep -q "is missing; .make. builds it" "$work/out" || { cat "$work/out"; exit 1; }
echo "the demonstration works: $calls calls"
