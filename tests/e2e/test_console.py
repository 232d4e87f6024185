#!/usr/bin/env python3
"""The console behind a real anningd: the first admin by a one-time link, users by `anning user`, the page and what can't
be reached by it, kill -9, a store that is broken or goes away, two servers on one PostgreSQL.
usage: test_console.py [BUILD]"""
import http.client
import json
import os
import re
import signal
import socket
import subprocess

from kit import ROOT, WORK, Daemon, anning, check, finish, until

PASSWORD = "a long sentence of mine"
CALL = {"from": "+8617012345678", "to": "+8613800138000"}


class Browser:
    """One cookie jar on one server."""

    def __init__(self, daemon, cookie="", csrf=""):
        self.address, self.cookie, self.csrf = daemon.address, cookie, csrf

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.address, 8080, timeout=30)
        send = dict(headers or {})
        if self.cookie:
            send["Cookie"] = f"anning_session={self.cookie}"
        if self.csrf:
            send["X-Anning-CSRF"] = self.csrf
        if body is not None:
            send["Content-Type"] = "application/json"
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        connection.request(method, path, body, send)
        answer = connection.getresponse()
        text = answer.read()
        cookie = answer.getheader("Set-Cookie")
        if cookie:
            self.cookie = cookie.split("=", 1)[1].split(";")[0]
        connection.close()
        is_json = text and (answer.getheader("Content-Type") or "").startswith("application/json")
        value = json.loads(text) if is_json else text
        if isinstance(value, dict) and "csrf" in value:
            self.csrf = value["csrf"]
        return answer.status, value, dict(answer.getheaders())


def console_folder():
    folder = WORK / "pages"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Anning</title>")
    (folder / "assets" / "app-1a2b3c4d.js").write_text("let a = 1;\n")
    (WORK / "outside.txt").write_text("not yours")
    (folder / "out.txt").symlink_to(WORK / "outside.txt")
    return folder


def first_token(daemon):
    found = until(lambda: re.findall(r"/#/first/([a-z2-7]{48})", daemon.log.read_text()))
    return found[-1] if found else ""


def raw(daemon, request):
    with socket.create_connection((daemon.address, 8080), timeout=30) as peer:
        peer.sendall(request)
        peer.shutdown(socket.SHUT_WR)
        text = b""
        while chunk := peer.recv(65536):
            text += chunk
        return text


def first_admin(daemon):
    root = Browser(daemon)
    token = first_token(daemon)
    check("the log has a one-time link, and nobody can sign in before", token and root.ask("GET", "/v1/first")[1] == {"needed": True})
    claim = {"token": token, "login": "root", "password": PASSWORD, "name": "Root"}
    status, body, _ = root.ask("POST", "/v1/first", claim)
    check("it makes an admin who is signed in", status == 200 and body["user"]["role"] == "admin", body)
    check("once", Browser(daemon).ask("POST", "/v1/first", claim)[0] == 404)
    check("the admin sees the users", root.ask("GET", "/v1/users")[0] == 200)
    check("what changes something needs the csrf", Browser(daemon, root.cookie).ask("DELETE", "/v1/session")[1]["error"]["code"] == "csrf")
    return root


def users(daemon, root):
    made = anning("user", "add", "Wang", "--role", "operator", "--name", "王敏", "-c", daemon.file)
    token = made.stdout.strip().rsplit("/", 1)[-1]
    check("anning user add prints a link", made.returncode == 0 and f"http://{daemon.address}:8080/#/password/" in made.stdout, made)
    wang = Browser(daemon)
    check("which sets the password", wang.ask("POST", "/v1/password", {"token": token, "password": PASSWORD})[0] == 204)
    check("and signs in", wang.ask("POST", "/v1/session", {"login": "wang", "password": PASSWORD})[0] == 200)
    check("an operator is no admin", wang.ask("GET", "/v1/users")[0] == 403)
    check("the same login twice is refused", anning("user", "add", "wang", "-c", daemon.file).returncode == 1)
    listed = [json.loads(line) for line in anning("user", "ls", "--json", "-c", daemon.file).stdout.splitlines()]
    check("anning user ls lists both", sorted(u["login"] for u in listed) == ["root", "wang"], listed)
    check("anning user disable", anning("user", "disable", "wang", "-c", daemon.file).returncode == 0)
    check("ends the session of a running server", until(lambda: wang.ask("GET", "/v1/session")[0] == 401, 20))
    code = anning("user", "code", "+8613800138000", "-c", daemon.file).stdout.strip()
    person = Browser(daemon)
    status, body, _ = person.ask("POST", "/v1/session", {"number": "+8613800138000", "code": code})
    check("anning user code signs a number in", status == 200 and body["user"]["number"] == "+8613800138000", body)
    key = anning("user", "key", "billing", "--scopes", "desk", "-c", daemon.file).stdout.strip()
    bearer = {"Authorization": f"Bearer {key}"}
    check("anning user key opens its scope", Browser(daemon).ask("GET", "/v1/campaigns", headers=bearer)[0] == 200)
    check("and no other", Browser(daemon).ask("GET", "/v1/users", headers=bearer)[0] == 403)
    items = root.ask("GET", "/v1/audit?limit=200")[1]["items"]
    acts = {(i["act"], i["object"]) for i in items}
    check("all of it is in the audit log", {("user.add", "wang"), ("user.disable", "wang"), ("key.add", "billing")} <= acts, acts)
    check("without a store anning user says what to do", "anningd" in anning("user", "ls", "-d", WORK).stderr)


def pages(daemon):
    browser = Browser(daemon)
    status, body, headers = browser.ask("GET", "/")
    policy = headers.get("Content-Security-Policy", "")
    check("the page is served", status == 200 and b"Anning" in body)
    check("under a strict policy", "default-src 'none'" in policy and "unsafe" not in policy and headers["X-Frame-Options"] == "DENY", headers)
    check("assets for ever", "immutable" in browser.ask("GET", "/assets/app-1a2b3c4d.js")[2]["Cache-Control"])
    check("the API's paths stay the API's", browser.ask("GET", "/v1/nothing")[1]["error"]["message"] != "")
    paths = ["/../outside.txt", "/assets/../../outside.txt", "/%2e%2e/outside.txt", "/..%2foutside.txt", "/out.txt",
             "//etc/passwd", "/assets/%00", "/....//outside.txt", "/\\..\\outside.txt"]
    for path in paths:
        answer = raw(daemon, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        check(f"{path} reaches nothing", b"not yours" not in answer and b"root:" not in answer and
              (answer.split(b" ")[1] in (b"404", b"400") or b"<title>Anning" in answer), answer[:200])
    large = b"{" + b" " * (300 << 10) + b"}"
    check("a body over the limit is a 413", Browser(daemon).ask("POST", "/v1/session", large)[0] == 413)


def killed(daemon, root):
    daemon.process.kill()
    daemon.process.wait()
    daemon.start()
    check("a session survives kill -9", until(lambda: root.ask("GET", "/v1/users")[0] == 200, 20))


def answers_calls(daemon):
    return daemon.get("/v1/decide", CALL)[0] == 200


def broken():
    daemon = Daemon("broken")
    daemon.data.mkdir()
    store = daemon.data / "anning.sqlite"
    store.write_bytes(b"this is no database, but it has some length to it\n" * 100)
    daemon.start()
    check("a broken store stops no start and no call", answers_calls(daemon))
    check("the console's paths say 503", Browser(daemon).ask("GET", "/v1/session")[0] == 503)
    check("the metric says so", "anning_store_up 0" in daemon.get("/metrics")[1])
    check("and the log why", until(lambda: "store.open" in daemon.log.read_text()))
    store.unlink()
    check("once mended it comes up by itself", until(lambda: Browser(daemon).ask("GET", "/v1/first")[0] == 200, 30))
    check("with a link for the first admin", first_token(daemon) != "")
    daemon.stop()


def shared():
    folder = WORK / "pg"
    os.chmod(WORK, 0o755)
    server = subprocess.Popen([ROOT / "tests" / "postgres.sh", "run", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    config = f"store: {{url: 'postgresql://anning@/postgres?host={folder}', key_file: {WORK}/shared.key}}\n"
    one, two = Daemon("pg-one", config), Daemon("pg-two", config)
    try:
        one.start()
        check("an anningd waits for PostgreSQL while it judges calls", answers_calls(one))
        check("and finds it", until(lambda: Browser(one).ask("GET", "/v1/first")[0] == 200, 120), one.log.read_text())
        two.start()
        until(lambda: Browser(two).ask("GET", "/v1/first")[0] == 200)
        root = Browser(one)
        # The later of the two links is the one that counts.
        for token in (first_token(one), first_token(two)):
            if root.ask("POST", "/v1/first", {"token": token, "login": "root", "password": PASSWORD, "name": "Root"})[0] == 200:
                break
        check("one makes the admin", root.ask("GET", "/v1/users")[0] == 200)
        other = Browser(two, root.cookie, root.csrf)
        check("whose session the other knows", other.ask("GET", "/v1/users")[0] == 200)
        check("signed out at one", root.ask("DELETE", "/v1/session")[0] == 204)
        check("is signed out at the other", until(lambda: other.ask("GET", "/v1/session")[0] == 401, 20))
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
        check("with PostgreSQL gone calls go on", answers_calls(one) and answers_calls(two))
        check("and the console says 503", until(lambda: Browser(one).ask("GET", "/v1/first")[0] == 503, 20))
        check("and so does the metric", "anning_store_up 0" in one.get("/metrics")[1])
        check("both stop cleanly", one.stop()[0] == 0 and two.stop()[0] == 0)
    finally:
        server.kill()
        server.wait()


def main():
    daemon = Daemon("console", f"console: {{dir: {console_folder()}}}\n").start()
    root = first_admin(daemon)
    users(daemon, root)
    pages(daemon)
    killed(daemon, root)
    daemon.stop()
    broken()
    shared()
    finish("console")


main()
