#!/usr/bin/env python3
"""Labels, reports, refusals and canaries against a running anningd: in force at once, still after kill -9; files that are
wrong are refused whole, with file and line. usage: test_labels.py [BUILD]"""
import json

from kit import WORK, Daemon, anning, check, finish

CONFIG = """api: {token_file: token}
canaries:
  numbers: ["13811110001", "13811110002 某商城"]
registered:
  - {name: 某银行, numbers: ["95588", "+861066*"], trunks: [bank-gw]}
"""


class Labels(Daemon):
    def get(self, path, body=None):
        import urllib.error
        import urllib.request
        headers = {"Content-Type": "application/json", "Authorization": "Bearer 0123456789abcdef"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address}:8080{path}", data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def decide(self, caller, callee, trunk="platform"):
        return json.loads(self.get("/v1/decide", {"from": caller, "to": callee, "trunk": trunk})[1])

    def report(self, caller, callee, trunk="platform", **more):
        return self.get("/v1/events", {"kind": "report", "from": caller, "to": callee, "trunk": trunk, **more})


def file(name, text):
    path = WORK / name
    path.write_text(text)
    return path


def refuse(daemon, what, name, text, words):
    ran = anning("label", "import", file(name, text), "--config", daemon.file)
    check(what, ran.returncode == 1 and words in ran.stderr and "nothing was applied" in ran.stderr, ran.stderr)


def check_files(daemon):
    good = file("good.csv", "number,verdict,who,why,category,until\n"
                            "02161990111,unwanted,li,\"case 17, heard\",loan,2099-01-01\n")
    ran = anning("label", "import", good, "--config", daemon.file)
    check("a date too far away is refused", ran.returncode == 1 and "good.csv:2: field \"until\"" in ran.stderr, ran.stderr)
    file("good.csv", "number,verdict,who,why,category\n02161990111,unwanted,li,\"case 17, heard\",loan\n"
                     "13800138000,wanted,li,redress 3,\n")
    ran = anning("label", "import", good, "--config", daemon.file)
    check("a file is taken in", ran.returncode == 0 and "2 labels in force" in ran.stdout, ran.stderr)
    refuse(daemon, "two labels that contradict each other are named by line", "two.ndjson",
           '{"number":"13800138001","verdict":"wanted","who":"a","why":"b"}\n\n'
           '{"number":"+8613800138001","verdict":"unwanted","who":"a","why":"b"}\n',
           "two.ndjson:3: +8613800138001 is labelled unwanted, and wanted by another label of the same batch (line 1)")
    refuse(daemon, "no number", "no.csv", "number,verdict,who,why\nxyz,wanted,a,b\n", "no.csv:2: field \"number\"")
    refuse(daemon, "no such column", "columns.csv", "nmber,verdict\n1,wanted\n", "did you mean \"number\"")
    refuse(daemon, "no JSON", "text.ndjson", '{"number":\n', "text.ndjson:1: is no JSON")
    refuse(daemon, "an unknown token is told by the daemon, with our line", "token.ndjson",
           '{"number":"13800138001","verdict":"wanted","who":"a","why":"b"}\n'
           '{"token":"01KB3M8Z6W0000G7Q2V5X9T4C1","verdict":"wanted","who":"a","why":"b"}\n', "token.ndjson:2: field \"token\"")
    check("what was refused is not in force", len(anning("label", "ls", "-c", daemon.file, "--json").stdout.splitlines()) == 2)
    listed = anning("label", "ls", "-c", daemon.file).stdout
    check("ls names who decided and why", "case 17, heard" in listed and "+862161990111" in listed, listed)


def check_in_force(daemon, when):
    verdict = daemon.decide("02161990111", "13810000000")
    check(f"{when}: what an operator labelled unwanted is labelled", verdict["action"] == "label" and
          "labelled_unwanted" in verdict["rules"], verdict)
    verdict = daemon.decide("13800138000", "13810000000")
    check(f"{when}: what one labelled wanted is known", "labelled_wanted" in verdict["rules"], verdict)
    verdict = daemon.decide("01066123456", "13810000001", "bank-gw")
    check(f"{when}: a no to one number of a firm is a no to all", verdict["action"] == "block" and
          "callee_denies" in verdict["rules"], verdict)
    check(f"{when}: others are called by the firm", daemon.decide("95588", "13810000009", "bank-gw")["action"] == "allow")
    verdict = daemon.decide("13900000007", "13810000002")
    check(f"{when}: who reported a caller has his calls labelled", verdict["action"] == "label" and
          "callee_reported" in verdict["rules"], verdict)
    check(f"{when}: nobody else has", daemon.decide("13900000007", "13810000003")["action"] == "allow")


def check_words(daemon):
    daemon.decide("95588", "13810000001", "bank-gw")
    daemon.report("95588", "13810000001", "bank-gw", category="insurance")
    daemon.decide("13900000007", "13810000002")
    daemon.report("13900000007", "13810000002")
    daemon.report("13900000007", "13810000002") # again
    status, text = daemon.report("13900000007", "13810000002", wanted=True, refusal=True)
    check("wanted and refused at once is refused", status == 400 and "refusal" in text, text)
    check("metrics tell what reports counted", daemon.metric("anning_reports_ignored_total") == 1 and
          daemon.metric("anning_reports_counted_total", "next_to_nothing") == 2, daemon.get("/metrics")[1][:2000])


def check_canaries(daemon):
    token = daemon.decide("02161990222", "13811110001")["token"]
    daemon.decide("02161990222", "13811110002")
    daemon.decide("02161990223", "13811110002")
    rows = [json.loads(line) for line in anning("label", "canaries", "-c", daemon.file, "--json").stdout.splitlines()]
    check("canaries name who passed a number on", [(r["holder"], r["calls"], r["callers"]) for r in rows] ==
          [(None, 1, 1), ("某商城", 2, 2)], rows)
    check("and count", daemon.metric("anning_canary_calls_total", "holder") == 2)
    given = file("token.ndjson", json.dumps({"token": token, "verdict": "unwanted", "who": "li", "why": "canary"}))
    check("a verdict's token is a target", anning("label", "import", given, "-c", daemon.file).returncode == 0)
    verdict = daemon.decide("02161990222", "13810000000")
    check("its caller is labelled", "labelled_unwanted" in verdict["rules"], verdict)


def main():
    file("token", "0123456789abcdef\n")
    daemon = Labels("labels", CONFIG).start()
    check_files(daemon)
    check_words(daemon)
    check_in_force(daemon, "at once")
    check_canaries(daemon)
    ran = anning("label", "import", WORK / "good.csv", "--data", daemon.data)
    check("the folder of a running daemon is not written to", ran.returncode == 3 and "in use" in ran.stderr, ran.stderr)
    daemon.kill()
    daemon.start()
    check_in_force(daemon, "after kill -9")
    daemon.stop()
    file("later.csv", "number,verdict,who,why\n02161990333,unwanted,li,later\n")
    ran = anning("label", "import", WORK / "later.csv", "--data", daemon.data)
    check("without a daemon a file goes into the journal", ran.returncode == 0 and "1 label written" in ran.stdout, ran.stderr)
    verified = anning("journal", "verify", "-d", daemon.data)
    check("which stays intact", verified.returncode == 0 and "intact" in verified.stdout, verified.stdout)
    daemon.start()
    check_in_force(daemon, "after an orderly stop")
    check("and is in force at the next start", daemon.decide("02161990333", "13810000000")["action"] == "label")
    rejudged = anning("journal", "rejudge", "-d", daemon.data)
    check("every verdict recomputes", rejudged.returncode == 0, rejudged.stdout)
    daemon.stop()
    finish("labels")


if __name__ == "__main__":
    main()
