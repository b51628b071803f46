"""Servers under load. On a shared machine throughput scatters by tens of percent; CPU time per
request less; instructions per request not at all."""

import os
import re
import signal
import socket
import subprocess
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from . import result
from .context import clean_environment
from .measure import counts, counts_in, interleave, run
from .process import wait_for
from .usage import cpu_seconds, family
from .variants import JEMALLOC_PROFILING, Variant, counting, glibc_pair, server_peers

LIMIT = 1.0  # percent
ROOT = os.geteuid() == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def server(command, variant, port):
    child = subprocess.Popen(
        [str(part) for part in variant.command(command)],
        env=clean_environment() | variant.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: answers(port), f"port {port}")
        yield child
    finally:
        # What wraps a server does not always pass a signal on.
        for pid in reversed(family(child.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        child.wait(60)


OF_REQUESTS = {
    "cpu": ("us of CPU a request", "lower"),
    "rate": ("thousand requests a second", "higher"),
    "p99": ("ms, p99", "lower"),
}


def tables(variants, measured, columns):
    """`columns`: {key: (unit, better)} of what each measurement found."""
    return {
        key: result.table(
            unit,
            result.entries_of(
                variants, {name: [one[key] for one in all_] for name, all_ in measured.items()}
            ),
            better=better,
        )
        for key, (unit, better) in columns.items()
    }


def goals(found, instructions_table=None):
    listed = []
    for key, table in found.items():
        listed.append(
            result.goal_percent(
                f"worse by, {table['unit']}", table["entries"], LIMIT, table["better"]
            )
        )
    if instructions_table:
        entries = instructions_table["entries"]
        bare, all_, own = (
            result.median(result.find(entries, name)) for name in ("bare", "holmes", OWN)
        )
        for what, more in (("medians", all_ - bare), ("those in libholmes.so", own)):
            found_percent = 100 * more / bare
            listed.append(
                result.goal(f"more instructions a request, {what}", found_percent, LIMIT, "percent")
            )
    return listed


COUNTS = 3
OWN = "holmes, those in libholmes.so"


def counted(title, variants, count, few, many):
    """`count(variant, requests)`: (all instructions, those in libholmes.so). The whole scatters by more
    than 1%, bare too: when a server wakes up depends on the clock, and how far an allocator looks on
    where its blocks lie. What is executed in libholmes.so does not."""

    def per_request(variant):
        pairs = zip(count(variant, few), count(variant, many))
        return [(longer - shorter) / (many - few) for shorter, longer in pairs]

    bare, _, ours = variants[:3]
    off = Variant("holmes, sampling off", ours.environment | {"HOLMES_HEAP_SAMPLE": "0"})
    whole = {one.name: [per_request(one) for _ in range(COUNTS)] for one in (bare, ours, off)}
    entries = [
        result.entry(name, [total for total, _ in found], None if name == "bare" else "bare")
        for name, found in whole.items()
    ]
    entries.append(result.entry(OWN, [own for _, own in whole["holmes"]]))
    return result.table("instructions a request", entries, title)


# ---- redis -------------------------------------------------------------------------------------


def redis_command(context, port):
    return [
        "redis-server",
        "--port",
        port,
        "--bind",
        "127.0.0.1",
        "--dir",
        context.tmp,
        "--save",
        "",
        "--appendonly",
        "no",
        "--hz",
        "1",
    ]


def redis_load(port, test, requests):
    out = run(
        [
            "redis-benchmark",
            "-p",
            port,
            "-t",
            test,
            "-P",
            16,
            "-c",
            20,
            "-n",
            requests,
            "-r",
            100_000,
            "-d",
            64,
            "--csv",
        ]
    )
    words = [word.strip('"') for word in out.splitlines()[-1].split(",")]
    return float(words[1]), float(words[6])


def redis_row(test, peers=lambda context: []):
    def measure(context, variant):
        port, requests = free_port(), 20_000 if variant.slow else 400_000
        with server(redis_command(context, port), variant, port) as child:
            redis_load(port, "set", requests // 4)  # keys to find, and memory to reuse
            before = cpu_seconds(child.pid)
            rate, p99 = redis_load(port, test, requests)
            return {
                "rate": rate / 1000,
                "p99": p99,
                "cpu": 1e6 * (cpu_seconds(child.pid) - before) / requests,
            }

    def count(context, variant, total):
        """Runs the server under callgrind for so many requests; it ends itself."""
        port = free_port()
        driver = subprocess.Popen(
            [
                "sh",
                "-c",
                f"until redis-cli -p {port} ping; do sleep 0.1; done; "
                f"redis-benchmark -p {port} -t {test} -P 16 -c 5 -n {total} -r 1000 -d 64; "
                f"redis-cli -p {port} shutdown nosave",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return counts(context, redis_command(context, port), variant)
        finally:
            driver.kill()
            driver.wait()

    def make(context):
        variants = [*glibc_pair(context), *peers(context)]
        measured = interleave(variants, context.rounds, lambda variant: measure(context, variant))
        found = tables(variants, measured, OF_REQUESTS)
        exact = counted("", variants, partial(count, context), 20_000, 60_000)
        return result.row(
            f"redis {test.upper()}, pipelines of 16 (its own jemalloc)",
            [*found.values(), exact],
            goals(found, exact),
        )

    return make


# ---- nginx -------------------------------------------------------------------------------------


def nginx_command(context, port, workers):
    """Without workers it is counted: it may not look at the clock whenever it wakes up."""
    folder = context.tmp / "nginx"
    (folder / "www").mkdir(parents=True, exist_ok=True)
    (folder / "www" / "file.txt").write_text("0123456789abcde\n" * 256)
    (folder / "nginx.conf").write_text(
        f"""{'user root;' if ROOT else ''}
worker_processes {max(workers, 1)}; {'' if workers else 'timer_resolution 5s;'}
pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{ access_log off; keepalive_requests 10000000; gzip off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}
"""
    )
    alone = "daemon off;" + ("" if workers > 0 else " master_process off;")
    return ["/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf", "-g", alone]


def wrk(port):
    out = run(["wrk", "-t1", "-c16", "-d2s", "--latency", f"http://127.0.0.1:{port}/file.txt"])
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", out).group(1))
    value, unit = re.search(r"99%\s+([0-9.]+)(us|ms|s)", out).groups()
    total = int(re.search(r"(\d+) requests in", out).group(1))
    return rate, float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit], total


def ask_nginx(port, requests):
    """One connection, one request after the other."""
    request = b"GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        size = 0
        for _ in range(requests):
            connection.sendall(request)
            got = 0
            while got < size or got == 0 or (size == 0 and got < 4096):
                got += len(connection.recv(65536))
            size = got


def nginx(context):
    def measure(variant):
        port = free_port()
        with server(nginx_command(context, port, 1), variant, port) as child:
            wrk(port)
            before = cpu_seconds(child.pid)
            rate, p99, total = wrk(port)
            return {
                "rate": rate / 1000,
                "p99": p99,
                "cpu": 1e6 * (cpu_seconds(child.pid) - before) / total,
            }

    def count(variant, requests):
        port = free_port()
        out = context.tmp / "callgrind.out"
        command = [
            "valgrind",
            "--tool=callgrind",
            f"--callgrind-out-file={out}",
            *nginx_command(context, port, 0),
        ]
        with server(command, Variant(variant.name, counting(variant)), port):
            ask_nginx(port, requests)
        return counts_in(out)

    variants = [*glibc_pair(context), *server_peers(context)]
    measured = interleave(variants, context.rounds, measure)
    found = tables(variants, measured, OF_REQUESTS)

    exact = counted("", variants, count, 2_000, 6_000)
    return result.row(
        "nginx, a file of 4 KiB, wrk with 16 connections",
        [*found.values(), exact],
        goals(found, exact),
    )


# ---- PostgreSQL --------------------------------------------------------------------------------


def postgres_bin():
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))


def as_postgres(*command):
    """PostgreSQL refuses to run as root."""
    return [*(["runuser", "-u", "postgres", "--"] if ROOT else []), *map(str, command)]


class Cluster:
    def __init__(self, context):
        self.bin, self.folder, self.port = postgres_bin(), context.tmp / "pg", free_port()
        self.folder.mkdir()
        # The library in a build below a private folder could not be read by the user postgres.
        self.library = self.folder / "libholmes.so"
        self.library.write_bytes(context.library.read_bytes())
        self.library.chmod(0o755)
        if ROOT:
            run(["chown", "postgres", self.folder])
        self.data = self.folder / "data"
        run(as_postgres(self.bin / "initdb", "-D", self.data, "-A", "trust", "--no-sync"))

    def variants(self):
        watched = {"LD_PRELOAD": str(self.library), "HOLMES_DUMP_PATH": str(self.folder / "dumps")}
        return [Variant("bare"), Variant("bare again"), Variant("holmes", watched)]

    @contextmanager
    def running(self, variant):
        settings = [f"{name}={value}" for name, value in variant.environment.items()]
        options = (
            f"-p {self.port} -k {self.folder} -c listen_addresses='' -c fsync=off -c autovacuum=off"
        )
        control = [
            self.bin / "pg_ctl",
            "-D",
            self.data,
            "-w",
            "-o",
            options,
            "-l",
            self.folder / "log",
        ]
        run(as_postgres("env", *settings, *control, "start"), cwd=self.folder)
        try:
            yield
        finally:
            run(as_postgres(*control, "-m", "fast", "stop"), cwd=self.folder)

    def bench(self, *options):
        return run(
            as_postgres(
                self.bin / "pgbench", "-h", self.folder, "-p", self.port, *options, "postgres"
            ),
            cwd=self.folder,
        )

    def p99_ms(self):
        times = sorted(
            float(line.split()[2])
            for file in self.folder.glob("times.*")
            for line in file.read_text().splitlines()
        )
        for file in self.folder.glob("times.*"):
            file.unlink()
        return times[int(len(times) * 0.99)] / 1000

    def count(self, variant, queries):
        """A server process alone under callgrind, fed through its standard input."""
        out = self.folder / "callgrind.out"
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        settings = [f"{name}={value}" for name, value in counting(variant).items()]
        text = "".join(
            f"SELECT abalance FROM pgbench_accounts WHERE aid = {1 + i * 37 % 100_000};\n"
            for i in range(queries)
        )
        subprocess.run(
            as_postgres(
                "env",
                *settings,
                *tool,
                self.bin / "postgres",
                "--single",
                "-D",
                self.data,
                "postgres",
            ),
            input=text,
            text=True,
            cwd=self.folder,
            check=True,
            timeout=300,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=clean_environment(),
        )
        return counts_in(out)


def pgbench(context):
    cluster = Cluster(context)
    variants = cluster.variants()
    with cluster.running(variants[0]):
        cluster.bench("-i", "-q")

    def measure(variant):
        with cluster.running(variant):
            out = cluster.bench(
                "-S",
                "-n",
                "-c",
                1,
                "-j",
                1,
                "-t",
                20_000,
                "-M",
                "prepared",
                "-l",
                "--log-prefix",
                cluster.folder / "times",
            )
            rate = float(re.search(r"tps = ([0-9.]+)", out).group(1))
            return {"rate": rate / 1000, "p99": cluster.p99_ms()}

    measured = interleave(variants, context.rounds, measure)
    found = tables(
        variants,
        measured,
        {"rate": ("thousand transactions a second", "higher"), "p99": ("ms, p99", "lower")},
    )

    fed = "a server process fed through its standard input"
    exact = counted(fed, variants, cluster.count, 1_000, 3_000)
    return result.row(
        "PostgreSQL, pgbench select-only, one client", [*found.values(), exact], goals(found, exact)
    )


def redis_peers(context):
    own = Variant("its jemalloc, profiling at 512 KiB", dict(JEMALLOC_PROFILING))
    return [own, *server_peers(context)]


ROWS = {
    "redis-set": redis_row("set", redis_peers),
    "redis-get": redis_row("get"),
    "nginx": nginx,
    "pgbench": pgbench,
}
