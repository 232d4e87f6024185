#!/usr/bin/env python3
"""Largest contentful paint and bytes over the wire of the console's pages, in Debian's Chromium on an anningd that a morning of a
simulated city has filled and that goes on being called (console/tests/paint.mjs, tests/e2e/test_pages.py).
usage: bench/pages.py [BUILD] [RUNS]"""
import collections
import datetime
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
import test_pages as pages  # noqa: E402

RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 7


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")), "?")
    return f"{os.cpu_count()} cores {model}, load {os.getloadavg()[0]:.1f}"


def main():
    chromium = subprocess.run(["chromium", "--version"], capture_output=True, text=True).stdout.strip()
    print(f"bench/pages.py, {datetime.date.today()}, {machine()}, {chromium}\n"
          f"largest contentful paint: median of {RUNS} visits (least to most); kB over the wire, brotli; nothing cached, then again", flush=True)
    daemon, calls, _ = pages.daemon_of_a_morning()
    person = collections.Counter(call["to"] for call in calls if call["action"] != "allow").most_common(1)[0][0]
    told = {"base": f"http://{daemon.address}:8080", "runs": RUNS, **pages.people(daemon, person)}
    sys.exit(pages.walk(daemon, calls, "paint.mjs", told).returncode)


main()
