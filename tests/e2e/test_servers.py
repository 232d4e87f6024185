#!/usr/bin/env python3
"""Two anningd on one PostgreSQL: what is decided at one is in force at the other within a second, there when either comes
back after kill -9, and applied once. usage: test_servers.py [BUILD]"""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from kit import ROOT, WORK, Daemon, check, finish, records, until

MACHINE = "0123456789abcdef"
FIRM, SPAM, LATE = "+862161990111", "+8617012345678", "+8617088880000"
PERSON = "+8613800138000"


class Server(Daemon):
    def ask(self, method, path, body=None, headers=None):
        """(status, JSON, headers)"""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address}:8080{path}", data=data, method=method, headers={
            "Content-Type": "application/json", **({"Authorization": "Bearer " + MACHINE} if headers is None else headers)})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else {}, answer.headers
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text else {}, error.headers

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
    config = f"api: {{token_file: token}}\nstore: {{url: '{url}', key_file: '{WORK}/shared.key'}}\n"
    one = Server("one", config).start()
    admin = Admin(one)
    other = Server("two", config).start()
    check_labels(one, other)
    check_redress(one, other, admin)
    check_settings(one, other, admin)
    check_crash(one, other)
    for server in (one, other):
        check("anningd ends in order", server.stop()[0] == 0)


def main():
    folder = tempfile.mkdtemp(prefix="anning-pg-")
    os.chmod(folder, 0o755)
    postgres = subprocess.Popen(["sh", ROOT / "tests" / "postgres.sh", "run", folder + "/pg"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        up = until(lambda: subprocess.run(["psql", "-qXU", "anning", "-h", folder + "/pg", "-d", "postgres", "-c",
                                           "SELECT 1"], capture_output=True, check=False).returncode == 0)
        if check("PostgreSQL starts", up):
            run(f"postgresql://anning@/postgres?host={folder}/pg")
    finally:
        postgres.send_signal(signal.SIGINT)
        postgres.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
    finish("servers")


main()
