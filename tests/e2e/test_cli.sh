#!/bin/sh
# The frame of the command line: help, typos, exit codes, languages, completion. usage: tests/e2e/test_cli.sh [BUILD]
set -u
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-build}")
anning=$build/anning anningd=$build/anningd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
unset LC_ALL LC_MESSAGES LANG
export LANG=C.UTF-8

# expect STATUS TEXT COMMAND...: it leaves so, and says TEXT on one of its outputs.
expect() {
    status=$1 text=$2
    shift 2
    said=$("$@" 2>&1 </dev/null)
    got=$?
    if [ $got -ne "$status" ]; then
        echo "FAILED: $* left with $got, not $status: $said" >&2
        failed=1
    elif ! printf '%s' "$said" | grep -qF -- "$text"; then
        echo "FAILED: $* did not say \"$text\": $said" >&2
        failed=1
    fi
}

expect 0 "Usage: anning" "$anning" --help
expect 0 "用法" "$anning" --lang zh --help
expect 0 "用法" env LANG=zh_CN.UTF-8 "$anning" --help
expect 0 "Usage:" env LANG=zh_CN.UTF-8 LC_ALL=C "$anning" --help
expect 2 "en or zh" "$anning" --lang fr --help
expect 2 "Usage: anning" "$anning"
expect 0 "anning 0." "$anning" --version
expect 2 'did you mean "config"' "$anning" confg
expect 2 'no verb "qqqqqqq"' "$anning" qqqqqqq
expect 2 'did you mean check' "$anning" config chek
expect 2 "unrecognized option" "$anning" config check --nonsense
expect 2 "check, show or defaults" "$anning" config
for verb in $("$anning" --verbs); do
    expect 0 "Usage: anning $verb" "$anning" "$verb" --help
    expect 0 "Usage: anning $verb" "$anning" help "$verb"
    expect 0 " $verb " "$anning" --help
    man=$(cat docs/man/anning.1)
    expect 0 ".Nm anning Cm $verb" echo "$man"
    for flag in $("$anning" "$verb" --help | grep -oE -- '--[a-z][a-z-]*' | sed 's/^--//' | sort -u); do
        case $flag in help | usage | lang) continue ;; esac
        expect 0 "Fl -$flag" echo "$man"
    done
done
for flag in $("$anningd" --help | grep -oE -- '^ .*--[a-z][a-z-]*' | grep -oE -- '--[a-z-]+' | sed 's/^--//' | sort -u); do
    expect 0 "Fl -$flag" cat docs/man/anningd.8
done

expect 0 "is right" "$anning" config check conf/anning.yaml
expect 3 "No such file" "$anning" config check "$work/none.yaml"
printf 'workers: 900\njurnal: {}\n' >"$work/bad.yaml"
expect 1 "bad.yaml:1: workers is 900; 0 to 256 are possible" "$anning" config check "$work/bad.yaml"
expect 1 "2 problems" "$anning" config check "$work/bad.yaml"
printf 'sip: 127.0.0.1:5060\nzzzzzz: 1\n' >"$work/names.yaml"
expect 1 "names.yaml:1: sip is no setting; where SIP is answered is listen" "$anning" config check "$work/names.yaml"
expect 1 "possible: listen, http, data" "$anning" config check "$work/names.yaml"
"$anning" config defaults >"$work/defaults.yaml"
expect 0 "is right" "$anning" config check "$work/defaults.yaml"
printf 'lists: {allow: ["95588", "010-12345678"]}\n' >"$work/lists.yaml"
expect 0 "2 allowed" "$anning" config check "$work/lists.yaml"
printf 'lists: {allow_files: [evil]}\n' >"$work/evil.yaml"
printf '\302\23331m\342\200\256\260\262\n' >"$work/evil"
expect 1 "evil:1: ?31m??? is no telephone number" "$anning" config check "$work/evil.yaml"
printf 'trunks: [{name: a, addresses: [10.0.0.1]}]\n' >"$work/trunks.yaml"
expect 0 "1 trunk address, " "$anning" config check "$work/trunks.yaml"
for words in "config defaults" --help --version --verbs help "help decide" "decide --help"; do
    expect 3 "can't write" sh -c "'$anning' $words >/dev/full"
done
expect 3 "can't write" sh -c "'$anning' --version >&-"

# A data folder that is none is no empty state.
mkdir "$work/empty"
for words in "decide --to 1" "explain 00000000000000000000000000" "journal ls" "journal cat" "journal verify" "journal rejudge"; do
    # shellcheck disable=SC2086
    expect 3 "No such file" "$anning" $words --data "$work/none"
    # shellcheck disable=SC2086
    expect 3 "no data folder" "$anning" $words --data "$work/empty"
    # shellcheck disable=SC2086
    expect 3 "Not a directory" "$anning" $words --data "$work/bad.yaml"
done

expect 1 "jurnal is no setting" "$anningd" --config "$work/bad.yaml" --check
expect 0 "" "$anningd" --config conf/anning.yaml --check
expect 2 "" "$anningd" --nonsense
expect 2 "" "$anningd" stray
expect 1 "--sip" "$anningd" --sip 127.0.0.1:5060 --check
expect 0 "anningd 0." "$anningd" --version

# The completion offers verbs and flags.
printf '"calls",fraud\r\n1,0\r\n' >"$work/table.csv"
cat >"$work/complete" <<'END'
. conf/anning.bash-completion
COMP_WORDS=("$anning" conf) COMP_CWORD=1; _anning "$anning"; echo "${COMPREPLY[@]}"
COMP_WORDS=("$anning" config '') COMP_CWORD=2; _anning "$anning"; echo "${COMPREPLY[@]}"
COMP_WORDS=("$anning" config --pl) COMP_CWORD=2; _anning "$anning"; echo "${COMPREPLY[@]}"
COMP_WORDS=("$anning" train --table "$table" --label '') COMP_CWORD=5; _anning "$anning"; echo "${COMPREPLY[@]}"
COMP_WORDS=("$anning" train --table "$table" --monotone ca) COMP_CWORD=5; _anning "$anning"; echo "${COMPREPLY[@]}"
COMP_WORDS=("$anningd" --ch) COMP_CWORD=1; _anningd "$anningd"; echo "${COMPREPLY[@]}"
END
expect 0 "config
check show defaults
--plain
calls fraud
calls=+1 calls=-1
--check" env table="$work/table.csv" anning="$anning" anningd="$anningd" bash "$work/complete"

[ $failed = 0 ] && echo "ok: the command line"
exit $failed
