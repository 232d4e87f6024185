#!/bin/bash
# Real Kamailio with conf/kamailio.cfg, real sipp as trunk and phones, real anningd. usage: test_kamailio.sh [BUILD]
set -u
. "$(dirname "$0")/lib.sh"

for command in kamailio sipp jq curl openssl; do
    command -v $command >/dev/null || { say "FAILED: $command is not there (tools/install-deps check)"; exit 1; }
done

http=$(free_port) sip=$(free_port) tls=$(free_port) phone_port=$(free_port)
good=+8613810000001 bad=+8613920000002 robot=+8617012340003
label='【营销推广】'
key=$work/key.pem cert=$work/cert.pem
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=anning.test -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$key" -out "$cert" 2>/dev/null

# write_config BLOCK_STATUS [SCREENER]: with a screener, whoever is not on a list is screened.
write_config() {
    cat >"$work/anning.yaml" <<END
listen: ["udp:127.0.0.1:$sip", "tcp:127.0.0.1:$sip", "tls:127.0.0.1:$tls"]
tls: {certificate: $cert, key: $key}
workers: 2
pin: false
limits: {numbers: 10000, relations: 10000, transactions: 10000, pending: 10000}
trunks: [{name: kamailio, addresses: [127.0.0.1], proxy: true}, {name: gw, addresses: [127.0.0.2]}]
lists: {deny: ["$bad"]}
act: {block_status: $1, redress_url: "https://redress.example/", screener: "${2:-}"}
policy: {costs: {standard: {screen_unwanted: $([ -n "${2:-}" ] && echo 0 || echo 0.3), screen_wanted: $([ -n "${2:-}" ] && echo 0 || echo 8)}}}
fallback: {budget_ms: 1000}
model: {path: none}
END
}

# The robot earns its label: people were called by it and reported it.
report_robot() {
    local callee events=
    for callee in +8613800138001 +8613800138002 +8613800138003 +8613800138777; do
        events+="{\"kind\":\"attempt\",\"from\":\"$robot\",\"to\":\"$callee\",\"trunk\":\"gw\"},"
        events+="{\"kind\":\"report\",\"from\":\"$robot\",\"to\":\"$callee\",\"trunk\":\"gw\",\"wanted\":false},"
    done
    curl -fs "http://127.0.0.1:$http/v1/events" -H 'Content-Type: application/json' -d "[${events%,}]" >"$work/events.json"
    check "8 events are learned from" grep -q '"accepted": *8' "$work/events.json"
}

phone_has() { tr -d '\r' <"$work/phone.msg" | grep -qF -- "$1"; }
phone_lacks() { ! phone_has "$1"; }
caller_has() { tr -d '\r' <"$work/$1.msg" | grep -qE -- "$2"; }
caller_lacks() { ! caller_has "$1" "$2"; }
invites_at_phone() { tr -d '\r' <"$work/phone.msg" 2>/dev/null | grep -c '^INVITE ' ; }

# call NAME SCENARIO FROM TO: the trunk calls.
call() {
    run_sipp "$1" "$2" -i 127.0.0.2 -s "$4" -key caller "$3" "127.0.0.1:$proxy_port"
}
expect_call() {
    if call "$@"; then pass "$1"; else fail "$1" "$work/$1.err" "$work/$1.msg" "$work/kamailio.log" "$work/phone.err"; fi
}

ordinary_call() { # NAME
    expect_call "$1" caller.xml $good +8613800138000
    check "$1: judged and allowed" phone_has "X-Anning: action=allow"
    check "$1: the trunk can't forge a verdict" phone_lacks FORGED
    check "$1: BYE reaches the phone" phone_has "BYE sip:phone@"
}

labelled_call() { # NAME
    expect_call "$1" caller.xml $robot +8613800138001
    check "$1: the phone sees the label as the caller's name" phone_has "From: \"$label\" <sip:$robot@127.0.0.2>"
    check "$1: and in P-Asserted-Identity" phone_has "P-Asserted-Identity: \"$label\" <sip:$robot@127.0.0.2>"
    check "$1: with category and redress in Call-Info" phone_has ";category=marketing"
    check "$1: the caller does not see it" caller_lacks "$1" "营销|X-Anning-Label: 【"
    check "$1: the caller's From comes back as it was" caller_has "$1" '^From: "Somebody" <sip:'
}

blocked_call() { # NAME STATUS
    local before token
    before=$(invites_at_phone)
    expect_call "$1" refused.xml $bad +8613800138000
    check "$1: the caller gets $2" caller_has "$1" "^SIP/2.0 $2 "
    check "$1: and where to object" caller_has "$1" '^Call-Info: <https://redress.example/'
    [ "$(invites_at_phone)" = "$before" ] && pass "$1: the phone stays silent" || fail "$1: the phone stays silent" "$work/phone.msg"
    token=$(tr -d '\r' <"$work/$1.msg" | sed -n 's/^X-Anning: action=block.*token=\([0-9A-Z]*\).*/\1/p' | head -1)
    check "$1: anning explain finds token $token" "$build/anning" explain -d "$work/data" "${token:-none}"
}

# From the trunk's INVITE to the phone's, over a dead Anning.
open_call() { # NAME
    local before from to
    before=$(invites_at_phone)
    expect_call "$1" caller.xml $good +8613800138000
    from=$(invite_ms "$work/$1.msg") to=$(invite_ms "$work/phone.msg" $((before + 1)))
    awk -v a="$from" -v b="$to" -v name="$1" 'BEGIN { printf "  note    %s: %.1f ms from the trunk'"'"'s INVITE to the phone'"'"'s\n", name, b - a; exit !(b - a < 1000) }' ||
        fail "$1: within 1000 ms"
}

round() { # TRANSPORT URI ARGS...
    say "Anning over $1"
    local over=$1
    shift
    start_kamailio "$@"
    : >"$work/phone.msg"
    ordinary_call "ordinary-$over"
    labelled_call "labelled-$over"
    blocked_call "blocked-$over" 608
}

write_config 608
start_anningd "$http" --config "$work/anning.yaml"
start_phone "$phone_port"
report_robot
check "kamailio -c" kamailio -c -f "$root/conf/kamailio.cfg" -A "DISPATCHER_LIST=\"$root/conf/kamailio.cfg\""

round tcp "sip:127.0.0.1:$sip;transport=tcp"
stop_kamailio

cat >"$work/tls.cfg" <<END
[server:default]
method = TLSv1.2+
certificate = $cert
private_key = $key
[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
ca_list = $cert
END
round tls "sip:127.0.0.1:$tls;transport=tls" -A WITH_TLS -A "LISTEN_TLS=tls:127.0.0.1:$(free_port)" -A "TLS_CONFIG=\"$work/tls.cfg\""
stop_kamailio

round udp "sip:127.0.0.1:$sip"
trunks=$("$build/anning" journal cat -d "$work/data" -t verdict | jq -r .trunk | sort | uniq -c | tr -s ' \n' ' ')
check "the trunk behind the proxy is found, whatever the caller forges:$trunks" test "${trunks% }" = " 9 gw"
say "Other answers, by setting"
reloaded() { [ "$(metric anning_reloads_total)" -gt "$reloads" ]; }
reload() { # CONFIG...
    write_config "$@"
    reloads=$(metric anning_reloads_total)
    kill -HUP "$anningd_pid"
    check "reload" wait_for 5 reloaded
}
for status in 607 603; do
    reload $status
    blocked_call "blocked-$status" $status
done

say "CANCEL while it rings"
expect_call cancel cancel.xml $good +8613800138180
check "cancel: the phone got it" phone_has "CANCEL sip:+8613800138180@"
check "cancel: its 487 came back" caller_has cancel '^SIP/2.0 487 '

say "The phone hangs up, declines"
expect_call callee-hangs-up hangup.xml $robot +8613800138777
check "callee-hangs-up: labelled" phone_has "To: \"$label\" <sip:$robot@"
check "callee-hangs-up: its BYE does not show the label" caller_lacks callee-hangs-up "营销"
expect_call declined refused.xml $good +8613800138603
check "declined: the phone's 603" caller_has declined '^SIP/2.0 603 '

say "Each call was asked about once"
verdicts=$("$build/anning" journal cat -d "$work/data" -t verdict | wc -l)
check "14 calls, $verdicts verdicts in the journal" [ "$verdicts" = 14 ]
check "the journal is whole" "$build/anning" journal verify -d "$work/data"

stop_kamailio
say "Screening"
start_kamailio "sip:127.0.0.1:$sip" -A PHONE_WAIT_MS=500
reload 608 "sip:screen@127.0.0.1:$phone_port"
expect_call screened caller.xml $good +8613800138555
check "screened: the assistant gets callee and token" phone_has "INVITE sip:screen@127.0.0.1:$phone_port;anning-callee=+8613800138555;anning-token="
check "screened: the phone stays silent" phone_lacks "INVITE sip:+8613800138555@"
reload 608 "sip:screen@127.0.0.1:1"
expect_call assistant-dead caller.xml $good +8613800138556
check "assistant-dead: the phone rings" phone_has "INVITE sip:+8613800138556@"

say "CANCEL while Anning is silent"
reload 603
kill -STOP "$anningd_pid"
expect_call cancel-early cancel_early.xml $good +8613800138557
check "cancel-early: 487" caller_has cancel-early '^SIP/2.0 487 '
kill -CONT "$anningd_pid"
sleep 1
check "cancel-early: the phone never rang" phone_lacks "INVITE sip:+8613800138557@"
stop_kamailio

say "Anning is killed; the wait is the sample's own, 100 ms"
anning_wait_ms=100
start_kamailio "sip:127.0.0.1:$sip"
kill -KILL "$anningd_pid"
wait "$anningd_pid" 2>/dev/null
open_call dead-first
open_call dead-next
start_anningd "$http" --config "$work/anning.yaml"
back() { call back-again refused.xml $bad +8613800138000 && caller_has back-again '^SIP/2.0 603 '; }
check "it is asked again when it is back" wait_for 15 back
finish "Kamailio"
