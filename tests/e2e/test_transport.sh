#!/bin/bash
# SIP straight to anningd: sipp over UDP and TCP, a client of our own over those and TLS, IPv4 and IPv6: verdicts,
# retransmissions, OPTIONS, CANCEL, methods it does not take, malformed messages. usage: test_transport.sh [BUILD]
# (Debian's sipp is built without TLS.)
set -u
. "$(dirname "$0")/lib.sh"

for command in sipp curl openssl python3; do
    command -v $command >/dev/null || { say "FAILED: $command is not there (tools/install-deps check)"; exit 1; }
done

http=$(free_port) sip=$(free_port) tls=$(free_port)
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=anning.test -addext subjectAltName=IP:127.0.0.1,IP:::1 \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
cat >"$work/anning.yaml" <<END
listen: ["udp:127.0.0.1:$sip", "tcp:127.0.0.1:$sip", "tls:127.0.0.1:$tls",
         "udp:[::1]:$sip", "tcp:[::1]:$sip", "tls:[::1]:$tls"]
tls: {certificate: $work/cert.pem, key: $work/key.pem}
workers: 2
pin: false
limits: {numbers: 10000, relations: 10000, transactions: 10000, pending: 10000}
lists: {deny: ["+8613920000002"]}
fallback: {budget_ms: 1000}
END
start_anningd "$http" --config "$work/anning.yaml"

say "sipp: 200 calls each"
asked=0
for way in "u1 127.0.0.1 127.0.0.1" "t1 127.0.0.1 127.0.0.1" "u1 ::1 [::1]" "t1 ::1 [::1]" "tn 127.0.0.1 127.0.0.1"; do
    read -r transport own there <<<"$way"
    name=$transport-${own//:/_}
    if run_sipp "$name" refused.xml -t "$transport" -i "$own" -m 200 -r 400 -max_socket 300 -s +8613800138000 \
        -key caller +8613810000001 "$there:$sip"; then pass "$transport from $own"
    else fail "$transport from $own" "$work/$name.err" "$work/$name.out"; fi
    check "$transport from $own: 200 answers of 302" [ "$(tr -d '\r' <"$work/$name.msg" | grep -c '^SIP/2.0 302 ')" -ge 200 ]
    asked=$((asked + 200))
done
check "$asked calls were counted" [ "$(metric anning_calls_total)" = $asked ]

cat >"$work/client.py" <<'END'
import re, socket, ssl, sys, urllib.request

http, sip, tls, cert = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
failed = serial = 0


def check(what, good, why=""):
    global failed
    failed |= not good
    print("  %s %s" % ("ok     " if good else "FAILED ", what) + ("" if good else ": %r" % (why,)), flush=True)


def metric(name, label=""):
    text = urllib.request.urlopen("http://127.0.0.1:%s/metrics" % http).read().decode()
    lines = (line for line in text.splitlines() if re.match(name + "[ {]", line) and label in line)
    return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines)


class Client:
    def __init__(self, transport, host):
        self.transport, self.host = transport, host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM)
        self.socket.settimeout(10)
        self.socket.connect((host, tls if transport == "TLS" else sip))
        if transport == "TLS":
            context = ssl.create_default_context(cafile=cert)
            self.socket = context.wrap_socket(self.socket, server_hostname=host)
        self.held, self.pongs = b"", 0

    def request(self, method, caller="+8613810000001", serial_of=None, **more):
        global serial
        serial += serial_of is None
        n = serial_of or serial
        own = "[%s]" % self.host if ":" in self.host else self.host
        lines = ["%s sip:+8613800138000@%s SIP/2.0" % (method, own),
                 "Via: SIP/2.0/%s %s:%d;branch=z9hG4bK%d;rport" % (self.transport, own, self.socket.getsockname()[1], n),
                 "From: <sip:%s@%s>;tag=f%d" % (caller, own, n), "To: <sip:+8613800138000@%s>" % own,
                 "Call-ID: %d@client" % n, "CSeq: 1 %s" % method, "Max-Forwards: 70", "Content-Length: 0"]
        lines += ["%s: %s" % item for item in more.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        if self.transport == "UDP":
            return self.socket.recv(65536)
        while True:
            while self.held.startswith(b"\r\n"):  # answers to CR LF CR LF (RFC 5626)
                self.held = self.held[2:]
                self.pongs += 1
            if b"\r\n\r\n" in self.held:
                break
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.held += data
        answer, self.held = self.held.split(b"\r\n\r\n", 1)
        return answer + b"\r\n\r\n"

    def ask(self, data):
        self.send(data)
        return self.receive()

    def silent(self):
        """Nothing comes but the answer to an OPTIONS sent now: so nothing was on its way before it."""
        return self.ask(self.request("OPTIONS")).startswith(b"SIP/2.0 200 ")


def status(answer):
    return int(answer[8:11])


for transport in "UDP", "TCP", "TLS":
    for host in "127.0.0.1", "::1":
        at = "%s to %s: " % (transport, host)
        client = Client(transport, host)
        calls, repeats = metric("anning_calls_total"), metric("anning_sip_retransmissions_total")
        invite = client.request("INVITE")
        answer = client.ask(invite)
        check(at + "INVITE gets 302 with a token", status(answer) == 302 and b"token=" in answer, answer)
        check(at + "the same answer again, byte for byte", all(client.ask(invite) == answer for _ in range(3)))
        blocked = client.ask(client.request("INVITE", "+8613920000002"))
        check(at + "a denied caller gets 608", status(blocked) == 608 and b"action=block" in blocked, blocked)
        check(at + "the copies counted once", metric("anning_calls_total") == calls + 2, metric("anning_calls_total") - calls)
        check(at + "and as retransmissions", metric("anning_sip_retransmissions_total") == repeats + 3)
        cancel = client.ask(client.request("CANCEL", serial_of=serial))
        tag = re.search(rb"\nTo:[^\r]*;tag=([0-9a-z]+)", blocked).group(1)
        check(at + "CANCEL gets 200 with the INVITE's To tag", status(cancel) == 200 and b";tag=" + tag in cancel, cancel)
        options = client.ask(client.request("OPTIONS"))
        check(at + "OPTIONS gets 200 with Allow", status(options) == 200 and b"Allow: INVITE" in options, options)
        client.send(client.request("ACK"))
        check(at + "ACK gets nothing", client.silent())
        for method, want in ("REGISTER", 405), ("MESSAGE", 405), ("BYE", 481), ("FROBNICATE", 501):
            answer = client.ask(client.request(method))
            check(at + "%s gets %d" % (method, want), status(answer) == want, answer)
        malformed = metric("anning_malformed_total", '"sip"')
        answer = client.ask(client.request("INVITE").replace(b"CSeq: 1 INVITE", b"CSeq: one INVITE"))
        check(at + "a CSeq that is no number gets 400", status(answer) == 400, answer)
        check(at + "and is counted as malformed", metric("anning_malformed_total", '"sip"') == malformed + 1)
        if transport == "UDP":
            for rubbish in b"", b"\r\n\r\n", b"\0" * 64, b"INVITE", bytes(range(256)) * 200:
                client.send(rubbish)
            check(at + "rubbish gets nothing", client.silent())
            continue
        first, second = client.request("INVITE"), client.request("INVITE", "+8613920000002")
        client.send(first + b"\r\n\r\n" + second)
        got = [client.receive(), client.receive()]
        check(at + "two in one segment get two answers", [status(g) for g in got] == [302, 608], got)
        for byte in client.request("OPTIONS"):
            client.send(bytes([byte]))
        check(at + "a message a byte at a time is one message", status(client.receive()) == 200)
        check(at + "CR LF CR LF between them gets CR LF", client.pongs == 1, client.pongs)
        client.send(b"\x16\x03" + b"rubbish " * 40 + b"\r\n\r\n")
        try:
            while client.socket.recv(65536):
                pass
            closed = True
        except (ConnectionError, ssl.SSLError):
            closed = True
        except socket.timeout:
            closed = False
        check(at + "rubbish ends the connection", closed)

plain = socket.create_connection(("127.0.0.1", tls))
plain.settimeout(10)
plain.sendall(b"OPTIONS sip:x SIP/2.0\r\n\r\n")
try:
    while plain.recv(4096):
        pass
    check("plain text on the TLS port ends the connection", True)
except ConnectionError:
    check("plain text on the TLS port ends the connection", True)
except socket.timeout:
    check("plain text on the TLS port ends the connection", False)
last = Client("TLS", "127.0.0.1")
check("and the next one is served", status(last.ask(last.request("OPTIONS"))) == 200)
sys.exit(failed)
END
say "Our own client"
python3 "$work/client.py" "$http" "$sip" "$tls" "$work/cert.pem" || failed=1
check "the journal is whole" "$build/anning" journal verify -d "$work/data"
verdicts=$("$build/anning" journal cat -d "$work/data" -t verdict | wc -l)
check "$verdicts verdicts are in it" [ "$verdicts" = "$(metric anning_calls_total)" ]
finish "transports"
