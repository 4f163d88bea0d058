from collections.abc import Sequence
from os import PathLike

import numpy as np
from numpy.typing import NDArray

class FastBatch:
    """Many worlds of kinematic agents, stepped together."""

    def __init__(
        self,
        maps: str | PathLike[str] | Sequence[str | PathLike[str]],
        *,
        worlds: int = 1,
        agents: int = 1,
        scenes: int = 8,
        seed: int = 0,
        threads: int = 0,
        dt_s: float = 0.1,
        horizon: int = 91,
        goal_radius_m: float = 2.0,
        goal_reward: float = 1.0,
        collision_reward: float = -0.5,
        off_road_reward: float = -0.2,
        progress_reward: float = 0.0,
        on_failure: str = "remove",
        on_goal: str = "remove",
        observation: str = "full",
    ) -> None: ...
    @property
    def agents(self) -> int: ...
    @property
    def worlds(self) -> int: ...
    @property
    def floats(self) -> int: ...
    def tally(self) -> dict[str, int]: ...
    def reset(self, observations: NDArray[np.float32], seed: int | None = None) -> None: ...
    def step(
        self,
        actions: NDArray[np.float32],
        observations: NDArray[np.float32],
        rewards: NDArray[np.float32],
        terminated: NDArray[np.uint8],
        truncated: NDArray[np.uint8],
        ended: NDArray[np.uint8],
        last_observations: NDArray[np.float32] | None = None,
    ) -> None: ...
    def is_active(self, agent: int) -> bool: ...
    def motions(self) -> NDArray[np.float64]: ...
    def render(
        self,
        world: int = 0,
        *,
        agent: int = 0,
        width: int = 480,
        height: int = 480,
        m_per_px: float = 0.25,
    ) -> NDArray[np.uint8]: ...

def run_json(
    scenario: str | PathLike[str],
    *,
    driver: str = "scripted",
    seed: int = 0,
    dt_s: float = 0.05,
    duration_s: float | None = None,
    params: Sequence[tuple[str, str]] = ...,
    require: Sequence[tuple[str, str]] = ...,
    record: str | PathLike[str] | None = None,
    log: str | PathLike[str] | None = None,
    map_paths: Sequence[str | PathLike[str]] = ...,
    weights: str | PathLike[str] | None = None,
    lenient: bool = False,
) -> str: ...
def main(arguments: Sequence[str]) -> int: ...
