//! What a level of a game holds, and whether it can be beaten.

use std::collections::BTreeMap;
use std::path::Path;

use game::level::{Level, Tile, View, problems};
use game::solve::{SolveOptions, Step, solve};
use serde_json::{Value, json};
use sim::input::{InputError, Limits};

/// What a level holds, by name, and what is wrong with it.
type Findings = (Vec<(String, Value)>, Vec<String>);

/// Facts and problems of a level.
pub(super) fn level(file: &Path, limits: &Limits) -> Result<Findings, InputError> {
    let level = Level::load(file, limits)?;
    // Reading has made the layout once, so this can't fail.
    let layout = level
        .layout()
        .map_err(|e| InputError::new(file, e.expected, e.found))?;
    let grid = &layout.grid;
    let mut tiles = BTreeMap::<String, usize>::new();
    for cell in grid.cells() {
        let tile = grid.tile(cell);
        if tile != Tile::Void {
            *tiles.entry(format!("{tile:?}").to_lowercase()).or_default() += 1;
        }
    }
    let mut roles = BTreeMap::<&str, usize>::new();
    for placed in &layout.characters {
        *roles.entry(placed.what.role.name()).or_default() += 1;
    }
    let mut found: Vec<String> = problems(&layout).iter().map(ToString::to_string).collect();
    let plan = solve(&layout, &SolveOptions::default());
    let way = match &plan {
        Ok(plan) => {
            let fights = plan.steps.iter().filter(|s| matches!(s, Step::Fight(_)));
            json!({"steps": plan.steps.len(), "pushes": plan.pushes(), "fights": fights.count(), "states": plan.states})
        }
        Err(why) => {
            found.push(why.to_string());
            json!("none")
        }
    };
    let goals: Vec<String> = layout.goals.iter().map(ToString::to_string).collect();
    let view = match layout.view {
        View::Top => "from above",
        View::Side => "from the side",
    };
    let facts = [
        ("name", json!(level.name)),
        ("theme", json!(level.theme)),
        ("view", json!(view)),
        ("columns", json!(grid.columns())),
        ("rows", json!(grid.rows())),
        ("tile_m", json!(grid.tile_m)),
        ("tiles", json!(tiles)),
        ("characters", json!(roles)),
        ("items", json!(layout.items.len())),
        ("doors", json!(layout.doors.len())),
        ("switches", json!(layout.switches.len())),
        ("crates", json!(layout.crates.len())),
        ("goals", json!(goals)),
        ("time_limit_s", json!(layout.rules.time_limit_s)),
        ("changes", json!(level.changes.len())),
        ("way", way),
    ];
    Ok((
        facts.map(|(name, value)| (name.to_owned(), value)).into(),
        found,
    ))
}
