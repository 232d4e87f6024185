#!/usr/bin/env python3
"""What a failed start says: data folder in use, ports taken, no permission, wrong flags, wrong configuration.
usage: test_start.py [BUILD]"""
import json
import os
import socket
import subprocess

from kit import BUILD, WORK, Daemon, anning, check, finish, free_address, until


def run(*arguments, **options):
    ended = subprocess.run([BUILD / "anningd", *map(str, arguments)], stdin=subprocess.DEVNULL, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **options)
    return ended.returncode, ended.stdout


def fails(what, status, texts, *arguments, **options):
    got, said = run(*arguments, **options)
    check(what, got == status and all(text in said for text in texts), f"status {got}, wanted {status}\n{said}")


def taken_ports(daemon):
    data, address = WORK / "other", daemon.address
    fails("a data folder in use is named", 1, [str(daemon.data), "in use"],
          "--sip", f"udp:{free_address()}:5060", "--http", "none", "--data", daemon.data, "--workers", 1)
    fails("a taken HTTP port is named", 1, [f"{address}:8080"],
          "--sip", f"udp:{free_address()}:5060", "--http", f"{address}:8080", "--data", data, "--workers", 1)
    fails("a taken SIP port is named", 1, [f"{address}:5060"],
          "--sip", f"udp:{address}:5060", "--http", "none", "--data", data, "--workers", 1)
    with socket.socket() as listener:
        listener.bind((address, 0))
        listener.listen()
        port = listener.getsockname()[1]
        fails("a taken SIP port of TCP is named", 1, [f"{address}:{port}"],
              "--sip", f"tcp:{address}:{port}", "--http", "none", "--data", data, "--workers", 1)
    check("ports are looked at before the state is loaded", not data.exists())
    empty = [line for line in daemon.get("/metrics")[1].splitlines()
             if line.startswith("anning_table_capacity_entries{") and line.endswith(" 0")]
    check("every table has a capacity in the metrics", not empty, empty)
    check("the one that runs is unharmed", daemon.get("/v1/decide", {"from": "13800000001", "to": "13800000002"})[0] == 200)


def permission():
    if os.getuid() != 0:
        print("  skipped: a port below 1024 and a foreign data folder need root to set up")
        return
    folder = WORK / "closed"
    folder.mkdir(mode=0o755)
    os.chmod(WORK, 0o755)
    try:
        runs = subprocess.run([BUILD / "anningd", "--version"], user="nobody", stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    except PermissionError:  # the tree lies in a folder that is closed to others, such as /root
        runs = False
    if not runs:
        print("  skipped: nobody can't run the build")
        return
    fails("a file that may not be read is named", 1, ["secret.yaml", "ermission"], "--config", secret(), user="nobody")


def secret():
    path = WORK / "secret.yaml"
    path.write_text("workers: 1\n")
    path.chmod(0o600)
    return path


def wrong_words():
    fails("an unknown flag", 2, ["--sipp"], "--sipp", "udp:127.0.0.1:5060")
    fails("a word without a flag", 2, ["udp:127.0.0.1:5060"], "udp:127.0.0.1:5060")
    fails("a flag without its value", 2, ["--data"], "--data")
    fails("an address that is none", 1, ["localhost", "127.0.0.1"], "--sip", "udp:localhost:5060", "--check")
    fails("a missing file", 1, ["none.yaml", "No such file"], "--config", WORK / "none.yaml")
    wrong = WORK / "wrong.yaml"
    wrong.write_text("workers: 900\nlisten: ['sctp:127.0.0.1:5060']\npolicy:\n  level: severe\n  explore_share: 3\nhtp: x\n")
    fails("every fault of a configuration at once", 1,
          ["wrong.yaml:1:", "900", "sctp", "wrong.yaml:4:", "severe", "wrong.yaml:5:", "explore_share", "wrong.yaml:6:",
           "htp"], "--config", wrong)
    listed = WORK / "listed.yaml"
    listed.write_text("lists: {allow_files: [listed]}\n")
    (WORK / "listed").write_bytes("安宁\n".encode("gb18030") + b"\xc2\x9b31m\n")
    status, said = run("--config", listed)
    lines = [json.loads(line)["msg"] for line in said.splitlines()]
    check("faults in a list of another encoding are logged as JSON", status == 1 and len(lines) == 2 and "\ufffd" in lines[0] and
          "\x9b31m" in lines[1] and "\x9b" not in said, said)
    fails("--check says so too", 1, ["severe"], "--config", wrong, "--check")


class Bare(Daemon):
    """One that is started without standard descriptors, as by a careless init."""

    def launch(self):
        self.process = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", BUILD / "anningd", "--config", self.file])


def closed_descriptors():
    """What it would say must not end up in the journal."""
    daemon = Bare("bare", workers=1).start()
    held = {fd: os.readlink(f"/proc/{daemon.process.pid}/fd/{fd}") for fd in (0, 1, 2)}
    check("closed standard descriptors are nobody's file", set(held.values()) == {"/dev/null"}, held)
    for number in range(4):
        daemon.get("/v1/decide", {"from": "13800000001", "to": f"1380000000{number}"})
    daemon.hang_up()  # the log tells of it
    daemon.get("/v1/decide", {"from": "13800000001", "to": "13800000002"})
    check("closed standard descriptors: stopped in order", daemon.stop()[0] == 0)
    verified = anning("journal", "verify", "--data", daemon.data)
    check("closed standard descriptors: the journal is intact", verified.returncode == 0, verified.stdout)


def keys_that_are_no_files():
    """A key that is a pipe or a folder: said so, and nothing waits for it."""
    daemon = Daemon("pipe", workers=1)
    daemon.data.mkdir()
    os.mkfifo(daemon.data / "store.key")
    daemon.launch()
    said = until(lambda: daemon.log.exists() and "store.key: no regular file" in daemon.log.read_text(), 20)
    check("store.key as a pipe is said to be none", said, daemon.log.read_text()[-600:])
    if said:
        status, took = daemon.stop()
        check(f"and SIGTERM is obeyed, after {took:.1f} s", status == 0 and took < 10, status)
    daemon.kill()
    data = WORK / "folder"
    (data / "site.key").mkdir(parents=True)
    fails("site.key as a folder is said to be none", 1, ["site.key: no regular file"],
          "--sip", f"udp:{free_address()}:5060", "--http", "none", "--data", data, "--workers", 1)


def main():
    wrong_words()
    closed_descriptors()
    keys_that_are_no_files()
    permission()
    daemon = Daemon("start").start()
    taken_ports(daemon)
    status, took = daemon.stop()
    check(f"SIGTERM while idle: status 0 after {took:.1f} s", status == 0 and took < 10)
    check("the start and the stop are logged", daemon.events("start") and daemon.events("stop"))
    finish("what a start says")


if __name__ == "__main__":
    main()
