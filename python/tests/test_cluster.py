"""A batch on several raylets, one of which is killed, loses and doubles nothing."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import skidpad

ray = pytest.importorskip("ray")

ROOT = Path(__file__).parents[2]
SCENARIOS = [str(ROOT / "scenarios" / "regression" / f"{name}.xosc") for name in ("cut_in", "hard_brake_ahead", "roundabout")]
ARGUMENTS = ["--driver", "idm", "--seeds", "60", "--worlds", "2", *SCENARIOS]


def test_a_killed_raylet_loses_and_doubles_nothing(tmp_path):
    from ray.cluster_utils import Cluster

    from skidpad import cluster as skidpad_cluster

    whole, spread = tmp_path / "whole", tmp_path / "spread"
    assert skidpad.main(["batch", *ARGUMENTS, "--out", str(whole)]) == 0
    # Workers find the package where this process does.
    os.environ["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    try:
        head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": 80_000_000}
        ray_cluster = Cluster(initialize_head=True, head_node_args=head)
        nodes = [ray_cluster.add_node(num_cpus=1, object_store_memory=80_000_000) for _ in range(3)]
        ray.init(address=ray_cluster.address, log_to_driver=False)
    except Exception as error:  # noqa: BLE001 (whatever keeps Ray from starting is no fault of the package)
        pytest.skip(f"Ray does not start on this machine: {error}")
    try:
        parts = spread / "rows"
        lost = []

        def kill_one():
            # As soon as some shard has written something, with others on their way.
            while not list(parts.glob("*/*.parquet")):
                time.sleep(0.05)
            ray_cluster.remove_node(nodes[1], allow_graceful=False)
            lost.append(nodes[1])

        killer = threading.Thread(target=kill_one)
        killer.start()
        code = skidpad_cluster.run([*ARGUMENTS, "--jobs", "1"], str(spread), shards=9)
        killer.join()
        assert code == 0 and len(lost) == 1
    finally:
        ray.shutdown()
        ray_cluster.shutdown()
    name = "results.parquet"
    assert (spread / name).read_bytes() == (whole / name).read_bytes()


def program(*arguments):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-m", "skidpad.cluster", "batch", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "nonsense", "ray://127.0.0.1:9", "127.0.0.1:99999"])
def test_a_wrong_address_is_one_line(tmp_path, address):
    done = program(*SCENARIOS, "--out", str(tmp_path / "out"), "--address", address)
    assert done.returncode == 2, done.stderr
    assert f"error: --address {address}: expected auto, local" in done.stderr and "Traceback" not in done.stderr


def test_an_error_of_a_shard_is_told_and_nothing_is_merged(tmp_path):
    done = program("no/such.xosc", "--out", str(tmp_path / "out"), "--address", "local", "--shards", "2")
    if "error: --address" in done.stderr:
        pytest.skip("Ray does not start on this machine")
    assert done.returncode == 2, done.stderr
    assert "no/such.xosc" in done.stderr and "Traceback" not in done.stderr
    assert "batch.json" not in done.stderr and not (tmp_path / "out" / "results.parquet").exists()
