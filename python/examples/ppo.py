"""Proximal policy optimisation on `DrivingVectorEnv`, in one file in the style of CleanRL.

    python python/examples/ppo.py --steps 3_000_000 --threads 1

Source: J. Schulman et al., Proximal Policy Optimization Algorithms, 2017; S. Huang et al., The 37 Implementation
Details of Proximal Policy Optimization, 2022. Prints the return, goals, collisions and times off the road of the
episodes that ended in each part of the training, and of held-out maps in the end.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from torch import nn

from skidpad.envs import DrivingVectorEnv

TRAINING, HELD_OUT = ("town:1", "town:2", "roundabout:1", "intersection:1", "curvy:1"), ("town:11", "roundabout:12", "curvy:13")
ROLLOUT, EPOCHS, MINIBATCHES = 64, 3, 8
GAMMA, LAMBDA, CLIP, VALUE, ENTROPY, NORM = 0.99, 0.95, 0.2, 0.5, 0.002, 0.5


class Agent(nn.Module):
    """Mean and value from one observation each; the spread does not depend on it."""

    def __init__(self, floats: int, width: int = 128) -> None:
        super().__init__()

        def net(out: int, gain: float) -> nn.Sequential:
            layers = [nn.Linear(floats, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, out)]
            for layer in layers[::2]:
                nn.init.orthogonal_(layer.weight, np.sqrt(2))
                nn.init.zeros_(layer.bias)
            nn.init.orthogonal_(layers[-1].weight, gain)
            return nn.Sequential(*layers)

        self.mean, self.value = net(2, 0.01), net(1, 1.0)
        self.spread = nn.Parameter(torch.full((2,), -0.7))

    def forward(self, seen: torch.Tensor) -> tuple[torch.distributions.Normal, torch.Tensor]:
        """(n, floats) to actions (n, 2) and values (n)."""
        return torch.distributions.Normal(self.mean(seen), self.spread.exp()), self.value(seen).squeeze(-1)


def make(maps: tuple[str, ...], seed: int, threads: int) -> DrivingVectorEnv:
    """Agents that are rewarded for every metre that they come nearer to their goal."""
    return DrivingVectorEnv(
        maps, worlds=64, agents=8, observation="compact", progress_reward=0.02, horizon=150, seed=seed, threads=threads,
        goal_radius_m=3.0, collision_reward=-1.0, off_road_reward=-1.0,
    )


def evaluate(agent: Agent, maps: tuple[str, ...], seed: int, threads: int, steps: int = 600) -> dict[str, float]:
    """Means over the episodes that end in so many steps of the most likely actions."""
    env = make(maps, seed, threads)
    seen, _ = env.reset(seed=seed)
    returns, ended = np.zeros(env.num_envs), []
    for _ in range(steps):
        with torch.no_grad():
            actions = agent.mean(torch.from_numpy(seen)).clamp(-1, 1).numpy()
        seen, rewards, terminated, truncated, _ = env.step(actions)
        returns += rewards
        over = terminated | truncated
        ended += list(returns[over])
        returns[over] = 0
    return told(env.tally(), {}, ended)


def told(now: dict[str, int], before: dict[str, int], returns: list[float]) -> dict[str, float]:
    """Return, and shares of ended episodes that ended by goal, collision or off the road."""
    count = max(len(returns), 1)
    share = {name: (now[name] - before.get(name, 0)) / count for name in ("goals", "collisions", "off_road")}
    return {"return": float(np.mean(returns)) if returns else 0.0, **share, "episodes": len(returns)}


def line(figures: dict[str, float]) -> str:
    """Figures in a line."""
    return "  ".join(f"{name} {value:.3f}" if name != "episodes" else f"{name} {value}" for name, value in figures.items())


def train(steps: int, seed: int = 1, threads: int = 1, rate: float = 5e-4) -> tuple[Agent, list[dict[str, float]]]:
    """An agent trained for so many steps of agents, and what was told on the way."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    env = make(TRAINING, seed, threads)
    count = env.num_envs
    agent = Agent(env.single_observation_space.shape[0])
    optimizer = torch.optim.Adam(agent.parameters(), lr=rate, eps=1e-5)
    curve: list[dict[str, float]] = []

    updates = steps // (ROLLOUT * count)
    seen, _ = env.reset(seed=seed)
    now = torch.from_numpy(seen).clone()
    returns, ended, before = np.zeros(count), [], env.tally()
    shape = (ROLLOUT, count)
    observations = torch.zeros(*shape, now.shape[1])
    actions, logs = torch.zeros(*shape, 2), torch.zeros(shape)
    rewards, values, overs = torch.zeros(shape), torch.zeros(shape), torch.zeros(shape)
    started = time.monotonic()
    for update in range(updates):
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 - update / updates)
        for step in range(ROLLOUT):
            with torch.no_grad():
                policy, values[step] = agent(now)
                actions[step] = policy.sample()
            observations[step] = now
            logs[step] = policy.log_prob(actions[step]).sum(-1)
            seen, reward, terminated, truncated, infos = env.step(actions[step].clamp(-1, 1).numpy())
            rewards[step] = torch.from_numpy(reward)
            if truncated.any():
                # What was cut off would have gone on.
                with torch.no_grad():
                    last = torch.from_numpy(infos["final_obs"][truncated])
                    rewards[step][torch.from_numpy(truncated)] += GAMMA * agent.value(last).squeeze(-1)
            over = terminated | truncated
            overs[step] = torch.from_numpy(over.astype(np.float32))
            now = torch.from_numpy(seen).clone()
            returns += reward
            ended += list(returns[over])
            returns[over] = 0
        with torch.no_grad():
            following = agent.value(now).squeeze(-1)
        advantages, gain = torch.zeros(shape), torch.zeros(count)
        for step in reversed(range(ROLLOUT)):
            goes_on = 1 - overs[step]
            delta = rewards[step] + GAMMA * following * goes_on - values[step]
            gain = delta + GAMMA * LAMBDA * goes_on * gain
            advantages[step], following = gain, values[step]
        flat = [t.flatten(0, 1) for t in (observations, actions, logs, advantages, advantages + values)]
        for _ in range(EPOCHS):
            for rows in torch.randperm(ROLLOUT * count).chunk(MINIBATCHES):
                seen_, action, log, advantage, target = (t[rows] for t in flat)
                policy, value = agent(seen_)
                ratio = (policy.log_prob(action).sum(-1) - log).exp()
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
                gained = torch.min(ratio * advantage, ratio.clamp(1 - CLIP, 1 + CLIP) * advantage)
                loss = -gained.mean() + VALUE * (value - target).pow(2).mean() - ENTROPY * policy.entropy().sum(-1).mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), NORM)
                optimizer.step()
        if (update + 1) % max(1, updates // 20) == 0:
            ran = (update + 1) * ROLLOUT * count
            figures = told(env.tally(), before, ended)
            print(f"{ran:>9} steps, {ran / (time.monotonic() - started):.0f} a second:", line(figures), flush=True)
            curve.append({"steps": ran, **figures})
            ended, before = [], env.tally()
    return agent, curve


def main() -> None:
    """Train, and measure on held-out maps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=lambda text: int(text.replace("_", "")), default=3_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, default=5e-4)
    options = parser.parse_args()
    agent, _ = train(options.steps, options.seed, options.threads, options.rate)
    print("held-out maps:", line(evaluate(agent, HELD_OUT, 7, options.threads)))


if __name__ == "__main__":
    main()
