#!/usr/bin/env python3
"""SIGHUP while calls flow: none is lost or answered twice, the new policy shows in the verdicts; a broken file changes
nothing and is said; SIGTERM answers what is queued. usage: test_reload.py [BUILD]"""
import json
import time

from kit import Caller, Daemon, check, finish, records, until

STRICT = "policy: {level: strict, block: false}\n"
DENY = "policy: {level: loose}\nlists: {deny: ['13010000003']}\n"


def version_in_force(daemon):
    _, text = daemon.get("/v1/decide", {"from": "13010000999", "to": "13800000777"})
    verdict = json.loads(text)
    return verdict["settings_version"], verdict["level"]


def reload(daemon, config, event_count):
    daemon.configure(config)
    daemon.hang_up()
    return until(lambda: len(daemon.events("config.reload")) > event_count, 20)


def check_answers(what, callers):
    lost = [call for c in callers for call in range(1, c.sent + 1) if f"{c.name_}-{call}" not in c.answers]
    check(f"{what}: each of {sum(c.sent for c in callers)} calls is answered", not lost, lost[:5])
    twice = [a for c in callers for a in c.answers.values() if len(a) > 1]
    again = sum(c.again for c in callers)
    check(f"{what}: none twice, but for {again} sent twice", len(twice) <= again, twice[:5])
    split = [a for a in twice if len(set(a)) > 1]
    check(f"{what}: one token a call", not split, split[:5])


def check_policy(daemon):
    callers = [Caller(daemon, window=16) for _ in range(2)]
    for caller in callers:
        caller.start()
    until(lambda: sum(len(c.answers) for c in callers) > 300)
    seen = [version_in_force(daemon)]
    for number, config in enumerate((STRICT, DENY, STRICT, DENY)):
        reload(daemon, config, number)
        seen.append(version_in_force(daemon))
        time.sleep(0.1)
    check("the level follows the file", [level for _, level in seen] == ["standard", "strict", "loose", "strict",
                                                                         "loose"], seen)
    check("each policy has its version", len({version for version, _ in seen}) == 3, seen)
    check("the metric counts reloads", daemon.metric("anning_reloads_total") == 4)
    for caller in callers:
        caller.finish()
    check_answers("reloads", callers)
    denied = [r for r in records(daemon.data, "-t", "verdict") if r["from"] == "+8613010000003"]
    check("the deny list is obeyed once it is in force", {"block", "allow"} <= {r["action"] for r in denied},
          [r["action"] for r in denied])
    known = {r["version"] for r in records(daemon.data, "-t", "settings")}
    check("each version is on record", {version for version, _ in seen} <= known, known)


def check_broken(daemon):
    before = version_in_force(daemon)
    reload(daemon, "policy: {level: severe}\nworkerz: 3\n", 4)
    check("a broken file changes nothing", version_in_force(daemon) == before)
    told = "\n".join(e["msg"] for e in daemon.events())
    check("the log names each fault and that the old settings stay", "severe" in told and "workerz" in told and
          "stay" in told, told)
    check("the metric counts the failure", daemon.metric("anning_reload_failures_total") == 1)
    daemon.file.unlink()
    daemon.hang_up()
    until(lambda: daemon.metric("anning_reload_failures_total") == 2, 20)
    check("a missing file changes nothing", version_in_force(daemon) == before)
    count = len(daemon.events("config.reload"))
    reload(daemon, DENY + "api: {threads: 3}\n", count)
    told = daemon.events("config.reload")
    check("what needs a restart is named", any("api.threads" in e["msg"] and "next start" in e["msg"] for e in told),
          told[-2:])


def check_stop(daemon):
    caller = Caller(daemon, window=64, sends_again=False)
    caller.start()
    until(lambda: len(caller.answers) > 500)
    caller.ending.set() # what is sent by now waits in the socket or is answered
    status, took = daemon.stop()
    check(f"SIGTERM under load: status 0 after {took:.1f} s", status == 0 and took < 20, daemon.log.read_text())
    until(lambda: not caller.open, 2)
    check(f"what was queued is answered ({caller.sent} calls)", not caller.open, list(caller.open)[:5])
    caller.open.clear()
    caller.finish()
    began = time.monotonic()
    daemon.start()
    check(f"it is back after {time.monotonic() - began:.1f} s",
          " 0 journal records replayed" in daemon.events("engine.loaded")[-1]["msg"], daemon.events("engine.loaded"))
    check("every line of the log is JSON", len(daemon.events()) == len(daemon.log.read_text().splitlines()))


def main():
    daemon = Daemon("reload").start()
    check_policy(daemon)
    check_broken(daemon)
    check_stop(daemon)
    finish("reload and stop")


if __name__ == "__main__":
    main()
