"""Recordings as scenes of fast worlds. The files are written here, by the public descriptions of their layouts."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

import skidpad

pandas = pytest.importorskip("pandas")

STEPS = 40
SPEED_MPS = 8.0


def xy(x: float, y: float) -> dict[str, float]:
    """A point as both layouts write it."""
    return {"x": x, "y": y, "z": 12.5}


def lane_x(step: int) -> float:
    """Where a vehicle of SPEED_MPS is."""
    return 0.1 * SPEED_MPS * step


def waymo(folder: Path) -> Path:
    """Two cars in a row and a cyclist who is seen for a while, on a straight road between y of -4 and 4."""

    def thing(kind: str, x0: float, y: float, speed: float, seen: range) -> dict[str, object]:
        return {
            "id": len(kind),
            "type": kind,
            "length": 4.5,
            "width": 1.8,
            "height": 1.5,
            "position": [xy(x0 + 0.1 * speed * i, y) if i in seen else xy(-10000, -10000) for i in range(STEPS)],
            "heading": [0.0] * STEPS,
            "velocity": [xy(speed, 0.0)] * STEPS,
            "valid": [i in seen for i in range(STEPS)],
            "goalPosition": xy(x0 + 0.1 * speed * STEPS, y),
        }

    every = range(STEPS)
    file = folder / "scenario.json"
    file.write_text(
        json.dumps(
            {
                "name": "made",
                "objects": [
                    thing("vehicle", 30.0, 0.0, 0.0, every),
                    thing("cyclist", 10.0, 3.0, 4.0, range(5, 20)),
                    thing("vehicle", 0.0, 0.0, SPEED_MPS, every),
                ],
                "roads": [
                    {"type": "lane", "geometry": [xy(-20, 0), xy(80, 0)]},
                    {"type": "road_edge", "geometry": [xy(-20, -4), xy(80, -4)]},
                    {"type": "road_edge", "geometry": [xy(80, 4), xy(-20, 4)]},
                    {"type": "stop_sign", "geometry": [xy(70, 0)]},
                ],
                "tl_states": {},
                "metadata": {"sdc_track_index": 2, "tracks_to_predict": []},
            }
        )
    )
    return file


def argoverse(folder: Path) -> Path:
    """A car that is the focal track, and a bus that stands, on a square of road."""
    rows = []
    for track, kind, x0, y, speed in [("7", "vehicle", 0.0, 0.0, SPEED_MPS), ("AV", "bus", 30.0, 6.0, 0.0)]:
        for step in range(STEPS):
            rows.append(
                {
                    "observed": step < 20,
                    "track_id": track,
                    "object_type": kind,
                    "object_category": 3,
                    "timestep": step,
                    "position_x": x0 + 0.1 * speed * step,
                    "position_y": y,
                    "heading": 0.0,
                    "velocity_x": speed,
                    "velocity_y": 0.0,
                    "scenario_id": "made",
                    "start_timestamp": 0,
                    "end_timestamp": 1,
                    "num_timestamps": STEPS,
                    "focal_track_id": "7",
                    "city": "nowhere",
                }
            )
    file = folder / "scenario_made.parquet"
    pandas.DataFrame(rows).to_parquet(file)
    ring = [xy(-20, -10), xy(80, -10), xy(80, 10), xy(-20, 10)]
    lane = {
        "id": 1,
        "centerline": [xy(-20, 0), xy(80, 0)],
        "left_lane_boundary": [xy(-20, 2), xy(80, 2)],
        "right_lane_boundary": [xy(-20, -2), xy(80, -2)],
        "lane_type": "VEHICLE",
    }
    (folder / "log_map_archive_made.json").write_text(
        json.dumps(
            {
                "drivable_areas": {"9": {"area_boundary": ring, "id": 9}},
                "lane_segments": {"1": lane},
                "pedestrian_crossings": {},
            }
        )
    )
    return file


class World:
    """One world with its arrays."""

    def __init__(self, file: Path, agents: int, **options: object) -> None:
        self.batch = skidpad.FastBatch([str(file)], agents=agents, horizon=STEPS - 1, threads=1, scenes=1, **options)
        count = self.batch.agents
        self.seen = np.zeros((count, self.batch.floats), np.float32)
        self.rewards = np.zeros(count, np.float32)
        self.terminated, self.truncated, self.ended = np.zeros((3, count), np.uint8)
        self.batch.reset(self.seen)

    def step(self, pedal: float = 0.0, steer: float = 0.0) -> None:
        """One step with the same action for all."""
        actions = np.full((self.batch.agents, 2), (pedal, steer), np.float32)
        self.batch.step(actions, self.seen, self.rewards, self.terminated, self.truncated, self.ended)


def test_waymo_puts_the_recorded_vehicle_under_control(tmp_path: Path) -> None:
    world = World(waymo(tmp_path), agents=2)
    x, y, yaw, speed, _ = world.batch.motions()[0]
    # The rear axle of a car of 4.5 m whose middle is at 0.
    assert -2.0 < x < -0.8 and y == 0.0 and yaw == 0.0 and speed == SPEED_MPS
    # The parked car has nowhere to go: nobody drives it, and the second place stays empty.
    assert world.batch.is_active(0) and not world.batch.is_active(1)
    goal_x, goal_y = world.seen[0, :2] / 0.02
    assert math.isclose(goal_x, lane_x(STEPS - 1), abs_tol=0.01) and abs(goal_y) < 1e-4
    # One neighbour at first, two when the cyclist is seen, and one again.
    counts = []
    for _ in range(22):
        world.step()
        lengths = world.seen[0, 6 + 2 * 63 : 6 + 3 * 63]
        counts.append(int((lengths > 0).sum()))
    assert counts[:3] == [1, 1, 1] and counts[8] == 2 and counts[-1] == 1
    for _ in range(STEPS):
        world.step()
        if world.terminated[0]:
            break
    assert world.batch.tally()["collisions"] == 1, "it runs into the parked car"


def test_empty_places_are_no_agents_of_pettingzoos_environment(tmp_path: Path) -> None:
    parallel = pytest.importorskip("skidpad.parallel")
    env = parallel.DrivingParallelEnv(str(waymo(tmp_path)), agents=3, horizon=10, scenes=1)
    env.reset(seed=0)
    assert env.agents == ["agent_0"] and len(env.possible_agents) == 3
    steps = 0
    while env.agents:
        env.step({a: np.zeros(2, np.float32) for a in env.agents})
        steps += 1
        assert steps <= 10


def test_waymo_edges_have_the_road_to_their_left(tmp_path: Path) -> None:
    world = World(waymo(tmp_path), agents=1)
    for _ in range(STEPS):
        world.step(0.0, 0.3)
        if world.terminated[0]:
            break
    tally = world.batch.tally()
    assert (tally["off_road"], tally["collisions"]) == (1, 0)


def test_argoverse_reads_what_pandas_writes(tmp_path: Path) -> None:
    world = World(argoverse(tmp_path), agents=1, goal_radius_m=3.0)
    while not world.terminated[0] and not world.truncated[0]:
        world.step()
    # At its recorded speed it is where it was recorded, past the bus that stands beside.
    assert world.batch.tally() | {"agent_steps": 0} == {
        "agent_steps": 0,
        "collisions": 0,
        "off_road": 0,
        "goals": 1,
        "episodes": 1,
    }


def test_broken_recordings_say_where(tmp_path: Path) -> None:
    file = waymo(tmp_path)
    scenario = json.loads(file.read_text())
    del scenario["objects"][1]["valid"][3:]
    file.write_text(json.dumps(scenario))
    with pytest.raises(ValueError, match=r"scenario\.json: expected objects\[1\]: as many headings"):
        World(file, agents=1)
    file.write_text('{"objects":\n [{"type": 3}]}')
    with pytest.raises(ValueError, match=r"scenario\.json:2"):
        World(file, agents=1)
    file = argoverse(tmp_path)
    pandas.read_parquet(file).drop(columns="heading").to_parquet(file)
    with pytest.raises(ValueError, match="column heading"):
        World(file, agents=1)
    (tmp_path / "scenario_made.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ValueError, match="Parquet"):
        World(file, agents=1)


def test_ngsim_replays_its_traffic() -> None:
    root = os.environ.get("SKIDPAD_SHARED")
    if root is None:
        pytest.skip("SKIDPAD_SHARED is not set")
    files = sorted(Path(root).glob("data/ngsim-commonroad/tracks/*.csv.gz"))
    assert files
    touched = 0
    for file in files[::20]:
        world = World(file, agents=8, on_failure="ignore")
        active = [i for i in range(8) if world.batch.is_active(i)]
        assert active, file
        assert (world.batch.motions()[active, 3] > 0).any()
        for _ in range(10):
            world.step()
        assert np.isfinite(world.seen).all()
        touched += world.batch.tally()["collisions"]
    assert touched < len(files), "at the start nobody stands in anybody"
