"""Records become tables that hold what the run gave."""

from pathlib import Path

import pytest

import skidpad
from skidpad import records

REGRESSION = Path(__file__).parents[2] / "scenarios" / "regression"


def test_a_records_states_are_those_of_the_run(tmp_path):
    file = tmp_path / "run.mcap"
    skidpad.run(REGRESSION / "cut_in.xosc", driver="idm", duration_s=4.0, record=file)
    states = records.states(file)
    assert set(states.columns) >= {"time_s", "id", "name", "class", "x_m", "y_m", "yaw_rad", "speed_mps", "vx_mps"}
    ego = states[states.name == "Ego"].sort_values("time_s")
    assert ego.time_s.is_monotonic_increasing and ego.time_s.iloc[-1] == pytest.approx(4.0, abs=0.06)
    # Where it is follows from how fast it is.
    way_m = ego.x_m.iloc[-1] - ego.x_m.iloc[0]
    steps_s = ego.time_s.diff().fillna(0.0)
    assert way_m == pytest.approx((ego.vx_mps * steps_s).sum(), rel=0.02)


def test_topics_are_tables_and_can_be_chosen(tmp_path):
    file = tmp_path / "run.mcap"
    skidpad.run(REGRESSION / "cut_in.xosc", driver="idm", duration_s=1.0, record=file)
    every = records.tables(file)
    assert {"/map", "/tick", "/tf", "/log"} <= set(every)
    chosen = records.tables(file, ["/tf"])
    assert list(chosen) == ["/tf"] and "translation.x" in chosen["/tf"].columns
    assert len(chosen["/tf"]) == len(every["/tf"]) > 10
    assert every["/log"].message.str.contains("TeleportAction").any()


def test_what_is_no_record_is_an_error_with_its_name(tmp_path):
    file = tmp_path / "no.mcap"
    file.write_text("no record")
    with pytest.raises(ValueError, match=r"no\.mcap: expected a record"):
        records.states(file)


def test_what_is_damaged_is_an_error_with_its_name(tmp_path):
    file = tmp_path / "run.mcap"
    skidpad.run(REGRESSION / "cut_in.xosc", driver="idm", duration_s=1.0, record=file)
    whole = file.read_bytes()
    for at in range(40, len(whole) - 40, max(1, len(whole) // 60)):
        file.write_bytes(whole[:at] + bytes(20) + whole[at + 20 :])
        # Where it is read to the end, what was overwritten was not needed.
        try:
            records.states(file)
        except ValueError as error:
            assert "run.mcap: expected a record" in str(error)
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"run\.mcap: expected a record"):
        records.states(file)
