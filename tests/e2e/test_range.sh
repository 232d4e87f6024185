#!/bin/bash
# The test range as a program: in process, live against a running anningd on the range's own clock, against one that
# dies, and with wrong arguments. Nothing here looks at how good a verdict is. usage: test_range.sh BUILD
set -u
source "$(dirname "$0")/lib.sh"
range=$build/anning-range
[ -x "$range" ] || { say "no anning-range in $build"; exit 1; }
cat >"$work/tiny.yaml" <<'END'
name: tiny
subscribers: 10000
days: 0.5
platform_trunks: 8
seeds: { train: [1], tune: [2], final: [3] }
adversaries:
  - { mode: A1, strength: 2, category: loan, calls_a_day: 600 }
  - { mode: A4, strength: 3, category: stocks, calls_a_day: 600 }
END
# Figures of a report that no clock has touched.
steady() { python3 -c 'import json, re, sys; print(re.sub(r"\"wall_s\": ?[^,}]*", "", open(sys.argv[1]).read()))' "$1"; }

say "in process"
check "five defences, JSON and a page" "$range" run "$work/tiny.yaml" --quiet --json "$work/a.json" --html "$work/a.html"
check "the figures are JSON" python3 -m json.tool "$work/a.json"
check "the page is a page" grep -qi "<html" "$work/a.html"
"$range" run "$work/tiny.yaml" --quiet --json "$work/b.json" >/dev/null
check "the same again gives the same" diff <(steady "$work/a.json") <(steady "$work/b.json")
"$range" run "$work/tiny.yaml" --quiet --split final --json "$work/c.json" >/dev/null
if diff <(steady "$work/a.json") <(steady "$work/c.json") >/dev/null; then fail "another seed gives something else"; else pass "another seed gives something else"; fi
check "watch ends by itself" "$range" watch "$work/tiny.yaml" --defence frequency

say "for training"
check "a journal and the truth" "$range" run "$work/tiny.yaml" --quiet --defence anning --data "$work/kept" \
    --truth "$work/truth.csv" --json "$work/kept.json"
"$build/anning" journal cat --type verdict --data "$work/kept" >"$work/kept.ndjson" 2>/dev/null
check "every verdict has one line of truth" python3 - "$work" <<'END'
import csv, json, sys
work = sys.argv[1]
truth = [row["token"] for row in csv.DictReader(open(work + "/truth.csv"))]
kept = [json.loads(line)["token"] for line in open(work + "/kept.ndjson")]
attempts = json.load(open(work + "/kept.json"))["results"][0]["calls"]["attempts"]
assert len(set(truth)) == len(truth) == attempts and sorted(truth) == sorted(kept), (len(truth), len(kept), attempts)
END
check "a kept journal changes no verdict" python3 - "$work" <<'END'
import json, sys
one, other = (json.load(open(f"{sys.argv[1]}/{name}.json"))["results"] for name in ("kept", "a"))
assert one[0]["reach"] == other[4]["reach"] and one[0]["harm"] == other[4]["harm"]
END

say "live"
sip=$(free_port) http=$(free_port)
"$range" network "$work/tiny.yaml" >"$work/network.yaml"
check "the network is a configuration" "$build/anning" config check "$work/network.yaml"
in_background "$work/anningd.log" "$build/anningd" --virtual-time --config "$work/network.yaml" --sip "udp:127.0.0.1:$sip" --http "127.0.0.1:$http" \
    --data "$work/data" --workers 1
anningd=$pid
wait_port udp "$sip" "$anningd" || fail "anningd starts" "$work/anningd.log"
check "a run over SIP and HTTP" "$range" run "$work/tiny.yaml" --quiet --live "127.0.0.1:$sip,127.0.0.1:$http" \
    --truth "$work/live.csv"
check "nothing was refused" sh -c "! grep -q refuses '$work/check.out'"
check "tokens come over SIP too" grep -qE '^[0-9A-Z]{26},1,loan,A1,1$' "$work/live.csv"
check "anningd saw attempts, answers, ends" sh -c "curl -s http://127.0.0.1:$http/metrics |
    grep -cE '^anning_events_total\{kind=\"(attempt|answer|end)\"\} [1-9][0-9]{3}' | grep -qx 3"
sed 's/^days.*/days: 40/' "$work/tiny.yaml" >"$work/long.yaml"
(sleep 0.7; kill -KILL "$anningd") &
"$range" run "$work/long.yaml" --quiet --seed 9 --live "127.0.0.1:$sip,127.0.0.1:$http" >"$work/dead.out" 2>&1
status=$?
[ $status = 1 ] && grep -q "gone" "$work/dead.out" && pass "a dead anningd ends the run with what was measured" ||
    fail "a dead anningd ends the run with what was measured (status $status)" "$work/dead.out"

say "refused"
refused() { # STATUS WORD ARGS...
    local want=$1 word=$2
    shift 2
    "$@" >"$work/refused.out" 2>&1 </dev/null
    local status=$?
    [ $status = "$want" ] && grep -q -- "$word" "$work/refused.out" && pass "$word" || fail "$word: status $status" "$work/refused.out"
}
refused 3 "own" "$range" run "$work/tiny.yaml" --live "192.0.2.1:5060,127.0.0.1:8080"
refused 2 "did you mean" "$range" run "$work/tiny.yaml" --defence frequncy
refused 2 "did you mean" "$range" rum
refused 2 "train, tune or final" "$range" run "$work/tiny.yaml" --split test
refused 2 "kept for final" "$range" run "$work/tiny.yaml" --defence anning --split final --truth "$work/no.csv"
refused 2 "kept for final" "$range" run "$work/tiny.yaml" --defence anning --seed 9011 --truth "$work/no.csv"
refused 2 "one of the two" "$range" run "$work/tiny.yaml" --defence none --truth "$work/no.csv"
refused 2 "one of the two" "$range" run "$work/tiny.yaml" --defence anning --live 127.0.0.1:1,127.0.0.1:1 \
    --truth "$work/no.csv"
refused 2 "no other defence" "$range" run "$work/tiny.yaml" --defence anning,none --data "$work/no"
refused 3 "not empty" "$range" run "$work/tiny.yaml" --defence anning --data "$work/kept"
refused 3 "nosuch" "$range" run nosuch
sed -i 's/subscribers/subscribes/' "$work/tiny.yaml"
refused 1 "tiny.yaml:2" "$range" run "$work/tiny.yaml"
refused 1 "127.0.0.0/8" "$build/anningd" --virtual-time --sip "udp:0.0.0.0:$sip" --http none --data "$work/other"
exit $failed
