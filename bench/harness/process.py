"""A program under observation: its memory, its threads, the events that holmes makes of it."""

import json
import subprocess
import time
from pathlib import Path

from .context import clean_environment


class Process:
    """Talks line by line with a program that answers each line with one."""

    def __init__(self, command, variant, awaited="READY"):
        self.child = subprocess.Popen(
            [str(part) for part in command],
            text=True,
            env=clean_environment() | variant.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.pid = self.child.pid
        if awaited:
            self.expect(awaited)

    def expect(self, line):
        got = self.child.stdout.readline().strip()
        if got != line:
            raise RuntimeError(f"{self.child.args[0]}: expected {line}, got '{got}'")

    def ask(self, line):
        self.tell(line)
        self.expect("DONE")

    def tell(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def rss_kib(self):
        return self.rollup()["Rss"]

    def rollup(self):
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]
        return {line.split(":")[0]: int(line.split()[1]) for line in lines}

    def statm_kib(self):
        """(mapped, resident), cheap enough to ask a thousand times a second."""
        words = Path(f"/proc/{self.pid}/statm").read_text().split()
        return int(words[0]) * 4, int(words[1]) * 4

    def monitor(self):
        """The task of holmes, once it is there."""

        def look():
            for task in Path(f"/proc/{self.pid}/task").iterdir():
                if (task / "comm").read_text().strip() == "holmes":
                    return task
            return None

        return wait_for(look, "the monitor")

    def end(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def wait_for(look, what, patience=60, pause=0.01):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(pause)
    raise RuntimeError(f"waited {patience} s in vain for {what}")


def manifests(folder, kind="*"):
    return [json.loads(file.read_text()) for file in sorted(folder.glob(f"*-{kind}.json"))]


def wait_event(folder, kind, pause=0.01):
    return wait_for(lambda: manifests(folder, kind), f"an event of kind {kind}", pause=pause)[0]


def clear(folder):
    for file in folder.iterdir():
        file.unlink()
