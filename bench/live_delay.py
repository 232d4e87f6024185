#!/usr/bin/env python3
"""Journal to screen: how long after its verdict a touched call reaches an open live view, at a given rate of calls, with a
given number of views open; and what the views cost. Calls come by POST /v1/decide, 500 at a time.
usage: live_delay.py [BUILD] [CALLS_S] [STREAMS] [SECONDS]"""
import http.client
import json
import pathlib
import re
import resource
import selectors
import socket
import statistics
import sys
import threading
import time
from datetime import datetime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/e2e"))
from kit import Daemon, until  # noqa: E402

RATE, STREAMS, SECONDS = (int(sys.argv[i]) if len(sys.argv) > i else d for i, d in ((2, 10000), (3, 1), (4, 15)))
BATCH = 500


def ask(daemon, method, path, body, cookie=None):
    connection = http.client.HTTPConnection(daemon.address, 8080, timeout=60)
    headers = {"Content-Type": "application/json", **({"Cookie": cookie} if cookie else {})}
    connection.request(method, path, json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.getheader("Set-Cookie")


def cpu_s(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def load(daemon, ending):
    connection = http.client.HTTPConnection(daemon.address, 8080, timeout=60)
    begin, sent = time.monotonic(), 0
    while not ending.is_set():
        wait = begin + sent / RATE - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        calls = [{"from": f"170{(sent + i) * 7919 % 100000000:08d}", "to": f"1380{(sent + i) * 104729 % 10000000:07d}",
                  "trunk": f"t{i % 30}"} for i in range(BATCH)]
        calls[0]["from"] = "02161990111" # labelled: one touched call a batch at least
        connection.request("POST", "/v1/decide", json.dumps(calls), {"Content-Type": "application/json"})
        connection.getresponse().read()
        sent += BATCH
    daemon.sent, daemon.took = sent, time.monotonic() - begin


def try_policy(daemon, cookie):
    connection = http.client.HTTPConnection(daemon.address, 8080, timeout=60)
    connection.request("GET", "/v1/session", headers={"Cookie": cookie})
    csrf = json.loads(connection.getresponse().read())["csrf"]
    headers = {"Cookie": cookie, "X-Anning-CSRF": csrf, "Content-Type": "application/json"}
    begin = time.monotonic()
    connection.request("POST", "/v1/dryrun", json.dumps({"policy": {"block": False}}), headers)
    answer = json.loads(connection.getresponse().read())
    while answer["state"] == "running":
        time.sleep(0.02)
        connection.request("GET", f"/v1/dryrun/{answer['id']}", headers=headers)
        answer = json.loads(connection.getresponse().read())
    took = time.monotonic() - begin
    print(f"dry run: {answer['calls']} calls in {took:.2f} s, {answer['calls'] / took:.0f} calls/s")


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(40000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    daemon = Daemon("delay", "console: {streams_max: 1000}\n").start()
    link = until(lambda: re.search(r"#/first/(\w+)", daemon.log.read_text()))
    ask(daemon, "POST", "/v1/first", {"token": link.group(1), "login": "chief", "password": "correct horse battery staple", "name": "Chief"})
    cookie = ask(daemon, "POST", "/v1/session", {"login": "chief", "password": "correct horse battery staple"}).split(";")[0]
    ask(daemon, "POST", "/v1/labels", {"number": "02161990111", "verdict": "unwanted", "who": "bench", "why": "bench"})
    request = f"GET /v1/live HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode()
    selector, opened, refused, closed = selectors.DefaultSelector(), 0, 0, 0
    for _ in range(STREAMS):
        try:
            stream = socket.create_connection((daemon.address, 8080), timeout=5)
            stream.settimeout(None)
            stream.sendall(request)
        except OSError:
            closed += 1
            continue
        selector.register(stream, selectors.EVENT_READ, [])
    ending = threading.Event()
    loader = threading.Thread(target=load, args=(daemon, ending))
    before_s, begin = cpu_s(daemon.process), time.monotonic()
    loader.start()
    delays, lags, seen, bytes_ = [], [], 0, 0
    while time.monotonic() - begin < SECONDS:
        for key, _ in selector.select(0.5):
            try:
                part = key.fileobj.recv(1 << 20)
            except OSError:
                part = b""
            now = time.time()
            bytes_ += len(part)
            if not part or b" 503 " in part[:40]:
                refused += b" 503 " in part[:40]
                closed += not part
                selector.unregister(key.fileobj)
                continue
            if not key.data:
                key.data.append(True)
                opened += 1
            if opened <= 1 or key.fileobj is first:
                first = key.fileobj
                for call in re.finditer(r'event: call\nid: \d+\ndata: {"token":"\w+","time":"([^"]+)"', part.decode("utf-8", "replace")):
                    delays.append(now - datetime.fromisoformat(call.group(1).replace("Z", "+00:00")).timestamp())
                    seen += 1
                lags += [int(l) for l in re.findall(r'"lag_ms":(\d+)', part.decode("utf-8", "replace"))]
    ending.set()
    loader.join()
    used = (cpu_s(daemon.process) - before_s) / (time.monotonic() - begin)
    print(f"{daemon.sent / daemon.took:.0f} calls/s, {opened} views open, {refused} got 503, {closed} closed; "
          f"{seen} calls seen: delay median {statistics.median(delays) * 1000:.0f} ms, "
          f"p99 {sorted(delays)[int(len(delays) * 0.99)] * 1000:.0f} ms, most {max(delays) * 1000:.0f} ms; "
          f"lag_ms most {max(lags)}; daemon {used:.2f} cores; {bytes_ / 1e6 / SECONDS:.1f} MB/s to views")
    try_policy(daemon, cookie)
    daemon.stop()


main()
