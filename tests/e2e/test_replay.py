#!/usr/bin/env python3
"""anning replay on call records of Asterisk and FreeSWITCH, NDJSON and pcap: sums, order of time, faults by name, the
same output twice, verdicts that recompute, a progress bar. usage: test_replay.py [BUILD]"""
import datetime
import json
import os
import pty
import random
import re
import struct
import subprocess
import time

from kit import BUILD, WORK, anning, check, finish, records

BEGIN = datetime.datetime(2026, 11, 20, 9, 0, 0)
CALLS = 3000


def calls():
    """(start, ring, talk, from, to), in the order in which they end, as a PBX writes them."""
    draw = random.Random(7)
    made = []
    for n in range(CALLS):
        start = BEGIN + datetime.timedelta(seconds=n * 3)
        ring, talk = draw.randrange(2, 25), draw.choice((0, 0, 5, 30, 600, 3000))
        made.append((start, ring, talk, f"1{draw.choice(('38', '30', '33'))}0000{n % 900:04}", f"0216000{n % 7000:04}"))
    return sorted(made, key=lambda c: c[0] + datetime.timedelta(seconds=c[1] + c[2]))


def stamps(call):
    start, ring, talk = call[:3]
    answer = start + datetime.timedelta(seconds=ring)
    return str(start), str(answer) if talk else "", str(answer + datetime.timedelta(seconds=talk)), ring + talk, talk


def asterisk(path):
    with path.open("w") as out:
        for n, call in enumerate(calls()):
            start, answer, end, duration, talk = stamps(call)
            out.write(f'"","{call[3]}","{call[4]}","from-trunk","{call[3]}","PJSIP/carrier-{n:08x}","","Dial","",'
                      f'"{start}","{answer}","{end}",{duration},{talk},"{"ANSWERED" if talk else "NO ANSWER"}",'
                      f'"DOCUMENTATION","{n}.1",""\n')


def freeswitch(path):
    with path.open("w") as out:
        for n, call in enumerate(calls()):
            start, answer, end, duration, talk = stamps(call)
            out.write(f'"","{call[3]}","{call[4]}","public","{start}","{answer}","{end}","{duration}","{talk}",'
                      f'"{"NORMAL_CLEARING" if talk else "ORIGINATOR_CANCEL"}","u-{n}","","","",""\n')


def ndjson(path):
    with path.open("w") as out:
        for n, call in enumerate(calls()):
            out.write(json.dumps({"kind": "call", "time": call[0].isoformat() + "+08:00", "from": call[3], "to": call[4],
                                  "call_id": f"n{n}", "ring_s": call[1], "talk_s": call[2],
                                  "outcome": "answered" if call[2] else "no_answer"}) + "\n")


def message(n, first, method):
    return (f"{first}\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{n}{method}\r\nFrom: <sip:1380000{n % 90:04}@a>;"
            f"tag=f{n}\r\nTo: <sip:0216000{n:04}@b>{'' if method == 'INVITE' and first[0] == 'I' else ';tag=t'}\r\n"
            f"Call-ID: p{n}\r\nCSeq: 1 {method}\r\nMax-Forwards: 9\r\nContent-Length: 0\r\n\r\n").encode()


def pcap(path, count=400):
    """Raw IPv4: INVITE (each tenth sent twice), 180, 200, BYE; and a packet that is no SIP."""
    packets = []
    for n in range(count):
        at, here, there = 1795140000 + n, b"\x0a\0\0\1", b"\x0a\0\0\2"
        invite = message(n, f"INVITE sip:0216000{n:04}@b SIP/2.0", "INVITE")
        packets += [(at, here, there, invite)] * (2 if n % 10 == 0 else 1)
        packets.append((at + 3, there, here, message(n, "SIP/2.0 180 Ringing", "INVITE")))
        packets.append((at + 5, there, here, message(n, "SIP/2.0 200 OK", "INVITE")))
        packets.append((at + 40, here, there, message(n, "BYE sip:b SIP/2.0", "BYE")))
    packets.append((1795140000 + count + 50, b"\x0a\0\0\3", b"\x0a\0\0\2", b"nonsense that is no SIP at all\r\n\r\n"))
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for at, here, there, payload in sorted(packets, key=lambda p: p[0]):
            udp = struct.pack(">HHHH", 5060, 5060, 8 + len(payload), 0) + payload
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + here + there + udp
            out.write(struct.pack("<IIII", at, 0, len(ip), len(ip)) + ip)


def sums(text):
    found = re.search(r"(\d+) calls?, (\d+) (?:ends and reports|end or report), (\d+) messages? without news, (\d+) unreadable", text)
    return tuple(map(int, found.groups())) if found else text


def check_kind(name, write, wanted, *flags):
    path = WORK / name
    write(path)
    told = anning("replay", path, *flags)
    check(f"{name}: the sums are right", told.returncode == 0 and sums(told.stdout) == wanted, told.stdout + told.stderr)
    one, two = (anning("replay", "--json", path, *flags).stdout for _ in range(2))
    check(f"{name}: two runs say the same, byte for byte", one == two and one.count("\n") == wanted[0])
    times = [json.loads(line)["time"] for line in one.splitlines()]
    check(f"{name}: the order of time is restored", times == sorted(times))
    return one


def check_data(path):
    data = WORK / "replayed"
    told = anning("replay", path, "--data", data)
    check("with --data: the same sums", sums(told.stdout)[:2] == (CALLS, CALLS), told.stdout + told.stderr)
    rejudged = anning("journal", "rejudge", "-d", data)
    check("with --data: every verdict recomputes", f"{CALLS} verdicts: {CALLS} recompute bit for bit, 0 differ" in
          rejudged.stdout, rejudged.stdout + rejudged.stderr)
    verified = anning("journal", "verify", "-d", data)
    check("with --data: the journal is intact", verified.returncode == 0, verified.stdout)
    types = [record["type"] for record in records(data) if record["type"] != "chain"]
    check("with --data: START first, STOP last, in the time of the calls",
          types[0] == "start" and types[-1] == "stop" and all(r["time"].startswith("2026-11-20T") for r in records(data)),
          (types[:3], types[-3:]))
    token = next(r for r in records(data, "-t", "verdict"))["token"]
    check("with --data: a token is explained", anning("explain", token, "-d", data).returncode == 0)


def check_faults():
    path = WORK / "faulty.csv"
    asterisk(path)
    lines = path.read_text().splitlines()
    lines[10] = lines[10].replace("2026-11-20", "2026-13-20")
    lines[20] = '"only","three","cells"'
    path.write_text("\n".join(lines) + "\n")
    told = anning("replay", path)
    check("faults are counted", sums(told.stdout)[0] == CALLS - 2 and sums(told.stdout)[3] == 2, told.stdout)
    check("faults are named by line", all(f"line {n}" in told.stderr for n in (11, 21)), told.stderr)
    path = WORK / "faulty.ndjson"
    path.write_text('{"kind":"call","time":"2026-11-20T09:00:00Z","from":"1","to":"13800000001"}\n{"kind":\n'
                    '{"kind":"call","tim":"2026-11-20T09:00:00Z","to":"13800000001"}\n')
    told = anning("replay", path)
    check("NDJSON: the same", sums(told.stdout)[3] == 2 and "line 2" in told.stderr and "time" in told.stderr,
          told.stdout + told.stderr)
    cut = WORK / "cut.pcap"
    cut.write_bytes((WORK / "capture.pcap").read_bytes()[:-30])
    told = anning("replay", cut)
    check("a cut capture: what is whole is judged", "400 calls" in told.stdout, told.stdout + told.stderr)
    told = anning("replay", WORK / "missing.csv")
    check("a missing file is an error of the environment", told.returncode == 3 and "missing.csv" in told.stderr)
    utf16 = WORK / "utf16.csv"
    utf16.write_bytes("a,b\n".encode("utf-16"))
    told = anning("replay", utf16)
    check("UTF-16 is refused by name", told.returncode != 0 and "UTF-16" in told.stderr, told.stdout + told.stderr)


def check_large():
    path = WORK / "large.csv"
    with path.open("w") as out:
        for minute in range(1000):
            stamp = BEGIN + datetime.timedelta(minutes=minute)
            end = stamp + datetime.timedelta(seconds=40)
            block = "".join(f'"","1380{n:03}{minute:04}","0216{minute:03}{n:04}","in","","SIP/t-1","","Dial","","{stamp}",'
                            f'"","{end}",40,0,"NO ANSWER","D","{minute}.{n}",""\n' for n in range(1000))
            out.write(block)
    master, slave = pty.openpty()
    began = time.monotonic()
    process = subprocess.Popen([BUILD / "anning", "replay", path], stdout=subprocess.PIPE, stderr=slave, text=True,
                               env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    drawn = b""
    while True:
        try:
            got = os.read(master, 65536)
        except OSError:
            break
        if not got:
            break
        drawn += got
    told = process.stdout.read()
    process.wait()
    took = time.monotonic() - began
    check(f"a million calls: {1e6 / took:,.0f} a second", sums(told)[0] == 1000000, told)
    check("a terminal sees progress", b"\r" in drawn and b"%" in drawn, drawn[:200])


def main():
    both = (CALLS, CALLS, 0, 0)
    first = check_kind("Master.csv", asterisk, both)
    second = check_kind("freeswitch.csv", freeswitch, both)
    check_kind("calls.ndjson", ndjson, both)
    check_kind("capture.pcap", pcap, (400, 400 + 400, 400 + 40, 0))
    pick = lambda text: [(v["time"], v["from"], v["to"]) for v in map(json.loads, text.splitlines())]
    check("Asterisk's and FreeSWITCH's records tell the same calls", pick(first) == pick(second))
    check_data(WORK / "Master.csv")
    check_faults()
    check_large()
    finish("replay")


if __name__ == "__main__":
    main()
