#!/usr/bin/env python3
"""A disk that is full, read-only, broken or slow: verdicts go on unchanged, the loss is announced in a metric and the
log, its end as well, and the journal itself says what is missing. usage: test_degrade.py [BUILD]"""
import json
import os
import subprocess
import time

from kit import ROOT, WORK, Caller, Daemon, anning, check, finish, records, until

SHIM = WORK / "disk.so"


def verdict(daemon, number=0):
    _, text = daemon.get("/v1/decide", {"from": "17099990001", "to": f"1380000{number:04}"})
    return json.loads(text)["action"]


def lost(daemon):
    return daemon.metric("anning_journal_lost_total")


def load(daemon, calls=200):
    caller = Caller(daemon, window=16, total=calls)
    caller.start()
    done = caller.finish(30)
    return done and all(answers[0][0] == 302 for answers in caller.answers.values()) and len(caller.answers) == calls


def announced(what, daemon, before=0):
    check(f"{what}: calls are answered as ever", load(daemon) and verdict(daemon) == "allow")
    check(f"{what}: the metric counts what is lost", until(lambda: load(daemon, 20) and lost(daemon) > before, 15))
    told = until(lambda: daemon.events("journal.lost"), 15)
    check(f"{what}: the log announces it once, then at times", 1 <= len(told) <= 3, told)
    check(f"{what}: anningd is ready all the while", daemon.ready())


def recovered(what, daemon):
    check(f"{what}: the log tells that it is over", until(lambda: load(daemon, 20) and
                                                          daemon.events("journal.recovered"), 20), daemon.log.read_text())
    load(daemon, 50)
    check(f"{what}: the journal says what it lost", until(lambda: records(daemon.data, "-t", "loss"), 5))
    status, _ = daemon.stop()
    verified = anning("journal", "verify", "-d", daemon.data)
    check(f"{what}: stopped cleanly, and what is there is intact", status == 0 and verified.returncode == 0,
          verified.stdout + verified.stderr)
    daemon.start()
    check(f"{what}: it starts again", verdict(daemon, 1) == "allow")
    daemon.stop()


def fault(text):
    (WORK / "fault").write_text(text)


def shimmed(name):
    fault("")
    return Daemon(name, env={"AN_FAULT_FILE": str(WORK / "fault"), "LD_PRELOAD": str(SHIM)}).start()


def fill(path):
    with path.open("r+b", buffering=0) as out:
        try:
            while True:
                out.write(b"x" * 4096)
        except OSError:
            pass


def full_disk():
    folder = WORK / "full"
    folder.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder],
                                          stderr=subprocess.DEVNULL).returncode != 0:
        print("  skipped: a full disk needs root and mount")
        return
    try:
        ballast = folder / "ballast"
        ballast.touch()
        daemon = Daemon("full").start()
        load(daemon)
        fill(ballast)
        announced("disk full", daemon)
        with_space = lost(daemon)
        check("disk full: snapshots fail, calls don't", verdict(daemon) == "allow" and with_space > 0)
        ballast.unlink()
        recovered("disk full", daemon)
        daemon.kill()
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def broken_disk():
    daemon = shimmed("broken")
    load(daemon)
    fault("write_errno=28 open_errno=28")
    announced("writes fail", daemon)
    fault("")
    recovered("writes fail", daemon)


def slow_disk():
    daemon = shimmed("slow")
    fault("sync_ms=400")
    began = time.monotonic()
    right = load(daemon, 500)
    took = time.monotonic() - began
    check(f"slow disk: 500 calls are answered ({took:.1f} s)", right)
    check("slow disk: nothing is lost", lost(daemon) == 0)
    fault("")
    daemon.stop()


def failing_sync():
    daemon = shimmed("sync")
    load(daemon)
    fault("sync_errno=5")
    check("sync fails: calls are answered as ever", load(daemon, 100))
    check("sync fails: a metric counts it", until(lambda: load(daemon, 20) and
                                                  daemon.metric("anning_journal_sync_failures_total") > 0, 10))
    check("sync fails: the log says so", until(lambda: daemon.events("journal.sync_failed"), 10),
          daemon.log.read_text())
    fault("")
    load(daemon, 50)
    status, _ = daemon.stop()
    check("sync fails: a clean stop later on", status == 0)


def read_only():
    daemon = Daemon("readonly")
    if os.getuid() == 0: # root writes everywhere but on a read-only file system
        daemon.data.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "none", daemon.data],
                          stderr=subprocess.DEVNULL).returncode != 0:
            print("  skipped: a read-only folder needs mount")
            return
    else:
        daemon.data.mkdir(mode=0o500)
    try:
        daemon.start()
        announced("read-only folder", daemon)
        status, _ = daemon.stop()
        check("read-only folder: a clean stop", status == 0, daemon.log.read_text())
    finally:
        if os.getuid() == 0:
            subprocess.run(["umount", "-l", daemon.data], check=False)


def main():
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-D_FILE_OFFSET_BITS=64", "-o", SHIM, ROOT / "tests/fault/disk.c"],
                   check=True)
    full_disk()
    read_only()
    broken_disk()
    slow_disk()
    failing_sync()
    finish("failing disks")


if __name__ == "__main__":
    main()
