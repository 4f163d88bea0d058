//! Making a game level: tiles are painted in a run of one tick that shows the level, and it is tried out as a live run.

use std::path::PathBuf;
use std::sync::Arc;

use game::level::{Cell, Layout, Level, Mark, Tile, View};
use runner::RunOptions;
use sim::road::RoadNetwork;

use crate::app::App;
use crate::camera::{CameraMode, Eye};
use crate::run::{AnyDrivers, Frame, Run, RunInfo, StoryTree, live};
use crate::settings::Settings;

/// A level that is being made.
pub struct Tiles {
    /// Where it is written to.
    pub file: PathBuf,
    /// The character that a click paints.
    pub brush: char,
    /// What the level came to when it last came to anything.
    pub layout: Arc<Layout>,
    saved: Level,
    shown: Level,
    /// Number of the run that shows it.
    run: u64,
    options: RunOptions,
    drivers: AnyDrivers,
}

impl App {
    /// Begins with a level; it is written to its file, and tried out with the options.
    ///
    /// # Errors
    /// If the level comes to no layout.
    pub fn tiles(
        level: Level,
        (options, drivers): (RunOptions, AnyDrivers),
        settings: Settings,
    ) -> Result<Self, String> {
        let layout = Arc::new(level.layout().map_err(|e| e.to_string())?);
        let info = RunInfo {
            title: level.name.clone(),
            map: Arc::new(RoadNetwork::empty()),
            dt_s: options.dt_s,
            ego: None,
            story: Arc::new(StoryTree::default()),
            level: Some(layout.clone()),
            duration_s: None,
        };
        let frame = frame_of(&layout, options.dt_s);
        let run = Run::of(info, vec![Arc::new(frame)], Vec::new());
        let number = run.number();
        let mut app = Self::new(run, settings);
        app.history.change(|d| {
            d.watches.clear();
            d.level = Some(level.clone());
        });
        app.history = crate::document::History::beginning(app.history.now().clone());
        app.level = Some(Tiles {
            file: options.scenario.clone(),
            brush: '#',
            layout,
            saved: level.clone(),
            shown: level,
            run: number,
            options,
            drivers,
        });
        app.dock = crate::ui::author_layout();
        app.look_at_level();
        Ok(app)
    }

    /// Whether the level itself is shown, not a run of it.
    pub fn is_painting(&self) -> bool {
        let number = self.run().number();
        self.level.as_ref().is_some_and(|tiles| tiles.run == number)
    }

    /// Whether the level is other than its file.
    pub fn is_level_unsaved(&self) -> bool {
        let now = self.history.now().level.as_ref();
        self.level
            .as_ref()
            .is_some_and(|tiles| Some(&tiles.saved) != now)
    }

    /// Looks at the whole level.
    pub fn look_at_level(&mut self) {
        let Some(layout) = self.run().info.as_ref().and_then(|info| info.level.clone()) else {
            return;
        };
        let [width, height] = layout.grid.size_m();
        let Some(view) = self.view() else { return };
        let far = width.max(height * 1.6);
        match layout.view {
            View::Top => {
                view.mode = CameraMode::Free;
                view.target_m = [width / 2.0, height / 2.0 - 0.75 * far, 0.95 * far];
                view.pitch_rad = 0.9;
            }
            View::Side => {
                view.mode = CameraMode::Free;
                view.target_m = [width / 2.0, -0.95 * far, height / 2.0];
                view.pitch_rad = 0.0;
            }
        }
        view.yaw_rad = sim::math::FRAC_PI_2;
    }

    /// Makes the run of one tick show the level as it is.
    pub(crate) fn show_level(&mut self) {
        let (Some(now), Some(tiles)) = (&self.history.now().level, &mut self.level) else {
            return;
        };
        if tiles.shown == *now {
            return;
        }
        tiles.shown.clone_from(now);
        match now.layout() {
            Ok(layout) => {
                tiles.layout = Arc::new(layout);
                let frame = frame_of(&tiles.layout, tiles.options.dt_s);
                let number = tiles.run;
                if let Some(run) = self.runs.iter_mut().find(|run| run.number() == number) {
                    if let Some(info) = &mut run.info {
                        info.level = Some(tiles.layout.clone());
                    }
                    run.frames = vec![Arc::new(frame)];
                }
            }
            Err(error) => self.status = Some(error.to_string()),
        }
    }

    /// Paints the cell that a ray through the picture meets.
    pub fn paint(&mut self, eye: &Eye, right: f64, up: f64, aspect: f64) {
        let Some(tiles) = &self.level else { return };
        let layout = &tiles.layout;
        let plane = match layout.view {
            View::Top => eye.plane(right, up, aspect, 2, 0.0).map(|[x, y, _]| [x, y]),
            View::Side => {
                let front = eye.plane(right, up, aspect, 1, 0.0);
                front.map(|[x, _, z]| [x, z])
            }
        };
        if let Some(cell) = plane.map(|point| layout.grid.at(point)) {
            self.paint_cell(cell);
        }
    }

    /// Puts the brush's character into a cell.
    pub fn paint_cell(&mut self, cell: Cell) {
        let Some(brush) = self.level.as_ref().map(|tiles| tiles.brush) else {
            return;
        };
        self.history.change(|document| {
            if let Some(level) = &mut document.level {
                set(level, cell, brush);
            }
        });
        self.show_level();
    }

    /// Writes the level.
    ///
    /// # Errors
    /// What is wrong with it, or with the file.
    pub fn save_level(&mut self) -> Result<PathBuf, String> {
        let (Some(level), Some(tiles)) = (self.history.now().level.clone(), &mut self.level) else {
            return Err("there is no level".into());
        };
        level.layout().map_err(|e| e.to_string())?;
        let text = level.to_text().map_err(|e| e.to_string())?;
        let file = tiles.file.clone();
        let wrong = |e: std::io::Error| format!("{}: {e}", file.display());
        // What is there stays until the new one is whole.
        let beside = file.with_extension("ron.part");
        std::fs::write(&beside, text).map_err(wrong)?;
        std::fs::rename(&beside, &file).map_err(wrong)?;
        tiles.saved = level;
        Ok(file)
    }

    /// Writes the level and plays it from its beginning.
    pub(crate) fn try_level(&mut self) {
        let saved = self.save_level();
        let Some(tiles) = &self.level else { return };
        if let Err(reason) = saved {
            self.status = Some(reason);
            return;
        }
        self.runs
            .push(live(tiles.options.clone(), tiles.drivers.clone()));
        self.current = self.runs.len() - 1;
        self.clock.seek(0);
        self.clock.is_playing = true;
        self.status = Some("The scripted player tries it".into());
    }

    /// Goes back from a run of the level to the level.
    pub(crate) fn edit_level(&mut self) {
        let Some(number) = self.level.as_ref().map(|tiles| tiles.run) else {
            return;
        };
        self.runs.retain(|run| run.number() == number);
        (self.current, self.other) = (0, None);
        self.clock.seek(0);
        self.clock.is_playing = false;
        self.selected = None;
    }
}

/// A level at its beginning.
fn frame_of(layout: &Arc<Layout>, dt_s: f64) -> Frame {
    let mut world = game::world::world(layout.clone(), 0, dt_s);
    world.refresh_snapshot();
    Frame::of(&world, None)
}

/// Puts a character into a cell of the room that has its say there; a start takes the place of the one before.
fn set(level: &mut Level, cell: Cell, character: char) {
    let is_start = matches!(level.mark(character), Some(Mark::Start(_)));
    if is_start {
        let floor = Tile::Floor.character();
        let is_other = |level: &Level, c: char| matches!(level.mark(c), Some(Mark::Start(_)));
        let marks: Vec<char> = level
            .rooms
            .iter()
            .flat_map(|room| room.rows.iter().flat_map(|row| row.chars()))
            .filter(|c| is_other(level, *c))
            .collect();
        for room in &mut level.rooms {
            for row in &mut room.rows {
                *row = row
                    .chars()
                    .map(|c| if marks.contains(&c) { floor } else { c })
                    .collect();
            }
        }
    }
    let void = Tile::Void.character();
    let place = |room: &game::level::Room| {
        let column = usize::try_from(i64::from(cell.column) - i64::from(room.at.0)).ok()?;
        let row = usize::try_from(i64::from(cell.row) - i64::from(room.at.1)).ok()?;
        let there = room.rows.get(row)?.chars().nth(column)?;
        Some((row, column, there))
    };
    let rooms: Vec<_> = level.rooms.iter().map(place).collect();
    let holds = rooms
        .iter()
        .rposition(|at| at.is_some_and(|(_, _, there)| there != void));
    let number = holds.or_else(|| rooms.iter().rposition(Option::is_some));
    let Some((number, (row, column, _))) = number.and_then(|n| Some((n, (*rooms.get(n)?)?))) else {
        return;
    };
    let line = level
        .rooms
        .get_mut(number)
        .and_then(|room| room.rows.get_mut(row));
    if let Some(line) = line {
        let changed = line.chars().enumerate();
        *line = changed
            .map(|(i, c)| if i == column { character } else { c })
            .collect();
    }
}

/// Characters that a level's text may have, with what they stand for.
pub fn brushes(level: &Level) -> Vec<(char, String)> {
    let mut all: Vec<char> = Tile::CHARACTERS.iter().map(|(c, _)| *c).collect();
    all.extend(['@', '$', '*', 'o', '+', 'D', 'E']);
    all.extend(level.legend.keys().copied());
    all.sort_unstable();
    all.dedup();
    let named = all
        .into_iter()
        .filter_map(|c| Some((c, name_of(&level.mark(c)?))));
    named.collect()
}

fn name_of(mark: &Mark) -> String {
    match mark {
        Mark::Tile(tile) => format!("{tile:?}").to_lowercase(),
        Mark::Start(_) => "start".into(),
        Mark::Crate => "crate".into(),
        Mark::CrateOnTarget => "crate on a target".into(),
        Mark::Item(item) => item.name(),
        Mark::Door(door) => format!("door ({:?})", door.lock).to_lowercase(),
        Mark::Switch(switch) => format!("switch {}", switch.name),
        Mark::Character(who) => {
            let name = if who.name.is_empty() {
                who.role.name()
            } else {
                &who.name
            };
            name.to_owned()
        }
        Mark::Place(name) => format!("place {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use game::level::Goal;

    #[test]
    fn a_start_moves_and_the_upper_room_has_its_say() {
        let mut level = Level::of_rows(
            "t",
            &["#####", "#@..#", "#####"],
            vec![Goal::Reach("exit".into())],
        );
        level.rooms.push(game::level::Room {
            name: "inner".into(),
            at: (2, 1),
            rows: vec![".E".into()],
        });
        set(&mut level, Cell::new(2, 1), '@');
        assert_eq!(level.rooms[0].rows[1], "#...#");
        assert_eq!(level.rooms[1].rows[0], "@E");
        set(&mut level, Cell::new(0, 0), '.');
        assert_eq!(level.rooms[0].rows[0], ".####");
        // Beyond all rooms nothing is painted.
        let before = level.clone();
        set(&mut level, Cell::new(40, 1), '#');
        assert_eq!(level, before);
        assert!(level.layout().is_ok());
        assert!(brushes(&level).contains(&('E', "place exit".to_owned())));
    }
}
