"""What the end-to-end tests of the people's side share: an anningd on which everybody can sign in, and one client a
person. Limits count by address; the server believes X-Forwarded-For here, so that a test can come from many."""
import http.client
import json
import random
import re
import socket

from kit import WORK, Daemon, anning, check, until

PASSWORD = "nobody guesses this one"
MACHINE = "0123456789abcdef"
STAFF = ("agent", "operator", "auditor", "authority", "admin")
SCOPES = ("calls", "desk", "authority", "subscribers", "redress", "lookup", "standing")


def anywhere():
    """An address nobody has come from."""
    return f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"


class Client:
    """One person, or nobody, on a connection that is kept."""

    def __init__(self, site, cookie="", csrf="", bearer=""):
        self.site, self.cookie, self.csrf, self.bearer = site, cookie, csrf, bearer
        self.connection = None
        self.id = ""

    def ask(self, method, path, body=None, headers=None, source=None):
        """(status, object or bytes, headers). source: the address it comes from; None: one nobody came from yet."""
        send = {"X-Forwarded-For": source or anywhere(), **(headers or {})}
        if self.cookie and "Cookie" not in send:
            send["Cookie"] = f"anning_session={self.cookie}"
        if self.csrf and "X-Anning-CSRF" not in send:
            send["X-Anning-CSRF"] = self.csrf
        if self.bearer and "Authorization" not in send:
            send["Authorization"] = "Bearer " + self.bearer
        if body is not None and "Content-Type" not in send:
            send["Content-Type"] = "application/json"
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        for last in (False, True):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.site.address, 8080, timeout=30)
            try:
                self.connection.request(method, path, data, send)
                answer = self.connection.getresponse()
                text = answer.read()
                break
            except (http.client.HTTPException, ConnectionError):
                self.connection.close() # the server had ended it meanwhile
                self.connection = None
                if last:
                    raise
        if answer.getheader("Connection", "").lower() == "close":
            self.connection.close()
            self.connection = None
        is_json = text and (answer.getheader("Content-Type") or "").startswith("application/json")
        return answer.status, json.loads(text) if is_json else text, answer.headers

    def sign_in(self, body, **more):
        status, answer, headers = self.ask("POST", "/v1/session", body, **more)
        if status == 200:
            self.cookie = re.match(r"anning_session=([^;]*)", headers["Set-Cookie"]).group(1)
            self.csrf = answer["csrf"]
            self.id = answer["user"]["id"]
        return status

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Site(Daemon):
    """anningd with a machine's token and a proxy it believes."""

    def __init__(self, name, config="", **more):
        (WORK / "token").write_text(MACHINE + "\n")
        super().__init__(name, f"api: {{token_file: {WORK}/token}}\n" + config, **more)

    def nobody(self):
        return Client(self)

    def machine(self):
        return Client(self, bearer=MACHINE)

    def first_admin(self):
        link = until(lambda: re.search(r"#/first/([a-z2-7]{48})", self.log.read_text()))
        admin = self.nobody()
        admin.ask("POST", "/v1/first", {"token": link.group(1), "login": "root", "password": PASSWORD, "name": "Root"})
        check("the first admin signs in", admin.sign_in({"login": "root", "password": PASSWORD}) == 200)
        return admin

    def staff(self, admin, login, role):
        answer = admin.ask("POST", "/v1/users", {"login": login, "name": login, "role": role})[1]
        token = re.search(r"#/password/(\w+)", answer["link"]).group(1)
        somebody = self.nobody()
        somebody.ask("POST", "/v1/password", {"token": token, "password": PASSWORD})
        check(f"{login} signs in", somebody.sign_in({"login": login, "password": PASSWORD}) == 200)
        return somebody

    def person(self, number):
        code = anning("user", "code", number, "-c", self.file).stdout.strip()
        somebody = self.nobody()
        check(f"{number} signs in", somebody.sign_in({"number": number, "code": code}) == 200)
        return somebody

    def key(self, admin, name, *scopes):
        return Client(self, bearer=admin.ask("POST", "/v1/keys", {"name": name, "scopes": list(scopes)})[1]["key"])

    def everybody(self, admin):
        """Role -> client."""
        who = {role: self.staff(admin, "s-" + role, role) for role in STAFF}
        who["subscriber"] = self.person("+8613800138000")
        who["key"] = self.key(admin, "all", *SCOPES)
        who["machine"] = self.machine()
        who["nobody"] = self.nobody()
        return who

    def decide(self, caller, callee, **more):
        return self.machine().ask("POST", "/v1/decide", {"from": caller, "to": callee, "trunk": "gate", **more})[1]

    def alive(self):
        return self.process.poll() is None and self.ready()

    def raw(self, data, seconds=10, end=True):
        """What is answered to bytes as they are; what came until the server ended it or seconds have passed."""
        text = b""
        with socket.create_connection((self.address, 8080), timeout=seconds) as peer:
            try:
                peer.sendall(data)
                if end:
                    peer.shutdown(socket.SHUT_WR)
                while chunk := peer.recv(65536):
                    text += chunk
            except OSError:
                pass
        return text


def operations(document):
    """(method, path, operation, is open to all) of an OpenAPI document, references followed."""
    def follow(at):
        while isinstance(at, dict) and "$ref" in at:
            target = document
            for part in at["$ref"][2:].split("/"):
                target = target[part]
            at = target
        return at
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            parameters = [follow(p) for p in operation.get("parameters", []) + methods.get("parameters", [])]
            yield method.upper(), path, {**operation, "parameters": parameters}, follow
