"""Environments keep the rules of the libraries whose interface they have, and give what the program gives."""

from pathlib import Path

import numpy as np
import pytest

import skidpad
from skidpad.envs import DrivingEnv, DrivingVectorEnv
from skidpad.parallel import DrivingParallelEnv

REGRESSION = Path(__file__).parents[2] / "scenarios" / "regression"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("observation", ["full", "compact"])
def test_gymnasiums_own_checker_finds_nothing(observation):
    from gymnasium.utils.env_checker import check_env

    check_env(DrivingEnv(observation=observation, render_mode="rgb_array"), skip_render_check=True)


def test_pettingzoos_own_test_passes():
    from pettingzoo.test import parallel_api_test, parallel_seed_test

    parallel_api_test(DrivingParallelEnv(agents=6), num_cycles=300)
    parallel_seed_test(lambda: DrivingParallelEnv(agents=4))


def test_a_seed_is_a_course():
    def course(seed):
        env = DrivingEnv(observation="compact")
        rng = np.random.default_rng(0)
        first, _ = env.reset(seed=seed)
        steps = [env.step(rng.uniform(-1, 1, 2).astype(np.float32)) for _ in range(50)]
        return np.stack([first, *(s[0] for s in steps)]), [s[1] for s in steps]

    (a, rewards_a), (b, rewards_b), (c, _) = course(3), course(3), course(4)
    assert np.array_equal(a, b) and rewards_a == rewards_b
    assert not np.array_equal(a, c)


def test_vector_arrays_are_views_and_every_end_has_what_was_seen_last():
    env = DrivingVectorEnv(worlds=3, agents=8, observation="compact", horizon=40)
    seen, _ = env.reset(seed=1)
    assert seen.shape == (24, env.single_observation_space.shape[0])
    rng = np.random.default_rng(1)
    ends = 0
    for _ in range(200):
        actions = rng.uniform(-0.3, 1, (24, 2)).astype(np.float32)
        new, rewards, terminated, truncated, infos = env.step(actions)
        assert new is seen and np.isfinite(new).all() and np.isfinite(rewards).all()
        over = terminated | truncated
        assert not (terminated & truncated).any()
        if over.any():
            assert np.array_equal(infos["_final_obs"], over)
            # They begin again in the same step, elsewhere than they ended.
            last = infos["final_obs"][over]
            assert (last != 0).any(axis=1).all() and not np.array_equal(last, new[over])
        ends += int(over.sum())
    tally = env.tally()
    assert tally["agent_steps"] == 24 * 200 and ends >= tally["goals"] + 24 * 5
    copies = DrivingVectorEnv(worlds=1, agents=2, observation="compact", copy=True)
    first, _ = copies.reset(seed=0)
    second = copies.step(np.zeros((2, 2), np.float32))[0]
    assert first is not second


def test_arrays_go_to_torch_without_a_copy():
    import torch

    env = DrivingVectorEnv(worlds=1, agents=4, observation="compact")
    seen, _ = env.reset(seed=1)
    tensor = torch.from_dlpack(seen)
    before = tensor.clone()
    env.step(np.ones((4, 2), np.float32))
    assert tensor.data_ptr() == seen.ctypes.data and not torch.equal(tensor, before)


def test_a_picture_shows_roads_and_agents():
    env = DrivingEnv(render_mode="rgb_array")
    env.reset(seed=2)
    picture = env.render()
    assert picture.shape == (480, 480, 3) and picture.dtype == np.uint8
    colors = {tuple(c) for c in picture.reshape(-1, 3)}
    assert {(86, 156, 255), (220, 222, 226)} <= colors


def test_driving_to_the_goal_pays():
    env = DrivingEnv(observation="compact", scenes=1, seed=5, goal_radius_m=6.0, horizon=300)
    seen, _ = env.reset(seed=1)
    total, over = 0.0, False
    while not over:
        # Towards the goal at about 8 m/s: the first floats are its place and the own speed.
        steer = np.arctan2(seen[1], max(seen[0], 1e-3))
        seen, reward, terminated, truncated, _ = env.step(np.array([1.0 if seen[2] < 0.4 else -0.2, steer], np.float32))
        total += reward
        over = terminated or truncated
    assert np.isfinite(total) and (terminated or truncated)


def test_wrong_input_is_an_error_that_tells_what_was_expected():
    batch = skidpad.FastBatch(["town:1"], agents=2, observation="compact")
    room = np.zeros((2, batch.floats), np.float32)
    flags = np.zeros((3, 2), np.uint8)
    with pytest.raises(ValueError, match="expected 2 rows"):
        batch.step(np.zeros((3, 2), np.float32), room, np.zeros(2, np.float32), *flags)
    with pytest.raises(ValueError, match="call of reset"):
        batch.step(np.zeros((2, 2), np.float32), room, np.zeros(2, np.float32), *flags)
    batch.reset(room)
    with pytest.raises(ValueError, match="instead of 2"):
        batch.step(np.zeros((2, 2), np.float32), room, np.zeros(3, np.float32), *flags)
    with pytest.raises(ValueError, match="on_goal: expected remove or respawn"):
        skidpad.FastBatch(["town:1"], on_goal="stay")
    with pytest.raises(ValueError, match="no/such"):
        skidpad.FastBatch(["no/such.xodr"])
    with pytest.raises(ValueError, match="room for 9999 agents"):
        skidpad.FastBatch(["intersection:1"], agents=9999)
    with pytest.raises(ValueError, match="driver: expected"):
        skidpad.run(REGRESSION / "cut_in.xosc", driver="nobody")
    with pytest.raises(ValueError, match=r"nope:1: expected .*town, highway"):
        skidpad.FastBatch(["nope:1"])
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match="actions: expected finite"):
            batch.step(np.full((2, 2), value, np.float32), room, np.zeros(2, np.float32), *flags)
    with pytest.raises(ValueError, match="seed: expected"):
        batch.reset(room, -1)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("worlds", [0, -1, 100_001, 2**70]),
        ("agents", [0, -1, 10**9]),
        ("scenes", [0, -1, 10**9]),
        ("threads", [-1, 1025]),
        ("horizon", [0, -1, 2**40, -(2**70)]),
        ("seed", [-1, 2**64]),
        ("dt_s", [0.0, -0.1, 1.1, np.nan]),
        ("goal_radius_m", [-1.0, np.nan, np.inf]),
        ("goal_reward", [np.nan, np.inf, 1e300]),
        ("collision_reward", [np.nan]),
        ("off_road_reward", [-np.inf]),
        ("progress_reward", [np.nan]),
    ],
)
def test_numbers_out_of_range_are_errors_with_their_name(name, values):
    for value in values:
        with pytest.raises(ValueError, match=f"{name}: expected"):
            skidpad.FastBatch(["town:1"], **{name: value})
    with pytest.raises(ValueError, match="worlds times agents: expected"):
        skidpad.FastBatch(["town:1"], worlds=100_000, agents=1000)


def test_one_map_is_a_list_of_one(tmp_path):
    assert skidpad.FastBatch("town:1", observation="none").agents == 1
    for env in (DrivingEnv("town:1"), DrivingVectorEnv("town:1", worlds=1, agents=2), DrivingParallelEnv("town:1", agents=2)):
        env.reset(seed=0)
    cut_in = str(REGRESSION / "cut_in.xosc")
    assert skidpad.batch(cut_in, tmp_path / "out", "--driver", "idm", "--seeds", 2, "--duration", 0.5) in (0, 1)
    assert (tmp_path / "out" / "results.parquet").exists()


def test_a_run_checks_its_options_and_writes_flags_as_files_do():
    cut_in = REGRESSION / "cut_in.xosc"
    with pytest.raises(ValueError, match="duration_s: expected"):
        skidpad.run(cut_in, duration_s=-1.0)
    with pytest.raises(ValueError, match="seed: expected"):
        skidpad.run(cut_in, seed=-1)
    judged = skidpad.run(cut_in, driver="idm", require={"comfort": True})
    assert any(reason.startswith("comfort ") for reason in judged["reasons"])
    with pytest.raises(ValueError):
        skidpad.run(cut_in, require={"no_such_metric": 1})


def test_a_run_is_that_of_the_program():
    result = skidpad.run(REGRESSION / "cut_in.xosc", driver="idm", seed=3)
    assert result["verdict"] == "passed" and result["seed"] == 3 and len(result["state_hash"]) == 64
    assert result["metrics"]["min_ttc_s"]["unit"] == "s"
    again = skidpad.run(REGRESSION / "cut_in.xosc", driver="idm", seed=3)
    assert again["state_hash"] == result["state_hash"]


def test_a_batch_is_read_with_pandas(tmp_path):
    pandas = pytest.importorskip("pandas")
    code = skidpad.batch([REGRESSION / "cut_in.xosc"], tmp_path / "out", "--driver", "idm", "--seeds", "3")
    assert code == 0
    table = pandas.read_parquet(tmp_path / "out" / "results.parquet")
    assert list(table["seed"]) == [0, 1, 2] and (table["verdict"] == "passed").all()
    assert skidpad.main(["run", "no/such.xosc"]) == 2
