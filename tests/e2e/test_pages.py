#!/usr/bin/env python3
"""The console's pages in Debian's Chromium, on an anningd that a morning of a simulated city has filled: every page in both
languages, on a phone and on a desk, and the main acts (console/tests/real.mjs). PICTURES=DIR keeps a picture of each.
usage: test_pages.py [BUILD]"""
import collections
import json
import os
import shlex
import shutil
import subprocess
import sys
import time

from kit import BUILD, WORK, Daemon, anning, check, finish

CITY = """name: morning
subscribers: 8000
days: 0.6
platform_trunks: 8
seeds: { train: [1], tune: [2], final: [3] }
adversaries:
  - { mode: A1, strength: 1, category: loan, calls_a_day: 3000 }
  - { mode: A4, strength: 3, category: property, calls_a_day: 3000 }
"""
RANGE_BEGIN_S, WEEK_S = 1772380800, 7 * 86400
SOURCE = BUILD / "console/work"


def fill(daemon):
    weeks = int(time.time() - RANGE_BEGIN_S - 86400) // WEEK_S
    played = subprocess.run([BUILD / "anning-range", "run", WORK / "morning.yaml", "--quiet", "--defence", "none", "--live",
                             f"{daemon.address}:5060,{daemon.address}:8080", "--weeks", str(weeks)], capture_output=True,
                            text=True, timeout=200)
    check("a morning is played", played.returncode == 0, played.stderr)
    calls = [json.loads(line) for line in anning("journal", "cat", "-d", daemon.data, "-t", "verdict").stdout.splitlines()]
    touched = collections.Counter(call["to"] for call in calls if call["action"] != "allow")
    check("somebody was bothered", touched)
    return touched.most_common(1)[0][0]


def main():
    if shutil.which("chromium") is None or not (SOURCE / "node_modules/playwright-core").exists():
        print("no Chromium, or the console was not built (no npm, or no network)")
        sys.exit(77)
    (WORK / "morning.yaml").write_text(CITY)
    network = subprocess.run([BUILD / "anning-range", "network", WORK / "morning.yaml"], capture_output=True, text=True).stdout
    daemon = Daemon("pages", network + "model: {path: ''}\n", flags=["--virtual-time"]).start()
    person = fill(daemon)
    as_file = ("--config", daemon.file)
    link = anning("user", "add", "operator", "--role", "admin", *as_file).stdout.split()[0]
    key = anning("user", "key", "test", "--scopes", "subscribers", *as_file).stdout.split()[0]
    on = anning("subscriber", "on", person, "-s", f"{daemon.address}:8080", env={**os.environ, "ANNING_TOKEN": key})
    check("a person switches it on", on.returncode == 0, on.stderr)
    code = shlex.join(map(str, [BUILD / "anning", "user", "code", person, *as_file]))
    walked = subprocess.run(["node", SOURCE / "tests/real.mjs", f"http://{daemon.address}:8080", link, person, code,
                             os.environ.get("PICTURES", "")], capture_output=True, text=True, timeout=540)
    print(walked.stdout, end="")
    check("every page and act", walked.returncode == 0, walked.stderr[-2000:])
    check("anningd is still there", daemon.ready())
    finish("pages")


main()
