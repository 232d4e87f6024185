#!/usr/bin/env python3
"""People's settings, calls, reports and redress with real anningd processes, on SQLite and on PostgreSQL: a change holds
for the next call, within a second at a second anningd on the same database, and after kill -9; what is reported is listed
once; text messages are believed when signed and new; nobody reaches another's things. usage: test_people.py [BUILD]"""
import hashlib
import hmac
import io
import json
import os
import re
import sqlite3
import time
import urllib.error
import urllib.request
import wave
from datetime import datetime, timezone

from kit import WORK, Daemon, Receiver, anning, check, finish, postgres, serve, until

SECRET = "a-secret-of-the-gateway"
MACHINE = "0123456789abcdef"
ALICE, BOB, SPAM = "+8613800138000", "+8613911112222", "+8617012345678"


class Gateway(Receiver):
    """Takes the text messages that go out."""
    texts = []

    def do_POST(self):
        body = self.body()
        mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        Gateway.texts.append((json.loads(body), self.headers["X-Anning-Signature"] == "sha256=" + mac))
        self.answer()


class People(Daemon):
    def raw(self, path, headers):
        """(status, bytes, headers)"""
        request = urllib.request.Request(f"http://{self.address}:8080{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    def decide(self, caller, callee, **more):
        return self.ask("POST", "/v1/decide", {"from": caller, "to": callee, "trunk": "gate", **more},
                        {"Authorization": "Bearer " + MACHINE})[1]

    def text(self, id_, sender, words, secret=SECRET, late_s=0):
        when = datetime.fromtimestamp(time.time() - late_s, timezone.utc).isoformat(timespec="seconds")
        body = json.dumps({"id": id_, "time": when, "from": sender, "to": "10086999", "text": words}).encode()
        mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return self.ask("POST", "/v1/texts", body, {"X-Anning-Signature": "sha256=" + mac})[:2]


class Person:
    """Somebody signed in: by login and password, or by a code sent to the number."""

    def __init__(self, daemon, body):
        self.daemon = daemon
        status, answer, headers = daemon.ask("POST", "/v1/session", body)
        if not check("signs in", status == 200, answer):
            finish("people")
        self.cookie = re.match(r"anning_session=[^;]+", headers["Set-Cookie"]).group(0)
        self.csrf = answer["csrf"]

    def ask(self, method, path, body=None, daemon=None, **headers):
        return (daemon or self.daemon).ask(method, path, body, {"Cookie": self.cookie, "X-Anning-CSRF": self.csrf,
                                                                **headers})[:2]

    def calls(self, count, path="/v1/subscribers/me/calls?only=all"):
        """Items, once there are so many: the follower is a moment behind."""
        return until(lambda: (items := self.ask("GET", path)[1].get("items", [])) and len(items) >= count and items) or []


def by_code(daemon, number):
    before = len(Gateway.texts)
    status, answer, _ = daemon.ask("POST", "/v1/session/code", {"number": number})
    check("a code is sent to the number", status == 202, answer)
    sent = until(lambda: Gateway.texts[before:])
    check("... signed, by the gateway", bool(sent) and sent[0][1] and sent[0][0]["to"] == number, sent)
    return Person(daemon, {"number": number, "code": re.search(r"\d{6}", sent[0][0]["text"]).group(0)})


def first_admin(daemon):
    """The one-time link of the log, then a session."""
    token = until(lambda: re.search(r"#/first/([a-z0-9]+)", daemon.log.read_text()))
    daemon.ask("POST", "/v1/first", {"token": token.group(1), "login": "root", "password": "correct horse 7", "name": "R"})
    return Person(daemon, {"login": "root", "password": "correct horse 7"})


def key_of(admin, name, *scopes):
    status, answer = admin.ask("POST", "/v1/keys", {"name": name, "scopes": list(scopes)})
    if not check(f"a key for {' '.join(scopes)}", status in (200, 201), answer):
        finish("people")
    return answer["key"]


def check_settings(one, alice, other):
    status, answer = alice.ask("PUT", "/v1/subscribers/me/settings",
                               {"on": True, "blocked": [{"number": SPAM, "name": "<script>"}]})
    check("settings are taken", status == 200 and answer["version"] >= 1, answer)
    check("they hold for the next call", one.decide(SPAM, ALICE)["action"] == "block")
    check("... and for nobody else's", one.decide(SPAM, BOB)["action"] == "allow")
    check("a second anningd on the database hears of it",
          other is None or until(lambda: other.decide(SPAM, ALICE)["action"] == "block", 10))
    status, answer = alice.ask("PUT", "/v1/subscribers/me/settings", {"on": True}, **{"If-Match": "99"})
    check("an old version is refused", status == 409 and answer["error"]["code"] == "changed", answer)
    status, answer = alice.ask("PUT", "/v1/subscribers/me/settings", {"levle": "strict"})
    check("a slip is named", status == 400 and "did you mean" in answer["error"]["message"], answer)
    status, answer = alice.ask("PUT", "/v1/subscribers/me/settings", b'{"on":true,"contacts":[' + b" " * 300000 + b"]}")
    check("oversized settings are refused by the limit's name",
          status == 413 and "HTTP_PEOPLE_BODY_MAX" in answer["error"]["message"], answer)
    one.kill()
    one.start()
    check("they hold after kill -9, from the first call on", one.decide(SPAM, ALICE)["action"] == "block")


def check_calls(one, alice, bob, desk):
    hostile = "\x1b[2J<img src=x onerror=alert(1)>"
    one.decide("+8613511110001", ALICE, display=hostile)
    items = alice.calls(3)
    check("her calls are listed", len(items) >= 3 and items[0]["caller"] == "+8613511110001", items)
    check("a hostile display name comes back as it was, as text", items and items[0]["display"] == hostile, items[:1])
    check("each says why in one sentence", all(i["sentence"]["zh"] and i["sentence"]["en"] for i in items))
    ran = anning("subscriber", "calls", ALICE, "--all", "--server", f"{one.address}:8080",
                 env={**os.environ, "ANNING_TOKEN": desk})
    check("anning subscriber calls shows them, no control character with them",
          ran.returncode == 0 and "+8613511110001" in ran.stdout and "\x1b" not in ran.stdout, ran.stdout + ran.stderr)
    looks = alice.ask("GET", "/v1/subscribers/me/looks")[1]["items"]
    check("and she sees that somebody looked", looks and looks[0]["what"] == "calls.look", looks)
    path = f"/v1/subscribers/me/calls/{items[0]['token']}/say"
    check("nobody else speaks about her call", bob.ask("POST", path, {"verdict": "unwanted"})[0] == 404)
    status, answer = alice.ask("POST", path, {"verdict": "unwanted", "category": "fraud", "words": "骗子"})
    check("unwanted", status == 200 and re.fullmatch(r"R\d\d-\d{6}", answer["report"]["number"]), answer)
    check("the next call is judged by it", one.decide("+8613511110001", ALICE)["action"] == "label")
    check("... hers only", one.decide("+8613511110001", BOB)["action"] == "allow")
    report = f"/v1/reports/{answer['report']['id']}"
    proof = until(lambda: (p := alice.ask("GET", report)[1].get("proof")) and p["complete"] and p)
    segment = (one.data / "journal" / proof["file"]).read_bytes() if proof else b""
    chain = proof["chain"] if proof else {}
    right = proof and hashlib.sha256(bytes.fromhex(chain["before"]) + segment[chain["from"]:chain["until"]]).hexdigest()
    check("its proof holds against the journal's file", bool(proof) and right == chain["after"], proof)
    check("nobody else reads the report", bob.ask("GET", report)[0] == 404 and one.ask("GET", report)[0] == 401)
    for number in (ALICE, ALICE.replace("+", "%2B"), ALICE + "%00", "0", "%2e%2e"):
        for what in ("settings", "calls", "reports", "looks", "data"):
            if bob.ask("GET", f"/v1/subscribers/{number}/{what}")[0] not in (400, 404):
                check(f"nobody reads {number}/{what}", False)
    check("nobody reads another's things by number", True)
    return items[0]["token"], answer["report"]["id"]


def tone(seconds=4):
    """A real WAV file, as a phone's recorder writes one."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16000)
        out.writeframes(bytes(n * 37 % 251 for n in range(32000 * seconds)))
    return file.getvalue()


def check_recording(one, alice, bob, other, desk, report):
    path, sound = f"/v1/reports/{report}/recording", tone()
    kind = {"Content-Type": "audio/wav"}
    status, answer = alice.ask("PUT", path, sound, **kind)
    check("a recording goes with the report", status == 200 and answer["recording"]["bytes"] == len(sound), answer)
    status, answer = alice.ask("PUT", path, b"<script>alert(1)</script>", **kind)
    check("a page is no recording", status == 415 and answer["error"]["code"] == "not_audio", answer)
    status, answer = alice.ask("PUT", path, sound[:44] + bytes(5 << 20), **kind)
    check("one over the limit is refused by the limit's name",
          status == 413 and "people.recording_kb" in answer["error"]["message"], answer)
    check("nobody else hears it, or puts one there",
          bob.ask("GET", path)[0] == 404 and bob.ask("PUT", path, sound, **kind)[0] == 404)
    one.kill()
    one.start()
    for daemon in filter(None, (one, other)):
        status, heard, headers = daemon.raw(path, {"Cookie": alice.cookie})
        check("after kill -9 it comes back whole" if daemon is one else "the other anningd on the database has it",
              status == 200 and heard == sound and headers["Content-Type"] == "audio/wav")
        check("... as a file to save, of no other type", headers["X-Content-Type-Options"] == "nosniff" and
              headers["Content-Disposition"].startswith('attachment; filename="R'))
    stored = b"".join(p.read_bytes() for p in one.data.glob("anning.sqlite*"))
    check("none of its bytes are in the database's file", other is not None or stored and sound[5000:5064] not in stored)
    check("the desk can hear it", one.raw(path, {"Authorization": "Bearer " + desk})[1] == sound)
    looks = alice.ask("GET", "/v1/subscribers/me/looks")[1]["items"]
    check("and she sees that it did", looks[0]["what"] == "recording.listen", looks[:1])
    data = alice.ask("GET", "/v1/subscribers/me/data")[1]
    check("her data says where it is", [r for r in data["reports"] if (r["recording"] or {}).get("link") == path])
    check("... and how long it is kept", "180" in data["kept"]["en"] and "录音" in data["kept"]["zh"], data["kept"])
    return path


def check_crash(one, alice):
    """Calls and reports are listed once each, though anningd dies among them."""
    wanted = set()
    for round_ in range(3):
        for n in range(40):
            wanted.add(one.decide(f"+86135222{round_:02}{n:03}", ALICE)["token"])
        one.kill()
        one.start()

    def listed():
        found, cursor = [], ""
        while cursor is not None:
            page = alice.ask("GET", f"/v1/subscribers/me/calls?only=all&limit=200{cursor}")[1]
            found += [item["token"] for item in page["items"]]
            cursor = f"&cursor={page['next']}" if "next" in page else None
        return found
    tokens = until(lambda: (found := listed()) and wanted <= set(found) and found) or listed()
    check("after kill -9 among them no call is lost", wanted <= set(tokens), f"{len(wanted - set(tokens))} missing")
    check("... and none is there twice", len(tokens) == len(set(tokens)))


def check_texts(one, bob):
    tag = one.data.name
    status, answer = one.text(tag + "1", BOB, "开通防骚扰")
    check("a text message switches protection on", status == 200 and "已开通" in answer["reply"], answer)
    check("... for its sender", bob.ask("GET", "/v1/subscribers/me/settings")[1]["on"] is True)
    check("one with a wrong signature is refused", one.text(tag + "2", BOB, "QXFSR", "somebody-elses-secret")[0] == 401)
    check("one that is late is refused", one.text(tag + "3", BOB, "QXFSR", late_s=400)[0] == 400)
    check("one that is replayed is refused", one.text(tag + "1", BOB, "QXFSR")[0] == 409)
    check("nothing of that changed anything", bob.ask("GET", "/v1/subscribers/me/settings")[1]["on"] is True)
    bob.ask("PUT", "/v1/subscribers/me/settings", {"on": True, "ranges": [{"prefix": "+86170", "do": "label"}]})
    one.decide(SPAM, BOB)
    bob.calls(1, "/v1/subscribers/me/calls")
    status, answer = one.text(tag + "4", BOB, "ＪＢ 卖课的")
    check("JB reports the last call", status == 200 and re.search(r"R\d\d-\d{6}", answer["reply"]), answer)
    named = bob.ask("GET", "/v1/subscribers/me/reports")[1]["items"]
    check("... and its words name the trade", [r for r in named if r["category"] == "education"], named)
    token = one.decide("+8613511110009", BOB)["token"]
    bob.calls(2, "/v1/subscribers/me/calls?only=all")
    one.decide(BOB, "12321") # shown on a trunk that anybody calls by
    one.decide(BOB, "12321", trunk="phones")
    reports = until(lambda: (r := bob.ask("GET", "/v1/subscribers/me/reports")[1]["items"]) and len(r) >= 2 and r) or []
    check("so does the short code", [r for r in reports if r["way"] == "code" and r["token"] == token], reports)
    check("... and the engine knows", until(lambda: one.decide("+8613511110009", BOB)["action"] == "label", 10))


def check_late(one, admin, token):
    """The clock of 24 hours, which is turned in the database."""
    health = admin.ask("GET", "/v1/health")[1]
    part = [p for p in health["parts"] if p["name"] == "redress"]
    check("nobody waits too long yet", part and part[0]["state"] == "good", health)
    database = sqlite3.connect(one.data / "anning.sqlite", timeout=20)
    with database:
        changed = database.execute("UPDATE redress SET due = 1 WHERE state = 1").rowcount
    database.close()
    check("a day goes by", changed == 1)
    check("it is counted as overdue", until(lambda: one.waiting("overdue") == 1, 10))
    health = admin.ask("GET", "/v1/health")[1]
    part = [p for p in health["parts"] if p["name"] == "redress"]
    check("the health page says so, and what to do", part and part[0]["state"] == "degraded" and part[0]["do_zh"], part)
    check("so does the log", one.events("redress.overdue"))


def check_standing(one):
    """Whoever holds the number sees how it stands."""
    caller = "+8613511110001"
    before = len(Gateway.texts)
    status, _, _ = one.ask("POST", "/v1/standing/code", {"number": caller})
    sent = until(lambda: Gateway.texts[before:])
    check("a code goes to the number by text", status == 202 and bool(sent) and sent[0][0]["by"] == "text", sent)
    code = re.search(r"\d{6}", sent[0][0]["text"]).group(0) if sent else ""
    wrong = "000000" if code != "000000" else "111111"
    check("a wrong one shows nothing", one.ask("POST", "/v1/standing", {"number": caller, "code": wrong})[0] == 401)
    status, view, _ = one.ask("POST", "/v1/standing", {"number": caller, "code": code})
    check("the right one does", status == 200 and view["number"] == caller and view["days"] == 30, view)
    check("... the operator's decision by its kind", [x for x in view["labels"] if x["kind"] == "wanted"], view)
    text = json.dumps(view, ensure_ascii=False)
    check("... and nothing of who was called, or who decided",
          ALICE[1:] not in text and BOB[1:] not in text and "checked by phone" not in text and "desk" not in text, view)
    check("a code counts once", one.ask("POST", "/v1/standing", {"number": caller, "code": code})[0] == 401)


def check_redress(one, admin, alice, desk, other):
    token = one.decide("+8613511110001", ALICE)["token"]
    path = f"/v1/redress/{token}"
    status, view, _ = one.ask("GET", path)
    check("the caller sees why", status == 200 and view["number"] == "+86135****0001" and view["state"] == "none", view)
    check("... nothing of whom he called, or of what she said",
          ALICE[1:] not in json.dumps(view) and "骗子" not in json.dumps(view, ensure_ascii=False))
    check("a guessed token shows nothing", one.ask("GET", "/v1/redress/" + "0" * 26)[0] == 404)
    check("he asks for redress", one.ask("POST", path, {"contact": "a@example.com", "words": "快递"})[0] == 201)
    check("... once", one.ask("POST", path, {"contact": "a@example.com", "words": "快递"})[0] == 409)
    before = len(Gateway.texts)
    check("a code goes out by text or by call", one.ask("POST", path + "/code", {"by": "pigeon"})[0] == 400)
    one.ask("POST", path + "/code", {"by": "call"})
    sent = until(lambda: Gateway.texts[before:])
    code = re.search(r"(?:\d ){5}\d", sent[0][0]["text"]).group(0).replace(" ", "") if sent else ""
    check("a code is spoken to the number", bool(sent) and sent[0][0]["to"] == "+8613511110001" and
          sent[0][0]["by"] == "call" and sent[0][1], sent)
    wrong = "000000" if code != "000000" else "111111"
    check("a wrong code proves nothing", one.ask("POST", path + "/proof", {"code": wrong})[0] == 400)
    check("the right one does", one.ask("POST", path + "/proof", {"code": code})[0] == 200)
    env = {**os.environ, "ANNING_TOKEN": desk, "ANNING_SERVER": f"{one.address}:8080"}
    ran = anning("redress", "ls", env=env)
    check("the desk sees it", token in ran.stdout and "yes" in ran.stdout, ran.stdout + ran.stderr)
    status, answer = admin.ask("GET", "/v1/review")
    check("it is the first of the verdicts to look at again", status == 200 and answer["items"][0]["token"] == token and
          answer["items"][0]["why"] == "redress" and answer["items"][0]["due"], answer)
    status, answer = admin.ask("POST", f"/v1/review/{token}", {"verdict": "right"})
    check("... where nobody passes over it", status == 409 and answer["error"]["code"] == "redress", answer)
    check("it is counted as waiting", until(lambda: one.waiting() == 1, 10))
    if other is None:
        check_late(one, admin, token)
    check("she can't decide on it", alice.ask("POST", path + "/decision", {"grant": True, "words": "x"})[0] == 403)
    status, answer = admin.ask("GET", "/v1/redress?state=waiting")
    check("... with what was measured", any("value" in r for r in answer["items"][0]["reasons"]), answer)
    ran = anning("redress", "grant", token, "--words", "checked by phone", env=env)
    check("it is granted", ran.returncode == 0, ran.stderr)
    check("at once, for the next call", "labelled_wanted" in one.decide("+8613511110001", BOB)["rules"])
    number = until(lambda: (p := admin.ask("GET", "/v1/numbers/8613511110001")[1])["labels"] and p, 10)
    check("... and the number's page says so", bool(number) and number["standing"].startswith("wanted") and
          number["labels"][0]["verdict"] == "wanted", number)
    granted = one.ask("GET", path)[1]
    check("... and the caller's, for the way that call came", granted["state"] == "granted" and
          "the way this call came" in granted["todo"]["en"], granted)
    one.kill()
    one.start()
    check("and after kill -9", "labelled_wanted" in one.decide("+8613511110001", BOB)["rules"])
    check("it is decided once", anning("redress", "refuse", token, "--words", "x", env=env).returncode == 1)


def check_data(one, alice, recording):
    data = alice.ask("GET", "/v1/subscribers/me/data")[1]
    check("her data can be taken along", data["calls"] and data["reports"] and data["settings"]["blocked"])
    status, answer = alice.ask("DELETE", "/v1/subscribers/me/data")
    check("and erased", status == 200 and answer["erased"]["calls"] > 0, answer)
    check("her recording is gone", alice.ask("GET", recording)[0] == 404)
    check("nothing is left of her settings", one.decide(SPAM, ALICE)["action"] != "block")
    data = alice.ask("GET", "/v1/subscribers/me/data")[1]
    check("nor of her reports", not data["reports"] and data["settings"]["on"] is False, data)
    alice.ask("PUT", "/v1/subscribers/me/settings", {"on": True, "blocked": [{"number": SPAM, "name": ""}]})
    one.ask("POST", "/v1/decide", [{"from": SPAM, "to": ALICE, "trunk": "gate"}] * 500, {"Authorization": "Bearer " + MACHINE})
    alice.ask("DELETE", "/v1/subscribers/me/data")
    alice.ask("PUT", "/v1/subscribers/me/settings", {"on": True})
    one.decide("+8613511110009", ALICE)
    items = alice.calls(1)
    check("calls of just before she erased don't come back, when the journal is read a moment later",
          [i["caller"] for i in items] == ["+8613511110009"], (len(items), items[:1]))
    check("a body of another shape is told what is right here", all(
        word in alice.ask("PUT", "/v1/subscribers/me/settings", body)[1]["error"]["message"]
        for body, word in ((b"[]", "one JSON object"), (b"\xef\xbb\xbf{}", "byte order mark"))))


class Waiting(People):
    def waiting(self, what="waiting"):
        request = urllib.request.Request(f"http://{self.address}:8080/metrics",
                                         headers={"Authorization": "Bearer " + MACHINE})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return float(re.search(r"^anning_redress_%s (\S+)" % what, answer.read().decode(), re.M).group(1))


def run(name, url, gateway):
    print(f"{name}:")
    (WORK / "token").write_text(MACHINE + "\n")
    (WORK / "texts.secret").write_text(SECRET + "\n")
    config = (f"api: {{token_file: token}}\nstore: {{url: '{url}', key_file: '{WORK}/{name}.key'}}\n"
              f"people: {{short_code: '12321'}}\n"
              f"trunks: [{{name: phones, addresses: [192.0.2.7], subscribers: true}}]\ntexts: {{secret_file: texts.secret, number: '10086999', "
              f"send_url: 'http://127.0.0.1:{gateway}/'}}\n")
    one = Waiting(name, config).start()
    admin = first_admin(one)
    said = one.log.read_text()
    check("a first start says nothing of a store that is away", "not open" not in said and "back" not in said, said)
    desk = key_of(admin, "desk", "subscribers", "redress")
    alice, bob = by_code(one, ALICE), by_code(one, BOB)
    other = Waiting(name + "-2", config).start() if url else None
    check_settings(one, alice, other)
    _, report = check_calls(one, alice, bob, desk)
    recording = check_recording(one, alice, bob, other, desk, report)
    check_crash(one, alice)
    check_texts(one, bob)
    check_redress(one, admin, alice, desk, other)
    check_standing(one)
    check_data(one, alice, recording)
    for daemon in (one, other):
        if daemon is not None:
            check("anningd ends in order", daemon.stop()[0] == 0)


def main():
    server = serve(Gateway)
    run("sqlite", "", server.server_port)
    with postgres() as url:
        if url:
            run("postgresql", url, server.server_port)
    finish("people")


main()
