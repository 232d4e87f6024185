#!/usr/bin/env python3
"""Every route of the OpenAPI document, as everybody who can sign in, with values it was not made for: wrong types,
nothing, far too much, out of range, hostile text, escapes, keys twice, text that is no UTF-8. None of it is a 5xx, ends
the server or is taken where the document says another type. usage: test_attack_forms.py [BUILD]"""
import collections
import json
import sys
import urllib.parse

from kit import check, finish, until
from people_kit import Site, operations

HOSTILE = "<img src=x onerror=alert(1)>'; DROP TABLE account; --\u202e=1+1"
TYPES = {
    "string": [None, True, 7, -1, 1e300, [], {}, ["a"], {"$gt": ""}],
    "integer": [None, "x", "", True, [], {}, 1e300, -1e300, 1.5, "1"],
    "number": [None, "x", "", True, [], {}],
    "boolean": [None, "true", 0, 1, [], {}],
    "array": [None, "x", 7, True, {}, [None], [[[]]], [7.5e300]],
    "object": [None, "x", 7, True, [], [{}]],
}
# Of the right type, and yet nothing anybody means: taken or refused, but never a 5xx.
ODD = {
    "string": ["", " ", HOSTILE, "x" * 100000, "\ud83d\ude00" * 5000, "\u0000", "../../etc/passwd", "%00", "-1", "0" * 40,
               "\r\nSet-Cookie: a=b", "+" + "9" * 15, "9" * 400],
    "integer": [-1, 0, 2**31, 2**32, 2**53, 2**63, 2**64, 10**30, -2**63],
    "number": [-1, 0, 1e308, -1e308, 1e-320, 2**64],
    "array": [[], ["x"] * 3000],
    "object": [{}, {"x" * 2000: 1}, {str(i): i for i in range(3000)}],
    "boolean": [],
}
IN_PATH = ["0", "-1", "7", "18446744073709551616", "4294967296", "0000000000000001", "ffffffffffffffff", "me", "%00", "%",
           "%zz", "..", "%2e%2e%2f%2e%2e", "+8613800138000", "%2B8613800138001", "x" * 300, "%f0%28%8c%28", "%0d%0aX:%20y",
           urllib.parse.quote(HOSTILE), "01KB3M8Z6W0000G7Q2V5X9T4C1", "a" * 26, "*", "null", "1e5", "0x10"]
IN_QUERY = ["", "-1", "0", "201", "99999999999999999999", "1e300", "x", "%00", "%zz", "true", "null", "x" * 3000,
            urllib.parse.quote(HOSTILE), "%f0%28", "2026Q9", "9999-99-99T99:99:99Z", "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z", "-62135596800", "253402300800", "9223372036854775807", "%2B8613800138000"]
WHOLE = [b"", b"{", b"[]", b"[{}]", b"null", b"7", b'"x"', b"\x00", b"\xff\xfe{}", b"{}{}", b"{'a':1}", b'{"a":1e999999}',
         b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 100000, b'{"a":"\xc3\x28"}', b'{"a":"\\ud800"}', b'{"a":1,"a":2}',
         b'{"\\u0000":1}', b'{"a":"' + b"x" * 200000 + b'"}', b"{" + b" " * 300000 + b"}"]
BYTES = [b"RIFF\xff\xff\xff\xffWAVEfmt " + b"\xff" * 100, b"OggS" + bytes(50), b"\x1aE\xdf\xa3" + b"\xff" * 40, b"ID3" + b"\xff" * 9,
         b"\x00\x00\x00\x20ftypM4A " + b"\xff" * 9, bytes(range(256)) * 300]
SKIPPED = {("GET", "/v1/live")} # never ends; what attackers do with it is in test_streams.py
# Sent back as they were read; what a PUT says of them is passed by.
READ_ONLY = {("PUT", "/v1/subscribers/{who}/settings"): ("expecting", "version", "updated")}
ENDS = {("DELETE", "/v1/session")} # would end the one that asks


def sample(follow, schema, depth=0):
    """A value the schema would take, or near it."""
    schema = follow(schema or {})
    if "example" in schema:
        return schema["example"]
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            return sample(follow, schema[word][0], depth)
    if "enum" in schema:
        return schema["enum"][0]
    kind = kind_of(schema)
    if kind == "object":
        return {k: sample(follow, v, depth + 1) for k, v in schema.get("properties", {}).items()} if depth < 6 else {}
    if kind == "array":
        return [sample(follow, schema.get("items"), depth + 1)] if depth < 6 else []
    return {"string": "x", "integer": schema.get("minimum", 1), "number": 1, "boolean": False}[kind]


def kind_of(schema):
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return kind if not isinstance(kind, list) else next(k for k in kind if k != "null")


def begin_of(follow, operation):
    """(an object that may be taken, its schema), or None."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = follow(content["schema"])
    for word in ("oneOf", "anyOf"):
        if word in schema:
            schema = follow(schema[word][0])
    example = content.get("example")
    if example is None and content.get("examples"):
        example = follow(next(iter(content["examples"].values())))["value"]
    if not isinstance(example, dict):
        example = sample(follow, schema)
    return example, schema


def bodies(follow, operation, passed_by=()):
    """(bytes or object, whether it has to be refused)."""
    begin = begin_of(follow, operation)
    if begin is None:
        return
    whole, schema = begin
    for text in WHOLE:
        yield text, False
    for name, of in schema.get("properties", {}).items():
        of = follow(of)
        binds = name not in passed_by
        if "oneOf" in of or "anyOf" in of:
            continue
        kind = kind_of(of)
        for value in TYPES[kind]:
            yield {**whole, name: value}, binds and value is not None
        for value in ODD[kind]:
            yield {**whole, name: value}, False
        if kind == "object":
            for deeper, inner in of.get("properties", {}).items():
                inner = kind_of(follow(inner))
                for value in TYPES[inner] + ODD[inner]:
                    yield {**whole, name: {deeper: value}}, False
        if kind == "array" and follow(of.get("items", {})).get("properties"):
            for deeper, inner in follow(of["items"])["properties"].items():
                for value in TYPES[kind_of(follow(inner))] + ODD[kind_of(follow(inner))]:
                    item = sample(follow, of["items"])
                    yield {**whole, name: [{**item, deeper: value}]}, False
        if name in schema.get("required", []):
            yield {k: v for k, v in whole.items() if k != name}, True
        yield (json.dumps(whole)[:-1] + f', {json.dumps(name)}: 1}}').encode(), name in whole


def paths(path, operation, real):
    """One path that leads somewhere, then some with a hostile parameter, or a hostile argument."""
    names = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
    fine = path
    for name in names:
        fine = fine.replace("{" + name + "}", real.get(path.split("/")[2] + "." + name, real[name]))
    yield fine
    for name in names:
        for value in IN_PATH:
            hostile = path.replace("{" + name + "}", value)
            for other in names:
                hostile = hostile.replace("{" + other + "}", real[other])
            yield hostile
    for parameter in operation["parameters"]:
        if parameter["in"] == "query" and parameter["name"] != "dry":
            for value in IN_QUERY:
                yield f"{fine}?{parameter['name']}={value}"
    yield fine + "?" + "&".join(f"a{i}=b" for i in range(100))
    yield fine + "?=&&=x&dry=%74rue"


class Forms:
    def __init__(self, site, who, real):
        self.site, self.who, self.real = site, who, real
        self.failed, self.taken, self.asked = collections.OrderedDict(), collections.OrderedDict(), 0
        self.statuses = collections.Counter()

    def ask(self, role, method, path, body, refused, headers=None):
        try:
            status, answer, _ = self.who[role].ask(method, path, body, headers)
        except OSError as error:
            status, answer = 599, repr(error)
        self.asked += 1
        self.statuses[status] += 1
        shown = (repr(body) if isinstance(body, bytes) else json.dumps(body))[:200]
        # 501: a part that is switched off; 503 only where it says what is not there.
        fine = status < 500 or (status in (501, 503) and isinstance(answer, dict) and "error" in answer and
                                answer["error"].get("code") in ("off", "unavailable", "no_gateway"))
        if not fine:
            self.failed.setdefault((method, path.split("?")[0][:60], status), f"{role} {path[:100]} {shown} -> {answer!r:.200}")
        if refused and status < 400:
            self.taken.setdefault((method, path, shown), f"{role}: {answer!r:.100}")
        if status >= 400 and not (isinstance(answer, dict) and answer.get("error", {}).get("message")) and status != 599:
            self.failed.setdefault((method, path[:60], "no error object"), f"{role} {shown} -> {status} {answer!r:.100}")

    def route(self, method, path, operation, follow):
        forms = list(bodies(follow, operation, READ_ONLY.get((method, path), ())))
        ways = list(paths(path, operation, self.real))
        for role in self.who:
            if (method, path) in ENDS and role != "nobody":
                continue
            begin = begin_of(follow, operation)
            usual = begin[0] if begin else None
            for way in ways:
                self.ask(role, method, way, usual, False)
            for type_ in operation.get("requestBody", {}).get("content", {}):
                if type_ != "application/json": # bytes that are not what their type says
                    for text in WHOLE + BYTES:
                        self.ask(role, method, ways[0], text, False, {"Content-Type": type_})
            mine = forms if self.who[role].ask(method, ways[0], usual)[0] not in (401, 403) else forms[::9]
            for body, refused in mine:
                self.ask(role, method, ways[0], body, refused)


def real_things(site, admin, who):
    """Ids and tokens that lead somewhere, so that bodies are looked at."""
    me = who["subscriber"]
    me.ask("PUT", "/v1/subscribers/me/settings", {"on": True, "blocked": [{"number": "+862161990111", "name": ""}]})
    site.decide("+862161990111", "+8613800138000", display=HOSTILE[:60])
    call = until(lambda: me.ask("GET", "/v1/subscribers/me/calls")[1]["items"])[0]["token"]
    said = me.ask("POST", f"/v1/subscribers/me/calls/{call}/say", {"verdict": "unwanted", "words": HOSTILE})[1]
    user = admin.ask("POST", "/v1/users", {"login": "sandbag", "name": HOSTILE[:40], "role": "agent"})[1]["user"]["id"]
    cases = until(lambda: who["authority"].ask("GET", "/v1/cases")[1]["items"])
    return {"id": "0000000000000001", "token": call, "who": "me", "number": "+862161990111", "name": "gate", "prefix": "0000",
            "campaigns.id": "1", "users.id": user, "reports.id": said["report"]["id"],
            "cases.id": cases[0]["id"] if cases else "0000000000000001"}


def main():
    site = Site("forms", "console: {proxy: true}\npeople: {short_code: '12321'}\n").start()
    admin = site.first_admin()
    who = site.everybody(admin)
    for n in range(40):
        site.decide("+862161990111", f"+86138001380{n:02}", display=HOSTILE[:60])
    document = admin.ask("GET", "/openapi.json")[1]
    forms = Forms(site, who, real_things(site, admin, who))
    for method, path, operation, follow in operations(document):
        if (method, path) not in SKIPPED:
            before = forms.asked
            forms.route(method, path, operation, follow)
            if not site.process.poll() is None:
                check(f"{method} {path} leaves the server alive", False, site.log.read_text()[-3000:])
                finish("attack forms")
            if "-v" in sys.argv:
                print(method, path, forms.asked - before)
    print(f"  {forms.asked} requests, answers: {dict(sorted(forms.statuses.items()))}")
    check("none was answered by a 5xx, each refusal says why", not forms.failed, "\n".join(
        f"{k} {v}" for k, v in forms.failed.items()))
    check("what has another type than the document says, lacks what it asks for or names a key twice is refused",
          not forms.taken, "\n".join(f"{k} {v}" for k, v in forms.taken.items()))
    for role in who:
        if role not in ("nobody", "machine", "key"):
            check(f"{role} was signed in to the end", who[role].ask("GET", "/v1/session")[0] == 200)
    check("calls are judged as before", site.decide("+862161990111", "+8613800138000")["action"] in ("allow", "label", "screen", "block"))
    check("and it ends in order", site.stop()[0] == 0)
    finish("attack forms")


main()
