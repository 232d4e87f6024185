#!/usr/bin/env python3
"""The desk against a running anningd: the live view shows calls as they come, survives what clients do to it, charts
and words on campaigns outlive kill -9, roles are kept. usage: test_desk.py [BUILD]"""
import http.client
import json
import re
import socket
import time

from kit import Caller, Daemon, check, finish, until

ADMIN = {"login": "chief", "password": "correct horse battery staple", "name": "Chief"}


class Desk(Daemon):
    def ask(self, method, path, body=None, who=None, headers=None):
        """(status, object or text) as somebody who has signed in."""
        connection = http.client.HTTPConnection(self.address, 8080, timeout=30)
        send = {"Content-Type": "application/json", **(headers or {})}
        if who:
            send.update({"Cookie": f"anning_session={who[0]}", "X-Anning-CSRF": who[1]})
        connection.request(method, path, None if body is None else json.dumps(body), send)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        self.cookie = re.search(r"anning_session=([^;]+)", answer.getheader("Set-Cookie") or "")
        connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def sign_in(self, login, password):
        status, answer = self.ask("POST", "/v1/session", {"login": login, "password": password})
        return (self.cookie.group(1), answer["csrf"]) if status == 200 else None

    def first(self):
        link = until(lambda: re.search(r"#/first/(\w+)", self.log.read_text()))
        self.ask("POST", "/v1/first", {"token": link.group(1), **ADMIN})
        return self.sign_in(ADMIN["login"], ADMIN["password"])

    def user(self, admin, login, role):
        answer = self.ask("POST", "/v1/users", {"login": login, "name": login, "role": role}, admin)[1]
        token = re.search(r"#/password/(\w+)", answer["link"]).group(1)
        self.ask("POST", "/v1/password", {"token": token, "password": ADMIN["password"]})
        return self.sign_in(login, ADMIN["password"])


class Stream:
    """An open live view."""

    def __init__(self, daemon, who):
        self.socket = socket.create_connection((daemon.address, 8080))
        self.socket.sendall(f"GET /v1/live HTTP/1.1\r\nHost: x\r\nCookie: anning_session={who[0]}\r\n\r\n".encode())
        self.text = ""

    def until(self, words, seconds=20):
        self.socket.settimeout(0.5)
        end = time.monotonic() + seconds
        while words not in self.text and time.monotonic() < end:
            try:
                part = self.socket.recv(65536)
            except socket.timeout:
                continue
            if not part:
                break
            self.text += part.decode("utf-8", "replace")
        return words in self.text


def call(daemon, n, caller="02161990111", trunk="platform"):
    return json.loads(daemon.get("/v1/decide", {"from": caller, "to": f"1380013{8000 + n}", "trunk": trunk,
                                                "call_id": f"{caller}-{n}"})[1])


def check_live(daemon, admin, agent):
    # people told this caller to stop: its next calls are touched
    before = []
    for n in range(30):
        before.append(call(daemon, n))
        daemon.get("/v1/events", {"kind": "report", "from": "02161990111", "to": f"1380013{8000 + n}",
                                  "trunk": "platform", "refusal": True, "token": before[-1]["token"]})
    stream, masked = Stream(daemon, admin), Stream(daemon, agent)
    check("the live view ticks", stream.until("event: tick") and '"calls_s"' in stream.text, stream.text)
    masked.until("event: tick")
    stream.until('"calls_s":0') # those before are through: of many at once only ten a second are shown
    touched = [call(daemon, n) for n in range(30, 35)]
    check("the next calls are touched", all(t["action"] != "allow" for t in touched), touched)
    check("a touched call comes", stream.until("event: call"), stream.text)
    check("with its caller for the admin", "+862161990111" in stream.text, stream.text)
    check("masked for an agent", masked.until("event: call") and "+862161990111" not in masked.text, masked.text)
    check("and nobody's callee", "+8613800138000" not in stream.text, stream.text)
    return touched + [c for c in before if c["action"] != "allow"]


def check_pages(daemon, admin, agent, touched):
    stats = until(lambda: [s for s in [daemon.ask("GET", "/v1/stats?step=hour", None, agent)[1]]
                           if sum(i["calls"] for i in s["items"]) == 35])
    check("charts count every call once", stats, daemon.ask("GET", "/v1/stats", None, agent))
    number = daemon.ask("GET", "/v1/numbers/%2B862161990111", None, admin)[1]
    check("the number's page has its calls", number["counters"]["touched"] == len(touched) and number["region"] == "31", number)
    check("and the reports about it", number["reports"]["unwanted"] == 30, number["reports"])
    said = daemon.ask("POST", "/v1/labels", {"number": "+862161990111", "verdict": "unwanted", "who": "li", "why": "a case"})
    labels = until(lambda: daemon.ask("GET", "/v1/numbers/%2B862161990111", None, admin)[1]["labels"], 20)
    check("and what operators said of it", labels and labels[0]["who"] == "li" and labels[0]["why"] == "a case", (said, labels))
    trunks = daemon.ask("GET", "/v1/trunks", None, agent)[1]["items"]
    check("trunks are listed", trunks[0]["name"] == "platform" and trunks[0]["calls_24h"] == 35, trunks)
    found = daemon.ask("GET", f"/v1/search?q={touched[0]['token']}", None, agent)[1]["items"]
    check("a token is found", found and found[0]["kind"] == "token", found)
    health = daemon.ask("GET", "/v1/health", None, agent)[1]
    check("health names its parts", {"journal", "store", "model", "disk"} <= {p["name"] for p in health["parts"]}, health)
    review = until(lambda: daemon.ask("GET", "/v1/review", None, admin)[1]["items"], 20)
    check("calls people complained of, and that had been let through, are up for review",
          review and review[0]["why"] == "unwanted_but_allowed", review)
    check("... with the call's own score, not none", review and review[0]["score"] > 0, review)


def check_dryrun(daemon, admin, agent):
    check("an agent tries no settings", daemon.ask("POST", "/v1/dryrun", {"policy": {}}, agent)[0] == 403)
    status, answer = daemon.ask("POST", "/v1/dryrun", {"policy": {"block": False, "label": False, "screen": False}}, admin)
    check("a dry run starts", status == 202, answer)
    done = until(lambda: [a for a in [daemon.ask("GET", f"/v1/dryrun/{answer['id']}", None, admin)[1]]
                          if a["state"] == "done"])
    check("and says what would have changed", done and done[0]["calls"] == 35 and done[0]["examples"], done)
    for text in ("policy: {callees_file: /etc/passwd}", "data: /", "policy: ["):
        check(f"refused: {text}", daemon.ask("POST", "/v1/dryrun", {"settings": text}, admin)[0] == 400)


def check_restart(daemon, admin):
    before = daemon.ask("GET", "/v1/trunks/platform", None, admin)[1]
    daemon.kill()
    daemon.start()
    again = until(lambda: [t for t in [daemon.ask("GET", "/v1/trunks/platform", None, admin)[1]]
                           if isinstance(t, dict) and t.get("calls_24h") == before["calls_24h"]])
    check("charts are there again after kill -9, none counted twice", again, (before["calls_24h"], again))
    daemon.stop()
    daemon.start()
    again = until(lambda: [t for t in [daemon.ask("GET", "/v1/trunks/platform", None, admin)[1]]
                           if isinstance(t, dict) and t.get("calls_24h") == before["calls_24h"]])
    check("and after a stop in order", again and len(again[0]["calls"]) == len(before["calls"]), again)


def check_exports(daemon, admin, authority):
    def cases_there():
        """Reports go into cases out of the journal, a moment after they are answered."""
        items = daemon.ask("GET", "/v1/cases", None, authority)[1].get("items")
        return items if items and items[0]["reports"] >= 30 else None
    cases = until(cases_there)
    if not check("complaints are a case", cases, daemon.ask("GET", "/v1/cases", None, authority)):
        return
    path = f"/v1/cases/{cases[0]['id']}"
    check("its state is changed", daemon.ask("PATCH", path, {"state": "asked", "note": "=HYPERLINK(1)"}, authority)[0] == 200)
    daemon.kill()
    daemon.start()
    case = until(lambda: [c for c in [daemon.ask("GET", path, None, authority)] if c[0] == 200])
    check("and is so after kill -9", case and case[0][1]["state"] == "asked", case)
    csv = daemon.ask("GET", "/v1/cases.csv", None, authority)[1]
    check("the export is inert, and has pseudonyms", "\"'=HYPERLINK" in csv and "62161990111" not in csv, csv)
    check("XLSX too", daemon.ask("GET", "/v1/statistics.xlsx", None, authority)[1].startswith("PK"))
    check("the desk is not the authority's", daemon.ask("GET", "/v1/review", None, authority)[0] == 403)
    check("nor anybody's who is not signed in", daemon.ask("GET", "/v1/live")[0] == 401)


def check_flood(daemon, admin):
    """More streams than there is room for: the rest are told, and calls go on."""
    streams = [Stream(daemon, admin) for _ in range(300)]
    open_, refused = 0, 0
    for stream in streams:
        stream.until("\n\n", 10)
        open_ += "text/event-stream" in stream.text
        refused += " 503 " in stream.text and "Retry-After" in stream.text
    check("100 are open, the others get 503 and when to come again", (open_, refused) == (100, 200), (open_, refused))
    caller = Caller(daemon, total=500)
    caller.start()
    until(lambda: len(caller.answers) >= 500, 30)
    check("calls are answered meanwhile", len(caller.answers) >= 500, len(caller.answers))
    caller.ending.set()
    for stream in streams:
        stream.socket.close()
    check("and there is room again", until(lambda: Stream(daemon, admin).until("event: tick", 2), 20))


def main():
    daemon = Desk("desk", "console: {streams_max: 100}\n").start()
    admin = daemon.first()
    agent, authority = daemon.user(admin, "agent1", "agent"), daemon.user(admin, "miit", "authority")
    check("everybody is signed in", admin and agent and authority)
    touched = check_live(daemon, admin, agent)
    check_pages(daemon, admin, agent, touched)
    check_dryrun(daemon, admin, agent)
    check_restart(daemon, admin)
    check_exports(daemon, admin, authority)
    check_flood(daemon, admin)
    daemon.stop()
    finish("desk")


main()
