//! Levels of games as runs: the scripted player plays, and the verdict says whether the level is beaten.

use game::brain::BrainOptions;
use game::level::Level;
use game::solve::SolveOptions;
use game::world::{Ending, GameState};
use game::{PlayError, PlayOptions};
use sim::message::DriverSpec;
use sim::metric::{MetricValue, Outcome, Verdict};
use sim::world::{Episode, SimWorld};

use crate::prepare::{Job, Prepared};
use crate::{RunError, RunOptions};

/// Names of the parameters that a level's run takes.
const PARAMETERS: [&str; 2] = ["skill", "difficulty"];

/// One world for a level and its options, ready for its first tick. A level that cannot be beaten makes a world
/// that has ended, so that its verdict says so.
pub(crate) fn prepare(options: &RunOptions) -> Result<Prepared, RunError> {
    if options.driver != DriverSpec::Scripted {
        return Err(RunError::Usage(format!(
            "{}: expected the driver scripted, which plays levels, found another",
            options.scenario.display()
        )));
    }
    let level = Level::load(&options.scenario, &options.limits)?;
    let play = play_options(options)?;
    let mut world = match game::ready(&level, &play) {
        Ok(world) => world,
        Err(PlayError::Unsolved(why)) => unplayed(&level, &play, &why.to_string())?,
        Err(error @ (PlayError::Layout(_) | PlayError::Tick(_))) => {
            return Err(RunError::Usage(error.to_string()));
        }
    };
    let about = serde_json::json!({
        "scenario": options.scenario,
        "driver": "scripted",
        "seed": options.seed,
        "dt_s": options.dt_s,
        "level": level.name,
    });
    let is_recorded = options.record.is_some() || options.record_last_s.is_some();
    sim::record::start(
        &mut world,
        &options.record_options(is_recorded.then_some(about)),
    )
    .map_err(|e| RunError::Usage(e.to_string()))?;
    // The level's own limit comes first.
    let duration_s = options.duration_s.unwrap_or(level.rules.time_limit_s + 1.0);
    Ok(Prepared {
        world,
        job: Job::of_level(options, duration_s),
        whole: Vec::new(),
    })
}

fn play_options(options: &RunOptions) -> Result<PlayOptions, RunError> {
    let mut play = PlayOptions {
        seed: options.seed,
        dt_s: options.dt_s,
        ..PlayOptions::default()
    };
    for (name, value) in &options.params {
        let slot = match name.as_str() {
            "skill" => &mut play.skill,
            "difficulty" => &mut play.difficulty,
            _ => {
                let known = PARAMETERS.join(" or ");
                return Err(RunError::Usage(format!(
                    "expected the parameter {known}, found {name}"
                )));
            }
        };
        *slot = value
            .parse()
            .ok()
            .filter(|v| (0.0..=1.0).contains(v))
            .ok_or_else(|| {
                RunError::Usage(format!("expected {name} of 0 to 1, found {value:?}"))
            })?;
    }
    Ok(play)
}

/// The world of a level that nobody plays.
fn unplayed(level: &Level, play: &PlayOptions, why: &str) -> Result<SimWorld, RunError> {
    let layout = level.layout().map_err(|e| RunError::Usage(e.to_string()))?;
    let mut world = game::world::world(layout.into(), play.seed, play.dt_s);
    let brains = BrainOptions {
        player_skill: None,
        difficulty: play.difficulty,
        solve: SolveOptions::default(),
    };
    game::brain::install(&mut world, &brains).map_err(|e| RunError::Internal(e.to_string()))?;
    world.end(why);
    Ok(world)
}

/// The verdict on a game; `None` for a world without one.
pub(crate) fn verdict(world: &SimWorld) -> Option<Verdict> {
    let state = world.ecs.get_resource::<GameState>()?;
    let episode = world.ecs.resource::<Episode>();
    let ended = episode.ended.clone().unwrap_or_default();
    let mut reasons = Vec::new();
    let outcome = match (&episode.fault, &state.ending) {
        (Some(fault), _) => {
            reasons.push(fault.to_string());
            Outcome::Fault
        }
        (None, Some(Ending::Beaten)) => Outcome::Passed,
        (None, _) => {
            reasons.push(format!("the level is not beaten: {ended}"));
            let goals = state.layout.goals.iter().zip(&state.met);
            let open = goals.filter(|(_, is_met)| !**is_met);
            reasons.extend(open.map(|(goal, _)| format!("goal not met: {goal}")));
            Outcome::Failed
        }
    };
    let met = state.met.iter().filter(|met| **met).count();
    let health = state.player().map_or(0.0, |player| player.health);
    let figure = |value: f64, unit: &str, valid: bool| MetricValue {
        value,
        unit: unit.to_owned(),
        valid,
    };
    let is_beaten = outcome == Outcome::Passed;
    let metrics = [
        ("beaten", figure(f64::from(u8::from(is_beaten)), "1", true)),
        (
            "beaten_after_s",
            figure(world.tick().time_s(), "s", is_beaten),
        ),
        (
            "goals_met",
            figure(met as f64 / state.met.len().max(1) as f64, "1", true),
        ),
        ("player_health", figure(health, "1", true)),
    ];
    Some(Verdict {
        outcome,
        reasons,
        metrics: metrics.map(|(name, value)| (name.to_owned(), value)).into(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::suite::{PlanOptions, Settings, plan};
    use crate::{OnRails, RunVerdict, run};

    fn levels() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/levels")
    }

    fn options(name: &str) -> RunOptions {
        RunOptions::new(levels().join(name), DriverSpec::Scripted)
    }

    #[test]
    fn a_level_is_run_to_its_verdict_and_the_events_are_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = options("02_red_door.ron");
        options.events = Some(folder.path().join("events.csv"));
        options.record = Some(folder.path().join("run.mcap"));
        let result = run(&options, &OnRails).expect("runs");
        assert_eq!(result.verdict, RunVerdict::Passed, "{:?}", result.reasons);
        assert_eq!(result.metrics["beaten"].value, Some(1.0));
        let events = std::fs::read_to_string(folder.path().join("events.csv")).expect("events");
        assert!(events.contains("game,player,picked_up,red key"), "{events}");
        assert!(events.contains("game,player,beaten"), "{events}");
        let bytes = std::fs::metadata(folder.path().join("run.mcap"))
            .expect("a record")
            .len();
        assert!(bytes > 1000);
        let again = run(&self::options("02_red_door.ron"), &OnRails).expect("runs");
        assert_eq!(again.state_hash, result.state_hash);
    }

    #[test]
    fn a_level_that_cannot_be_beaten_fails_with_its_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = std::fs::read_to_string(levels().join("02_red_door.ron")).expect("a level");
        let path = folder.path().join("broken.ron");
        std::fs::write(
            &path,
            text.replace("Item(Key(\"red\"))", "Item(Key(\"blue\"))"),
        )
        .expect("written");
        let result = run(&RunOptions::new(&path, DriverSpec::Scripted), &OnRails).expect("runs");
        assert_eq!(result.verdict, RunVerdict::Failed);
        assert!(
            result.reasons[0].contains("cannot be beaten"),
            "{:?}",
            result.reasons
        );
        assert!(
            result.reasons.iter().any(|r| r.contains("reach exit")),
            "{:?}",
            result.reasons
        );
    }

    #[test]
    fn parameters_are_judged_and_other_drivers_refused() {
        let with = |name: &str, value: &str| {
            let mut options = options("01_first_steps.ron");
            options.params = vec![(name.into(), value.into())];
            run(&options, &OnRails)
        };
        assert!(with("skill", "0.2").is_ok());
        for (name, value) in [("skill", "2"), ("skill", "high"), ("charm", "1")] {
            assert_eq!(with(name, value).expect_err("refused").exit_code(), 2);
        }
        let other = RunOptions::new(levels().join("01_first_steps.ron"), DriverSpec::Idm);
        assert_eq!(run(&other, &OnRails).expect_err("refused").exit_code(), 2);
    }

    #[test]
    fn a_folder_of_levels_is_a_suite() {
        let options = PlanOptions {
            base: &|path| RunOptions::new(path, DriverSpec::Scripted),
            given: Settings::default(),
            seed: 0,
            tags: Vec::new(),
            exclude_tags: Vec::new(),
            max_variations: 10,
            limits: sim::input::Limits::default(),
        };
        let all = plan(&[levels()], &options).expect("a plan");
        assert!(all.cases.len() >= 12);
        let one = plan(&[levels().join("12_the_warden.ron")], &options).expect("a plan");
        assert_eq!(one.cases.len(), 1);
    }
}
