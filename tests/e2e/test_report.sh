#!/bin/bash
# A person reports a call by phone alone: by dialling the short code right after it, and by a phone that answers 607. Real
# Kamailio with conf/kamailio.cfg, real sipp as trunk and phones, real anningd; also anningd asked straight, by those it
# may believe and those it may not. usage: test_report.sh [BUILD]
set -u
. "$(dirname "$0")/lib.sh"

for command in kamailio sipp jq curl; do
    command -v $command >/dev/null || { say "FAILED: $command is not there (tools/install-deps check)"; exit 1; }
done

http=$(free_port) sip=$(free_port) hep=$(free_port) phone_port=$(free_port)
alice=+8613800138000 dora=+8613800138607 stranger=+8613700137000
cat >"$work/anning.yaml" <<END
listen: ["udp:127.0.0.1:$sip", "hep:127.0.0.1:$hep"]
data: $work/data
workers: 2
pin: false
limits: {numbers: 10000, relations: 10000, transactions: 10000, pending: 10000}
trunks:
  - {name: kamailio, addresses: [127.0.0.1], proxy: true}
  - {name: phones, addresses: [127.0.0.3], subscribers: true}
  - {name: gw, addresses: [127.0.0.2]}
people: {short_code: "12321"}
fallback: {budget_ms: 1000}
model: {path: none}
END
start_anningd "$http" --config "$work/anning.yaml"
export ANNING_SERVER=127.0.0.1:$http
ANNING_TOKEN=$("$build/anning" user key desk --scopes subscribers -c "$work/anning.yaml" | grep -o 'ak_[a-z0-9]*')
export ANNING_TOKEN
for person in $alice $dora; do check "$person is with us" "$build/anning" subscriber on "$person"; done
start_phone "$phone_port"

# call NAME SCENARIO SOURCE FROM TO [PORT]: by Kamailio, or to another port.
call() {
    if run_sipp "$1" "$2" -i "$3" -s "$5" -key caller "$4" "127.0.0.1:${6:-$proxy_port}"; then pass "$1"
    else fail "$1" "$work/$1.err" "$work/$1.msg" "$work/kamailio.log" "$work/anningd.log"; fi
}
reports() { "$build/anning" report ls "$1" --json | jq -c '.items[]'; }
calls() { "$build/anning" subscriber calls "$1" --all --json | jq -c '.items[]'; }
count_of() { reports "$1" | jq -c "select(.way == \"$2\")" | wc -l; }
has_reports() { [ "$(count_of "$1" "$2")" = "$3" ]; }
listed() { calls "$1" | jq -r .caller | grep -qF -- "$2"; }
status_of() { tr -d '\r' <"$work/$1.msg" | grep -oE '^SIP/2.0 [2-6][0-9]{2}' | tail -1; }
says() { tr -d '\r' <"$work/$1.msg" | grep -qE -- "$2"; }
verdicts_to_code() { "$build/anning" journal cat -d "$work/data" -t verdict | jq -c "select(.to == \"+8612321\")" | wc -l; }
seen_at_code() { [ "$(verdicts_to_code)" -ge "$1" ]; }

say "The short code, by Kamailio"
start_kamailio "sip:127.0.0.1:$sip" -A "HEP_URI=\"sip:127.0.0.1:$hep\"" -A 'REPORT_CODE="12321"'
call unwanted caller.xml 127.0.0.2 +8613810000001 $alice
check "the call is listed" wait_for 10 listed $alice +8613810000001
call code refused.xml 127.0.0.3 $alice 12321
check "the short code is answered 480" [ "$(status_of code)" = "SIP/2.0 480" ]
check "... with X-Anning: action=report, which a switch makes an announcement of" says code '^X-Anning: action=report; token=[0-9A-Z]{26}$'
check "... and the call before it is reported" wait_for 10 has_reports $alice code 1
token=$(calls $alice | jq -r 'select(.caller == "+8613810000001") | .token')
check "... that very one" [ "$(reports $alice | jq -r .token)" = "$token" ]
check "nothing rang for it" bash -c "! tr -d '\r' <'$work/phone.msg' | grep -q '^INVITE sip:12321'"

say "An announcement, where there is one"
stop_kamailio
start_kamailio "sip:127.0.0.1:$sip" -A 'REPORT_CODE="12321"' -A "REPORT_ANNOUNCE=\"sip:0777@127.0.0.1:$phone_port\""
call announced hangup.xml 127.0.0.3 $alice 12321
check "it takes the call" bash -c "tr -d '\r' <'$work/phone.msg' | grep -q '^INVITE sip:0777'"
check "the same call again is no second report" has_reports $alice code 1
stop_kamailio

say "Spoofed"
start_kamailio "sip:127.0.0.1:$sip" -A 'REPORT_CODE="12321"'
call unwanted-again caller.xml 127.0.0.2 +8613810000002 $alice
check "another call is listed" wait_for 10 listed $alice +8613810000002
before=$(verdicts_to_code)
call spoofed-trunk refused.xml 127.0.0.2 $alice 12321 "$sip"
check "her number shown on a foreign trunk is put through like any call" says spoofed-trunk '^X-Anning: action=allow'
call spoofed-nobody refused.xml 127.0.0.77 $alice 12321 "$sip"
call spoofed-via forged_via.xml 127.0.0.2 $alice 12321 "$sip"
check "three such calls are on record" wait_for 10 seen_at_code $((before + 3))
call stranger refused.xml 127.0.0.3 $stranger 12321 "$sip"
check "who is not with us hears the same 480" [ "$(status_of stranger)" = "SIP/2.0 480" ]
call right refused.xml 127.0.0.3 $alice 12321 "$sip"
check "the right one behind them is a report" wait_for 10 has_reports $alice code 2
check "... and none of the others was" [ "$(reports $alice | wc -l)" = 2 ]

say "607 by the phone, mirrored by HEP3"
stop_kamailio
start_kamailio "sip:127.0.0.1:$sip" -A "HEP_URI=\"sip:127.0.0.1:$hep\""
call unwanted-607 refused.xml 127.0.0.2 +8613810000003 $dora
check "the caller hears the phone's 607" [ "$(status_of unwanted-607)" = "SIP/2.0 607" ]
check "it is a report of hers" wait_for 10 has_reports $dora sip 1
token=$(calls $dora | jq -r 'select(.caller == "+8613810000003") | .token')
check "... of that call" [ "$(reports $dora | jq -r .token)" = "$token" ]
check "... and of nobody else" [ "$(reports $alice | wc -l)" = 2 ]
next() { "$build/anning" decide -f +8613810000003 -t $dora -k gw 2>&1 | grep -q reported; }
check "her next call by that caller is judged by it" wait_for 10 next

check "the journal is whole" "$build/anning" journal verify -d "$work/data"
finish "reports by phone"
