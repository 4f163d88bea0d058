"""Batches on a Ray cluster: `python -m skidpad.cluster batch PATH… --out URL --address auto`.

Shards of the batch are Ray tasks, each of which runs `skidpad batch --resume --shard I/N` in the worker that it is
given; a task whose machine is lost is run again elsewhere and goes on with what its predecessor had written. Paths
and the store must be the same on all machines. In the end the shards are merged.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import ray
from ray.exceptions import RayError

from . import main

# What a shard's exit code says: all as expected, another verdict, wrong input, a fault.
_ENDED = (0, 1, 2, 3)
# Which of them a batch ends with: wrong input stands above a fault, and a fault above a failed verdict.
_WORST = (2, 3, 1, 0)


class ShardError(RuntimeError):
    """A shard that ended otherwise than by its verdicts; it is run again."""


@contextmanager
def _told() -> Iterator[list[str]]:
    """What is written to stderr meanwhile, by compiled code too; known at the end."""
    lines: list[str] = []
    sys.stderr.flush()
    before = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield lines
        finally:
            os.dup2(before, 2)
            os.close(before)
            file.seek(0)
            lines += file.read().decode(errors="replace").splitlines()


def _shard(arguments: list[str], number: int, count: int) -> tuple[int, str]:
    """Exit code of a shard, and the error that kept it from running; none where it ended by its verdicts."""
    with _told() as lines:
        code = main(["batch", *arguments, "--resume", "--shard", f"{number}/{count}"])
    if code not in _ENDED:
        raise ShardError(f"shard {number}/{count} ended with code {code}")
    first = next((i for i, line in enumerate(lines) if line.startswith("error:")), None)
    return code, "" if first is None else f"shard {number}/{count}: " + "\n".join(lines[first:])


def run(arguments: Sequence[str], out: str, *, shards: int, cpus: float = 1.0, gpus: float = 0.0, retries: int = 20) -> int:
    """Run a batch on the cluster that `ray.init` has joined; its exit code.

    `arguments` are those of `skidpad batch` but for `--out`, `--resume` and `--shard`. Where a shard can't be run, its
    error is written to stderr, the others are given up, and nothing is merged.
    """
    task = ray.remote(_shard).options(
        num_cpus=cpus, num_gpus=gpus, max_retries=retries, retry_exceptions=True, scheduling_strategy="SPREAD"
    )
    given = [*arguments, "--out", out]
    waiting = [task.remote(given, number, shards) for number in range(1, shards + 1)]
    codes: list[int] = []
    started = time.monotonic()
    while waiting:
        done, waiting = ray.wait(waiting, num_returns=1)
        [(code, error)] = ray.get(done)
        if error:
            print(error, file=sys.stderr)
            for other in waiting:
                ray.cancel(other, force=True)
            return code
        codes.append(code)
        rate = len(codes) / (time.monotonic() - started)
        print(f"{len(codes)}/{shards} shards, {len(waiting) / rate:.0f} s left", file=sys.stderr)
    merged = main(["merge", out])
    return merged or next(code for code in _WORST if code in codes)


def _join(address: str) -> None:
    """Joins a Ray cluster; ValueError or ConnectionError where there is none."""
    host = re.fullmatch(r"(?:ray://)?(?:\[(.+)\]|([^:/]+)):(\d{1,5})", address)
    if host:
        # Ray itself tries for minutes, and ends the process after that.
        try:
            socket.create_connection((host[1] or host[2], int(host[3])), timeout=10.0).close()
        except (OSError, OverflowError) as error:
            raise ConnectionError(f"nothing that answers: {error}") from error
    elif address not in ("auto", "local"):
        raise ValueError("something else")
    ray.init(address=None if address == "local" else address, log_to_driver=False)


def _main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m skidpad.cluster",
        description="Runs a batch on a Ray cluster; other arguments are those of `skidpad batch`.",
        # Short forms would be taken from `skidpad batch`.
        allow_abbrev=False,
    )
    parser.add_argument("command", choices=["batch", "suite"], help="the same: scenarios, folders, suite files")
    parser.add_argument("--address", default="auto", help="of the Ray cluster; `local` starts one here")
    parser.add_argument("--out", required=True, help="folder or s3:// URL that all machines reach")
    parser.add_argument("--shards", type=int, default=0, help="parts of the batch [default: 4 a processor]")
    parser.add_argument("--cpus", type=float, default=1.0, help="processors of a shard")
    parser.add_argument("--gpus", type=float, default=0.0, help="GPUs of a shard, for learned drivers")
    parser.add_argument("--retries", type=int, default=20, help="how often a shard that was lost is run again")
    known, arguments = parser.parse_known_args()
    for flag, value, least in [("shards", known.shards, 0), ("gpus", known.gpus, 0), ("retries", known.retries, 0)]:
        if not least <= value < 1e6:
            parser.error(f"--{flag}: expected a number from {least}, found {value}")
    if not 0.01 <= known.cpus < 1e6:
        parser.error(f"--cpus: expected a number from 0.01, found {known.cpus}")
    try:
        _join(known.address)
    except (ConnectionError, RayError, RuntimeError, ValueError) as error:
        found = " ".join(str(error).split())
        expected = "auto, local, or HOST:PORT or ray://HOST:PORT of a Ray cluster that runs"
        print(f"error: --address {known.address}: expected {expected}, found {found}", file=sys.stderr)
        return 2
    shards = known.shards or max(1, round(4 * ray.cluster_resources().get("CPU", 1) / known.cpus))
    arguments += ["--jobs", str(max(1, round(known.cpus)))]
    try:
        return run(arguments, known.out, shards=shards, cpus=known.cpus, gpus=known.gpus, retries=known.retries)
    except (RayError, ShardError) as error:
        # The last line says what it was, those before it where in Ray.
        print(f"error: a shard was lost for good: {(str(error).splitlines() or ['?'])[-1]}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(_main())
