#!/usr/bin/env python3
"""kill -9 in mid-load, again and again: what was answered is on record, the chain holds, verdicts recompute, counters
come back; half-written and damaged snapshots are no obstacle. usage: test_crash.py [BUILD]"""
import json
import re
import time

from kit import Caller, Daemon, anning, check, finish, records, until

ROUNDS = 4
# They tell of the moment of the probe itself.
MOMENTARY = ("number_pacing", "line_rhythm", "line_gap_peak", "number_age_d")
# These come from the thread that reads the journal: of its last publication, whenever that was. What has to come back
# of campaigns is looked at by campaigns_of.
OF_ANOTHER_THREAD = "campaign_"


def look_up(daemon, tokens):
    text = anning("journal", "cat", "-d", daemon.data, "-t", "verdict").stdout
    on_record = set(re.findall(r'"token":"(\w+)"', text))
    return [token for token in tokens if token not in on_record]


def probe(daemon):
    """Features of a caller of the load, as the next verdict would see them."""
    _, text = daemon.get("/v1/decide", {"from": "13010000007", "to": "13800000777", "call_id": f"probe-{time.time()}"})
    token = json.loads(text)["token"]
    return json.loads(anning("explain", "--json", token, "-d", daemon.data).stdout)["features"]


def crash_rounds(daemon):
    tokens = []
    for number in range(ROUNDS):
        callers = [Caller(daemon, window=8, sends_again=False) for _ in range(2)]
        for caller in callers:
            caller.start()
        until(lambda: sum(len(c.answers) for c in callers) > 700)
        time.sleep(0.13 * number) # at another moment of the snapshot
        daemon.kill()
        for caller in callers:
            caller.open.clear()
            caller.finish()
            tokens += caller.tokens()
        daemon.start()
    missing = look_up(daemon, tokens)
    check(f"{len(tokens)} answered verdicts are in the journal after {ROUNDS} kill -9", not missing, missing[:5])
    check("one of them is explained", tokens[-1] in anning("explain", tokens[-1], "-d", daemon.data).stdout)


def check_journal(daemon):
    verified = anning("journal", "verify", "-d", daemon.data)
    check("the journal verifies as intact", verified.returncode == 0 and "intact" in verified.stdout,
          verified.stdout + verified.stderr)
    rejudged = anning("journal", "rejudge", "-d", daemon.data)
    check("every verdict recomputes", rejudged.returncode == 0 and " 0 differ" in rejudged.stdout and
          "refer to" not in rejudged.stdout, rejudged.stdout + rejudged.stderr)


def same_counters(before, after):
    """Equal within a decay step; the probes themselves add one call each."""
    for name, value in before.items():
        if name in MOMENTARY or name.startswith(OF_ANOTHER_THREAD):
            continue
        other = after.get(name, 0.0)
        counts = any(part in name for part in ("attempts", "strangers", "ended"))
        room = 3.5 + 0.01 * value if counts else 0.03 + 0.05 * abs(value)
        if abs(other - value) > room:
            return f"{name}: {value} before, {other} after"
    return None


def campaigns_of(daemon):
    """Calls of each campaign, once its thread has read all of the journal and they change no more."""
    caught_up = lambda: re.search(r"^anning_campaigns_lag_seconds 0(\.0+)?$", daemon.get("/metrics")[1], re.M)
    if not until(caught_up):
        return "the campaigns' thread does not catch up"
    seen = []

    def rest(): # the lag may be 0 a moment before the last call is read
        found = json.loads(daemon.get("/v1/campaigns?limit=1000")[1])["campaigns"]
        seen.append({each["id"]: each["calls"] for each in found})
        time.sleep(0.3)
        return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]

    until(rest)
    return seen[-1]


def check_campaigns(daemon):
    before = campaigns_of(daemon)
    daemon.kill()
    daemon.start()
    until(lambda: campaigns_of(daemon) == before) # the lag is 0, too, before the first record is read
    after = campaigns_of(daemon)
    check("campaigns after kill -9 are those of before, each call counted once", len(before) > 0 and after == before,
          (before, after))


def check_state(daemon):
    before = probe(daemon)
    daemon.kill()
    daemon.start()
    wrong = same_counters(before, probe(daemon))
    check("counters after kill -9 are those of before", wrong is None and before["number_attempts_1h"] > 10,
          wrong or before)


def check_snapshots(daemon):
    state = daemon.data / "state"
    check("snapshots were written under load", until(lambda: any(state.glob("*.snap"))))
    before = probe(daemon)
    daemon.kill()
    time.sleep(0.3) # a snapshot's child dies with anningd, but not in the middle of a rename
    daemon.base = daemon.base.replace("every_s: 1}", "every_s: 300}")
    daemon.configure("")
    newest = max(state.glob("*.snap"))
    (state / "99999999999999999999.tmp").write_bytes(newest.read_bytes()[:1000])
    (state / "99999999999999999999.snap").write_bytes(newest.read_bytes()[:1000])
    damage(newest)
    daemon.start()
    wrong = same_counters(before, probe(daemon))
    check("a torn .tmp and a damaged newest snapshot: the older one and more of the journal", wrong is None, wrong)
    daemon.kill()
    for snapshot in state.glob("*.snap"):
        damage(snapshot)
    daemon.start()
    wrong = same_counters(before, probe(daemon))
    check("no good snapshot left: the whole journal", wrong is None, wrong)
    loaded = daemon.events("engine.loaded")
    check("the log tells that no snapshot was read", "no snapshot" in loaded[-1]["msg"], loaded[-1])


def damage(path):
    """Doing it twice doesn't undo it."""
    with path.open("r+b") as out:
        out.seek(path.stat().st_size // 2)
        out.write(b"damaged!" * 8)


def check_clean_stop(daemon):
    status, took = daemon.stop()
    check(f"SIGTERM: status 0 after {took:.1f} s", status == 0 and took < 20, daemon.log.read_text())
    check("the STOP record is the last one of its worker", [r["type"] for r in records(daemon.data)
                                                            if r["worker"] == 0 and r["type"] != "chain"][-1] == "stop")
    daemon.start()
    loaded = daemon.events("engine.loaded")[-1]["msg"]
    check("after a clean stop nothing is replayed", " 0 journal records replayed" in loaded, loaded)


def main():
    daemon = Daemon("crash", every_s=1).start()
    crash_rounds(daemon)
    check_state(daemon)
    check_campaigns(daemon)
    check_snapshots(daemon)
    check_journal(daemon)
    check_clean_stop(daemon)
    check_journal(daemon)
    finish("kill -9, snapshots, stop")


if __name__ == "__main__":
    main()
