"""What every row gets: where the build is, how many rounds, a folder of its own for dumps."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]


class Context:
    def __init__(self, build: Path, quick: bool):
        self.build = build
        self.quick = quick
        self.rounds = 3 if quick else 9
        self.library = build / "libholmes.so"
        self.programs = build / "bench"
        self.victims = build / "victims"
        # Owned by root and open to nobody, but for the servers that change their user.
        self.tmp = Path(tempfile.mkdtemp(prefix="holmes-bench."))
        self.tmp.chmod(0o755)
        self.dumps = self.tmp / "dumps"
        self.dumps.mkdir(mode=0o700)

    def program(self, name: str) -> str:
        return str(self.programs / name)

    def close(self):
        shutil.rmtree(self.tmp, ignore_errors=True)


def build(where: Path):
    options = ["-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DHOLMES_BENCH=ON"]
    subprocess.run(
        ["cmake", "-S", SOURCE, "-B", where, "-G", "Ninja", *options],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run(
        ["cmake", "--build", where, "--target", "holmes_bench", "victim_burn_80_20"], check=True
    )


def clean_environment() -> dict:
    """Of the caller's settings none is for the programs measured."""
    unwanted = (
        "LD_PRELOAD",
        "MALLOC_CONF",
        "HEAPPROFILE",
        "CPUPROFILE",
        "TCMALLOC_SAMPLE_PARAMETER",
    )
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HOLMES_") and name not in unwanted
    }
