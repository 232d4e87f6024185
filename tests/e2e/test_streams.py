#!/usr/bin/env python3
"""Ten thousand open the live view at once: as many as there is room for see it tick, the others are told when to come
again and hold no place; calls are answered by SIP all the while, memory stays bounded, and what was taken is given back.
With the usual limit, then with room for all ten thousand. usage: test_streams.py [BUILD]"""
import os
import resource
import selectors
import socket
import sys
import time

from kit import Caller, check, finish, until
from people_kit import Site

VIEWS = 10000
NEEDS = VIEWS + 500


class Views:
    """Sockets that ask for the live view, read as they come."""

    def __init__(self, site, cookie):
        self.to = (site.address, 8080)
        self.request = f"GET /v1/live HTTP/1.1\r\nHost: x\r\nCookie: anning_session={cookie}\r\n\r\n".encode()
        self.selector = selectors.DefaultSelector()
        self.text, self.ended = {}, 0

    def open(self, count):
        for n in range(count):
            peer = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            peer.setblocking(False)
            peer.connect_ex(self.to)
            self.text[peer] = b""
            self.selector.register(peer, selectors.EVENT_WRITE)
            if n % 200 == 199:
                self.turn(0.05) # so that the queue of the listening socket is not what refuses

    def turn(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, what in self.selector.select(left):
                peer = key.fileobj
                try:
                    if what & selectors.EVENT_WRITE:
                        peer.send(self.request)
                        self.selector.modify(peer, selectors.EVENT_READ)
                        continue
                    part = peer.recv(65536)
                except OSError:
                    part = b""
                if not part:
                    self.selector.unregister(peer)
                    peer.close()
                    self.ended += 1
                elif len(self.text[peer]) < 16384:
                    self.text[peer] += part

    def count(self, *words):
        return sum(all(w in text for w in words) for text in self.text.values())

    def until(self, condition, seconds=120):
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            self.turn(0.5)
        return condition()

    def close(self):
        for peer in self.text:
            peer.close()
        self.selector.close()


def memory_mb(site):
    with open(f"/proc/{site.process.pid}/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def room_again(site, cookie):
    """Whether a view opens and ticks."""
    views = Views(site, cookie)
    views.open(1)
    ticks = views.until(lambda: views.count(b"event: tick"), 10)
    views.close()
    return ticks


def run(name, config, room):
    print(f"{name}:")
    site = Site(name, f"console: {{proxy: true{config}}}\n").start()
    admin = site.first_admin()
    caller = Caller(site, window=8)
    caller.start()
    before = memory_mb(site)
    views = Views(site, admin.cookie)
    views.open(VIEWS)
    open_ = lambda: views.count(b"200 OK", b"event: tick")
    refused = lambda: views.count(b" 503 ", b"Retry-After", b"too_many")
    views.until(lambda: open_() + refused() >= VIEWS)
    check(f"{room} see it tick", open_() == room, (open_(), refused(), views.ended))
    check(f"{VIEWS - room} get 503 and when to come again, and are let go of", refused() == VIEWS - room and
          views.until(lambda: views.ended >= VIEWS - room, 30), (refused(), views.ended))
    seen = len(caller.answers)
    views.turn(2)
    check("calls are answered meanwhile", len(caller.answers) > seen, (seen, len(caller.answers)))
    check("the console too", admin.ask("GET", "/v1/trunks")[0] == 200)
    grown = memory_mb(site) - before
    print(f"  {grown:.0f} MB for {open_()} views, {1024 * grown / max(1, open_()):.0f} kB each")
    check("memory is bounded: under 64 kB a view and 64 MB", grown < 64 + room * 64 / 1024, grown)
    views.close()
    check("and there is room again", until(lambda: room_again(site, admin.cookie), 60))
    check("every call got its answer", caller.finish(120) and len(caller.answers) == caller.sent > 1000, len(caller.answers))
    views = Views(site, admin.cookie)
    views.open(500)
    views.until(lambda: views.count(b"event: tick") == 500, 30)
    status, took = site.stop()
    check("with 500 open it ends in order", status == 0, (status, took))
    views.close()


def few_files():
    """A server that may open fewer files than views come: it goes on, without spinning, and recovers."""
    print("few files:")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard)) # anningd's
    site = Site("few", "console: {proxy: true}\n").start()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    admin = site.first_admin()
    caller = Caller(site, window=8)
    caller.start()
    views = Views(site, admin.cookie)
    views.open(800)
    views.until(lambda: views.count(b"event: tick") > 100, 20)
    began, seen = cpu_s(site), len(caller.answers)
    views.turn(5)
    spent = cpu_s(site) - began
    check("some see it tick", views.count(b"event: tick") > 100, views.count(b"event: tick"))
    check("calls are answered", len(caller.answers) > seen, seen)
    print(f"  {spent:.1f} s of CPU in 5 s with {views.count(b'event: tick')} views, calls at full speed")
    views.close()
    check("and there is room again", until(lambda: room_again(site, admin.cookie), 60))
    check("every call got its answer", caller.finish(120) and len(caller.answers) == caller.sent > 0, len(caller.answers))
    check("it comes to rest", until(lambda: in_a_second(site) < 0.2), in_a_second(site)) # what reads the journal catches up first
    check("it ends in order", site.stop()[0] == 0)


def cpu_s(site):
    with open(f"/proc/{site.process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def in_a_second(site):
    """Seconds of CPU the next second takes."""
    began = cpu_s(site)
    time.sleep(1)
    return cpu_s(site) - began


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < NEEDS + 1500:
        print(f"skipped: {VIEWS} streams need {NEEDS + 1500} file descriptors a process, ulimit -Hn is {hard}")
        sys.exit(77)
    resource.setrlimit(resource.RLIMIT_NOFILE, (NEEDS + 1500, hard))
    few_files()
    run("usual", "", 1000)
    run("raised", f", streams_max: {VIEWS}", VIEWS)
    finish("streams")


main()
