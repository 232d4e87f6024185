#!/usr/bin/env python3
"""Learned models from training to the door: trained on a small city, promoted under a running anningd, rolled back, a
shadow beside it, broken files at the start and at a reload. Nothing here looks at how good a model is.
usage: test_model.py [BUILD]"""
import json
import re
import subprocess
from pathlib import Path

from kit import BUILD, WORK, Caller, Daemon, anning, check, finish, records, until

SHIPPED = Path(__file__).parents[2] / "data/model/default.anm"
CITY = """name: tiny
subscribers: 8000
days: 0.5
platform_trunks: 8
seeds: { train: [1], tune: [2], final: [3] }
adversaries:
  - { mode: A1, strength: 2, category: loan, calls_a_day: 600 }
  - { mode: A4, strength: 3, category: stocks, calls_a_day: 600 }
"""


def make_models():
    (WORK / "tiny.yaml").write_text(CITY)
    played = subprocess.run([BUILD / "anning-range", "run", WORK / "tiny.yaml", "--quiet", "--defence", "anning", "--data",
                             WORK / "city", "--truth", WORK / "truth.csv"], capture_output=True, text=True, timeout=300)
    check("a city to learn from", played.returncode == 0, played.stdout + played.stderr)
    for name, depth in (("one", 3), ("two", 4)):
        trained = anning("train", "--data", WORK / "city", "--labels", WORK / "truth.csv", "--folds", 2, "--trees", 8,
                         "--depth", depth, "--licence", "made by a test", "--model", WORK / f"{name}.anm")
        check(f"model {name} is trained", trained.returncode == 0, trained.stderr)
    good = (WORK / "one.anm").read_bytes()
    (WORK / "cut.anm").write_bytes(good[:len(good) // 2])


def version_of(path):
    return re.search(r"version +([0-9a-f]{16})", anning("model", "show", path).stdout).group(1)


def live(daemon):
    found = re.search(r'anning_model_info\{role="live",version="([0-9a-f]+)"\} 1', daemon.get("/metrics")[1])
    return found.group(1) if found else None


def score_version(daemon):
    return json.loads(daemon.get("/v1/decide", {"from": "13010000999", "to": "13800000777"})[1])["score_version"]


def model(daemon, *arguments):
    return anning("model", *arguments, "-d", daemon.data)


def check_promotion(daemon):
    shipped, one, two = score_version(daemon), version_of(WORK / "one.anm"), version_of(WORK / "two.anm")
    listed = model(daemon, "ls").stdout
    check("the model that ships judges", live(daemon) == version_of(SHIPPED) and "default" in listed, listed)
    said = model(daemon, "promote", WORK / "one.anm")
    check("promoted, and the daemon was told", said.returncode == 0 and "was told to load it" in said.stdout,
          said.stdout + said.stderr)
    check("it judges", until(lambda: live(daemon) == one), daemon.log.read_text())
    check("what its card says of training is compared", "anning_model_input_drift{feature=" in daemon.get("/metrics")[1])
    by_one = score_version(daemon)
    model(daemon, "promote", WORK / "two.anm")
    check("the next one judges", until(lambda: live(daemon) == two))
    by_two = score_version(daemon)
    model(daemon, "rollback")
    check("rolled back", until(lambda: live(daemon) == one) and score_version(daemon) == by_one)
    model(daemon, "rollback")
    check("and forth again", until(lambda: live(daemon) == two) and score_version(daemon) == by_two)
    check("each has its score version", len({shipped, by_one, by_two}) == 3)
    listed = model(daemon, "ls").stdout
    check("the list says who is who", re.search(r"two.anm +live +" + two, listed) and
          re.search(r"one.anm +previous +" + one, listed), listed)


def check_shadow(daemon):
    model(daemon, "promote", "--shadow", "one")
    check("a shadow scores", until(lambda: 'role="shadow"' in daemon.get("/metrics")[1]))
    verdict = json.loads(daemon.get("/v1/decide", {"from": "13010000998", "to": "13800000776"})[1])
    check("it says what it thinks", 0 <= verdict["shadow_score"] <= 1, verdict)
    check("and is counted", daemon.metric("anning_shadow_verdicts_total") > 0)
    model(daemon, "rollback", "--shadow")
    check("it is gone again", until(lambda: 'role="shadow"' not in daemon.get("/metrics")[1]))


def check_broken(daemon):
    before, failures = live(daemon), daemon.metric("anning_model_load_failures_total")
    refused = model(daemon, "promote", WORK / "cut.anm")
    check("a broken file is not promoted", refused.returncode == 1 and "checksum" in refused.stderr, refused.stderr)
    (daemon.data / "models" / "two.anm").write_bytes((WORK / "cut.anm").read_bytes())
    daemon.hang_up()
    check("one that broke on the disk leaves the model in force",
          until(lambda: daemon.metric("anning_model_load_failures_total") > failures) and live(daemon) == before)
    said = [entry for entry in daemon.events("model.load") if entry["level"] == "error"]
    check("the log says file and fault", said and "two.anm" in said[-1]["msg"] and "stays in force" in said[-1]["msg"], said)
    (daemon.data / "models" / "two.anm").write_bytes((WORK / "two.anm").read_bytes())


def check_journal(daemon):
    kept = records(daemon.data, "-t", "model")
    workers = [record["worker"] for record in kept]
    busiest = max(workers, key=workers.count) # one that no call came to after the start tells of nothing later
    names = [record.get("model") for record in kept if record["worker"] == busiest]
    check("models are on record in order", names[:5] == ["default.anm", "one.anm", "two.anm", "one.anm", "two.anm"], names)
    rejudged = anning("journal", "rejudge", "-d", daemon.data)
    check("every verdict recomputes with the models of the folder",
          rejudged.returncode == 0 and " 0 differ" in rejudged.stdout and "not here" not in rejudged.stdout,
          rejudged.stdout + rejudged.stderr)
    (daemon.data / "models" / "one.anm").rename(WORK / "elsewhere.anm")
    rejudged = anning("journal", "rejudge", "-d", daemon.data)
    check("a model that is not here is named", "judged by the model one.anm" in rejudged.stdout, rejudged.stdout)
    rejudged = anning("journal", "rejudge", "-d", daemon.data, "--model", WORK / "elsewhere.anm")
    check("and can be given", "not here" not in rejudged.stdout and " 0 differ" in rejudged.stdout, rejudged.stdout)


def check_broken_start():
    daemon = Daemon("broken", f"model: {{path: '{WORK}/cut.anm', shadow: '/nowhere/x.anm'}}\n").start()
    check("a broken model never keeps the door shut", live(daemon) is None and score_version(daemon) > 0)
    said = [entry["msg"] for entry in daemon.events("model.load") if entry["level"] == "error"]
    check("loudly", said and "cut.anm" in said[0] and "hand-set weights judge" in said[0], said)
    daemon.configure(f"model: {{path: '{WORK}/one.anm'}}\n")
    daemon.hang_up()
    check("mended by a reload", until(lambda: live(daemon) == version_of(WORK / "one.anm")))
    daemon.configure("model: {path: none}\n")
    daemon.hang_up()
    check("switched off by a reload", until(lambda: live(daemon) is None))
    daemon.stop()


def check_explain():
    """A call that the model holds to be unwanted, out of the city played with it."""
    network = subprocess.run([BUILD / "anning-range", "network", WORK / "tiny.yaml"], capture_output=True, text=True,
                             timeout=60).stdout
    (WORK / "net.yaml").write_text(network + f"\nmodel: {{path: '{WORK}/one.anm'}}\n")
    subprocess.run([BUILD / "anning-range", "run", WORK / "tiny.yaml", "--quiet", "--defence", "anning", "--split", "tune",
                    "--config", WORK / "net.yaml", "--data", WORK / "played"], capture_output=True, timeout=300)
    caught = [r for r in records(WORK / "played", "-t", "verdict") if "causes" in r]
    check("some calls have causes", len(caught) > 0)
    shown = anning("explain", caught[-1]["token"], "-d", WORK / "played").stdout
    check("explain tells causes beside symbols", "what moved the model most" in shown and
          caught[-1]["causes"][0]["feature"] in shown, shown)
    compared = anning("model", "compare", "none", WORK / "one.anm", "-d", WORK / "city", "-l", WORK / "truth.csv")
    check("compared on labelled calls", compared.returncode == 0 and "average precision" in compared.stdout and
          "What would be done" in compared.stdout, compared.stdout + compared.stderr)


def main():
    make_models()
    daemon = Daemon("data", "model: {path: ''}\n").start() # as it ships
    caller = Caller(daemon)
    caller.start()
    check_promotion(daemon)
    check_shadow(daemon)
    check_broken(daemon)
    caller.finish()
    lost = [call for call in range(1, caller.sent + 1) if f"{caller.name_}-{call}" not in caller.answers]
    check(f"each of {caller.sent} calls was answered meanwhile", not lost, lost[:5])
    status, _ = daemon.stop()
    check("anningd stops", status == 0)
    check_journal(daemon)
    check_broken_start()
    check_explain()
    finish("models")


main()
