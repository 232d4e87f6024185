#!/usr/bin/env python3
"""What somebody with a grudge tries on the people's side of a real anningd: other people's things by guessed or seen ids,
requests that are none, passwords, codes and links by trial from many addresses at once, sessions that should have ended,
text messages sent again or forged, reports by the hundred, text that would like to be more than text.
usage: test_attack.py [BUILD]"""
import concurrent.futures
import hashlib
import hmac
import io
import json
import re
import socket
import time
import zipfile
from datetime import datetime, timezone

from kit import WORK, Receiver, anning, check, finish, serve, until
from people_kit import PASSWORD, Client, Site, anywhere, operations

SECRET = "a-secret-of-the-gateway"
ALICE, BOB = "+8613800138000", "+8613911112222"
SPAM = "+8617012345678"
HOSTILE = "=HYPERLINK(1)<script>alert(1)</script>\u202e\n\nevent: call\ndata: {\"forged\":1}\n\n"


class Gateway(Receiver):
    """Takes the text messages that go out."""
    texts = []

    def do_POST(self):
        Gateway.texts.append(json.loads(self.body()))
        self.answer()


def at_once(work, count, threads=24):
    """The answers of work(0) to work(count - 1), many at a time."""
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(count)))


def ask_once(site, method, path, body=None, headers=None, source=None):
    client = Client(site)
    try:
        return client.ask(method, path, body, headers, source)
    finally:
        client.close()


# ---- other people's things ----

def things_of(site, alice):
    site.decide(SPAM, ALICE, display="Mum")
    settings = {"on": True, "blocked": [{"number": SPAM, "name": "x"}], "contacts": [{"number": "+8613700000001", "name": "secret aunt"}]}
    check("Alice has settings", alice.ask("PUT", "/v1/subscribers/me/settings", settings)[0] == 200)
    expecting = alice.ask("POST", "/v1/subscribers/me/expecting", {"kind": "hospital", "hours": 5, "words": "secret clinic"})[1]["id"]
    site.decide(SPAM, ALICE)
    call = until(lambda: alice.ask("GET", "/v1/subscribers/me/calls")[1]["items"])[0]["token"]
    report = alice.ask("POST", f"/v1/subscribers/me/calls/{call}/say", {"verdict": "unwanted", "words": "secret words"})[1]["report"]["id"]
    return {"call": call, "report": report, "expecting": expecting}


def state_of(alice, things):
    settings = alice.ask("GET", "/v1/subscribers/me/settings")[1]
    report = alice.ask("GET", f"/v1/reports/{things['report']}")[1]
    return settings, {k: v for k, v in report.items() if k not in ("proof", "history", "state")}


def check_others(site, alice, bob, who):
    things = things_of(site, alice)
    before = state_of(alice, things)
    document = bob.ask("GET", "/openapi.json")[1]
    theirs = {"subscribers.who": ALICE.replace("+", "%2B"), "subscribers.id": things["expecting"], "reports.id": things["report"],
              "token": things["call"], "users.id": who["agent"].id, "number": ALICE.replace("+", "%2B")}
    asking = {"bob": bob, "nobody": site.nobody(), "authority": who["authority"], "auditor": who["auditor"],
              "a lookup key": who["lookup"]}
    leaks, tried = [], 0
    for method, path, operation, follow in operations(document):
        names = re.findall(r"\{(\w+)\}", path)
        if not names or path.startswith(("/v1/redress/{token}", "/v1/cases", "/v1/lookup")) and not path.endswith("decision"):
            continue # redress is open to who has the token, by design; cases are the authority's own
        way = path
        for name in names:
            way = way.replace("{" + name + "}", theirs.get(path.split("/")[2] + "." + name, theirs.get(name, "1")))
        ways = [way] + [way.replace("%2B", "+"), way.replace("%2B", "%20"), way.replace("%2B86", "")] * ("%2B" in way)
        body = None if "requestBody" not in operation else {}
        for name, client in asking.items():
            for one in ways:
                for given in [body, {"verdict": "wanted", "words": "x", "category": "loan", "on": False, "kind": "delivery", "hours": 1}]:
                    status, answer, _ = client.ask(method, one, given if body is not None else None)
                    tried += 1
                    if status < 400 or "secret" in json.dumps(answer, default=str):
                        leaks.append(f"{name} {method} {one}: {status} {answer!r:.200}")
    check(f"nobody reaches Alice's call, report, settings or hopes by their ids ({tried} ways)", not leaks and tried > 200, "\n".join(leaks))
    mixed = [("POST", f"/v1/subscribers/me/calls/{things['call']}/say", {"verdict": "wanted"}),
             ("DELETE", f"/v1/subscribers/me/expecting/{things['expecting']}", None),
             ("PATCH", f"/v1/reports/{things['report']}", {"words": "mine now"}), ("GET", f"/v1/reports/{things['report']}", None)]
    found = [(m, p, bob.ask(m, p, b)[0]) for m, p, b in mixed]
    check("nor under Bob's own name with her ids: 404", all(s == 404 for _, _, s in found), found)
    check("and nothing of hers has changed", state_of(alice, things) == before, (before, state_of(alice, things)))
    for what in ("settings", "calls", "reports", "data"):
        check(f"an agent may look at her {what}", who["agent"].ask("GET", f"/v1/subscribers/{theirs['number']}/{what}")[0] == 200)
    who["agent"].ask("GET", f"/v1/reports/{things['report']}")
    status, shown, _ = who["agent"].ask("GET", f"/v1/explain/{things['call']}")
    check("the verdict itself, both numbers masked", status == 200 and ALICE[-4:] not in shown["to"][-8:-4] and
          "*" in shown["to"] and "*" in shown["from"] and ALICE not in json.dumps(shown), shown)
    looks = alice.ask("GET", "/v1/subscribers/me/looks?limit=200")[1]["items"]
    check("and she sees each of the six looks", len(looks) >= 6 and "call.explain" in {look["what"] for look in looks}, looks)
    return things


# ---- requests that are none ----

def wire_cases():
    head = b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    get = b"GET /v1/session HTTP/1.1\r\nHost: x\r\n"
    body = b'{"login":"root","password":"x"}'
    return {
        "a header of 1 MB": get + b"X-A: " + b"a" * (1 << 20) + b"\r\n\r\n",
        "5,000 headers": get + b"".join(b"X-%d: a\r\n" % i for i in range(5000)) + b"\r\n",
        "a path of 100 kB": b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        "300 arguments": b"GET /v1/users?" + b"&".join(b"a%d=b" % i for i in range(300)) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        "300 cookies": get + b"Cookie: " + b"; ".join(b"anning_session=%d" % i for i in range(300)) + b"\r\n\r\n",
        "no Host": b"GET /v1/session HTTP/1.1\r\n\r\n",
        "a NUL in the path": b"GET /v1/\x00session HTTP/1.1\r\nHost: x\r\n\r\n",
        "a NUL in a header": get + b"Cookie: anning_session=\x00a\r\n\r\n",
        "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        "SIP": b"INVITE sip:x@y SIP/2.0\r\nVia: SIP/2.0/TCP a\r\n\r\n",
        "HTTP/9.9": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        "a method nobody knows": b"BREW /v1/session HTTP/1.1\r\nHost: x\r\n\r\n",
        "TRACE": b"TRACE /v1/session HTTP/1.1\r\nHost: x\r\nX-Secret: echo\r\n\r\n",
        "CONNECT": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
        "an absolute address": b"GET http://127.0.0.1:22/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "a length that is none": head + b"Content-Length: abc\r\n\r\n" + body,
        "a negative length": head + b"Content-Length: -5\r\n\r\n" + body,
        "a length of 2^64": head + b"Content-Length: 18446744073709551616\r\n\r\n" + body,
        "two lengths": head + b"Content-Length: 5\r\nContent-Length: 31\r\n\r\n" + body,
        "length and chunks": head + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/users HTTP/1.1\r\nHost: x\r\n\r\n",
        "a chunk of 2^64": head + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc",
        "a chunk that is none": head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        "an unknown coding": head + b"Transfer-Encoding: gzip, x\r\n\r\n" + body,
        "a body shorter than said": head + b"Content-Length: 100\r\n\r\n" + body,
        "another type": head.replace(b"application/json", b"text/plain") + b"Content-Length: 31\r\n\r\n" + body,
        "a form": head.replace(b"application/json", b"application/x-www-form-urlencoded") + b"Content-Length: 9\r\n\r\nlogin=a&b",
        "two types": head + b"Content-Type: text/html\r\nContent-Length: 31\r\n\r\n" + body,
        "a folded header": get + b"X-A: a\r\n b\r\n c\r\n\r\n",
        "bare line feeds": b"GET /v1/session HTTP/1.1\nHost: x\n\n",
        "bare carriage returns": b"GET /v1/session HTTP/1.1\rHost: x\r\r",
    }


def check_wire(site):
    bad = []
    for what, data in wire_cases().items():
        text = site.raw(data, seconds=3)
        statuses = re.findall(rb"HTTP/1\.[01] (\d+)", text)
        if any(s.startswith((b"5", b"20")) and s != b"505" for s in statuses):
            bad.append((what, text[:200]))
        if b"echo" in text or b"root:" in text:
            bad.append((what, "echoes", text[:200]))
        if not site.alive():
            check(f"{what} leaves the server alive", False, site.log.read_text()[-2000:])
            finish("attack")
    check("30 kinds of requests that are none get no 2xx, no 5xx, and end nothing", not bad, bad)


def check_slow(site):
    """Many that send a byte now and then, or chunks for ever, hold up nobody and are ended."""
    half = [b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"GET /v1/session HTTP/1.1\r\nHost: x\r\nX-A: "]
    peers = []
    for n in range(200):
        peer = socket.create_connection((site.address, 8080), timeout=10)
        peer.sendall(half[n % 2])
        peers.append(peer)
    took, ended = [], 0
    for round_ in range(3):
        for n, peer in enumerate(peers):
            try:
                peer.sendall(b"1\r\na\r\n" if n % 2 == 0 else b"a")
            except OSError:
                ended += 1
        began = time.monotonic()
        took.append(ask_once(site, "GET", "/v1/first")[0] == 200 and time.monotonic() - began < 20)
        took.append(site.decide(SPAM, BOB)["action"] in ("allow", "label", "screen", "block"))
    check("200 slow clients hold up nobody", all(took), took)
    huge = socket.create_connection((site.address, 8080), timeout=10)
    huge.sendall(half[0])
    sent = 0
    try:
        while sent < 64 << 20:
            huge.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent += 65536
    except OSError:
        pass
    check("chunks without end are cut off", sent < 64 << 20, sent)
    for peer in peers + [huge]:
        peer.close()


# ---- sessions ----

def check_sessions(site, admin):
    eve = site.staff(admin, "eve", "agent")
    _, _, headers = ask_once(site, "POST", "/v1/session", {"login": "eve", "password": PASSWORD})
    flags = {part.strip().split("=")[0].lower() for part in headers["Set-Cookie"].split(";")[1:]}
    check("the cookie: HttpOnly, SameSite=Strict, the whole site, an end", {"httponly", "samesite", "path", "max-age"} <= flags and
          "SameSite=Strict" in headers["Set-Cookie"] and "Path=/" in headers["Set-Cookie"], headers["Set-Cookie"])
    kept = Client(site, eve.cookie, eve.csrf)
    new = PASSWORD + " 2"
    check("a new password", eve.ask("PUT", "/v1/session/password", {"old": PASSWORD, "new": new})[0] == 200)
    check("ends the sessions begun under the old one", kept.ask("GET", "/v1/session")[0] == 401)
    eve.sign_in({"login": "eve", "password": new})
    user = f"/v1/users/{eve.id}"
    for what, change in (("another role", {"role": "auditor"}), ("being disabled", {"disabled": True}), ("a reset", {"disabled": False, "reset": True})):
        answer = admin.ask("PATCH", user, change)
        check(f"{what} ends a session", answer[0] == 200 and until(lambda: eve.ask("GET", "/v1/session")[0] == 401, 10), answer)
        eve.sign_in({"login": "eve", "password": new})
    one, two = site.staff(admin, "one", "admin"), site.staff(admin, "two", "admin")
    forged = Client(site, one.cookie, two.csrf)
    body = {"login": "mallory", "name": "", "role": "admin"}
    check("the csrf of another session is none", forged.ask("POST", "/v1/users", body)[1]["error"]["code"] == "csrf")
    check("no csrf is none", Client(site, one.cookie).ask("POST", "/v1/users", body)[1]["error"]["code"] == "csrf")
    for where in ("cross-site", "same-site", "x"):
        check(f"Sec-Fetch-Site: {where} is refused", one.ask("POST", "/v1/users", body, {"Sec-Fetch-Site": where})[1]["error"]["code"] == "cross_site")
    both = one.ask("POST", "/v1/users", body, {"Authorization": "Bearer x", "X-Anning-CSRF": ""})
    check("a wrong bearer beside a cookie is no way round it", both[0] == 401, both)
    planted = Client(site, one.cookie)
    planted.sign_in({"login": "two", "password": PASSWORD})
    check("a planted session is not taken over, and ends", planted.cookie != one.cookie and one.ask("GET", "/v1/session")[0] == 401)
    check("a session in the address is none", ask_once(site, "GET", f"/v1/session?anning_session={two.cookie}")[0] == 401)
    check("a removed user is out", admin.ask("DELETE", f"/v1/users/{planted.id}")[0] == 204 and
          until(lambda: planted.ask("GET", "/v1/session")[0] == 401, 10))
    admins = [site.staff(admin, f"peer{n}", "admin") for n in range(2)]
    answers = at_once(lambda n: admins[n].ask("PATCH", f"/v1/users/{admins[1 - n].id}", {"role": "agent"})[0], 2)
    check("two admins who demote each other leave no 5xx", all(s < 500 for s in answers), answers)


# ---- trial ----

def totp(secret):
    import base64
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, int(time.time() // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(int.from_bytes(mac[at:at + 4], 'big') & 0x7fffffff) % 1000000:06}"


def check_trial(site, admin):
    site.staff(admin, "victim", "agent")
    answers = at_once(lambda n: ask_once(site, "POST", "/v1/session", {"login": "victim" if n % 2 else "VICTIM", "password": f"guess {n} 12345"})[0], 60)
    looked_at = sum(s == 401 for s in answers)
    check("60 passwords for one login from 60 addresses at once: five are looked at", looked_at <= 6 and
          answers.count(429) >= 54, (looked_at, answers))
    check("the right one is not by then", ask_once(site, "POST", "/v1/session", {"login": "victim", "password": PASSWORD})[0] == 429)
    guarded = site.staff(admin, "guarded", "agent")
    secret = guarded.ask("POST", "/v1/session/totp")[1]["secret"]
    check("a second factor", guarded.ask("PUT", "/v1/session/totp", {"code": totp(secret)})[0] == 204)
    answers = at_once(lambda n: ask_once(site, "POST", "/v1/session", {"login": "guarded", "password": PASSWORD, "totp": f"{n:06}"})[0], 40)
    check("40 second factors behind the right password: as few", answers.count(401) <= 6 and 200 not in answers, answers)
    code = anning("user", "code", BOB, "-c", site.file).stdout.strip()
    wrong = [f"{(int(code) + 1 + n) % 1000000:06}" for n in range(60)]
    answers = at_once(lambda n: ask_once(site, "POST", "/v1/session", {"number": BOB, "code": wrong[n]})[0], 60)
    check("60 codes for one number from 60 addresses at once: five are looked at", answers.count(401) <= 6 and 200 not in answers, answers)
    check("the right one is dead", ask_once(site, "POST", "/v1/session", {"number": BOB, "code": code})[0] in (401, 429))
    one = anywhere()
    answers = at_once(lambda n: ask_once(site, "POST", "/v1/password", {"token": f"{n:048}".replace("0", "a"), "password": PASSWORD}, source=one)[0], 40)
    check("links by trial: ten an address, none hits", answers.count(429) >= 29 and all(s in (404, 429) for s in answers), answers)
    answers = at_once(lambda n: ask_once(site, "GET", "/v1/users", headers={"Authorization": f"Bearer ak_{n:048}"}, source=one)[0], 100)
    check("keys by trial: sixty an address", answers.count(429) >= 35 and 200 not in answers, answers)
    answers = at_once(lambda n: ask_once(site, "GET", "/v1/users", headers={"Cookie": f"anning_session={n:048}"}, source=anywhere())[0], 100)
    check("cookies by trial: never anybody", set(answers) <= {401, 429}, answers)
    key = site.key(admin, "asker", "lookup")
    clients = [Client(site, bearer=key.bearer) for _ in range(8)]
    answers = [s for part in at_once(lambda n: [clients[n].ask("GET", f"/v1/lookup/{i:04x}")[0] for i in range(n * 400, n * 400 + 400)], 8, 8)
               for s in part]
    check("a key can't ask for all prefixes at once", answers.count(429) > 500 and answers.count(200) >= 1000, (answers.count(200), answers.count(429)))


def check_behind_no_proxy():
    site = Site("direct").start()
    site.first_admin()
    answers = at_once(lambda n: ask_once(site, "POST", "/v1/session", {"login": f"user{n}", "password": "spring 2026 !!"})[0], 60)
    check("where no proxy is believed, X-Forwarded-For makes nobody another: 20 an address",
          answers.count(429) >= 35 and answers.count(401) <= 25, answers)
    site.stop()


def check_redress_codes(site, alice):
    token = site.decide(SPAM, ALICE)["token"]
    path = f"/v1/redress/{token}"
    until(lambda: ask_once(site, "GET", path)[0] == 200)
    before = len(Gateway.texts)
    status = ask_once(site, "POST", path + "/code", {})[0]
    sent = until(lambda: Gateway.texts[before:])
    check("a code for redress goes out", status == 202 and sent, status)
    code = re.search(r"\d{6}", sent[0]["text"]).group(0)
    wrong = [f"{(int(code) + 1 + n) % 1000000:06}" for n in range(60)]
    answers = at_once(lambda n: ask_once(site, "POST", path + "/proof", {"code": wrong[n]})[0], 60)
    check("60 codes for redress at once: none is right", set(answers) <= {400, 429}, answers)
    check("and the right one is dead by then", ask_once(site, "POST", path + "/proof", {"code": code})[0] == 400)
    before = len(Gateway.texts)
    tokens = [site.decide(SPAM, ALICE)["token"] for _ in range(12)]
    until(lambda: ask_once(site, "GET", f"/v1/redress/{tokens[-1]}")[0] == 200)
    for one in tokens:
        ask_once(site, "POST", f"/v1/redress/{one}/code", {})
    time.sleep(1)
    return len(Gateway.texts) - before


# ---- text messages ----

def check_texts(site):
    def text(id_, sender, words="KTFSR", secret=SECRET, late_s=0, body=None, signature=None):
        when = datetime.fromtimestamp(time.time() - late_s, timezone.utc).isoformat(timespec="seconds")
        data = json.dumps({"id": id_, "time": when, "from": sender, "to": "10086999", "text": words}).encode()
        mac = signature if signature is not None else "sha256=" + hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
        return ask_once(site, "POST", "/v1/texts", body or data, {"X-Anning-Signature": mac})[:2]
    sender = "+8613700000009"
    answers = at_once(lambda n: text("same", sender)[0], 24)
    check("a message sent 24 times at once is taken once", sorted(answers)[0] == 200 and answers.count(200) == 1 and
          set(answers) <= {200, 409, 429}, answers)
    victim = "+8613700000010"
    forged = {"another secret": dict(secret="x" * 32), "no signature": dict(signature=""), "a made up one": dict(signature="sha256=" + "0" * 64),
              "cut short": dict(signature="sha256=" + "0" * 10), "another scheme": dict(signature="md5=" + "0" * 32),
              "six minutes old": dict(late_s=360), "six minutes ahead": dict(late_s=-360), "of 1970": dict(late_s=time.time()),
              "of another body": dict(signature="sha256=" + hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest())}
    answers = {what: text(f"f-{n}", victim, **more)[0] for n, (what, more) in enumerate(forged.items())}
    check("forged, stale and early ones are refused", all(s in (400, 401) for s in answers.values()), answers)
    check("clocks four minutes apart are fine", text("skew", "+8613700000011", late_s=240)[0] == 200 and text("skew2", "+8613700000011", late_s=-240)[0] == 200)
    answers = [text(f"s-{n}", bad)[0] for n, bad in enumerate(["", "anonymous", "13800138000", "+", "+0", "+86x", "me", "+8613800138000,+8613900139000"])]
    check("a sender that is no number is refused", all(s == 400 for s in answers), answers)
    answers = [text(f"flood-{n}", "+8613700000012", "CXFSR")[0] for n in range(30)]
    check("one sender's flood is bounded", answers.count(429) >= 15, answers)
    person = site.person(victim)
    check("nothing was switched on for the victim", person.ask("GET", "/v1/subscribers/me/settings")[1]["on"] is False)


# ---- many against one ----

def check_stacked(site, desk):
    """Two callers who call alike; a hundred new accounts report one of them."""
    victim, like = "+8613511110001", "+8613511110002"
    tokens = {}
    for n in range(100):
        callee = f"+86137111{n:05}"
        desk.ask("POST", "/v1/subscribers", {"number": callee})
        for caller in (victim, like):
            tokens[caller, callee] = site.decide(caller, callee)["token"]
    outsider = "+8613922223333"
    said = [desk.ask("POST", f"/v1/subscribers/{callee.replace('+', '%2B')}/calls/{token}/say", {"verdict": "unwanted", "category": "fraud"})[0]
            for (caller, callee), token in tokens.items() if caller == victim]
    check("a hundred accounts report one caller", said.count(200) == 100, said)
    again = [desk.ask("POST", f"/v1/subscribers/{callee.replace('+', '%2B')}/calls/{token}/say", {"verdict": "unwanted", "category": "fraud"})[0]
             for (caller, callee), token in list(tokens.items())[:20] if caller == victim]
    after, beside = site.decide(victim, outsider), site.decide(like, outsider)
    check("somebody who reported none of it is called as before", after["action"] == beside["action"] and
          abs(after["score"] - beside["score"]) < 0.05, (after["action"], after["score"], beside["action"], beside["score"], again))
    mine = site.decide(victim, "+8613711100001")
    check("while it holds for who said it", mine["action"] != "allow", mine)


# ---- text that would be more ----

def check_text(site, alice, admin, who):
    stream = socket.create_connection((site.address, 8080), timeout=1)
    stream.sendall(f"GET /v1/live HTTP/1.1\r\nHost: x\r\nCookie: anning_session={admin.cookie}\r\n\r\n".encode())
    for n in range(3):
        site.decide(SPAM, ALICE, display=HOSTILE[:100], trunk="=cmd|'/c calc'!A0", user_agent="<svg onload=1>")
    port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port.bind(("127.0.0.1", 0))
    name = '=1+1<img src=x onerror=alert(1)>\x1b[2J\u202e'
    port.sendto((f"INVITE sip:{ALICE[3:]}@anning SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port.getsockname()[1]};branch=z9hG4bKx;rport\r\n"
                 f"Max-Forwards: 70\r\nFrom: \"{name}\" <sip:{SPAM[3:]}@c>;tag=x\r\nTo: <sip:a@anning>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
                 f"Contact: <sip:127.0.0.1>\r\nContent-Length: 0\r\n\r\n").encode(), (site.address, 5060))
    items = until(lambda: [i for i in alice.ask("GET", "/v1/subscribers/me/calls?limit=200")[1]["items"] if i["display"] == name])
    check("a SIP display name comes back as the text it was", items, items)
    text = b""
    end = time.monotonic() + 10
    while (b"HYPERLINK" not in text or b"event: call" not in text.split(b"HYPERLINK")[-1]) and time.monotonic() < end:
        try:
            text += stream.recv(65536)
        except TimeoutError:
            continue
    stream.close()
    lines = text.replace(b"\r\n", b"\n").split(b"\n")
    check("in the live stream no line of it is an event's", b"HYPERLINK" in text and b'data: {"forged":1}' not in lines, text[-1500:])
    case = until(lambda: who["authority"].ask("GET", "/v1/cases")[1]["items"])
    if check("there is a case", case):
        for note in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1+1", "\"\r\n=1", HOSTILE[:100]):
            who["authority"].ask("PATCH", f"/v1/cases/{case[0]['id']}", {"note": note})
            csv = who["authority"].ask("GET", "/v1/cases.csv")[1].decode()
            cells = re.findall(r'"((?:[^"]|"")*)"', csv)
            check(f"a note {note[:12]!r} begins no formula", not [c for c in cells if c[:1] in "=+-@\t\r\n\uff1d" and c], cells[-12:])
        sheet = zipfile.ZipFile(io.BytesIO(who["authority"].ask("GET", "/v1/cases.xlsx")[1]))
        check("nor in XLSX", not [n for n in sheet.namelist() if n.startswith("xl/worksheets/") and b"<f>" in sheet.read(n)])
    for client, path in ((admin, "/v1/trunks"), (admin, "/v1/review"), (alice, "/v1/subscribers/me/data"), (admin, "/v1/audit"),
                         (admin, "/v1/search?q=%3Cscript%3E"), (admin, "/v1/numbers/%2B8617012345678"), (who["machine"], "/metrics")):
        status, answer, headers = client.ask("GET", path)
        check(f"{path} is no page", status == 200 and headers["X-Content-Type-Options"] == "nosniff" and
              headers["Content-Type"].split(";")[0] in ("application/json", "text/plain"), (status, answer))
    printed = anning("subscriber", "calls", ALICE, "--all", "--server", f"{site.address}:8080", env={"ANNING_TOKEN": who["desk"].bearer, "PATH": "/usr/bin"})
    check("anning prints no control character of it", printed.returncode == 0 and "\x1b" not in printed.stdout and "\u202e" not in printed.stdout, repr(printed.stdout[:500]))


def main():
    server = serve(Gateway)
    (WORK / "texts.secret").write_text(SECRET + "\n")
    site = Site("attack", f"console: {{proxy: true}}\ntexts: {{secret_file: {WORK}/texts.secret, number: '10086999', "
                          f"send_url: 'http://127.0.0.1:{server.server_port}/'}}\n").start()
    admin = site.first_admin()
    who = site.everybody(admin)
    who["lookup"], who["desk"] = site.key(admin, "lookup", "lookup"), site.key(admin, "desk", "subscribers", "redress")
    alice, bob = site.person(ALICE), site.person(BOB)
    check_others(site, alice, bob, who)
    check_wire(site)
    check_slow(site)
    check_sessions(site, admin)
    check_texts(site)
    sent = check_redress_codes(site, alice)
    check("a caller with many tokens floods nobody's phone", sent <= 3, sent)
    check_stacked(site, who["desk"])
    check_text(site, alice, admin, who)
    check_trial(site, admin)
    check("it ends in order", site.stop()[0] == 0)
    check_behind_no_proxy()
    finish("attack")


main()
