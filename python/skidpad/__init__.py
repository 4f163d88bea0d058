"""Skidpad for Python.

`run` runs a scenario, `FastBatch` steps many worlds of kinematic agents on numpy arrays; `skidpad.envs` has
Gymnasium environments over it, `skidpad.parallel` the PettingZoo one. `main` is the command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from typing import Any

# The compiled half uses the libtorch that this loads.
import torch as _torch  # noqa: F401

from ._skidpad import FastBatch, main, run_json

__all__ = ["FastBatch", "batch", "main", "run"]


def _names(paths: str | PathLike[str] | Iterable[str | PathLike[str]]) -> list[str]:
    """Paths as text. One alone counts as a list of it, not as a list of its letters."""
    return [fspath(paths)] if isinstance(paths, (str, PathLike)) else [fspath(path) for path in paths]


def _text(value: object) -> str:
    """A value as files and the command line have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def run(
    scenario: str | PathLike[str],
    *,
    driver: str = "scripted",
    seed: int = 0,
    params: Mapping[str, object] | None = None,
    require: Mapping[str, object] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run one scenario to its verdict.

    Returns the document of `skidpad run --json`: verdict, reasons, state_hash, metrics, …
    `options` are dt_s, duration_s, record, log, map_paths, weights and lenient.

    Raises ValueError where a file or an option is wrong.
    """
    text = run_json(
        fspath(scenario),
        driver=driver,
        seed=seed,
        params=[(name, _text(value)) for name, value in (params or {}).items()],
        require=[(name, _text(value)) for name, value in (require or {}).items()],
        **options,
    )
    return json.loads(text)


def batch(
    paths: str | PathLike[str] | Iterable[str | PathLike[str]],
    out: str | PathLike[str],
    *arguments: str | float | PathLike[str],
) -> int:
    """Run a batch of scenarios, folders and suite files (or one of them) side by side; the exit code.

    Results go to `out` (a folder or an s3:// URL): read `results.parquet` there with pandas or pyarrow.
    `arguments` are those of `skidpad batch`, as in `"--driver", "idm", "--seeds", 10, "--resume"`.
    """
    return main(["batch", *_names(paths), "--out", fspath(out), *map(_text, arguments)])
