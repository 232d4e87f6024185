#!/usr/bin/env python3
"""Two anningd on one PostgreSQL: what is decided at one is in force at the other within a second, there when either comes
back after kill -9, and applied once. usage: test_servers.py [BUILD]"""
import hashlib
import hmac
import json
import re
import shutil
import time

from kit import WORK, Daemon, Receiver, check, finish, postgres, records, serve, until

MACHINE = "0123456789abcdef"
FIRM, SPAM, LATE = "+862161990111", "+8617012345678", "+8617088880000"
PERSON = "+8613800138000"


SECRET = "a-secret-of-the-routes"


class Bank(Receiver):
    """Where complaints are passed on to: away at first, and elsewhere by a redirect."""
    taken, asked = [], []

    def do_POST(self):
        body = self.body()
        Bank.asked.append(self.path)
        if self.path == "/moved":
            self.answer(307, Location="/in")
        else:
            mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            Bank.taken.append((json.loads(body), self.headers["X-Anning-Signature"] == "sha256=" + mac))
            self.answer()


class Server(Daemon):
    def ask(self, method, path, body=None, headers=None):
        """headers None: as a machine."""
        return super().ask(method, path, body, {"Authorization": "Bearer " + MACHINE} if headers is None else headers)

    def rules(self, caller, callee="+8613900139000"):
        return self.ask("POST", "/v1/decide", {"from": caller, "to": callee, "trunk": "gate"})[1].get("rules", [])

    def label(self, number, verdict, **more):
        return self.ask("POST", "/v1/labels", {"number": number, "verdict": verdict, "who": "li", "why": "a case", **more})

    def labels(self, number):
        """Records of labels on a number in this server's journal."""
        return [r for r in records(self.data, "--type", "label") if r.get("number") == number]


class Admin:
    def __init__(self, daemon):
        token = until(lambda: re.search(r"#/first/([a-z0-9]+)", daemon.log.read_text()))
        daemon.ask("POST", "/v1/first", {"token": token.group(1), "login": "root", "password": "correct horse 7",
                                         "name": "R"}, {})
        status, answer, headers = daemon.ask("POST", "/v1/session", {"login": "root", "password": "correct horse 7"}, {})
        if not check("the admin signs in", status == 200, answer):
            finish("servers")
        self.headers = {"Cookie": re.match(r"anning_session=[^;]+", headers["Set-Cookie"]).group(0),
                        "X-Anning-CSRF": answer["csrf"]}

    def ask(self, daemon, method, path, body=None):
        return daemon.ask(method, path, body, self.headers)


def soon(what, condition):
    """Said to take a second at most; a busy machine is given ten, and the time is printed."""
    began = time.monotonic()
    right = until(condition, 10)
    return check(f"{what} ({time.monotonic() - began:.2f} s)", right)


def check_labels(one, other):
    check("a label is taken at one", one.label(SPAM, "unwanted", category="fraud")[0] == 200)
    check("... in force there at once", "labelled_unwanted" in one.rules(SPAM))
    soon("... and at the other", lambda: "labelled_unwanted" in other.rules(SPAM))
    check("a label of the other's", other.label(SPAM, "wanted")[0] == 200)
    soon("... takes its place at both", lambda: "labelled_wanted" in one.rules(SPAM))
    check("one withdraws it", one.label(SPAM, "withdrawn")[0] == 200)
    soon("... and it is gone at both", lambda: not any(r.startswith("labelled") for r in other.rules(SPAM)))
    check("one that is over soon", one.label(LATE, "unwanted", until=time.strftime(
        "%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4)))[0] == 200)
    soon("... holds at the other", lambda: "labelled_unwanted" in other.rules(LATE))
    soon("... and ends there", lambda: not any(r.startswith("labelled") for r in other.rules(LATE)))


def check_redress(one, other, admin):
    one.label(FIRM, "unwanted")
    soon("a firm is labelled at both", lambda: "labelled_unwanted" in other.rules(FIRM))
    token = one.ask("POST", "/v1/decide", {"from": FIRM, "to": "+8613900139000", "trunk": "gate"})[1]["token"]
    path = f"/v1/redress/{token}"
    asked = until(lambda: one.ask("POST", path, {"contact": "a@example.com", "words": "we are a clinic"}, {})[0] == 201)
    check("it asks for redress at one", asked)
    soon("the other knows of the call", lambda: other.ask("GET", path, None, {})[0] == 200)
    status, answer, _ = admin.ask(other, "POST", path + "/decision", {"grant": True, "words": "checked"})
    check("it is granted at the other, which never saw the call", status == 200 and answer["state"] == "granted", answer)
    check("... in force there for the next call", "labelled_wanted" in other.rules(FIRM))
    soon("... and at the first", lambda: "labelled_wanted" in one.rules(FIRM))
    check("the caller reads so at either", one.ask("GET", path, None, {})[1]["state"] == "granted")
    token = other.ask("POST", "/v1/decide", {"from": FIRM, "to": "+8613900139000", "trunk": "gate"})[1]["token"]
    check("each has it in its journal once", len(one.labels(FIRM)) == 2 and len(other.labels(FIRM)) == 2,
          (one.labels(FIRM), other.labels(FIRM)))


def check_settings(one, other, admin):
    body = {"on": True, "blocked": [{"number": LATE, "name": "x"}]}
    check("settings at one", admin.ask(one, "PUT", f"/v1/subscribers/{PERSON}/settings", body)[0] == 200)
    soon("... hold at the other", lambda: other.ask("POST", "/v1/decide", {
        "from": LATE, "to": PERSON, "trunk": "gate"})[1]["action"] == "block")


def check_cases(one, other, admin):
    """People complain at both; it is one case, whoever shows it, each said once."""
    def complain(server, first):
        for n in range(first, first + 6):
            token = server.ask("POST", "/v1/decide", {"from": LATE, "to": f"+861380000{n:04}", "trunk": "gate"})[1]["token"]
            for _ in range(2):
                server.ask("POST", "/v1/events", {"kind": "report", "token": token, "category": "loan"})

    def of_number(server):
        items = admin.ask(server, "GET", "/v1/cases?limit=200")[1].get("items", [])
        return [item for item in items if item["subject"] == LATE]
    complain(one, 0)
    complain(other, 100)
    soon("reports of both are one case at one", lambda: [c["reports"] for c in of_number(one)] == [12])
    cases = of_number(other)
    check("... and at the other", [c["reports"] for c in cases] == [12], cases)
    path = f"/v1/cases/{cases[0]['id']}"
    check("its state is set at one", admin.ask(one, "PATCH", path, {"state": "asked", "note": "=1+1"})[0] == 200)
    one.kill()
    one.start()
    case = admin.ask(other, "GET", path)[1]
    check("... and read at the other", case["state"] == "asked" and len(case["complaints"]) == 12, case)
    check("nothing is there twice after kill -9", [c["reports"] for c in of_number(one)] == [12], of_number(one))


def check_complaints(one, other, admin):
    """Taken in at one, of the case that both know, passed on once."""
    server = serve(Bank)
    at = f"http://127.0.0.1:{server.server_port}"
    routes = [{"network": "*", "category": "fraud", "firm": "*", "to": "moved", "url": at + "/moved"},
              {"network": "*", "category": "*", "firm": "*", "to": "bank", "url": at + "/in"}]
    check("routes are set at one", admin.ask(one, "PUT", "/v1/routes", {"items": routes})[0] == 200)
    refused = admin.ask(one, "PUT", "/v1/routes", {"items": [dict(routes[0], url="http://169.254.169.254/")]})
    check("an address inside the network is none", refused[0] == 400 and refused[1]["error"]["field"] == "url", refused)
    check("... and the other has them", len(admin.ask(other, "GET", "/v1/routes")[1]["items"]) == 2)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    items = [{"id": f"A-{n}", "source": "12321", "time": now, "caller": LATE, "callee": PERSON, "category": "loan",
              "words": "<script>"} for n in range(20)]
    status, answer, _ = admin.ask(one, "POST", "/v1/complaints", {"items": items})
    check("complaints are taken in", status == 200 and answer["taken"] == 20, answer)
    check("... once", admin.ask(other, "POST", "/v1/complaints", {"items": items})[1]["known"] == 20)
    case = admin.ask(other, "GET", f"/v1/cases/{answer['items'][0]['case']}")[1]
    check("they join the case of those who reported the same caller", case["reports"] == 12 and
          case["complaint_count"] == 20, case)
    soon("each is passed on, by whichever server", lambda: len(Bank.taken) >= 20)
    check("... once, signed", len({b["complaint"]["id"] for b, _ in Bank.taken}) == len(Bank.taken) == 20 and
          all(right for _, right in Bank.taken), len(Bank.taken))
    check("... with the caller, without the person called", Bank.taken[0][0]["complaint"]["caller"] == LATE and
          PERSON[1:] not in json.dumps(Bank.taken), Bank.taken[0])
    soon("the case says so", lambda: [r["state"] for r in admin.ask(one, "GET", f"/v1/cases/{case['id']}")[1]["routed"]]
         == ["sent"])
    admin.ask(one, "POST", "/v1/complaints", dict(items[0], id="F", category="fraud", caller=FIRM))
    check("a redirect is not followed", until(lambda: "/moved" in Bank.asked, 10) and len(Bank.taken) == 20)
    server.shutdown()


def check_statistics(one, other, admin):
    """What both counted, whichever is asked; the same after kill -9."""
    def counted(server):
        answer = admin.ask(server, "GET", "/v1/statistics?by=category")[1]
        return answer.get("servers"), [sum(item[name] for item in answer.get("items", [])) for name in ("calls", "unwanted")]

    def journalled():
        both = [r for server in (one, other) for r in records(server.data)]
        return [sum(r["type"] == "verdict" for r in both),
                sum(r["type"] == "observation" and r["kind"] == "report" for r in both)]
    right = (2, journalled())
    soon("statistics are of both, at one", lambda: counted(one) == right)
    check("... and at the other", counted(other) == right, (counted(other), right))
    one.kill()
    other.kill()
    one.start()
    other.start()
    time.sleep(4)
    check("nothing is counted twice, or lost, by kill -9", counted(one) == right, (counted(one), right))
    check("the answer says until when", admin.ask(one, "GET", "/v1/statistics")[1]["until"])


def check_crash(one, other):
    numbers = [f"+86170555500{n:02}" for n in range(20)]
    status = one.ask("POST", "/v1/labels", [{"number": n, "verdict": "unwanted", "who": "li", "why": "a case"} for n in numbers])[0]
    one.kill()
    check("twenty labels, and kill -9 after the answer", status == 200)
    soon("all are in force at the other", lambda: all("labelled_unwanted" in other.rules(n) for n in numbers))
    other.kill()
    one.start()
    check("and at the first from its first call on", all("labelled_unwanted" in one.rules(n) for n in numbers))
    one.label(numbers[0], "wanted")
    other.start()
    check("what was decided while the other was away is in force from its first call on",
          "labelled_wanted" in other.rules(numbers[0]) and "labelled_unwanted" in other.rules(numbers[1]))
    one.kill()
    shutil.rmtree(one.data / "journal")
    shutil.rmtree(one.data / "state", ignore_errors=True)
    one.start()
    check("a server that lost its journal has them all again", "labelled_wanted" in one.rules(numbers[0]) and
          all("labelled_unwanted" in one.rules(n) for n in numbers[1:]))
    time.sleep(1)
    for server in (one, other):
        counts = {n: len(server.labels(n)) for n in numbers[1:]}
        check("none is written down twice", set(counts.values()) == {1}, counts)


def run(url):
    (WORK / "token").write_text(MACHINE + "\n")
    (WORK / "routes.secret").write_text(SECRET + "\n")
    config = (f"api: {{token_file: token}}\nstore: {{url: '{url}', key_file: '{WORK}/shared.key'}}\n"
              f"people: {{routes_secret_file: routes.secret}}\n")
    one = Server("one", config).start()
    admin = Admin(one)
    other = Server("two", config).start()
    check_labels(one, other)
    check_redress(one, other, admin)
    check_settings(one, other, admin)
    check_cases(one, other, admin)
    check_complaints(one, other, admin)
    check_statistics(one, other, admin)
    check_crash(one, other)
    for server in (one, other):
        check("anningd ends in order", server.stop()[0] == 0)


def main():
    with postgres() as url:
        if url:
            run(url)
    finish("servers")


main()
