#!/usr/bin/env python3
"""What the people's side does when its ground shakes: words on campaigns and settings before kill -9, a disk that is full
or read-only, a database that is damaged, locked by another program, or gone and back under load. Calls go on, health and
metrics say degraded, and what was answered with 200 is there afterwards. usage: test_store_faults.py [BUILD]"""
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from datetime import datetime, timezone

from kit import ROOT, WORK, Caller, anning, check, finish, until
from people_kit import Client, Site

ALICE = "+8613800138000"
ACTIONS = ("allow", "label", "screen", "block")


def health(site):
    """State and the parts that are not good, by the machine's token, which needs no store."""
    status, answer, _ = site.machine().ask("GET", "/v1/health")
    return (answer["state"], [p["name"] for p in answer["parts"] if p["state"] != "good"]) if status == 200 else (status, answer)


def up(site):
    return b"\nanning_store_up 1\n" in site.machine().ask("GET", "/metrics")[1] # its HELP says "1 when"


def blocked(*numbers):
    return {"on": True, "blocked": [{"number": number, "name": ""} for number in numbers]}


# ---- words on campaigns ----

def day_of_two_campaigns(path):
    """Four hours of people, and two pools of ever new numbers that sweep, one of two builds."""
    dice = random.Random(5)
    begin = time.time() - 4 * 3600

    def at(s):
        return datetime.fromtimestamp(s, timezone.utc).isoformat(timespec="milliseconds")
    with path.open("w") as out:
        for n in range(6000):
            pool = ("gate", "side", None, None, None)[n % 5]
            call = {"kind": "attempt", "time": at(begin + n * 2.2), "call_id": f"c{n}"}
            end = {"kind": "end", "time": at(begin + n * 2.2 + 1), "call_id": f"c{n}", "ring_s": dice.randrange(3, 12)}
            if pool:
                call.update({"from": f"+86170{n % 5}{dice.randrange(10 ** 7):07}", "to": f"+86130{n % 5}{1000000 + n:07}", "trunk": pool,
                             "shape": f"dialer-{pool}-{n // 5 % 2 if pool == 'gate' else 0}"})
                end.update({"outcome": dice.choice(["unallocated", "refused", "refused"]), "talk_s": 0})
            else:
                call.update({"from": f"+861380013{dice.randrange(300):04}", "to": f"+861301088{dice.randrange(900):04}",
                             "trunk": dice.choice(["north", "south"]), "shape": "phone"})
                end.update({"outcome": "answered", "talk_s": dice.randrange(20, 110)})
            out.write(json.dumps(call) + "\n" + json.dumps(end) + "\n")


def check_words():
    print("words on campaigns:")
    site = Site("words", "console: {proxy: true}\n")
    day_of_two_campaigns(WORK / "day.ndjson")
    played = anning("replay", "-d", site.data, WORK / "day.ndjson")
    check("a day is played", played.returncode == 0, played.stderr)
    site.start()
    admin = site.first_admin()

    def of(id_):
        return admin.ask("GET", f"/v1/campaigns/{id_}")[1]

    def say(id_, word, body):
        status, answer, _ = admin.ask("POST", f"/v1/campaigns/{id_}/{word}", body)
        check(f"{word}: done", status == 200, answer)
        site.kill() # at once: nothing else is written
        site.start()
    listed = until(lambda: (c := admin.ask("GET", "/v1/campaigns?state=hostile")[1]["campaigns"]) and len(c) >= 2 and c)
    if not check("two campaigns are there", listed and len(listed) >= 2, listed):
        return site.kill()
    one, two = sorted(c["id"] for c in listed)[:2]
    say(one, "name", {"name": "低息贷款 <b>"})
    check("the name is there after kill -9", until(lambda: of(one).get("name") == "低息贷款 <b>"), of(one))
    say(one, "confirm", {"confirmed": True})
    check("the confirmation", until(lambda: of(one).get("confirmed") is True), of(one))
    say(two, "release", {"released": True})
    check("the release", until(lambda: of(two)["state"] == "released"), of(two))
    say(two, "release", {"released": False})
    check("and that it was taken back", until(lambda: of(two)["state"] != "released"), of(two))
    say(two, "merge", {"other": one})

    def edges(id_, why):
        status, answer, _ = admin.ask("GET", f"/v1/campaigns/{id_}/lineage")
        return status == 200 and [e for e in answer["edges"] if e["why"] == why]
    into = until(lambda: [c for c in (one, two) if edges(c, "merged")])
    if check("the merge", into, [admin.ask("GET", f"/v1/campaigns/{c}")[:2] for c in (one, two)]):
        cells = of(into[0])["cells"]
        check("which has the trunks of both", {c["trunk"] for c in cells} >= {"gate", "side"}, cells)
        say(into[0], "split", {"trunk": cells[0]["trunk"], "shape": cells[0]["shape"]})
        check("and the part that was split off", until(lambda: edges(into[0], "split")) and
              cells[0]["shape"] not in [c["shape"] for c in of(into[0])["cells"]], of(into[0])["cells"])
    check("it ends in order", site.stop()[0] == 0)


# ---- settings ----

class Writer(threading.Thread):
    """Changes a person's settings as fast as it may, and keeps the last one that was answered with 200."""

    def __init__(self, site, person):
        super().__init__(daemon=True)
        self.site, self.client = site, Client(site, person.cookie, person.csrf)
        self.acked, self.refused, self.odd, self.n = 0, 0, [], 0
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            self.n += 1
            try:
                status, answer, _ = self.client.ask("PUT", "/v1/subscribers/me/settings", blocked(f"+86170{self.n:08}"))
            except OSError:
                time.sleep(0.05)
                continue
            if status == 200:
                self.acked = self.n
            elif status in (401, 503): # 401: who asks is not known either
                self.refused += 1
                time.sleep(0.02)
            else:
                self.odd.append((status, answer))

    def finish(self):
        self.ending.set()
        self.join(60)


def kept(site, person, writer):
    """Whether the last acknowledged change, or a later one, is in force."""
    def look():
        status, answer, _ = person.ask("GET", "/v1/subscribers/me/settings")
        return status == 200 and int(answer["blocked"][0]["number"][6:]) >= writer.acked
    return until(look, 30) and site.decide(person.ask("GET", "/v1/subscribers/me/settings")[1]["blocked"][0]["number"], ALICE)["action"] == "block"


def check_killed():
    print("kill -9 among changes:")
    site = Site("killed", "console: {proxy: true}\n").start()
    site.first_admin()
    alice = site.person(ALICE)
    for round_ in range(4):
        writer = Writer(site, alice)
        writer.n = round_ * 100000
        writer.start()
        until(lambda: writer.acked > round_ * 100000 + 20)
        site.kill()
        writer.finish()
        site.start()
        check(f"round {round_ + 1}: what was acknowledged is in force", kept(site, alice, writer), writer.acked)
    site.stop()


def tmpfs(size):
    folder = WORK / f"disk-{size}"
    folder.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder],
                                          stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("  skipped: a disk of its own needs root and mount")
        return None
    return folder


def fill_up(path):
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(file, bytes(4096))
    except OSError:
        os.close(file)


def check_disk():
    """The database alone on a small disk, by a link."""
    print("a full and a read-only disk:")
    folder = tmpfs("24m")
    if folder is None:
        return
    site = Site("disk", "console: {proxy: true}\n").start()
    try:
        admin = site.first_admin()
        alice = site.person(ALICE)
        site.stop()
        for name in ("anning.sqlite",):
            shutil.move(site.data / name, folder / name)
            (site.data / name).symlink_to(folder / name)
        site.start()
        check("the database is on it", until(lambda: alice.ask("PUT", "/v1/subscribers/me/settings", blocked("+8617011111111"))[0] == 200))
        check("health is good", health(site)[0] == "good", health(site))
        fill_up(folder / "filler")
        caller = Caller(site, window=4, pause_s=0.01) # its calls are written to that disk too
        caller.start()
        long = {"on": True, "blocked": [{"number": f"+8617{n:09}", "name": "x" * 30} for n in range(500)]}
        answers = [alice.ask("PUT", "/v1/subscribers/me/settings", {**long, "language": "en" if n % 2 else "zh"})[0] for n in range(40)]
        check("full: changes are refused with 503, none is half done", 503 in answers and set(answers) <= {200, 503}, answers)
        check("health says so", until(lambda: health(site) == ("degraded", ["store"]), 10), health(site))
        check("and the metric", not up(site))
        check("calls go on", until(lambda: len(caller.answers) > 100) and site.decide("+8617012345678", ALICE)["action"] in ACTIONS)
        check("what is there can be read", alice.ask("GET", "/v1/subscribers/me/settings")[0] == 200)
        (folder / "filler").unlink()
        check("with room again it is good by itself", until(lambda: health(site)[0] == "good" and up(site), 40), health(site))
        check("and changes are taken", until(lambda: alice.ask("PUT", "/v1/subscribers/me/settings", blocked("+8617022222222"))[0] == 200))
        check("for the next call", site.decide("+8617022222222", ALICE)["action"] == "block")
        check("no call was lost", caller.finish())
        site.stop()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=False)
        site.start()
        check("read-only: calls are judged", site.decide("+8617012345678", ALICE)["action"] in ACTIONS)
        check("health says so", until(lambda: health(site)[0] == "degraded" and "store" in health(site)[1], 15), health(site))
        check("the people's paths say 503, not 500", alice.ask("PUT", "/v1/subscribers/me/settings", blocked())[0] == 503)
        subprocess.run(["mount", "-o", "remount,rw", folder], check=False)
        check("writable again: good by itself", until(lambda: alice.ask("PUT", "/v1/subscribers/me/settings", blocked("+8617033333333"))[0] == 200, 30))
        check("and health", until(lambda: health(site)[0] == "good", 40), health(site))
        check("the first admin is still there", until(lambda: admin.ask("GET", "/v1/users")[0] == 200))
        site.stop()
    finally:
        site.kill()
        subprocess.run(["umount", "-l", folder], check=False)


def check_locked():
    print("locked by another program:")
    site = Site("locked", "console: {proxy: true}\n").start()
    site.first_admin()
    alice = site.person(ALICE)
    check("a change is taken", alice.ask("PUT", "/v1/subscribers/me/settings", blocked("+8617011111111"))[0] == 200)
    other = sqlite3.connect(site.data / "anning.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    status, answer, headers = alice.ask("PUT", "/v1/subscribers/me/settings", blocked("+8617022222222"))
    check("locked: a change gets 503 and Retry-After", status == 503 and headers["Retry-After"], (status, answer))
    check("health says so", until(lambda: health(site) == ("degraded", ["store"]), 10), health(site))
    check("reading and calls go on", alice.ask("GET", "/v1/subscribers/me/settings")[0] == 200 and
          site.decide("+8617011111111", ALICE)["action"] == "block")
    other.execute("ROLLBACK")
    other.close()
    check("released: good by itself", until(lambda: health(site)[0] == "good", 40), health(site))
    check("and changes are taken", alice.ask("PUT", "/v1/subscribers/me/settings", blocked("+8617033333333"))[0] == 200)
    site.stop()


def check_damaged():
    print("damaged while it runs:")
    site = Site("damaged", "console: {proxy: true}\n").start()
    site.first_admin()
    alice = site.person(ALICE)
    for n in range(30):
        alice.ask("PUT", "/v1/subscribers/me/settings", blocked(f"+86170{n:08}"))
    site.stop()
    path = site.data / "anning.sqlite"
    size = path.stat().st_size
    with path.open("r+b") as file: # all pages but the first, which has the schema
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    site.start()
    check("calls are judged", site.decide("+8617012345678", ALICE)["action"] in ACTIONS)
    statuses = {client.ask("GET", path_)[0] for client in (alice, site.nobody())
                for path_ in ("/v1/session", "/v1/first", "/v1/subscribers/me/settings", "/v1/users")}
    check("the people's paths fail cleanly", statuses <= {401, 500, 503}, statuses)
    check("health says so", until(lambda: health(site)[0] == "degraded" and "store" in health(site)[1], 15), health(site))
    check("and it still ends in order", site.stop()[0] == 0)


# ---- PostgreSQL ----

class Postgres:
    def __init__(self):
        os.chmod(WORK, 0o755)
        self.folder = WORK / "pg"
        self.process = subprocess.Popen([ROOT / "tests" / "postgres.sh", "run", self.folder],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"postgresql://anning@/postgres?host={self.folder}"

    def crash(self):
        """As when its machine's power goes: no word to anybody, what was committed is on disk."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)

    def again(self):
        binary = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1] / "postgres"
        as_nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.getuid() == 0 else ["setpriv"]
        self.process = subprocess.Popen([*as_nobody, "--pdeathsig", "INT", binary, "-D", self.folder / "data", "-k", self.folder, "-c",
                                         "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=40"], cwd=self.folder,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end(self):
        self.process.kill()
        self.process.wait()


def check_postgres():
    print("PostgreSQL goes and comes under load:")
    postgres = Postgres()
    site = Site("on-pg", f"console: {{proxy: true}}\nstore: {{url: '{postgres.url}', key_file: {WORK}/pg.key}}\n")
    try:
        site.start()
        check("it comes up", until(lambda: site.nobody().ask("GET", "/v1/first")[0] == 200, 120), site.log.read_text()[-2000:])
        site.first_admin()
        alice = site.person(ALICE)
        caller, writer = Caller(site, window=4), Writer(site, alice)
        caller.start()
        writer.start()
        for round_ in range(2):
            until(lambda: writer.acked > round_ * 50 + 20)
            postgres.crash()
            refused = writer.refused
            check("gone: changes are refused", until(lambda: writer.refused > refused, 30), writer.odd)
            check("health and the metric say so", until(lambda: health(site) == ("degraded", ["store"]) and not up(site), 20), health(site))
            seen = len(caller.answers)
            check("calls go on", until(lambda: len(caller.answers) > seen + 200, 30))
            postgres.again()
            acked = writer.acked
            check("back: changes are taken", until(lambda: writer.acked > acked, 60), (writer.odd, site.log.read_text()[-1500:]))
            check("health and the metric say so", until(lambda: health(site)[0] == "good" and up(site), 40), health(site))
        writer.finish()
        check("no change got another answer than 200, 401 or 503", not writer.odd, writer.odd)
        check("what was acknowledged is in force", kept(site, alice, writer), writer.acked)
        check("every call got its answer", caller.finish() and len(caller.answers) == caller.sent)
        check("it ends in order", site.stop()[0] == 0)
    finally:
        site.kill()
        postgres.end()


def main():
    check_words()
    check_killed()
    check_locked()
    check_damaged()
    check_disk()
    check_postgres()
    finish("store faults")


main()
