"""What programs run under: bare, holmes, and the peers that Debian ships."""

from dataclasses import dataclass, field
from pathlib import Path

LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
JEMALLOC = LIBRARIES / "libjemalloc.so.2"
TCMALLOC_MINIMAL = LIBRARIES / "libtcmalloc_minimal.so.4"
TCMALLOC = LIBRARIES / "libtcmalloc.so.4"
PROFILER = LIBRARIES / "libprofiler.so.0"


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


def peers(context) -> list:
    """Profilers that one could preload or wrap around the program instead."""
    return [
        Variant(
            "jemalloc, profiling at 512 KiB",
            base="jemalloc",
            environment={**preloads(JEMALLOC), "MALLOC_CONF": "prof:true,lg_prof_sample:19"},
        ),
        Variant("tcmalloc (full)", preloads(TCMALLOC)),
        Variant(
            "tcmalloc, sampling at 512 KiB",
            base="tcmalloc (full)",
            environment={**preloads(TCMALLOC), "TCMALLOC_SAMPLE_PARAMETER": "524288"},
        ),
        Variant("libprofiler, idle", preloads(PROFILER)),
        Variant(
            "perf record -F 99 -g",
            wrapper=[
                "perf",
                "record",
                "-q",
                "-F",
                "99",
                "-g",
                "-o",
                str(context.tmp / "perf.data"),
            ],
        ),
        Variant(
            "heaptrack", slow=True, wrapper=["heaptrack", "-o", str(context.tmp / "heaptrack")]
        ),
        Variant(
            "tcmalloc, HEAPPROFILE",
            base="tcmalloc (full)",
            slow=True,
            environment={**preloads(TCMALLOC), "HEAPPROFILE": str(context.tmp / "heapprofile")},
        ),
    ]
