"""Batches on a Ray cluster: `python -m skidpad.cluster batch PATH… --out URL --address auto`.

Shards of the batch are Ray tasks, each of which runs `skidpad batch --resume --shard I/N` in the worker that it is
given; a task whose machine is lost is run again elsewhere and goes on with what its predecessor had written. Paths
and the store must be the same on all machines. In the end the shards are merged.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import ray

from . import main

# What a shard's exit code says: all as expected, another verdict, wrong input, a fault.
_ENDED = (0, 1, 2, 3)
# Which of them a batch ends with: wrong input stands above a fault, and a fault above a failed verdict.
_WORST = (2, 3, 1, 0)


class ShardError(RuntimeError):
    """A shard that ended otherwise than by its verdicts; it is run again."""


def _shard(arguments: list[str], number: int, count: int) -> int:
    code = main(["batch", *arguments, "--resume", "--shard", f"{number}/{count}"])
    if code not in _ENDED:
        raise ShardError(f"shard {number}/{count} ended with code {code}")
    return code


def run(arguments: Sequence[str], out: str, *, shards: int, cpus: float = 1.0, gpus: float = 0.0, retries: int = 20) -> int:
    """Run a batch on the cluster that `ray.init` has joined; its exit code.

    `arguments` are those of `skidpad batch` but for `--out`, `--resume` and `--shard`.
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
        codes += ray.get(done)
        rate = len(codes) / (time.monotonic() - started)
        print(f"{len(codes)}/{shards} shards, {len(waiting) / rate:.0f} s left", file=sys.stderr)
    merged = main(["merge", out])
    return merged or next(code for code in _WORST if code in codes)


def _main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m skidpad.cluster",
        description="Runs a batch on a Ray cluster; other arguments are those of `skidpad batch`.",
    )
    parser.add_argument("command", choices=["batch", "suite"], help="the same: scenarios, folders, suite files")
    parser.add_argument("--address", default="auto", help="of the Ray cluster; `local` starts one here")
    parser.add_argument("--out", required=True, help="folder or s3:// URL that all machines reach")
    parser.add_argument("--shards", type=int, default=0, help="parts of the batch [default: 4 a processor]")
    parser.add_argument("--cpus", type=float, default=1.0, help="processors of a shard")
    parser.add_argument("--gpus", type=float, default=0.0, help="GPUs of a shard, for learned drivers")
    parser.add_argument("--retries", type=int, default=20, help="how often a shard that was lost is run again")
    known, arguments = parser.parse_known_args()
    ray.init(address=None if known.address == "local" else known.address, log_to_driver=False)
    shards = known.shards or max(1, round(4 * ray.cluster_resources().get("CPU", 1) / known.cpus))
    arguments += ["--jobs", str(max(1, round(known.cpus)))]
    return run(arguments, known.out, shards=shards, cpus=known.cpus, gpus=known.gpus, retries=known.retries)


if __name__ == "__main__":
    sys.exit(_main())
