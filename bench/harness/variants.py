"""What programs run under: bare, holmes, and the peers that Debian ships."""

from dataclasses import dataclass, field
from pathlib import Path

LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
JEMALLOC = LIBRARIES / "libjemalloc.so.2"
TCMALLOC_MINIMAL = LIBRARIES / "libtcmalloc_minimal.so.4"
TCMALLOC = LIBRARIES / "libtcmalloc.so.4"
PROFILER = LIBRARIES / "libprofiler.so.0"
JEMALLOC_PROFILING = {"MALLOC_CONF": "prof:true,lg_prof_sample:19"}


@dataclass
class Variant:
    name: str
    environment: dict = field(default_factory=dict)
    base: str = "bare"  # what its cost is measured against
    wrapper: list = field(default_factory=list)
    slow: bool = False  # gets a fraction of the work

    def command(self, command: list) -> list:
        return [*self.wrapper, *command]


def counting(variant) -> dict:
    """Under callgrind everything takes fifty times as long: no rule may take that for a spike."""
    rules_off = {f"HOLMES_{kind}": "0" for kind in ("CPU", "MEM", "HEAP", "THREAD")}
    return variant.environment | rules_off


def preloads(*libraries) -> dict:
    return {"LD_PRELOAD": ":".join(str(library) for library in libraries)}


def holmes(context, *others, **settings) -> dict:
    return {
        **preloads(context.library, *others),
        "HOLMES_DUMP_PATH": str(context.dumps),
        **settings,
    }


def glibc_pair(context) -> list:
    return [Variant("bare"), Variant("bare again"), Variant("holmes", holmes(context))]


def allocators(context) -> list:
    """The same program on three allocators, each without and with holmes."""
    return [
        *glibc_pair(context),
        Variant("jemalloc", preloads(JEMALLOC)),
        Variant("jemalloc + holmes", holmes(context, JEMALLOC), base="jemalloc"),
        Variant("tcmalloc", preloads(TCMALLOC_MINIMAL)),
        Variant("tcmalloc + holmes", holmes(context, TCMALLOC_MINIMAL), base="tcmalloc"),
    ]


def perf_record(context) -> Variant:
    out = str(context.tmp / "perf.data")
    return Variant(
        "perf record -F 99 -g", wrapper=["perf", "record", "-q", "-F", "99", "-g", "-o", out]
    )


def heaptrack(context, **more) -> Variant:
    return Variant("heaptrack", wrapper=["heaptrack", "-o", str(context.tmp / "heaptrack")], **more)


def heapprofile(context, **more) -> Variant:
    return Variant(
        "tcmalloc, HEAPPROFILE",
        slow=True,
        environment={**preloads(TCMALLOC), "HEAPPROFILE": str(context.tmp / "heapprofile")},
        **more,
    )


def floor(context) -> list:
    """Libraries that do nothing: what the mere standing before malloc and free costs."""
    return [
        Variant("forwards only", preloads(context.programs / "forward.so")),
        Variant(
            "forwards, tests the address of free", preloads(context.programs / "forward_looks.so")
        ),
    ]


def peers(context) -> list:
    """Profilers that one could preload or wrap around the program instead."""
    return [
        Variant(
            "jemalloc, profiling at 512 KiB",
            base="jemalloc",
            environment={**preloads(JEMALLOC), **JEMALLOC_PROFILING},
        ),
        Variant("tcmalloc (full)", preloads(TCMALLOC)),
        Variant(
            "tcmalloc, sampling at 512 KiB",
            base="tcmalloc (full)",
            environment={**preloads(TCMALLOC), "TCMALLOC_SAMPLE_PARAMETER": "524288"},
        ),
        Variant("libprofiler, idle", preloads(PROFILER)),
        perf_record(context),
        heaptrack(context, slow=True),
        heapprofile(context, base="tcmalloc (full)"),
    ]


def server_peers(context) -> list:
    """Those of them that a server can run under for as long as it serves."""
    return [
        Variant("libprofiler, idle", preloads(PROFILER)),
        perf_record(context),
        heaptrack(context),
        heapprofile(context),
    ]
