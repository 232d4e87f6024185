#!/bin/bash
# Real Kamailio sends anningd HEP3 copies of what passes (module siptrace): calls are learned from once each, however
# many legs are copied, and nobody gets a verdict who did not ask. usage: test_hep.sh [BUILD]
set -u
. "$(dirname "$0")/lib.sh"

for command in kamailio sipp jq curl; do
    command -v $command >/dev/null || { say "FAILED: $command is not there (tools/install-deps check)"; exit 1; }
done

http=$(free_port) sip=$(free_port) hep=$(free_port) phone_port=$(free_port)
cat >"$work/anning.yaml" <<END
listen: ["udp:127.0.0.1:$sip", "hep:127.0.0.1:$hep"]
workers: 1
limits: {numbers: 10000, relations: 10000, transactions: 10000, pending: 10000}
fallback: {budget_ms: 1000}
END
start_anningd "$http" --config "$work/anning.yaml"
start_phone "$phone_port"

# call NAME SCENARIO SOURCE FROM TO
call() {
    if run_sipp "$1" "$2" -i "$3" -s "$5" -key caller "$4" "127.0.0.1:$proxy_port"; then pass "$1"
    else fail "$1" "$work/$1.err" "$work/kamailio.log" "$work/phone.err"; fi
    sleep 0.3
}
# of FROM KIND [FILTER]: how many observations of this caller.
of() { observations "select(.from == \"$1\" and .kind == \"$2\" and (${3:-true}))" | wc -l; }
# expect WHAT WANT HAVE
expect() {
    [ "$2" = "$3" ] && { pass "$1"; return; }
    fail "$1: $3, not $2"
    observations '[.kind, .outcome, .from, .to, .ring_s, .talk_s]' | sed 's/^/          /'
}

say "Calls of subscribers, which Anning is not asked about: everything is copied"
start_kamailio "sip:127.0.0.1:$sip" -A "HEP_URI=\"sip:127.0.0.1:$hep\"" -A WITH_TRACE_ALL -A "TRUNK_OUT=\"sip:127.0.0.1:$phone_port\""
call answered caller.xml 127.0.0.3 +8613810000001 +8613800138000
call callee-hangs-up hangup.xml 127.0.0.3 +8613810000002 +8613800138777
call cancelled cancel.xml 127.0.0.3 +8613810000003 +8613800138180
call declined refused.xml 127.0.0.3 +8613810000004 +8613800138603
call busy refused.xml 127.0.0.3 +8613810000005 +8613800138486
packets=$(metric anning_hep_packets_total)
check "$packets copies came, several a call" [ "$packets" -gt 50 ]
for n in 1 2 3 4 5; do expect "call $n: one attempt" 1 "$(of +861381000000$n attempt)"; done
expect "answered: one answer" 1 "$(of +8613810000001 answer)"
expect "answered: one end, after a talk" 1 "$(of +8613810000001 end '.outcome == "answered" and .talk_s >= 0.25 and .talk_s < 5')"
expect "answered: one end in all" 1 "$(of +8613810000001 end)"
expect "callee-hangs-up: one end, of the caller's call" 1 "$(of +8613810000002 end '.outcome == "answered" and .to == "+8613800138777" and .talk_s >= 0.25')"
expect "callee-hangs-up: the callee called nobody" 0 "$(observations 'select(.from == "+8613800138777")' | wc -l)"
expect "cancelled: one end, after ringing" 1 "$(of +8613810000003 end '.outcome == "cancelled" and .ring_s >= 0.15')"
expect "declined: one end" 1 "$(of +8613810000004 end '.outcome == "refused"')"
expect "busy: one end" 1 "$(of +8613810000005 end '.outcome == "busy"')"
expect "12 observations in all" 12 "$(observations | wc -l)"
expect "of one trunk each: the one the call came in by" 5 "$(observations 'select(.kind == "attempt" and .trunk == "127.0.0.3")' | wc -l)"
expect "no verdict" 0 "$("$build/anning" journal cat -d "$work/data" -t verdict | wc -l)"
expect "no verdict counted" 0 "$(metric anning_calls_total)"
expect "no INVITE was asked about" 0 "$(metric anning_sip_requests_total '"INVITE"')"

say "Calls of the trunk, which Anning is asked about, with everything copied"
call asked caller.xml 127.0.0.2 +8613810000006 +8613800138000
expect "asked: one verdict" 1 "$("$build/anning" journal cat -d "$work/data" -t verdict | jq -c 'select(.from == "+8613810000006")' | wc -l)"
expect "asked: one end, after a talk" 1 "$(of +8613810000006 end '.outcome == "answered" and .talk_s >= 0.25')"
stop_kamailio

say "Calls of the trunk with the ends alone copied, as conf/kamailio.cfg does by itself"
start_kamailio "sip:127.0.0.1:$sip" -A "HEP_URI=\"sip:127.0.0.1:$hep\""
call asked-again caller.xml 127.0.0.2 +8613810000007 +8613800138000
call asked-cancelled cancel.xml 127.0.0.2 +8613810000008 +8613800138180
call asked-declined refused.xml 127.0.0.2 +8613810000009 +8613800138603
expect "asked-again: no attempt beside the verdict's" 0 "$(of +8613810000007 attempt)"
expect "asked-again: one answer" 1 "$(of +8613810000007 answer)"
expect "asked-again: one end, after a talk" 1 "$(of +8613810000007 end '.outcome == "answered" and .talk_s >= 0.25')"
expect "asked-cancelled: one end" 1 "$(of +8613810000008 end '.outcome == "cancelled"')"
expect "asked-declined: one end" 1 "$(of +8613810000009 end '.outcome == "refused"')"

say "Rubbish on the HEP port"
printf 'HEP3' >/dev/udp/127.0.0.1/"$hep"
head -c 900 /dev/urandom >/dev/udp/127.0.0.1/"$hep"
rubbish() { [ "$(metric anning_malformed_total '"hep"')" = 2 ]; }
check "is counted" wait_for 5 rubbish
check "the journal is whole" "$build/anning" journal verify -d "$work/data"
finish "HEP"
