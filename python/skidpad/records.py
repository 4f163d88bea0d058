"""Records (MCAP files, from `--record`) as tables of pandas.

Of results in Parquet (`results.parquet` and `states.parquet` of batches) nothing is needed but
`pandas.read_parquet` or `pyarrow.parquet.read_table`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from os import PathLike
from typing import Any

import pandas
from mcap.reader import make_reader

__all__ = ["messages", "states", "tables"]


def messages(
    record: str | PathLike[str], topics: Collection[str] | None = None
) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """Each message in the order of time: its time (s), topic and content; of some topics, or of all.

    Raises ValueError where the file is no record, or damaged.
    """
    with open(record, "rb") as file:
        try:
            for _, channel, message in make_reader(file).iter_messages(topics):
                content = json.loads(message.data)
                if not isinstance(content, dict):
                    raise ValueError(f"{channel.topic} with {type(content).__name__}")
                yield 1e-9 * message.log_time, channel.topic, content
        except OSError:
            raise
        # Readers and decompressors each have errors of their own for what is damaged.
        except Exception as error:
            raise ValueError(f"{record}: expected a record of skidpad's, found {error!r}") from error


def tables(
    record: str | PathLike[str], topics: Collection[str] | None = None
) -> dict[str, pandas.DataFrame]:
    """A table a topic with a row a message: `time_s`, and a column a field, those of inner ones with dots
    (`translation.x`). Lists stay lists.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for time_s, topic, content in messages(record, topics):
        rows.setdefault(topic, []).append({"time_s": time_s} | content)
    return {topic: pandas.json_normalize(found) for topic, found in rows.items()}


def states(record: str | PathLike[str]) -> pandas.DataFrame:
    """A row for each actor and tick: `time_s`, `id`, `name`, `class`, `motion`, and its state (`x_m`, `y_m`, `z_m`,
    `yaw_rad`, `pitch_rad`, `roll_rad`, `speed_mps`, `accel_mps2`, `yaw_rate_radps`, `steer_rad`, `vx_mps`, `vy_mps`,
    `vz_mps`).
    """
    rows: list[dict[str, Any]] = []
    for time_s, _, content in messages(record, ["/tick"]):
        try:
            rows += [{"time_s": time_s} | _row(actor) for actor in content["actors"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{record}: expected actors with their states in /tick, found {error!r}") from error
    return pandas.DataFrame(rows)


def _row(actor: dict[str, Any]) -> dict[str, Any]:
    state = dict(actor["state"])
    pose = state.pop("pose")
    velocity = zip(("vx_mps", "vy_mps", "vz_mps"), state.pop("velocity_mps"), strict=True)
    about = {key: actor[key] for key in ("id", "name", "class", "motion")}
    return about | pose | state | dict(velocity)
