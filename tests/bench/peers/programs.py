"""programs.py - who is measured: the table of peers, and their programs"""
import contextlib
import dataclasses
import os
import subprocess

import servers

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # Debian's: the one that has Debian's modules


MANY = 100000  # entries that every cache but the slowest is filled with


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    program: str  # curl, requests, soup
    mode: str     # what the program is told about itself
    via: str      # "", preload, nginx, memory or disk (of Squid)
    base: str     # name of the peer it is compared with
    shared: bool = True  # among processes; False: each has a cache of its own
    most: int = 1 << 30  # entries; more are not put

    @property
    def caches(self):
        return self.name != self.base


PEERS = [
    Peer("plain libcurl", "curl", "easy", "", "plain libcurl"),
    Peer("libcurlcache", "curl", "easy", "preload", "plain libcurl"),
    Peer("plain libcurl, multi", "curl", "multi", "", "plain libcurl, multi"),
    Peer("libcurlcache, multi", "curl", "multi", "preload",
         "plain libcurl, multi"),
    Peer("nginx proxy_cache", "curl", "easy", "nginx", "plain libcurl",
         most=MANY),
    Peer("Squid, memory", "curl", "easy", "memory", "plain libcurl",
         most=MANY),
    Peer("Squid, disk", "curl", "easy", "disk", "plain libcurl", most=MANY),
    Peer("plain requests", "requests", "plain", "", "plain requests",
         most=MANY),
    Peer("requests-cache, SQLite", "requests", "sqlite", "",
         "plain requests", most=MANY),
    Peer("requests-cache, memory", "requests", "memory", "",
         "plain requests", shared=False, most=MANY),
    Peer("plain libsoup", "soup", "plain", "", "plain libsoup", most=MANY),
    Peer("SoupCache", "soup", "cached", "", "plain libsoup", shared=False,
         # Each costs more than the one before: the first 5 000 took 3 s of a
         # processor, 84 000 took 190 s.
         most=20000),
]


def has_module(name):
    return subprocess.run([PYTHON, "-c", f"import {name}"],
                          stderr=subprocess.DEVNULL).returncode == 0


class Lack:
    """What is not installed, by Debian's name."""

    def __init__(self, tools):
        self.squid = not servers.program("squid")
        self.cached_requests = not has_module("requests_cache")
        self.requests = not has_module("requests")
        self.soup = not os.access(tools.path("peer_soup"), os.X_OK)

    def of(self, peer):
        if peer.via in ("memory", "disk") and self.squid:
            return "squid"
        if peer.program == "soup" and self.soup:
            return "libsoup-3.0-dev"
        if peer.program == "requests":
            if peer.mode == "plain":
                return self.requests and "python3-requests"
            return self.cached_requests and "python3-requests-cache"
        return None


class Tools:
    """What the build made."""

    def __init__(self, build):
        self.build = build
        self.preload = os.path.join(build, "shim/libcurlcache.so")

    def path(self, name):
        return os.path.join(self.build, "tests/bench/peers", name)


@dataclasses.dataclass
class Round:
    median: float
    p10: float
    p90: float
    count: int
    elapsed: float


class Program:
    """One that is told its rounds; see rounds.h."""

    def __init__(self, argv, env):
        self.argv = argv
        self.process = subprocess.Popen(
            argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, preexec_fn=servers.die_with_parent)

    def order(self, *words):
        self.process.stdin.write(" ".join(str(w) for w in words) + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline().split()
        if len(line) != 5:
            raise OSError(f"{' '.join(self.argv)} ended early")
        return Round(*(float(w) for w in line[:3]), int(line[3]),
                     float(line[4]))

    def do(self, *words):
        self.order(*words)
        return self.answer()

    def close(self):
        """Its input ends, and so does it: with its cache written, perhaps."""
        with contextlib.suppress(OSError):  # it has ended already
            self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Place:
    """Servers and caches of one section; nothing of it is there before."""

    def __init__(self, tools, folder, origins, lack, entries=1000):
        self.tools, self.folder, self.origins = tools, folder, origins
        self.closing, self.serial = [], 0
        os.mkdir(folder, 0o755)
        self.nginx = self.keep(servers.ProxyCache(
            self.path("nginx"), origins, entries))
        self.squid = {}
        if not lack.squid:
            for kind in ("memory", "disk"):
                self.squid[kind] = self.keep(servers.Squid(
                    self.path("squid-" + kind), entries, kind == "disk"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def keep(self, what):
        self.closing.append(what)
        return what

    def url(self, peer, file, passing=False, origin=None):
        origin = origin or self.origins[0]
        port = origin.port
        if peer.via == "nginx":
            port = self.nginx.passing if passing else self.nginx.ports[port]
        where = "pass/" if passing else ""
        return f"http://127.0.0.1:{port}/{where}{file}"

    def env(self, peer, passing=False, extra=None):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LANG": "C"}
        if peer.via == "preload":
            env["LD_PRELOAD"] = self.tools.preload
            env["CURLCACHE_DIR"] = self.path("libcurlcache")
            env["CURLCACHE_MAX_SIZE"] = "64G"
            if passing:
                env["CURLCACHE_DENY"] = "*"
        elif peer.via in self.squid:
            env["http_proxy"] = f"http://127.0.0.1:{self.squid[peer.via].port}"
        return env | (extra or {})

    def argv(self, peer, url, size, threads=1, passing=False, own=None):
        """@own: the folder of a cache that no other has; None: a new one."""
        rest = [url, str(size), str(threads)]
        mode = "passed" if passing and peer.caches else peer.mode
        if peer.program == "curl":
            return [self.tools.path("peer_curl"), *rest, peer.mode]
        self.serial += 1
        own = own or self.path(f"own-{self.serial}")
        if peer.program == "soup":
            return [self.tools.path("peer_soup"), *rest, mode, own]
        return [PYTHON, os.path.join(HERE, "peer_requests.py"), *rest, mode,
                self.path("requests")]

    def start(self, peer, file, size, threads=1, passing=False, origin=None,
              extra=None):
        url = self.url(peer, file, passing, origin)
        return self.keep(Program(
            self.argv(peer, url, size, threads, passing),
            self.env(peer, passing, extra)))

    def end(self, *programs):
        for program in programs:
            self.closing.remove(program)
            program.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:  # no one waits for what is left to do
            for program in self.closing:
                program.process.kill()
        while self.closing:
            self.closing.pop().close()
