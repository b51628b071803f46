"""Why a goal is not met, and what was tried: stands beside it in results.md. The first entry whose row
and goal match is the one."""

import re

REASONS = (
    (
        "malloc(-.*)?|realloc|new",
        "added on glibc, best",
        """Whatever stands before malloc and free pays for two more indirect jumps (*forwards only* in the
        first table) and for the test of an address. The countdown, the look at one block in 32 and the
        samples are what is left on top of that. Tried: other layouts of the branches, functions aligned to
        64 bytes, masks that fewer blocks pass, a smaller filter (docs/rejected.md, "Less than a nanosecond
        on glibc").""",
    ),
    (
        "malloc-deep",
        "sampling included",
        """One pair in 1900 is sampled, and a stack of 30 frames takes about 4000 instructions to walk and to
        find again: 2.2 a pair, 6.7 without samples. Tried: a cache of whole stacks, rules decoded once,
        freed samples kept for the next (docs/rejected.md); it was 13.6.""",
    ),
    (
        "calloc",
        "instructions|sampling included",
        """Three instructions more than malloc: the size is a product, and one that overflows may not be
        counted (it would stop sampling on that thread). On glibc its own calloc takes longer, too, where
        sampled blocks have moved the others. Below the 16 that no row may exceed.""",
    ),
    (
        "aligned_alloc",
        "on glibc",
        """glibc looks for a chunk to split, and how long it looks depends on how its heap has fragmented, which
        each sampled block changes: bare goes from 77 ns in runs of 300 000 pairs to 90 in runs of a million;
        holmes takes 2 ns more in the first, 3 to 8 less in the second. Tried: sampled blocks of aligned
        requests made from freed ones (before, each was made anew: 5.4 ns more in short runs).""",
    ),
    (
        "calloc|realloc|aligned_alloc|new|malloc(-.*)?",
        "ns|best of rounds",
        """The scatter of the machine is as large as the goal: see *bare again*, and the instructions, which
        decide.""",
    ),
    (
        "redis-.*",
        "more instructions",
        """redis allocates and frees three to five blocks a request, each pair for 12.5 instructions on its
        jemalloc: 1% would take 10. On other allocators than glibc free has to look into a filter; three
        shorter ways would each break a host (docs/rejected.md, "Three instructions on other allocators").
        jemalloc's own profiling takes 14 a pair.""",
    ),
    (
        "nginx",
        "more instructions",
        """nginx allocates about 8 KiB a request, so that one request in 60 is sampled: 146 of the 174
        instructions. The request as a whole takes fewer instructions than bare (the line above): glibc finds
        blocks faster beside those that were moved.""",
    ),
    (
        "python-malloc",
        "more instructions",
        """With PYTHONMALLOC=malloc every object is a malloc and a free, and little happens between: 7.4
        instructions a pair of about 600. It was 4.4% before sampled blocks were kept for the next ones.""",
    ),
    (
        "redis-.*|nginx|pgbench",
        "worse by",
        """Bare against bare scatters by more than the goal in the same run (in brackets); the instructions of
        a request decide, below.""",
    ),
    (
        "make",
        "more CPU time",
        """A file is three programs (driver, compiler, assembler) that live 40 ms together, and takes 2 ms more:
        0.6 ms are their three starts (0.2 ms each, see *true*: 0.05 the thread, the rest page faults at 2 us
        and /proc/self/status), 1.3 ms some 80 samples of the compiler at 16 us. Such a sample is cold:
        each frame is looked up in the compiler's tables for the first time. perf record sees 1.9% of the
        compiler's time in libholmes.so, 0.4 of it in the search of that table (2.2 and 0.6 before that search
        fetched ahead). To sample less at the start of a
        program would leave what a service loads then out of its profile. It was 131% while ar's C++ plugin
        looked its operators up at each call, 9.9% before modules were told apart without their symbol
        tables and the filter and the cache of rules kept to few pages.""",
    ),
    (
        "sort|stdio|python-.*|g\\+\\+|make",
        "more CPU time",
        """Bare against bare scatters by more than the goal in the same run (in brackets); the instructions
        decide, the line below.""",
    ),
)


def why(row, goal):
    for rows, goals, text in REASONS:
        if re.fullmatch(rows, row) and re.search(goals, goal):
            return " ".join(text.split())
    return "Not explained yet."
