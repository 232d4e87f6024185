#!/bin/bash
# A real phone (baresip, headless) registered at Kamailio with conf/kamailio.cfg shows who calls: a label in Chinese when
# Anning gives one, the caller's own name otherwise. usage: test_phone.sh [BUILD]
set -u
. "$(dirname "$0")/lib.sh"

for command in baresip kamailio sipp jq curl; do
    command -v $command >/dev/null || { say "FAILED: $command is not there (tools/install-deps check)"; exit 1; }
done

http=$(free_port) sip=$(free_port) phone_port=$(free_port) baresip_port=$(free_port) control_port=$(free_port)
good=+8613810000001 robot=+8617012340003 callee=+8613800138000

cat >"$work/anning.yaml" <<END
listen: ["udp:127.0.0.1:$sip"]
workers: 1
limits: {numbers: 10000, relations: 10000, transactions: 10000, pending: 10000}
trunks: [{name: gw, addresses: [127.0.0.1]}]
fallback: {budget_ms: 1000}
model: {path: none}
END
start_anningd "$http" --config "$work/anning.yaml"
events=
for to in $callee +8613800138002 +8613800138003 +8613800138004; do
    events+="{\"kind\":\"attempt\",\"from\":\"$robot\",\"to\":\"$to\",\"trunk\":\"gw\"},"
    events+="{\"kind\":\"report\",\"from\":\"$robot\",\"to\":\"$to\",\"trunk\":\"gw\",\"wanted\":false},"
done
curl -fs "http://127.0.0.1:$http/v1/events" -H 'Content-Type: application/json' -d "[${events%,}]" >"$work/events.json"
check "people reported the robot" grep -q '"accepted": *8' "$work/events.json"
start_kamailio "sip:127.0.0.1:$sip"

# The phone rings until its control socket, which also tells what it shows, says to pick up. It plays silence and throws
# away what it hears.
mkdir -p "$work/baresip"
modules=$(dirname "$(dpkg -L baresip-core 2>/dev/null | grep '/menu\.so$')")
python3 - "$work/silence.wav" <<'END'
import sys, wave
with wave.open(sys.argv[1], "wb") as out:
    out.setnchannels(1)
    out.setsampwidth(2)
    out.setframerate(8000)
    out.writeframes(bytes(160000))
END
cat >"$work/baresip/config" <<END
sip_listen 127.0.0.3:$baresip_port
audio_source aufile,$work/silence.wav
audio_player aufile,$work/heard.wav
audio_alert aufile,$work/alert.wav
ctrl_tcp_listen 127.0.0.1:$control_port
module_path $modules
module g711.so
module aufile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
END
printf '<sip:%s@127.0.0.1:%s>;auth_pass=none;answermode=manual;regint=60\n' "$callee" "$proxy_port" >"$work/baresip/accounts"
: >"$work/baresip/contacts"
in_background "$work/baresip.log" stdbuf -oL -eL baresip -4 -v -f "$work/baresip" -t 40
wait_port tcp "$control_port" "$pid" || { fail "baresip starts" "$work/baresip.log"; exit 1; }
cat >"$work/control.py" <<'END'
import json, socket, sys
control = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print("connected")
held = b""
while data := control.recv(65536):
    held += data
    while b":" in held:
        length, rest = held.split(b":", 1)
        if len(rest) <= int(length):
            break
        text, held = rest[:int(length)], rest[int(length) + 1:]
        event = json.loads(text)
        print(json.dumps(event, ensure_ascii=False))
        if event.get("type") == "CALL_INCOMING":
            command = json.dumps({"command": "accept"}).encode()
            control.sendall(b"%d:%s," % (len(command), command))
END
in_background "$work/control.log" python3 -u "$work/control.py" "$control_port"
check "its control socket is taken" wait_for 15 grep -q connected "$work/control.log"
registered() { grep -aq '200 OK' "$work/baresip.log"; }
check "the phone is registered" wait_for 15 registered || fail "the phone is registered" "$work/baresip.log" "$work/kamailio.log"

call() { # NAME FROM
    run_sipp "$1" caller.xml -i 127.0.0.2 -s "$callee" -key caller "$2" "127.0.0.1:$proxy_port" ||
        { fail "$1" "$work/$1.err" "$work/baresip.log"; return; }
    pass "$1"
}
shown() { tr -d '\r' <"$work/baresip.log" | grep -aF -- "$1"; }

call labelled "$robot"
check "labelled: the phone shows 【营销推广】 as the caller" shown "【营销推广】" || tail -40 "$work/baresip.log"
call ordinary "$good"
check "ordinary: the phone shows the caller's own name" shown "Somebody"
ended() { [ "$(grep -c CALL_CLOSED "$work/control.log")" = 2 ]; }
check "both calls were picked up and ended" wait_for 5 ended
sed -n 's/.*\(Incoming call from.*\)/  shown   \1/p' "$work/baresip.log"
finish "the phone"
