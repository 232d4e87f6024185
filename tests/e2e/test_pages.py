#!/usr/bin/env python3
"""The console's pages in Debian's Chromium, on an anningd that a morning of a simulated city has filled and that goes on
being called: every page in both languages, on a phone and on a desk, each role, and the main acts (console/tests/real.mjs).
PICTURES=DIR keeps a picture of each; ACTS_ONLY=1 walks over no pages.
usage: test_pages.py [BUILD]"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse

from kit import BUILD, ROOT, WORK, Daemon, Receiver, anning, check, finish, serve, until

CITY = """name: morning
subscribers: 8000
days: 0.6
platform_trunks: 8
seeds: { train: [1], tune: [2], final: [3] }
adversaries:
  - { mode: A1, strength: 1, category: loan, calls_a_day: 3000 }
  - { mode: A4, strength: 3, category: property, calls_a_day: 3000 }
"""
RANGE_BEGIN_S, MORNING_S, DAY_S = 1772380800, 51840, 86400
SOURCE = BUILD / "console/work"
STAFF = ("agent", "operator", "auditor", "authority")
CALLS_A_SECOND = 20


class Gateway(Receiver):
    """Keeps the text messages that go out, and tells them: GET /?to=NUMBER."""
    texts = []

    def do_POST(self):
        Gateway.texts.append(json.loads(self.body()))
        self.answer()

    def do_GET(self):
        to = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query).get("to", [""])[0]
        self.answer(text=json.dumps({"texts": [one["text"] for one in Gateway.texts if one["to"] == to]}).encode())


def gateway():
    """Its URL, and what an anningd is told of it."""
    url = f"http://127.0.0.1:{serve(Gateway).server_port}/"
    (WORK / "texts.secret").write_text("a-secret-of-the-gateway\n")
    return url, f"texts: {{secret_file: texts.secret, number: '10086999', send_url: '{url}'}}\n"


def fill(daemon):
    """The morning ends within the last day. Its verdicts, oldest first."""
    days = int(time.time() - RANGE_BEGIN_S - MORNING_S) // DAY_S
    played = subprocess.run([BUILD / "anning-range", "run", WORK / "morning.yaml", "--quiet", "--defence", "none", "--live",
                             f"{daemon.address}:5060,{daemon.address}:8080", "--weeks", str(days // 7), "--days",
                             str(days % 7)], capture_output=True, text=True, timeout=200)
    check("a morning is played", played.returncode == 0, played.stderr)
    return [json.loads(line) for line in anning("journal", "cat", "-d", daemon.data, "-t", "verdict").stdout.splitlines()]


def go_on(daemon, calls, ending):
    """Calls as late in the morning, every third of those that were touched, until the end."""
    touched = [call for call in calls if call["action"] != "allow"][-600:]
    others = [call for call in calls if call["action"] == "allow"][-1200:]
    number = 0
    while not ending.wait(1 / CALLS_A_SECOND):
        kind = touched if number % 3 == 0 else others
        call = kind[number // 3 % len(kind)]
        daemon.get("/v1/decide", {**{key: call[key] for key in ("from", "to", "trunk") if call.get(key)},
                                  "call_id": f"pages-{number}"})
        daemon.get("/v1/events", {"kind": "end", "call_id": f"pages-{number}", "outcome": "answered", "ring_s": 5, "talk_s": 4})
        number += 1


def people(daemon, person):
    """The one-time links, and the person's choice to be guarded."""
    as_file = ("--config", daemon.file)
    first = until(lambda: re.findall(r"http://\S+/#/first/[a-z2-7]{48}", daemon.log.read_text()))
    links = {login: anning("user", "add", login, "--role", login, *as_file).stdout.split()[0] for login in STAFF}
    key = anning("user", "key", "test", "--scopes", "subscribers", *as_file).stdout.split()[0]
    on = anning("subscriber", "on", person, "-s", f"{daemon.address}:8080", env={**os.environ, "ANNING_TOKEN": key})
    check("a person switches it on", on.returncode == 0, on.stderr)
    return {"first": first[-1], "links": links, "number": person,
            "code": list(map(str, [BUILD / "anning", "user", "code", *as_file]))}


def daemon_of_a_morning():
    """(daemon, its verdicts, URL of its text gateway)"""
    (WORK / "morning.yaml").write_text(CITY)
    network = subprocess.run([BUILD / "anning-range", "network", WORK / "morning.yaml"], capture_output=True, text=True).stdout
    texts, told_of_it = gateway()
    daemon = Daemon("pages", network + "model: {path: ''}\n" + told_of_it, flags=["--virtual-time"]).start()
    return daemon, fill(daemon), texts


def walk(daemon, calls, script, told, **options):
    """A script of console/tests in Node on the pages of a daemon that goes on being called. What it came to."""
    shutil.copytree(ROOT / "console/tests", SOURCE / "tests", dirs_exist_ok=True)
    ending = threading.Event()
    calling = threading.Thread(target=go_on, args=(daemon, calls, ending), daemon=True)
    calling.start()
    walked = subprocess.run(["node", SOURCE / "tests" / script, json.dumps(told)], **options)
    ending.set()
    calling.join(30)
    return walked


def main():
    if shutil.which("chromium") is None or not (SOURCE / "node_modules/playwright-core").exists():
        print("no Chromium, or the console was not built (no npm, or no network)")
        sys.exit(77)
    words = subprocess.run(["node", ROOT / "console/tests/words.mjs"], capture_output=True, text=True)
    check("both languages have every word", words.returncode == 0, words.stdout + words.stderr)
    daemon, calls, texts = daemon_of_a_morning()
    bothered = collections.Counter(call["to"] for call in calls if call["action"] != "allow")
    if not check("some were bothered", len(bothered) > 1):
        finish("pages")
    (person, _), (other, _) = bothered.most_common(2)
    told = {"base": f"http://{daemon.address}:8080", "pictures": os.environ.get("PICTURES", ""), "texts": texts,
            "other": other, "allowed": next(call["token"] for call in reversed(calls) if call["action"] == "allow"),
            **people(daemon, person)}
    walked = walk(daemon, calls, "real.mjs", told, capture_output=True, text=True, timeout=900)
    print(walked.stdout, end="")
    check("every page and act", walked.returncode == 0, walked.stderr[-2000:])
    check("anningd is still there", daemon.ready())
    finish("pages")


if __name__ == "__main__":
    main()
