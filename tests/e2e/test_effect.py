#!/usr/bin/env python3
"""What a person or the operator decides is in force for the first call asked after the answer, under load too, and still is
when anningd dies (kill -9) the moment it has answered. usage: test_effect.py [BUILD]"""
from kit import Caller, check, finish, until
from people_kit import Site

ALICE, BOB = "+8613800138000", "+8613911112222"
ROUNDS = 30


class Restarted:
    """A decision, then kill -9 at once, then its effect on the next call."""

    def __init__(self, site):
        self.site = site

    def __call__(self, what, answer, effect, wanted=(200, 201)):
        if not check(f"{what}", answer[0] in wanted, answer):
            return
        self.site.kill()
        self.site.start()
        seen = effect()
        check("... is in force after kill -9, from the first call on", seen is True, seen)


def listed(client, path, count):
    """The follower is a moment behind."""
    return until(lambda: (items := client.ask("GET", path)[1].get("items", [])) and len(items) >= count and items) or []


def check_under_load(site, alice):
    """Each change is looked for with the first call asked behind its answer; how many it took is counted, not timed."""
    callers = [Caller(site, window=16) for _ in range(2)]
    for caller in callers:
        caller.start()
    check("calls come in by SIP", until(lambda: all(len(c.answers) > 500 for c in callers)))
    before = sum(len(c.answers) for c in callers)
    late = []
    for n in range(ROUNDS):
        spam = f"+86170123{n:05}"
        blocked = [{"number": spam}] if n % 2 == 0 else []
        status, answer, _ = alice.ask("PUT", "/v1/subscribers/me/settings", {"on": True, "blocked": blocked})
        if status != 200:
            check("settings are taken under load", False, answer)
            break
        asked = [0]

        def in_force(caller=spam, want=bool(blocked), count=asked):
            count[0] += 1
            return ("blocked" in site.decide(caller, ALICE)["rules"]) == want
        if not until(in_force) or asked[0] > 1:
            late.append((n, asked[0]))
    during = sum(len(c.answers) for c in callers) - before
    check(f"{ROUNDS} changes among {during} calls by SIP: each holds for the first call asked after its answer",
          not late and during > 0, late)
    check("the callers end", all(c.finish() for c in callers))
    unanswered = [c for caller in callers for c in caller.open]
    check("and none of theirs went without an answer", not unanswered, unanswered[:5])


def check_decisions(site, alice, admin):
    restarted = Restarted(site)
    mine = "/v1/subscribers/me"
    restarted("settings", alice.ask("PUT", mine + "/settings", {"on": True, "blocked": [{"number": "+8617000000001"}]}),
              lambda: site.decide("+8617000000001", ALICE)["action"] == "block")
    restarted("'I'm expecting ...'", alice.ask("POST", mine + "/expecting", {"kind": "delivery", "hours": 3}),
              lambda: "expected" in site.decide("+8613511110001", ALICE)["rules"])
    entry = alice.ask("GET", mine + "/settings")[1]["expecting"][0]["id"]
    restarted("... taken back", alice.ask("DELETE", f"{mine}/expecting/{entry}"),
              lambda: "expected" not in site.decide("+8613511110001", ALICE)["rules"])

    token = site.decide("+8613511110002", ALICE)["token"]
    status, answer, _ = said = alice.ask("POST", f"{mine}/calls/{token}/say", {"verdict": "unwanted"})
    check("one tap shows its effect", status == 200 and answer["effect"]["zh"] and answer["effect"]["en"], answer)
    restarted("unwanted", said, lambda: site.decide("+8613511110002", ALICE)["action"] == "label")
    reports = alice.ask("GET", mine + "/reports")[1]["items"]
    check("... and the report is there once", [r["token"] for r in reports] == [token], reports)
    said = alice.ask("POST", f"{mine}/calls/{token}/say", {"verdict": "wanted"})
    restarted("wanted", said, lambda: site.decide("+8613511110002", ALICE)["action"] == "allow")

    status, answer, _ = alice.ask("POST", f"{mine}/calls/{token}/say", {"verdict": "unwanted"})
    check("unwanted again", status == 200, answer)
    token = site.decide("+8613511110002", ALICE)["token"]
    listed(alice, mine + "/calls", 1)
    path = "/v1/redress/" + token
    status, answer, _ = site.nobody().ask("POST", path, {"contact": "a@example.com", "words": "a courier"})
    check("the caller asks for redress", status == 201, answer)
    granted = admin.ask("POST", path + "/decision", {"grant": True, "words": "seen by phone"})
    restarted("a grant", granted, lambda: "labelled_wanted" in site.decide("+8613511110002", BOB)["rules"])
    check("... and is on record as granted", site.nobody().ask("GET", path)[1]["state"] == "granted")

    restarted("off", alice.ask("DELETE", mine), lambda: "opted_out" in site.decide("+8617000000001", ALICE)["rules"])
    erased = alice.ask("DELETE", mine + "/data")
    restarted("erased", erased, lambda: "opted_out" not in site.decide("+8617000000001", ALICE)["rules"])
    check("... and nothing of hers is back", alice.ask("GET", mine + "/reports")[1]["items"] == [])


def main():
    site = Site("effect", "console: {proxy: true}\n").start()
    admin = site.first_admin()
    alice = site.person(ALICE)
    check_under_load(site, alice)
    check_decisions(site, alice, admin)
    check("anningd ends in order", site.stop()[0] == 0)
    finish("effect")


main()
