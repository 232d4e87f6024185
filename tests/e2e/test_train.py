#!/usr/bin/env python3
"""Learning: a model from a table and one from a day of the range, their cards, scoring, and what is said of bad input.
usage: test_train.py [BUILD]"""
import csv
import json
import os
import random
import re
import subprocess

from kit import BUILD, WORK, anning, check, finish

QUICK = ("--plans", "1", "--bags", "1", "--trees", "60", "--folds", "3")


def write_table(path, rows, label=True, columns=None, seed=7):
    """Subscribers: who calls many people shortly is unwanted; a tenth of the cells is empty."""
    dice = random.Random(seed)
    names = ["phone", "calls", "people", "talk_s", "city", "made"] + (["fraud"] if label else [])
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns or names)
        for n in range(rows):
            bad = dice.random() < 0.3
            calls = int(dice.lognormvariate(5, 1))
            people = max(1, int(calls * (dice.uniform(0.4, 1) if bad else dice.uniform(0.05, 0.6))))
            talk = dice.lognormvariate(3 if bad else 4, 0.6)
            row = [f"p{dice.getrandbits(60):x}", calls, people, f"{talk:.3f}", dice.choice("abc"), 2020]
            row = [cell if dice.random() > 0.1 or i in (0, 5) else "" for i, cell in enumerate(row)]
            writer.writerow(row + [int(bad)] if label else row)


def check_table():
    table, fresh, model = WORK / "t.csv", WORK / "new.csv", WORK / "t.model"
    write_table(table, 900)
    write_table(fresh, 300, seed=8)
    ran = anning("train", "--table", table, "--label", "fraud", "--model", model, "--licence", "CC0", *QUICK)
    check("a table gives a model", ran.returncode == 0 and model.exists(), ran.stdout + ran.stderr)
    check("an identifier is left out, and said so", "phone: left out: looks like an identifier" in ran.stderr, ran.stderr)
    check("a constant is left out, and said so", "made: left out: the same in all rows" in ran.stderr, ran.stderr)
    auc = re.search(r"AUC\s+(0\.\d+)", ran.stdout)
    check("it learns", auc and float(auc[1]) > 0.8, ran.stdout)
    scored = anning("score", "--table", fresh, "--model", model)
    lines = scored.stdout.splitlines()
    check("one probability a row", scored.returncode == 0 and len(lines) == 300 and
          all(0 < float(line) < 1 for line in lines), scored.stderr)
    labels = [int(row["fraud"]) for row in csv.DictReader(open(fresh))]
    pairs = [(float(a), b) for a, b in zip(lines, labels)]
    above = sum((p > q) + (p == q) / 2 for p, bad in pairs if bad for q, other in pairs if not other)
    auc = above / sum(labels) / (len(labels) - sum(labels))
    check("new rows are told apart", auc > 0.8, auc)
    # Order of columns does not matter, further ones neither.
    rows = list(csv.DictReader(open(fresh)))
    with open(WORK / "turned.csv", "w", newline="") as out:
        writer = csv.DictWriter(out, ["extra", *reversed(list(rows[0]))])
        writer.writeheader()
        writer.writerows({**row, "extra": "x"} for row in rows)
    turned = anning("score", "--table", WORK / "turned.csv", "--model", model)
    check("columns are found by name", turned.stdout == scored.stdout, turned.stderr)
    check_twice(table)
    check_card(table)
    check_bad_tables(table, fresh, model)


def check_twice(table):
    env = {**os.environ, "SOURCE_DATE_EPOCH": "86400"}
    ran = [anning("train", "--table", table, "--label", "fraud", "--model", WORK / "twice.model", *QUICK, env=env)
           for _ in range(2)]
    versions = [re.search(r"version ([0-9a-f]{16})", r.stdout)[1] for r in ran]
    check("the same rows and seed give the same file", versions[0] == versions[1], versions)


def check_card(table):
    ran = anning("train", "--table", table, "--label", "fraud", "--json", "--cv", "3", "--monotone", "calls=+1", *QUICK)
    card = json.loads(ran.stdout)
    check("the card is JSON with data and its hash", card["data"][0]["hash"].startswith("sha256:") and
          card["data"][0]["rows"] == 900 and card["purpose"] == "table", ran.stdout[:400])
    check("the card tells nested figures", card["figures"]["nested"]["auc"] > 0.7 and
          card["parameters"]["monotone"] == ["+calls"], ran.stdout[:800])
    ran = anning("train", "--table", table, "--label", "fraud", "--cv", "3", *QUICK)
    check("figures alone need no model", ran.returncode == 0 and "Nested cross-validation, 3 folds" in ran.stdout and
          "macro F1" in ran.stdout, ran.stdout + ran.stderr)


def refused(what, status, says, *words):
    ran = anning(*words)
    check(f"{what}: status {status}, and why", ran.returncode == status and says in ran.stderr,
          f"{ran.returncode}: {ran.stdout[-300:]}{ran.stderr}")


def check_bad_tables(table, fresh, model):
    train = ("train", "--table")
    to = ("--model", WORK / "none.model", *QUICK)
    bad = WORK / "bad.csv"
    refused("no such file", 3, "No such file", *train, WORK / "none.csv", "--label", "x", *to)
    refused("a label that is no column", 1, 'did you mean "fraud"', *train, table, "--label", "fruad", *to)
    refused("a glob that matches nothing", 1, 'no column "zzz*"', *train, table, "--label", "fraud", "--exclude", "zzz*", *to)
    refused("a monotone rule that is none", 2, "COLUMN=+1", *train, table, "--label", "fraud", "--monotone", "calls=up", *to)
    refused("no label column named", 2, "--label COLUMN", *train, table, *to)
    refused("nothing asked for", 2, "nothing to do", *train, table, "--label", "fraud")
    for what, text, says in (("nan", "a,fraud\n1,0\nnan,1\n", 'line 3, column a: "nan"'),
                             ("inf", "a,fraud\n1,0\n-inf,1\n", 'line 3, column a: "-inf"'),
                             ("one class only", "a,fraud\n" + "1,1\n2,1\n" * 20, "all 40 rows are unwanted"),
                             ("a label that is none", "a,fraud\n1,0\n2,3\n", "3 is no label"),
                             ("ragged rows", "a,fraud\n1,0\n2\n", "line 3: 1 cells"),
                             ("no rows", "a,fraud\n", "no rows"), ("an empty file", "", "empty"),
                             ("too many columns", ",".join(f"c{i}" for i in range(300)) + "\n", "COLUMNS_MAX"),
                             ("a column twice", "a,fraud,a\n1,0,1\n", "both named"),
                             ("an open quote", 'a,fraud\n"1,0\n', "quote")):
        bad.write_text(text)
        refused(f"a table with {what}", 1, says, *train, bad, "--label", "fraud", *to)
    check("no refused table left a model", not (WORK / "none.model").exists())
    names = list(csv.DictReader(open(fresh)).fieldnames)
    write_table(bad, 5, columns=[name.replace("talk_s", "talk") for name in names])
    refused("scoring without a column", 1, 'column "talk_s" is missing', "score", "--table", bad, "--model", model)
    write_table(bad, 5)
    text = bad.read_text().splitlines()
    bad.write_text("\n".join([text[0], "x,many,1,1,a,1,0"]) + "\n")
    refused("words where numbers were", 1, 'line 2, column calls: "many"', "score", "--table", bad, "--model", model)
    check_bad_models(fresh, model)


def check_bad_models(fresh, model):
    bytes_ = bytearray(model.read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    (WORK / "bent.model").write_bytes(bytes_)
    (WORK / "foreign.model").write_text("{}")
    for name, status, says in (("bent", 1, "checksum"), ("foreign", 1, "no model file"), ("none", 3, "No such file")):
        refused(f"a {name} model", status, says, "score", "--table", fresh, "--model", WORK / f"{name}.model")


def check_calls():
    data, truth, model = WORK / "range", WORK / "truth.csv", WORK / "calls.model"
    subprocess.run([BUILD / "anning-range", "run", "small", "--defence", "anning", "--data", data, "--truth", truth,
                    "--quiet"], check=True, stdout=subprocess.DEVNULL, timeout=250)
    quick = ("--folds", "3", "--rows", "20000", "--trees", "12")
    ran = anning("train", "--data", data, "--labels", truth, "--model", model, *quick)
    check("calls give a model", ran.returncode == 0 and model.exists(), ran.stdout + ran.stderr)
    check("what is sampled is said", "of the wanted calls are kept" in ran.stderr, ran.stderr)
    check("figures by class", re.search(r"courier\s+\d+", ran.stdout) and re.search(r"A1\s+[\d,]+", ran.stdout), ran.stdout)
    card = json.loads(anning("train", "--data", data, "--labels", truth, "--json", *quick).stdout)
    lines = truth.read_text().splitlines()
    held = card["figures"]["held"]
    weight = sum(row["weight"] for row in held["reliability"])
    check("weights make up for what was left out", abs(weight - (len(lines) - 1)) < 0.05 * len(lines),
          f"{weight} of {len(lines)}")
    check("it tells unwanted calls", held["auc"] > 0.8, held)
    dear = anning("train", "--data", data, "--labels", truth, "--json", *quick, "--class-weight", "courier=5")
    check("classes have weights", dear.returncode == 0 and "courier=5" in json.loads(dear.stdout)["command"], dear.stderr)
    check("the card names no folder", "/" not in card["command"] and data.name in card["command"], card["command"])
    check("complaints are bound", "+number_refused" in card["parameters"]["monotone"], card["parameters"])
    check("a model for calls scores no table", anning("score", "--table", truth, "--model", model).returncode == 1)
    check_bad_labels(data, lines)


def check_bad_labels(data, lines):
    labels = WORK / "labels.csv"
    words = ("train", "--data", data, "--labels", labels, "--model", WORK / "none.model")
    token = lines[1].split(",")[0]
    for what, text, says in (("contradict", f"token,unwanted\n{token},1\n{token},0\n", "but unwanted in line 2 of"),
                             ("name no call", "token,unwanted\n" + "0" * 26 + ",1\n", "no call in the journal has a label"),
                             ("have an unknown column", "token,unwanted,klass\n", 'did you mean "class"'),
                             ("have no token", "unwanted\n1\n", 'no column "token"'),
                             ("know one side only", f"token,unwanted\n{token},1\n", "both unwanted and wanted")):
        labels.write_text(text)
        refused(f"labels that {what}", 1, says, *words)
    labels.write_text("\n".join(lines) + "\n")
    refused("a class weight for nobody", 1, 'no row is of class "curier"; did you mean "courier"?', *words, "--class-weight",
            "curier=2")
    refused("no journal", 3, "No such file", "train", "--data", WORK / "nowhere", "--labels", labels, "--model", WORK / "x")
    refused("two folders, three label files", 2, "one for each folder", "train", "--data", data, "--data", data, "--labels",
            labels, "--labels", labels, "--labels", labels, "--model", WORK / "x")


def main():
    check_table()
    check_calls()
    finish("train")


main()
