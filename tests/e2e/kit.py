"""What the end-to-end tests in Python share: an anningd on a loopback address of its own, a SIP client that remembers
every answer, checks that go on after a failure. Python 3 standard library only."""
import atexit
import contextlib
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
WORK = pathlib.Path(tempfile.mkdtemp(prefix="anning-e2e-"))
WAIT_S = 60
failures = []
daemons = []


@atexit.register
def clean_up():
    for daemon in daemons:
        daemon.kill()
    if failures and os.environ.get("KEEP"):
        print("kept:", WORK)
    else:
        shutil.rmtree(WORK, ignore_errors=True)


def check(what, right, detail=""):
    print(f"  {'ok     ' if right else 'FAILED '} {what}", flush=True)
    if not right:
        failures.append(what)
        for line in str(detail).splitlines()[-40:]:
            print("         ", line)
    return right


def finish(name):
    print(f"FAILED: {name}: {len(failures)} checks" if failures else f"ok: {name}")
    sys.exit(1 if failures else 0)


def until(condition, seconds=WAIT_S):
    """The first true value of condition(), or its last one."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


def free_address():
    """An address of 127.0.0.0/8 on which nobody holds our ports."""
    while True:
        address = f"127.{random.randrange(1, 250)}.{random.randrange(1, 250)}.{random.randrange(1, 250)}"
        try:
            for kind, port in ((socket.SOCK_DGRAM, 5060), (socket.SOCK_STREAM, 8080)):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind((address, port))
        except OSError:
            continue
        return address


def anning(*arguments, **options):
    return subprocess.run([BUILD / "anning", *map(str, arguments)], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, **options)


def records(data, *arguments):
    return [json.loads(line) for line in anning("journal", "cat", "-d", data, *arguments).stdout.split("\n") if line]


class Daemon:
    """One anningd; config: YAML behind the addresses and limits."""

    def __init__(self, name, config="", flags=(), env=None, workers=2, every_s=300):
        self.address = free_address()
        self.data = WORK / name
        self.file = WORK / f"{name}.yaml"
        self.log = WORK / f"{name}.log"
        self.flags, self.env = list(flags), {**os.environ, **(env or {})}
        self.base = (f"listen: ['udp:{self.address}:5060']\nhttp: '{self.address}:8080'\ndata: {self.data}\n"
                     f"workers: {workers}\npin: false\nsnapshot: {{every_s: {every_s}}}\n"
                     "limits: {numbers: 20000, relations: 40000, pending: 20000, transactions: 20000}\n")
        self.configure(config)
        self.process = None
        daemons.append(self)

    def configure(self, config):
        """Hand-set weights judge unless config names a model: what a test expects hangs on no training."""
        self.file.write_text(self.base + config + ("" if "model:" in config else "model: {path: none}\n"))

    def launch(self):
        self.process = subprocess.Popen([BUILD / "anningd", "--config", self.file, *self.flags], env=self.env,
                                        stdin=subprocess.DEVNULL, stderr=self.log.open("ab"))

    def start(self):
        self.launch()
        if not until(lambda: self.process.poll() is not None or self.ready()) or self.process.poll() is not None:
            check("anningd starts", False, self.log.read_text())
            sys.exit(1)
        return self

    def ready(self):
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def get(self, path, body=None):
        """(status, text); OSError when nobody is there."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address}:8080{path}", data=data,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def ask(self, method, path, body=None, headers=None):
        """(status, JSON, headers); OSError when nobody is there. body: bytes go as they are."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address}:8080{path}", data=data, method=method,
                                         headers={"Content-Type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else {}, answer.headers
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text else {}, error.headers

    def metric(self, name, label=""):
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            if re.match(name + r"[{ ]", line) and label in line:
                total += float(line.split()[-1])
        return total

    def events(self, event=None):
        found = []
        for line in self.log.read_text().splitlines():
            if line.startswith("{"):
                entry = json.loads(line)
                if event is None or entry["event"] == event:
                    found.append(entry)
        return found

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        """Exit status after SIGTERM, and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_S), time.monotonic() - began

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Receiver(http.server.BaseHTTPRequestHandler):
    """What the HTTP server of a test has: a request's body, an answer, and nothing said about it."""

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status=200, text=b"", **headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": len(text)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def serve(handler):
    """A server on 127.0.0.1 that answers by a Receiver, on its server_port until its shutdown()."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@contextlib.contextmanager
def postgres():
    """A PostgreSQL of one's own while the block runs: its URL for store.url, or None where it does not start."""
    folder = tempfile.mkdtemp(prefix="anning-pg-")
    os.chmod(folder, 0o755)
    process = subprocess.Popen(["sh", ROOT / "tests" / "postgres.sh", "run", folder + "/pg"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        up = until(lambda: subprocess.run(["psql", "-qXU", "anning", "-h", folder + "/pg", "-d", "postgres", "-c",
                                           "SELECT 1"], capture_output=True, check=False).returncode == 0)
        yield f"postgresql://anning@/postgres?host={folder}/pg" if check("PostgreSQL starts", up) else None
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


class Caller(threading.Thread):
    """Sends INVITEs over UDP, `window` at a time, again when unanswered, and keeps each call's answers."""
    serial = 0

    def __init__(self, daemon, window=32, numbers=400, sends_again=True, total=None, pause_s=0):
        super().__init__(daemon=True)
        Caller.serial += 1
        self.name_ = f"c{Caller.serial}"
        self.to = (daemon.address, 5060)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.window, self.numbers, self.sends_again, self.total = window, numbers, sends_again, total
        self.pause_s = pause_s # before each turn: for what must not grow without end
        self.open, self.answers, self.sent = {}, {}, 0
        self.again = 0 # messages sent again
        self.ending = threading.Event()

    def invite(self, call):
        n = int(call.rsplit("-", 1)[1])
        port = self.socket.getsockname()[1]
        return (f"INVITE sip:{13800000000 + n * 7 % 9000}@anning SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};"
                f"branch=z9hG4bK{call};rport\r\nMax-Forwards: 70\r\nFrom: <sip:{13010000000 + n % self.numbers}@c>;"
                f"tag={call}\r\nTo: <sip:a@anning>\r\nCall-ID: {call}\r\nCSeq: 1 INVITE\r\n"
                f"Contact: <sip:127.0.0.1:{port}>\r\nUser-Agent: kit\r\nContent-Length: 0\r\n\r\n").encode()

    def send(self, call):
        self.open[call] = time.monotonic()
        try:
            self.socket.sendto(self.invite(call), self.to)
        except OSError:
            pass # nobody listens at the moment

    def run(self):
        while not (self.ending.is_set() and not self.open):
            time.sleep(self.pause_s)
            now = time.monotonic()
            if self.sends_again:
                for call, at in list(self.open.items()):
                    if now - at > 0.5:
                        self.again += 1
                        self.send(call)
            while len(self.open) < self.window and not self.ending.is_set():
                if self.total is not None and self.sent >= self.total:
                    self.ending.set()
                    break
                self.sent += 1
                self.send(f"{self.name_}-{self.sent}")
            self.receive()

    def receive(self):
        try:
            text = self.socket.recv(8192).decode()
        except (TimeoutError, ConnectionError):
            return
        call = re.search(r"Call-ID: (\S+)", text).group(1)
        self.open.pop(call, None)
        token = re.search(r"token=(\w+)", text)
        self.answers.setdefault(call, []).append((int(text[8:11]), token.group(1) if token else None))

    def finish(self, seconds=WAIT_S):
        """Sends no more (with a total: when it is reached) and waits for what is open."""
        if self.total is None:
            self.ending.set()
        self.join(seconds)
        return not self.is_alive()

    def tokens(self):
        return [token for answers in list(self.answers.values()) for _, token in answers if token]
