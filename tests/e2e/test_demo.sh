#!/bin/bash
# make demo, without a terminal: ends by itself with status 0, a table with each kind of caller and three explained
# verdicts; a taken port is named with what to do. usage: test_demo.sh BUILD
set -eu
cd "$(dirname "$0")/../.."
export ANNING_BUILD=${1:-build}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
sip=$(free_port)
http=$(free_port)

DEMO_SIP_PORT=$sip DEMO_HTTP_PORT=$http tools/demo </dev/null >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err"; exit 1; }
for wanted in "ordinary people" "couriers" "blind-dialling robot" "block 拦截" "Where to look next"; do
    grep -qF "$wanted" "$work/out" || { echo "missing: $wanted"; cat "$work/out"; exit 1; }
done
if grep -q "anning-demo-.* | less" "$work/out"; then echo "it names a folder that is gone by now"; exit 1; fi
grep -qF "build/anningd --sip udp:127.0.0.1:5060" "$work/out" || { echo "it does not say how to start one"; exit 1; }
explained=$(grep -c '^token ' "$work/out" || grep -c '^凭证 ' "$work/out")
[ "$explained" = 3 ] || { echo "$explained verdicts are explained, 3 are wanted"; cat "$work/out"; exit 1; }
calls=$(grep -o 'said to [0-9]* calls' "$work/out" | grep -o '[0-9]*')
[ "$calls" -ge 2000 ] || { echo "$calls calls, at least 2,000 are wanted"; exit 1; }

python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', $sip)); print('up', flush=True); time.sleep(60)" >"$work/taken" &
until grep -q up "$work/taken"; do sleep 0.1; done
if DEMO_SIP_PORT=$sip DEMO_HTTP_PORT=$http tools/demo </dev/null >"$work/out" 2>&1; then
    echo "a taken port went unnoticed"
    exit 1
fi
grep -q "port $sip on 127.0.0.1 is taken" "$work/out" && grep -q "DEMO_SIP_PORT=" "$work/out" || { cat "$work/out"; exit 1; }
echo "the demonstration works: $calls calls"
