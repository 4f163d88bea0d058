"""Gymnasium environments over fast worlds.

An agent reads 1,847 floats (6 of its own, 63 neighbours of 7, 200 points of the road of 7, plane by plane) or the
compact 118, and gives pedal (throttle above, brake below 0) and steering, both from -1 to 1. It is rewarded for its
goal, and punished for collisions and for leaving the road. See docs/python.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from . import FastBatch, _names


def _spaces(floats: int) -> tuple[gymnasium.spaces.Box, gymnasium.spaces.Box]:
    # Far beyond what a map gives: positions are told in 50 m.
    observation = gymnasium.spaces.Box(-1e4, 1e4, (floats,), np.float32)
    action = gymnasium.spaces.Box(-1.0, 1.0, (2,), np.float32)
    return observation, action


class _Buffers:
    """Arrays that a batch writes into."""

    def __init__(self, batch: FastBatch, last: bool) -> None:
        count, floats = batch.agents, batch.floats
        self.observations = np.zeros((count, floats), np.float32)
        self.last = np.zeros((count, floats), np.float32) if last else None
        self.rewards = np.zeros(count, np.float32)
        self._flags = np.zeros((3, count), np.uint8)
        # Views of the same bytes.
        self.terminated, self.truncated, self.ended = self._flags.view(np.bool_)

    def step(self, batch: FastBatch, actions: np.ndarray) -> None:
        actions = np.ascontiguousarray(actions, np.float32)
        batch.step(actions, self.observations, self.rewards, *self._flags, self.last)


class DrivingEnv(gymnasium.Env[np.ndarray, np.ndarray]):
    """One agent alone on the roads of a map, on the way to its goal."""

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(
        self,
        maps: str | PathLike[str] | Iterable[str | PathLike[str]] = ("town:1",),
        *,
        render_mode: str | None = None,
        observation: str = "full",
        progress_reward: float = 0.01,
        **options: Any,
    ) -> None:
        """`maps` (or one) are .xodr files, kinds of generated maps with their seed, or recordings; `options` are FastBatch's."""
        self.render_mode = render_mode
        self._batch = FastBatch(
            _names(maps), worlds=1, agents=1, observation=observation, progress_reward=progress_reward, threads=1, **options
        )
        self._buffers = _Buffers(self._batch, last=True)
        self.observation_space, self.action_space = _spaces(self._batch.floats)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin an episode; with a seed it is that seed's."""
        super().reset(seed=seed)
        self._batch.reset(self._buffers.observations, seed)
        return self._buffers.observations[0].copy(), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """One step of 0.1 s."""
        buffers = self._buffers
        buffers.step(self._batch, np.reshape(action, (1, 2)))
        terminated, truncated = bool(buffers.terminated[0]), bool(buffers.truncated[0])
        # The batch has begun the next episode by then; what was seen last is what counts.
        seen = buffers.last if terminated or truncated else buffers.observations
        return seen[0].copy(), float(buffers.rewards[0]), terminated, truncated, {}

    def render(self) -> np.ndarray | None:
        """The world from above, (480, 480, 3) bytes."""
        return self._batch.render(0) if self.render_mode == "rgb_array" else None


class DrivingVectorEnv(gymnasium.vector.VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """Worlds with many agents each; every agent is an environment of its own, reset in the step that ends it.

    Observations, rewards and ends are views of arrays that the next step writes into (`copy=True` copies them).
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": ["rgb_array"],
        "render_fps": 10,
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self,
        maps: str | PathLike[str] | Iterable[str | PathLike[str]] = ("town:1",),
        *,
        worlds: int = 16,
        agents: int = 16,
        render_mode: str | None = None,
        observation: str = "full",
        progress_reward: float = 0.01,
        copy: bool = False,
        **options: Any,
    ) -> None:
        """`maps` and `options` as of DrivingEnv; num_envs is worlds · agents."""
        self.render_mode = render_mode
        self._batch = FastBatch(
            _names(maps),
            worlds=worlds,
            agents=agents,
            observation=observation,
            progress_reward=progress_reward,
            on_failure="respawn",
            on_goal="respawn",
            **options,
        )
        self._buffers = _Buffers(self._batch, last=True)
        self._copy = copy
        self.num_envs = self._batch.agents
        self.single_observation_space, self.single_action_space = _spaces(self._batch.floats)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def _given(self, array: np.ndarray) -> np.ndarray:
        return array.copy() if self._copy else array

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin all episodes."""
        super().reset(seed=seed)
        self._batch.reset(self._buffers.observations, seed)
        return self._given(self._buffers.observations), {}

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """One step of all; `final_obs` in the infos holds what those saw last whose episode has ended."""
        buffers = self._buffers
        buffers.step(self._batch, actions)
        infos: dict[str, Any] = {}
        over = buffers.terminated | buffers.truncated
        if over.any():
            infos = {"final_obs": buffers.last, "_final_obs": over}
        given = map(self._given, (buffers.observations, buffers.rewards, buffers.terminated, buffers.truncated))
        return (*given, infos)  # type: ignore[return-value]

    def render(self) -> tuple[np.ndarray, ...] | None:
        """The first world from above."""
        return (self._batch.render(0),) if self.render_mode == "rgb_array" else None

    def tally(self) -> dict[str, int]:
        """Collisions, times off the road, goals and steps so far."""
        return self._batch.tally()
