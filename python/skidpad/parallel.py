"""The PettingZoo environment: many agents in one world."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Any, ClassVar

import gymnasium
import numpy as np
from pettingzoo import ParallelEnv

from . import FastBatch, _names
from .envs import _Buffers, _spaces


class DrivingParallelEnv(ParallelEnv[str, np.ndarray, np.ndarray]):
    """Agents on one map, each on the way to its goal; who reaches it, collides or leaves the road is gone."""

    metadata: ClassVar[dict[str, Any]] = {"name": "skidpad_driving_v0", "render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(
        self,
        maps: str | PathLike[str] | Iterable[str | PathLike[str]] = ("town:1",),
        *,
        agents: int = 16,
        render_mode: str | None = None,
        observation: str = "full",
        **options: Any,
    ) -> None:
        """`maps` (or one) are .xodr files, kinds of generated maps with their seed, or recordings; `options` are FastBatch's."""
        self.render_mode = render_mode
        self._batch = FastBatch(_names(maps), worlds=1, agents=agents, observation=observation, threads=1, **options)
        self._buffers = _Buffers(self._batch, last=True)
        self.possible_agents = [f"agent_{i}" for i in range(agents)]
        self._number = {name: i for i, name in enumerate(self.possible_agents)}
        self.agents: list[str] = []
        self._observation_space, self._action_space = _spaces(self._batch.floats)

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """The same of all agents."""
        return self._observation_space

    def action_space(self, agent: str) -> gymnasium.Space[Any]:
        """The same of all agents."""
        return self._action_space

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
        """Begin an episode; places that a recording leaves empty are not in `agents`."""
        self._batch.reset(self._buffers.observations, seed)
        # Recordings may have fewer drivers than places; who is nobody never ends.
        self.agents = [a for a, i in self._number.items() if self._batch.is_active(i)]
        seen = self._buffers.observations
        return {a: seen[self._number[a]].copy() for a in self.agents}, {a: {} for a in self.agents}

    def step(
        self, actions: dict[str, np.ndarray]
    ) -> tuple[
        dict[str, np.ndarray],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """One step of all agents that are there."""
        given = np.zeros((len(self.possible_agents), 2), np.float32)
        for agent, action in actions.items():
            given[self._number[agent]] = action
        buffers = self._buffers
        buffers.step(self._batch, given)
        there = [(agent, self._number[agent]) for agent in self.agents]
        over = buffers.terminated | buffers.truncated
        seen = {a: (buffers.last if over[i] else buffers.observations)[i].copy() for a, i in there}
        rewards = {a: float(buffers.rewards[i]) for a, i in there}
        terminated = {a: bool(buffers.terminated[i]) for a, i in there}
        truncated = {a: bool(buffers.truncated[i]) for a, i in there}
        self.agents = [a for a, i in there if not over[i]]
        return seen, rewards, terminated, truncated, {a: {} for a, _ in there}

    def render(self) -> np.ndarray | None:
        """The world from above, (480, 480, 3) bytes."""
        return self._batch.render(0) if self.render_mode == "rgb_array" else None
