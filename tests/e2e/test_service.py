#!/usr/bin/env python3
"""What the service manager sees of anningd: ready, reload, a refused reload, stop. usage: test_service.py [BUILD]"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
WAIT_S = 60


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def told(notify, wanted):
    """The next state told must hold wanted."""
    state = notify.recv(4096).decode()
    if wanted not in state.split("\n"):
        sys.exit(f"FAILED: told {state!r}, not {wanted}")
    return state


def options(sip_port):
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.settimeout(WAIT_S)
    probe.sendto(b"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1\r\n"
                 b"From: <sip:b@127.0.0.1>;tag=1\r\nTo: <sip:a@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
                 b"Max-Forwards: 9\r\nContent-Length: 0\r\n\r\n", ("127.0.0.1", sip_port))
    answer = probe.recv(4096)
    if not answer.startswith(b"SIP/2.0 200"):
        sys.exit(f"FAILED: OPTIONS was answered {answer[:60]!r}")


def main():
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        sip = free_port(socket.SOCK_DGRAM)
        config = work / "anning.yaml"
        config.write_text(f"listen: ['udp:127.0.0.1:{sip}']\nhttp: none\nworkers: 1\npin: false\ndata: {work}/data\n"
                          "limits: {numbers: 1000, relations: 1000}\n")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(str(work / "notify"))
        notify.settimeout(WAIT_S)
        log = work / "log"
        daemon = subprocess.Popen([BUILD / "anningd", "--config", config], stderr=log.open("wb"),
                                  env={**os.environ, "NOTIFY_SOCKET": str(work / "notify")})
        try:
            told(notify, "READY=1")
            options(sip)
            config.write_text(config.read_text() + "policy: {level: strict}\n")
            daemon.send_signal(signal.SIGHUP)
            if "MONOTONIC_USEC=" not in told(notify, "RELOADING=1"):
                sys.exit("FAILED: RELOADING=1 comes without MONOTONIC_USEC")
            told(notify, "READY=1")
            config.write_text(config.read_text() + "jurnal: {}\n")
            daemon.send_signal(signal.SIGHUP)
            told(notify, "RELOADING=1")
            told(notify, "READY=1")
            options(sip)
            daemon.send_signal(signal.SIGTERM)
            told(notify, "STOPPING=1")
            if daemon.wait(WAIT_S) != 0:
                sys.exit(f"FAILED: left with {daemon.returncode} at SIGTERM")
            lines = log.read_text().splitlines()
            if not any("jurnal is no setting" in line for line in lines):
                sys.exit("FAILED: the refused reload is not explained in the log:\n" + "\n".join(lines))
            for line in lines:
                if line.startswith("{"):
                    json.loads(line)
        finally:
            if daemon.poll() is None:
                daemon.kill()
                sys.stderr.write(log.read_text())
    print("ok: ready, reload, refused reload, stop")


if __name__ == "__main__":
    main()
