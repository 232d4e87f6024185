#!/bin/bash
# What the console's API answers a second on one core, and how long an answer takes, for somebody signed in. anningd on
# core 0 with one HTTP thread, wrk on core 1, closed loop over CONNECTIONS connections. The yardstick of each round is
# /healthz: the same server, without sign-in, store or JSON of any size. Each path twice: as fast as it goes, and paced,
# when each connection waits 5 ms between an answer and its next request (some 5,500 a second over 32); the bar is p99 there.
# Settings: ROUNDS=5 SECONDS_EACH=4 CONNECTIONS=32
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-4} connections=${CONNECTIONS:-32}
command -v wrk >/dev/null || die "wrk is not installed; tools/install-deps bench"
mkdir -p "$work/console/assets"
head -c 40000 /dev/urandom | base64 >"$work/console/assets/app-1a2b3c4d.js"
echo '<!doctype html>' >"$work/console/index.html"
cat >"$work/anning.yaml" <<YAML
api: {threads: 1}
console: {dir: $work/console}
YAML
start_anningd "$work/data" --config "$work/anning.yaml"
until token=$(grep -o '/#/first/[a-z2-7]*' "$work/anningd.log"); do sleep 0.1; done
url=http://127.0.0.1:$http
answer=$(curl -fs -c "$work/jar" -H 'Content-Type: application/json' "$url/v1/first" \
    -d "{\"token\":\"${token##*/}\",\"login\":\"root\",\"password\":\"a long sentence\",\"name\":\"Root\"}")
cookie=$(awk '$6 == "anning_session" { print $7 }' "$work/jar")
csrf=$(sed 's/.*"csrf":"\([a-z2-7]*\)".*/\1/' <<<"$answer")
for ((i = 0; i < 49; i++)); do
    curl -fs -o /dev/null -b "anning_session=$cookie" -H "X-Anning-CSRF: $csrf" -H 'Content-Type: application/json' \
        "$url/v1/users" -d "{\"login\":\"user$i\",\"name\":\"User $i\",\"role\":\"agent\"}"
done

# measure PATH PACE_MS: "requests_per_s N p50_us N p99_us N wrong N".
measure() {
    PACE_MS=$2 taskset -c 1 wrk -t 1 -c "$connections" -d "${seconds}s" --latency -s "$(dirname "$0")/console_api.lua" \
        -H "Cookie: anning_session=$cookie" "$url$1" | tail -n 1
}

paths=(/healthz "/v1/campaigns?limit=20" /v1/session "/v1/users?limit=50" /assets/app-1a2b3c4d.js)
names=("/healthz, the yardstick" "campaigns: session remembered" "session: one row of the store"
    "users: 50 rows of the store" "a file of 54 kB")
declare -A all
for ((round = 1; round <= rounds; round++)); do
    for i in "${!paths[@]}"; do
        say "round $round of $rounds: ${paths[i]}"
        line=$(measure "${paths[i]}" 0)
        for what in requests_per_s p99_us wrong; do all[$i.$what]+=" $(field $what "$line")"; done
        line=$(measure "${paths[i]}" 5)
        for what in requests_per_s p50_us p99_us; do all[$i.paced_$what]+=" $(field $what "$line")"; done
    done
done
say ""
echo "$rounds rounds of $seconds s, $connections connections, medians; bar: 5,000 a second, paced p99 under 20,000 us"
printf '%-30s %8s %6s %8s %6s   %10s %8s %8s\n' path a_second ratio p99_us wrong paced/s p50_us p99_us
yard=$(median ${all[0.requests_per_s]})
for i in "${!paths[@]}"; do
    rate=$(median ${all[$i.requests_per_s]})
    printf '%-30s %8s %6s %8s %6s   %10s %8s %8s\n' "${names[i]}" "$rate" "$(ratio "$rate" "$yard")" \
        "$(median ${all[$i.p99_us]})" "$(median ${all[$i.wrong]})" "$(median ${all[$i.paced_requests_per_s]})" \
        "$(median ${all[$i.paced_p50_us]})" "$(median ${all[$i.paced_p99_us]})"
done
