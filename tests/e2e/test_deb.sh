#!/bin/sh
# The Debian package from build to purge, on this machine, as root: build, install, configuration and files as they
# should be, the daemon runs from it, an upgrade keeps what was changed, remove leaves configuration and data, purge
# leaves nothing. Where systemd is not running the service is not started by the package and the daemon is started by
# hand; the test says which of the two it did. Leaves with 77 (skipped) where it can't run.
# usage: tests/e2e/test_deb.sh [FILE.deb | BUILD, which is not used]
set -eu
cd "$(dirname "$0")/../.."
skip() { echo "SKIPPED: $*"; exit 77; }
die() { echo "FAILED: $*" >&2; exit 1; }
say() { echo "ok: $*"; }

[ "$(id -u)" = 0 ] || skip "not root"
command -v dpkg >/dev/null || skip "no dpkg"
[ -e /etc/anning ] || [ -e /var/lib/anning ] || dpkg -s anning >/dev/null 2>&1 && skip "anning is here already"

work=$(mktemp -d)
pid=
finish() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    dpkg --purge anning >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

package=${1:-}
if [ ! -f "$package" ]; then
    tools/deb "$work" >/dev/null
    package=$(echo "$work"/anning_*.deb)
fi
say "package $(basename "$package"), $(stat -c %s "$package") bytes"
dpkg-deb -f "$package" Depends | grep -q libyaml || die "shared libraries are not among Depends"

dpkg -i "$package" >"$work/install.log" 2>&1 || { cat "$work/install.log"; die "dpkg -i"; }
say "installs"
[ "$(dpkg-query -W -f '${Status}' anning)" = "install ok installed" ] || die "not configured"
for file in /usr/bin/anning /usr/sbin/anningd /etc/anning/anning.yaml /usr/share/man/man8/anningd.8.gz \
    /usr/share/man/man1/anning.1.gz /usr/share/man/man5/anning.conf.5.gz \
    /usr/share/anning/default.anm /usr/share/bash-completion/completions/anning; do
    [ -e "$file" ] || [ -e "${file%.gz}" ] || grep -q 'path-exclude=/usr/share/man' /etc/dpkg/dpkg.cfg.d/* 2>/dev/null ||
        die "$file is missing"
done
find /lib/systemd/system /usr/lib/systemd/system -name anningd.service 2>/dev/null | grep -q . || die "no service file"
[ "$(stat -c '%U %a' /var/lib/anning)" = "anning 750" ] || die "/var/lib/anning is $(stat -c '%U %a' /var/lib/anning)"
[ "$(stat -c '%U:%G %a' /etc/anning/anning.yaml)" = "root:anning 640" ] || die "anning.yaml is not root:anning 640"
say "files, user and rights"
# A package built without npm's network has no pages, and its build says so.
pages=no
if [ -s /usr/share/anning/console/index.html ]; then
    pages=yes
    ls /usr/share/anning/console/assets/*.js.br >/dev/null 2>&1 || die "the console is in the package, but not compressed"
    ! grep -rIl "$(pwd)" /usr/share/anning/console || die "the console names the folder it was built in"
    say "the console, $(du -sk /usr/share/anning/console | cut -f1) kB"
elif [ -s build/console/console/index.html ]; then
    die "the console is in the tree and not in the package"
else
    say "no console: npm could not fetch what it is built from"
fi

anning config check /etc/anning/anning.yaml || die "the packaged configuration is wrong"
anningd --version
setpriv --reuid anning --regid anning --clear-groups anningd --config /etc/anning/anning.yaml --check ||
    die "user anning can't read the configuration"

if [ -d /run/systemd/system ]; then
    systemctl is-active --quiet anningd || die "the service does not run: $(systemctl status anningd 2>&1 | tail -5)"
    systemctl reload anningd || die "reload"
    say "systemd runs the service, and it reloads"
else
    setpriv --reuid anning --regid anning --clear-groups anningd --config /etc/anning/anning.yaml \
        --sip udp:127.0.0.1:15960 --http 127.0.0.1:15980 2>"$work/daemon.log" &
    pid=$!
    i=0
    until curl -fs -o /dev/null http://127.0.0.1:15980/readyz; do
        i=$((i + 1))
        [ $i -lt 100 ] && kill -0 "$pid" 2>/dev/null || { cat "$work/daemon.log"; die "the daemon did not get ready"; }
        sleep 0.1
    done
    [ $pages = no ] || curl -fs http://127.0.0.1:15980/ | grep -q '<div id="app"' || die "the installed console is not served"
    kill -HUP "$pid"
    sleep 0.5
    curl -fs -o /dev/null http://127.0.0.1:15980/healthz || die "gone after SIGHUP"
    kill -TERM "$pid"
    wait "$pid" || die "the daemon left with $? at SIGTERM"
    pid=
    say "no systemd here: the daemon ran by hand as user anning, reloaded and stopped (the service itself is not tested)"
fi
[ -n "$(ls -A /var/lib/anning)" ] || die "no journal was written"

echo "# changed by hand" >>/etc/anning/anning.yaml
dpkg -i "$package" >"$work/upgrade.log" 2>&1 || { cat "$work/upgrade.log"; die "installing again"; }
tail -1 /etc/anning/anning.yaml | grep -q "changed by hand" || die "an upgrade lost the changed configuration"
say "installing again keeps the changed configuration"

dpkg --remove anning >"$work/remove.log" 2>&1 || { cat "$work/remove.log"; die "dpkg --remove"; }
[ ! -e /usr/sbin/anningd ] || die "anningd is still there"
[ -e /etc/anning/anning.yaml ] && [ -d /var/lib/anning ] || die "remove took configuration or data"
say "remove leaves configuration and data"
dpkg --purge anning >"$work/purge.log" 2>&1 || { cat "$work/purge.log"; die "dpkg --purge"; }
for left in /etc/anning /var/lib/anning; do [ ! -e "$left" ] || die "$left is left after purge"; done
! getent passwd anning >/dev/null || die "user anning is left after purge"
say "purge leaves nothing"
