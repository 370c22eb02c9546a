"""servers.py - the origin and the caching proxies beside it

Each is a program of Debian's on a free port of loopback, with a folder of its
own, run as whoever calls. Squid does not run as root: for root it is Debian's
user `proxy`. Each ends when its object is closed, and whenever this process
does.
"""
import ctypes
import http.client
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time

START_TRIES, PAUSE_S = 1000, 0.01
MIB = 1 << 20
PR_SET_PDEATHSIG = 1

# Without tcp_nopush: 64 KiB out of proxy_cache would wait for the client's
# delayed acknowledgement, 44 ms, which is none of the cache's doing.
NGINX = """\
daemon off; master_process off; worker_processes 1;
pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on;
  keepalive_requests 100000000; keepalive_timeout 1d;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4;
  scgi_temp_path {folder}/t5;
  {http}
}}
"""

ORIGIN = """\
server {{ listen 127.0.0.1:{port}; root {folder}/www;
    add_header Cache-Control max-age=86400;
    location = /count {{ stub_status; }} }}
"""

# One zone, and one origin behind each of its ports.
PROXY_CACHE = """\
proxy_cache_path {folder}/cache levels=1:2 keys_zone=peers:{zone}m
    max_size=1000g inactive=7d use_temp_path=off;
  proxy_http_version 1.1; proxy_set_header Connection "";
  proxy_cache_key $server_port$request_uri;
"""
PROXY_SERVER = """\
  upstream o{port} {{ server 127.0.0.1:{origin}; keepalive 16;
    keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{port};
    location / {{ proxy_pass http://o{port}; {cache} }} }}
"""

SQUID = """\
http_port 127.0.0.1:{port}
http_access allow all
access_log none
cache_log {folder}/cache.log
pid_filename {folder}/pid
coredump_dir {folder}
netdb_filename none
pinger_enable off
icp_port 0
htcp_port 0
shutdown_lifetime 0 seconds
dns_nameservers 127.0.0.1
hosts_file none
visible_hostname localhost
memory_cache_shared off
client_persistent_connections on
server_persistent_connections on
maximum_object_size 512 MB
acl passed urlpath_regex ^/pass/
cache deny passed
"""
SQUID_MEMORY = """\
cache_mem {memory} MB
maximum_object_size_in_memory 512 MB
"""
SQUID_DISK = """\
cache_mem 0 MB
maximum_object_size_in_memory 0 KB
cache_dir ufs {folder}/cache {disk} {folders} 256
"""


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def program(name):
    """Its path, also of what only root has in PATH; None: not there."""
    return shutil.which(name, path=os.environ.get("PATH", "") +
                        ":/usr/sbin:/sbin:/usr/bin:/bin")


def resident_mib(pid):
    """What the process holds, and what it held at most."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        found = dict(re.findall(r"(VmRSS|VmHWM):\s*(\d+) kB", status.read()))
    return int(found["VmRSS"]) / 1024, int(found["VmHWM"]) / 1024


class Server:
    user = None

    def __init__(self, folder):
        self.folder, self.process = folder, None
        os.mkdir(folder, 0o755)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as out:
            out.write(text)

    def begin(self, port, *argv):
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
            user=self.user, cwd=self.folder,
            extra_groups=[] if self.user else None)
        for _ in range(START_TRIES):
            if answers(port):
                return
            if self.process.poll() is not None:
                break
            time.sleep(PAUSE_S)
        raise OSError(f"{argv[0]} does not answer; see {self.folder}")

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Nginx(Server):
    def serve(self, port, http):
        self.write("nginx.conf", NGINX.format(folder=self.folder, http=http))
        self.begin(port, program("nginx"), "-c", self.path("nginx.conf"))


class Origin(Nginx):
    """Files that stay fresh for a day, and a count of the requests for them."""

    def __init__(self, folder):
        super().__init__(folder)
        os.mkdir(self.path("www"), 0o755)
        os.symlink(".", self.path("www/pass"))  # the same, under other names
        self.port = free_port()
        self.serve(self.port, ORIGIN.format(folder=folder, port=self.port))
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        self.asked = 0  # by count() itself

    def file(self, name, size):
        piece = bytes(ord("a") + (i * 7 + i // 251) % 26
                      for i in range(min(size, MIB)))
        with open(self.path("www/" + name), "wb") as out:
            for at in range(0, size, MIB):
                out.write(piece[:size - at])

    def count(self):
        """Requests so far, without those of this question."""
        self.connection.request("GET", "/count")
        answer = self.connection.getresponse().read().decode()
        self.asked += 1
        return int(answer.split("requests")[1].split()[2]) - self.asked


class ProxyCache(Nginx):
    """One port for each origin, and one more that passes it through."""

    def __init__(self, folder, origins, entries):
        super().__init__(folder)
        self.ports, servers = {}, []
        for origin in origins:
            self.ports[origin.port] = free_port()
            servers.append((origin, self.ports[origin.port],
                            "proxy_cache peers; proxy_cache_lock on;"))
        self.passing = free_port()
        servers.append((origins[0], self.passing, ""))
        # 8 000 keys are in a megabyte.
        text = PROXY_CACHE.format(folder=folder, zone=entries // 4000 + 16)
        for origin, port, cache in servers:
            text += PROXY_SERVER.format(port=port, origin=origin.port,
                                        cache=cache)
        self.serve(self.passing, text)


class Squid(Server):
    def __init__(self, folder, entries, disk):
        super().__init__(folder)
        if os.geteuid() == 0:
            self.user = "proxy"
            os.chown(folder, pwd.getpwnam("proxy").pw_uid, -1)
        self.port = free_port()
        text = SQUID.format(folder=folder, port=self.port)
        # What an entry of 1 KiB takes, with room to spare.
        room = entries * 16 // 1024 + 1024
        text += (SQUID_DISK if disk else SQUID_MEMORY).format(
            folder=folder, memory=room, disk=room + 4096,
            folders=entries // 50000 + 1)
        self.write("squid.conf", text)
        argv = (program("squid"), "-N", "-f", self.path("squid.conf"))
        if disk:
            subprocess.run(argv + ("-z",), check=True, user=self.user,
                           extra_groups=[] if self.user else None,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        self.begin(self.port, *argv)
