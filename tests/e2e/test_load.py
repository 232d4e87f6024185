#!/usr/bin/env python3
"""Mixed SIP and HTTP load with reloads and a snapshot each second, for a build with a sanitizer: nothing may be
reported. usage: test_load.py BUILD [SECONDS]"""
import sys
import threading
import time

from kit import Caller, Daemon, check, finish

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 6


def http_load(daemon, ending):
    number = 0
    while not ending.is_set():
        number += 1
        try:
            daemon.get("/v1/decide", [{"from": f"1380000{n:04}", "to": "13010000001", "call_id": f"h{number}-{n}"}
                                      for n in range(20)])
            daemon.get("/v1/events", [{"kind": "end", "call_id": f"h{number}-{n}", "outcome": "refused", "ring_s": 2}
                                      for n in range(20)])
            daemon.get("/metrics")
        except OSError:
            return


def main():
    report = {"TSAN_OPTIONS": "exitcode=66:halt_on_error=0:die_after_fork=0", "ASAN_OPTIONS": "exitcode=66:detect_leaks=1",
              "UBSAN_OPTIONS": "print_stacktrace=1"}
    daemon = Daemon("mixed", every_s=1, env=report).start()
    ending = threading.Event()
    callers = [Caller(daemon, window=16) for _ in range(2)]
    others = [threading.Thread(target=http_load, args=(daemon, ending), daemon=True) for _ in range(2)]
    for thread in callers + others:
        thread.start()
    end = time.monotonic() + SECONDS
    turn = 0
    while time.monotonic() < end:
        time.sleep(0.3)
        turn += 1
        daemon.configure("policy: {level: strict}\n" if turn % 2 else "lists: {deny: ['13010000003']}\n")
        daemon.hang_up()
    snapshots = daemon.metric("anning_snapshots_total")
    ending.set()
    for thread in callers:
        thread.finish()
    for thread in others:
        thread.join(30)
    status, _ = daemon.stop()
    log = daemon.log.read_text()
    told = [line for line in log.splitlines() if not line.startswith("{")]
    check(f"{sum(c.sent for c in callers)} SIP calls, {turn} reloads, {snapshots:.0f} snapshots: status 0", status == 0
          and snapshots > 0, log)
    check("no sanitizer reports anything", not told, "\n".join(told[:80]))
    finish("mixed load")


if __name__ == "__main__":
    main()
