#!/usr/bin/env python3
"""The verbs against a running anningd: examples run as printed, follow shows a new record at once, reports by token
count, exit codes, languages, no colours where none are wanted. usage: test_verbs.py [BUILD]"""
import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import threading
import time

from kit import BUILD, ROOT, WORK, Caller, Daemon, Receiver, anning, check, finish, records, serve, until


def examples(verb):
    """The lines below "Examples:" of a verb's help, without what belongs to other programs."""
    text = anning(verb, "--help", env={**os.environ, "ARGP_HELP_FMT": "rmargin=250"}).stdout # an example is one line
    lines = text.split("Example", 1)[1].splitlines()[1:] if "Example" in text else []
    return [line.strip() for line in lines if line.strip().startswith("anning ")]


def runnable(line, daemon, token):
    """The same line with our data folder, token and files."""
    line = line.split(" | ")[0].split(" > ")[0]
    line = line.replace("/var/lib/anning", str(daemon.data)).replace("127.0.0.1:8080", f"{daemon.address}:8080")
    line = re.sub(r"explain \w+", f"explain {token}", line)
    for name in "calls.csv", "/var/log/asterisk/cdr-csv/Master.csv":
        line = line.replace(name, str(ROOT / "tests/corpus/csv/asterisk"))
    line = line.replace("capture.pcapng", str(ROOT / "tests/corpus/pcap/raw.pcapng"))
    line = line.replace("/etc/anning/anning.yaml", str(daemon.file))
    decisions = WORK / "decisions.csv"
    decisions.write_text("number,verdict,who,why\n02161990111,wanted,li,case 17\n")
    line = line.replace("import decisions.csv", f"import {decisions} --config {daemon.file}")
    line = re.sub(r"(?<=\s)anning\.yaml", str(daemon.file), line)
    words = shlex.split(line)[1:]
    if words[0] == "user":
        words += ["--config", str(daemon.file)]
    if words[0] in PEOPLE_VERBS:
        words = [people["report"] if word == "1f00c0ffee00abcd" else people["case"] if word == "2f00c0ffee00abcd" else people["token"] if re.fullmatch(r"[0-9A-Z]{26}", word)
                 else word for word in words] + ["-s", f"{daemon.address}:8080"]
    if words[0] == "train": # quickly
        words += ["--plans", "1", "--bags", "1", "--trees", "10", "--folds", "2"]
    if words[0] == "model" and "--data" not in words:
        words += ["--data", str(daemon.data)]
    return [word.replace(str(daemon.data), str(LEARNING / "data")) for word in words] if words[0] == "model" else words


PEOPLE_VERBS = ("subscriber", "report", "redress", "complaint", "case")
people = {} # what the examples of PEOPLE_VERBS are about: the token of a call, the id of a report, the key in the environment


def prepare_people(daemon):
    """The person of the examples, a call to him, and a report; settings.json is what he has set."""
    number, server = "+8613800138000", ("-s", f"{daemon.address}:8080")
    key = anning("user", "key", "examples", "--scopes", "subscribers,redress,complaints,authority", "--config", daemon.file).stdout.split()[0]
    people["env"] = {**os.environ, "ANNING_TOKEN": key}
    ask = lambda *words: anning(*words, *server, env=people["env"])
    made = ask("subscriber", "on", number)
    check("examples have a subscriber", made.returncode == 0, made.stderr)
    settings = json.loads(ask("subscriber", "show", number, "--json").stdout)
    settings["blocked"] = [{"number": "+862161990333", "name": ""}]
    (LEARNING / "settings.json").write_text(json.dumps(settings))
    made = ask("subscriber", "set", number, LEARNING / "settings.json")
    check("who blocks a number", made.returncode == 0, made.stderr)
    call = lambda: json.loads(daemon.get("/v1/decide", {"from": "02161990333", "to": number})[1])
    people["token"] = until(lambda: (verdict := call())["action"] == "block" and verdict["token"])
    check("and a call", people["token"] and until(lambda: people["token"] in ask("subscriber", "calls", number, "--all", "--json").stdout))
    made = ask("report", "say", number, people["token"], "unwanted", "--json")
    check("and a report", made.returncode == 0, made.stderr)
    people["report"] = json.loads(made.stdout)["report"]["id"]
    status, text = daemon.get(f"/v1/redress/{people['token']}", {"contact": "a@example.org", "words": "I deliver parcels"})
    check("and somebody who asks for redress", status < 300, text)
    (LEARNING / "complaints.csv").write_text("id,source,time,caller,callee,category,words\n"
                                             f"A-1,12321,{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())},+862161990333,,loan,\"thrice, a day\"\n")
    made = ask("complaint", "add", LEARNING / "complaints.csv", "--json")
    check("and a complaint from elsewhere", made.returncode == 0 and json.loads(made.stdout)["taken"] == 1, made.stderr)
    people["case"] = json.loads(made.stdout)["items"][0]["case"]
    (LEARNING / "wrong.csv").write_text("id,source,time,caller,category\nA-2,12306,x,1,loan\n")
    made = ask("complaint", "add", LEARNING / "wrong.csv")
    check("a wrong one is refused by its field", made.returncode == 1 and "source" in made.stderr, made.stderr)


LEARNING = WORK / "learning" # where the examples of training and models run


def prepare_learning(daemon):
    """A table, labels for the daemon's calls, a copy of its data, and models under the names the examples use."""
    LEARNING.mkdir()
    rows = [f"{n % 7},{n * n % 11},{int(n % 7 > 3)}" for n in range(200)]
    (LEARNING / "subscribers.csv").write_text("\n".join(["calls,people,fraud", *rows]) + "\n")
    (LEARNING / "new.csv").write_text("people,calls\n3,4\n,1\n")
    for n in range(30):
        daemon.get("/v1/decide", {"from": f"1390000{n:04}" if n % 2 else "02161990222", "to": f"1380001{n:04}"})
    tokens = [(r["token"], r["from"]) for r in records(daemon.data, "-t", "verdict")]
    labels = []
    for n, (token, caller) in enumerate(tokens):
        unwanted = caller == "+862161990222" and n % 6 > 0
        labels.append(f"{token},{int(unwanted)},{n % 5 + 1 if unwanted else 0}")
    (LEARNING / "labels.csv").write_text("\n".join(["token,unwanted,campaign", *labels]) + "\n")
    shutil.copytree(daemon.data, LEARNING / "data")
    (LEARNING / "data/journal/lock").unlink(missing_ok=True)
    for name in "new", "city", "first":
        made = anning("train", "--data", LEARNING / "data", "--labels", LEARNING / "labels.csv", "--model", LEARNING / f"{name}.anm",
                      "--trees", "5", "--folds", "2", "--seed", len(name))
        check(f"examples have a model {name}.anm", made.returncode == 0, made.stderr)
    made = anning("model", "promote", LEARNING / "first.anm", "--data", LEARNING / "data")
    check("examples have a model that judges", made.returncode == 0, made.stderr)


def check_examples(daemon, token):
    count = 0
    prepare_learning(daemon)
    prepare_people(daemon)
    for verb in anning("--verbs").stdout.split():
        for line in examples(verb):
            words = runnable(line, daemon, token)
            if words[:2] == ["config", "show"] and len(words) == 3 and words[2].startswith("-"):
                words.append(str(daemon.file)) # the default file is not on this machine
            ran = anning(*words, cwd=LEARNING, env=people["env"])
            count += 1
            check(f"as printed: {line}", ran.returncode == 0 and (ran.stdout or ran.stderr), ran.stdout[-500:] + ran.stderr)
    check(f"{count} examples were found", count >= 8)


def check_follow(daemon):
    process = subprocess.Popen([BUILD / "anning", "journal", "follow", "-d", daemon.data, "-t", "verdict"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seen = []
    threading.Thread(target=lambda: [seen.append((time.monotonic(), line)) for line in process.stdout],
                     daemon=True).start()
    until(lambda: len(seen) >= 1)
    time.sleep(0.3)
    at = time.monotonic()
    daemon.get("/v1/decide", {"from": "13800000055", "to": "13010000066"})
    found = until(lambda: [t for t, line in seen if '"+8613800000055"' in line], 10)
    check("follow shows a new record within a second", found and found[0] - at < 1, found and found[0] - at)
    process.send_signal(2)
    check("Ctrl-C ends follow with 0", process.wait(10) == 0)


def check_report(daemon):
    """Twelve people report by the token alone, after their calls are over."""
    for n in range(12):
        call = {"from": "02161990111", "to": f"1380000{n:04}", "call_id": f"r{n}", "trunk": "north"}
        token = json.loads(daemon.get("/v1/decide", call)[1])["token"]
        daemon.get("/v1/events", {"kind": "end", "call_id": f"r{n}", "outcome": "answered", "ring_s": 5, "talk_s": 9})
        status, text = daemon.get("/v1/events", {"kind": "report", "token": token, "category": "loan"})
        if status >= 300:
            check("a report by token is taken", False, text)
    verdict = json.loads(daemon.get("/v1/decide", {"from": "02161990111", "to": "13800000003", "trunk": "north"})[1])
    check("a report by token takes effect for the one who said it", "callee_reported" in verdict["rules"] and
          verdict["action"] == "label", verdict)
    verdict = json.loads(daemon.get("/v1/decide", {"from": "02161990111", "to": "13800009999", "trunk": "north"})[1])
    names = [symbol["name"] for symbol in verdict["symbols"]]
    check("twelve of twelve who talked for 9 seconds count nothing for others", "COMPLAINTS" not in names, verdict)
    reports = [r for r in records(daemon.data, "-t", "observation") if r["kind"] == "report"]
    check("the journal names both parties of a report by token", len(reports) == 12 and
          all(r["from"] == "+862161990111" for r in reports), reports[:1])


def on_terminal(words, env):
    """What a command writes to a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen([BUILD / "anning", *map(str, words)], stdin=slave, stdout=slave, stderr=slave,
                               env={**os.environ, "TERM": "xterm", **env})
    os.close(slave)
    said = b""
    while True:
        try:
            got = os.read(master, 65536)
        except OSError:
            break
        if not got:
            break
        said += got
    process.wait()
    return said


def check_words(daemon, token):
    words = ["explain", token, "-d", daemon.data]
    check("no colours with NO_COLOR", b"\x1b[" not in on_terminal(words, {"NO_COLOR": "1"}))
    check("no colours into a file", "\x1b[" not in anning(*words).stdout)
    zh = anning("--lang", "zh", "journal", "verify", "-d", daemon.data).stdout
    en = anning("--lang", "en", "journal", "verify", "-d", daemon.data).stdout
    check("verify speaks both languages", "完好" in zh and "intact" in en, zh + en)
    for what, status, *arguments in (("an unknown token", 1, "explain", "0" * 26, "-d", daemon.data),
                                     ("no token at all", 2, "explain", "nonsense", "-d", daemon.data),
                                     ("a folder without a journal", 3, "journal", "cat", "-d", WORK / "none"),
                                     ("an unknown action", 2, "journal", "verfy", "-d", daemon.data),
                                     ("a wrong time", 2, "journal", "cat", "--since", "soon", "-d", daemon.data),
                                     ("a wrong type", 2, "journal", "cat", "-t", "verdicts", "-d", daemon.data),
                                     ("nobody at the server", 3, "decide", "--to", "1", "--server", "127.0.0.1:1"),
                                     ("decide without a callee", 2, "decide", "--from", "1")):
        ran = anning(*arguments)
        check(f"{what}: status {status}, and a word why", ran.returncode == status and ran.stderr,
              f"{ran.returncode}: {ran.stdout}{ran.stderr}")
    cut = subprocess.run(f"'{BUILD}/anning' journal cat -d '{daemon.data}' | head -1", shell=True, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check("a reader that goes away is no error", cut.stderr == "" and cut.stdout.startswith("{"), cut.stderr)


def check_server(daemon):
    """decide --server: the token goes with the question; what is no answer to it is status 3."""
    given = {}

    class Server(Receiver):
        def do_POST(self):
            given["token"] = self.headers.get("Authorization")
            self.body()
            self.answer(given["status"], given["text"])

    server = serve(Server)
    ask = ["decide", "--from", "1", "--to", "13800000001", "--json", "--server", f"127.0.0.1:{server.server_port}"]
    good = daemon.get("/v1/decide", {"from": "13800000077", "to": "13800000088"})[1].encode()
    file = WORK / "token"
    file.write_text(" from-file \nsecond line\n")
    env = {**os.environ, "ANNING_TOKEN": "from-environment"}
    for what, status, http_status, token, more, environment in (
            ("no token is sent when there is none", 0, 200, None, [], None),
            ("the environment's token is sent", 0, 200, "Bearer from-environment", [], env),
            ("--token-file wins over it", 0, 200, "Bearer from-file", ["--token-file", file], env),
            ("400: something in the call is wrong", 1, 400, None, [], None),
            ("401 is no answer", 3, 401, None, [], None),
            ("503 is no answer", 3, 503, None, [], None),
            ("a token file that is not there", 3, 200, None, ["--token-file", WORK / "none"], None)):
        given.update(token=None, status=http_status, text=good if http_status == 200 else b"{}")
        ran = anning(*ask, *more, env=environment)
        check(f"{what}: status {status}", ran.returncode == status and given["token"] == token,
              f"{ran.returncode}, {given['token']}: {ran.stdout}{ran.stderr}")
    server.shutdown()


EVIL = "\x9b31mX\u202e\u2028\x85" # begins a command of the terminal, turns the text behind it, breaks the line
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]")


def check_strangers(daemon):
    """No text of a caller, of somebody who complains or of a colleague acts on the terminal that shows it."""
    status, text = daemon.get("/v1/decide", {"from": "02161990333", "to": "+8613800138000", "display": EVIL, "trunk": EVIL, "user_agent": EVIL})
    token = json.loads(text)["token"]
    check("a call with controls in its name", status == 200 and until(lambda: daemon.get(f"/v1/redress/{token}")[0] == 200), text)
    status, text = daemon.get(f"/v1/redress/{token}", {"contact": EVIL, "words": EVIL})
    check("asks for redress", status < 300, text)
    status, text = daemon.get("/v1/labels", {"number": "+862161990333", "verdict": "unwanted", "who": EVIL, "why": EVIL})
    check("is labelled", status == 200, text)
    file, config = WORK / "evil.csv", ("--config", daemon.file)
    file.write_text(f"id,source,time,caller,category,words\n{EVIL},other,{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())},+862161990333,loan,{EVIL}\n")
    key = anning("user", "key", EVIL, "--scopes", "subscribers,redress,complaints,authority", *config).stdout.strip()
    check("a colleague of that name", anning("user", "add", "evil", "--name", EVIL, *config).returncode == 0)
    env = {**os.environ, "ANNING_TOKEN": key, "ANNING_SERVER": f"{daemon.address}:8080"}
    until(lambda: any(r["type"] == "verdict" and r["token"] == token for r in records(daemon.data)))
    for words in (("complaint", "add", file), ("complaint", "ls"), ("complaint", "ls", "--json"), ("redress", "ls"), ("redress", "ls", "--json"),
                  ("subscriber", "looks", "+8613800138000"), ("subscriber", "export", "+8613800138000"), ("label", "ls", "-d", daemon.data), ("label", "ls", "-j", "-d", daemon.data),
                  ("user", "ls", *config), ("user", "ls", "-j", *config), ("explain", token, "-d", daemon.data),
                  ("explain", token, "-j", "-d", daemon.data), ("journal", "cat", "-d", daemon.data),
                  ("decide", "--to", "1", "--display", EVIL, "--trunk", EVIL), ("model", "show", EVIL, "-d", daemon.data), (EVIL,)):
        ran = anning(*words, env=env)
        found = ACTS.search(ran.stdout + ran.stderr)
        check(f"inert: {' '.join(map(str, words[:2])).replace(EVIL, 'EVIL')}", ran.returncode in (0, 1, 2, 3) and not found,
              found and repr((ran.stdout + ran.stderr)[max(0, found.start() - 60):found.end() + 20]))
    displays = [r.get("display") for r in records(daemon.data, "-t", "observation") + records(daemon.data, "-t", "verdict")]
    check("journal cat's escapes say what came", EVIL in displays, displays[-3:])


def check_answers():
    """Servers that answer what anningd never would: no crash, and nothing is said to be done."""
    given = {}

    class Server(Receiver):
        def do_POST(self):
            self.body()
            self.answer(given["status"], given["text"])

    server = serve(Server)
    to = ("--server", f"127.0.0.1:{server.server_port}")
    file = WORK / "one.csv"
    file.write_text("id,source,time,caller,category\nA,12321,2026-11-25T00:00:00Z,+862161990333,loan\n")
    for words in (("decide", "--to", "1"), ("decide", "--to", "1", "--json"), ("redress", "grant", "A" * 26, "--words", "x"),
                  ("redress", "refuse", "A" * 26, "--words", "x"), ("complaint", "add", file), ("subscriber", "on", "+8613800138000")):
        for text in b"", b"null", b"[]", b"7", b"{}", b'{"state":"waiting","taken":"x","on":false}', b"<html>":
            given.update(status=200, text=text)
            ran = anning(*words, *to)
            check(f"{words[0]} {words[1]}, answered {text.decode() or 'nothing'}: status 3", ran.returncode == 3 and ran.stderr and not ran.stdout,
                  f"{ran.returncode}: {ran.stdout}{ran.stderr}")
    given.update(status=400, text=b'{"error":{"code":"invalid","message":"field \\"to\\" is odd"}}\n')
    ran = anning("decide", "--to", "1", *to)
    check("decide says the server's message, not its JSON", ran.returncode == 1 and 'answered 400: field "to" is odd\n' in ran.stderr and
          "{" not in ran.stderr, ran.stderr)
    server.shutdown()


def check_inputs(daemon):
    """Files for anningd that are wrong: told by file and line, before anything is sent where that can be."""
    to = ("--server", f"{daemon.address}:8080")
    ask = lambda *words: anning(*words, *to, env=people["env"])
    file, number = WORK / "in.json", "+8613800138000"
    before = ask("subscriber", "show", number, "--json").stdout
    for what, text, status, said in (("more behind the object", b'{"on":false} rubbish', 1, "byte 14: more"),
                                     ("a NUL and more", b'{"on":false}\0{"on":false}', 1, "byte 13: more"),
                                     ("a list", b"[]", 1, "no JSON object"), ("nothing", b"", 1, "no JSON object"),
                                     ("256 kB and a byte", b'{"on":false}' + b" " * ((256 << 10) - 11), 1, "AN_HTTP_PEOPLE_BODY_MAX")):
        file.write_bytes(text)
        ran = ask("subscriber", "set", number, file)
        check(f"subscriber set of {what}: status {status}", ran.returncode == status and said in ran.stderr, f"{ran.returncode}: {ran.stderr}")
    ran = ask("subscriber", "set", number, WORK)
    check("subscriber set of a folder: status 3", ran.returncode == 3 and "folder" in ran.stderr, ran.stderr)
    check("and nothing of it was taken", ask("subscriber", "show", number, "--json").stdout == before)
    for words in ("subscriber", "calls", "13800138000"), ("report", "ls", "13800138000"):
        ran = ask(*words)
        check(f"{' '.join(words)}: the number's form", ran.returncode == 2 and "+8613800138000" in ran.stderr, ran.stderr)
    for what in "ls", "canaries":
        ran = anning("label", what, *to)
        check(f"label {what} -s says what to give", ran.returncode == 2 and "--data DIR" in ran.stderr, ran.stderr)

    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    head, row = "id,source,time,caller,category,words\n", lambda name, source="12321", words="": f"{name},{source},{now},+862161990333,loan,{words}\n"
    file = WORK / "in.csv"
    for what, text, said in (("GB18030", (head + row("B-1") + row("B-2", words="骗子")).encode("gb18030"), "line 3: cell 6 is not UTF-8; save"),
                             ("a wrong source", (head + row("B-1") + "\n" + row("B-2", "12306")).encode(), 'in.csv:4: field "source"'),
                             ("a column twice", b"id,id\nx,y\n", "the column id is there twice")):
        file.write_bytes(text)
        ran = ask("complaint", "add", file)
        check(f"complaint add of {what}: by file and line", ran.returncode == 1 and said in ran.stderr and "in.csv" in ran.stderr and
              "nothing was taken in" in ran.stderr, ran.stderr)
    file.write_text(head + "".join(row(f"C-{n}") for n in range(250)))
    check("250 complaints are taken in", ask("complaint", "add", file).returncode == 0)
    seen, cursor = [], ()
    while True:
        ran = ask("complaint", "ls", *cursor)
        seen += [line.split()[2] for line in ran.stdout.splitlines()]
        more = re.search(r"--cursor (\S+)", ran.stderr)
        if not more or len(seen) > 1000:
            break
        cursor = ("--cursor", more.group(1))
    check("complaint ls says that there are more, and how", cursor and len(seen) == len(set(seen)) and
          {f"C-{n}" for n in range(250)} <= set(seen), f"{len(seen)} lines, {cursor}, {ran.stderr}")
    ran = ask("subscriber", "show", number, "--cursor", "1")
    check("--cursor is for lists", ran.returncode == 2, ran.stderr)


def check_models(daemon):
    """The same fault of a model is the same status in every verb that takes one."""
    good, folder = LEARNING / "first.anm", WORK / "models"
    folder.mkdir()
    text = good.read_bytes()
    magic = 8 # then the format
    faults = {"bent": (1, text[:len(text) // 2] + bytes([text[len(text) // 2] ^ 1]) + text[len(text) // 2 + 1:]), "cut": (1, text[:12]),
              "foreign": (1, b"{}"), "empty": (1, b""), "newer": (1, text[:magic] + b"\x63\0" + text[magic + 2:]), "large": (1, None)}
    for name, (_, bytes_) in faults.items():
        if bytes_ is not None:
            (folder / f"{name}.anm").write_bytes(bytes_)
    with (folder / "large.anm").open("wb") as file:
        file.truncate((64 << 20) + 1) # AN_FOREST_FILE_MAX
    (folder / "folder.anm").mkdir()
    os.mkfifo(folder / "pipe.anm")
    wanted = {**{name: status for name, (status, _) in faults.items()}, "folder": 3, "pipe": 3, "none": 3}
    (WORK / "rows.csv").write_text("a\n1\n")
    for name, status in wanted.items():
        path = folder / f"{name}.anm"
        got = {" ".join(words[:2]): anning(*words, *where) for words, where in
               ((("score", "--model", path), ("--table", WORK / "rows.csv")), (("model", "show", path), ("-d", daemon.data)),
                (("model", "compare", path, "none"), ("-d", daemon.data)), (("model", "promote", path), ("-d", daemon.data)),
                (("journal", "rejudge", "--model", path), ("-d", daemon.data))) }
        check(f"a model that is {name}: status {status} from each verb", all(ran.returncode == status and ran.stderr for ran in got.values()),
              {words: (ran.returncode, ran.stderr) for words, ran in got.items()})
    for words in ("model", "show", "nosuch"), ("model", "promote", "nosuch"), ("model", "compare", "nosuch", "none"):
        ran = anning(*words, "-d", daemon.data)
        check(f"{' '.join(words)}: status 3", ran.returncode == 3 and "no model" in ran.stderr, ran.stderr)
    for what, bytes_, status in (("in UTF-16", "a,b\n1,2\n".encode("utf-16"), 1), ("over a limit", b"a\n" + b"x" * 20000 + b"\n", 1), ("nowhere", None, 3)):
        table = WORK / f"{what[:4].strip()}.csv"
        if bytes_:
            table.write_bytes(bytes_)
        ran = anning("train", "--table", table, "--label", "a", "--cv", "2"), anning("complaint", "add", table, "-s", "127.0.0.1:1")
        check(f"a table {what}: status {status}", all(one.returncode == status for one in ran), [(one.returncode, one.stderr) for one in ran])


def check_open_segments(daemon):
    said = anning("journal", "verify", "-d", daemon.data).stdout
    check("a live journal is intact, and its open segments are one line",
          "intact" in said and "open" in said and not re.search(r"^(open|note) ", said, re.M), said)
    said = anning("journal", "verify", "-v", "-d", daemon.data).stdout
    check("--verbose names each of them", re.search(r"^open +\d+-\d+\.seg", said, re.M), said)


def check_damage(daemon):
    """A flipped bit on record is found, and everything else still reads."""
    copy = WORK / "copy"
    shutil.copytree(daemon.data, copy)
    segment = max(copy.glob("journal/*.seg"), key=lambda path: path.stat().st_size)
    bytes_ = bytearray(segment.read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    segment.write_bytes(bytes_)
    verified = anning("journal", "verify", "-d", copy)
    check("verify finds a flipped bit and says where", verified.returncode == 1 and segment.name in verified.stdout,
          verified.stdout)
    whole, rest = len(records(daemon.data)), len(records(copy))
    check("cat loses that record and no other", whole - 2 <= rest < whole, f"{rest} of {whole}")
    check("rejudge counts it", anning("journal", "rejudge", "-d", copy).returncode == 1)


def main():
    daemon = Daemon("verbs").start()
    caller = Caller(daemon, total=200)
    caller.start()
    caller.finish()
    token = caller.tokens()[-1]
    check_follow(daemon)
    check_report(daemon)
    check_examples(daemon, token)
    check_words(daemon, token)
    check_server(daemon)
    check_strangers(daemon)
    check_answers()
    check_inputs(daemon)
    check_models(daemon)
    check_open_segments(daemon)
    daemon.stop()
    check_damage(daemon)
    finish("the verbs")


if __name__ == "__main__":
    main()
