//! The viewer without a window: runs, the place in time, what is selected and shown.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui_dock::DockState;
use sim::actor::ActorId;

use crate::author::Author;
use crate::camera::View;
use crate::clock::Clock;
use crate::command::{Command, Keys};
use crate::compare::Comparison;
use crate::document::{Break, History, Watch};
use crate::film::{FRAMES_HZ, Film};
use crate::hand::{Hand, Pedals};
use crate::layers::Layers;
use crate::plot::Plots;
use crate::run::{Frame, Run};
use crate::settings::Settings;
use crate::signal::{Signals, Value};
use crate::tiles::Tiles;
use crate::ui::{Tab, default_layout};

/// Views side by side at most.
pub const MOST_VIEWS: usize = 2;

/// Everything but the window.
pub struct App {
    /// The runs: the one that was opened, and its branches or another to compare with.
    pub runs: Vec<Run>,
    /// The one that is looked at.
    pub current: usize,
    /// The one that is compared with.
    pub other: Option<usize>,
    /// The place in time.
    pub clock: Clock,
    /// A tick to go to as soon as the run has come there.
    pub goal: Option<u64>,
    /// Whom the panels are about.
    pub selected: Option<ActorId>,
    /// Views of the scene.
    pub views: Vec<View>,
    /// Whether the second view shows the other run.
    pub is_side_by_side: bool,
    /// Whether the two views are a pair of eyes.
    pub is_stereo: bool,
    /// Where each view is in the window, as of the last frame, points.
    pub view_rects: Vec<Option<egui::Rect>>,
    /// The view that keys move.
    pub active_view: usize,
    /// Breakpoints, watched expressions, bookmarks, changes.
    pub history: History,
    /// Reads and evaluates expressions.
    pub signals: Signals,
    /// Plotted expressions.
    pub plots: Plots,
    /// What differs between the two runs.
    pub comparison: Comparison,
    /// Overlays.
    pub layers: Layers,
    /// Panels.
    pub dock: DockState<Tab>,
    /// What is kept from one session to the next.
    pub settings: Settings,
    /// The text in the palette, while it is open.
    pub palette: Option<String>,
    /// Whether the keys are shown, and the command that waits for a new one.
    pub keys_open: Option<Option<Command>>,
    /// Texts that are being written, by what they are for.
    pub drafts: Drafts,
    /// The newest thing worth telling.
    pub status: Option<String>,
    /// Pictures that are wanted.
    pub wants_picture: Option<PathBuf>,
    /// Whether the profiler shows times of the wall clock.
    pub shows_timings: bool,
    /// Time that the panels took in the last frame.
    pub ui_time: Duration,
    /// The scenario that is being made.
    pub author: Option<Author>,
    /// The level that is being made.
    pub level: Option<Tiles>,
    /// The actor that is driven by hand.
    pub hand: Option<Hand>,
    /// What keys and gamepads say to it.
    pub pedals: Pedals,
    /// What gamepads alone say.
    pub gamepad: Pedals,
    /// The film that is being taken, and the frames it has.
    pub film: Option<Film>,
    /// Films whose last pictures are still to come.
    pub ended_films: Vec<Film>,
    /// Whether a closer look at this tick is wanted; asked for anew by whoever shows it, each frame.
    pub wants_look: bool,
    /// Whether the window shall close.
    pub wants_end: bool,
}

/// Texts that are being written.
#[derive(Default)]
pub struct Drafts {
    /// A new breakpoint.
    pub condition: String,
    /// A new watched expression.
    pub watch: String,
    /// What the log is searched for.
    pub log: String,
    /// What the actors are searched for.
    pub actor: String,
    /// What an actor's components are searched for.
    pub component: String,
    /// Folder of other weights.
    pub weights: String,
    /// Name of a parameter and its new value.
    pub parameter: (String, String),
}

impl App {
    /// Looks at a run.
    pub fn new(run: Run, settings: Settings) -> Self {
        let mut app = Self {
            runs: vec![run],
            current: 0,
            other: None,
            clock: Clock::default(),
            goal: None,
            selected: None,
            views: vec![View::default()],
            is_side_by_side: false,
            is_stereo: false,
            view_rects: vec![None],
            active_view: 0,
            history: History::default(),
            signals: Signals::default(),
            plots: Plots::default(),
            comparison: Comparison::default(),
            layers: settings.layers.clone(),
            dock: settings.layout.clone().unwrap_or_else(default_layout),
            settings,
            palette: None,
            keys_open: None,
            drafts: Drafts::default(),
            status: None,
            wants_picture: None,
            shows_timings: true,
            ui_time: Duration::ZERO,
            author: None,
            level: None,
            hand: None,
            pedals: Pedals::default(),
            gamepad: Pedals::default(),
            film: None,
            ended_films: Vec::new(),
            wants_look: false,
            wants_end: false,
        };
        app.history.change(|document| {
            for text in ["speed(ego)", "ttc(ego)", "accel(ego)"] {
                document.watches.push(Watch {
                    text: text.into(),
                    is_plotted: text != "accel(ego)",
                });
            }
        });
        // What is there at first can't be taken back.
        app.history = History::beginning(app.history.now().clone());
        app
    }

    /// The run that is looked at.
    pub fn run(&self) -> &Run {
        // There is always one, and `current` is set from its number alone.
        &self.runs[self.current.min(self.runs.len() - 1)]
    }

    /// The vehicle that it is about.
    pub fn ego(&self) -> Option<ActorId> {
        self.run().info.as_ref().and_then(|info| info.ego)
    }

    /// Length of its ticks, seconds.
    pub fn dt_s(&self) -> f64 {
        self.run().info.as_ref().map_or(0.05, |info| info.dt_s)
    }

    /// The frame that is shown.
    pub fn frame(&self) -> Option<&Arc<Frame>> {
        self.run().frame(self.clock.tick())
    }

    /// Goes on by a time on the wall.
    pub fn update(&mut self, wall_s: f64) {
        let was_known = self.run().info.is_some();
        for run in &mut self.runs {
            run.poll();
        }
        if !was_known {
            self.selected = self.selected.or(self.ego());
        }
        // A film shows each thirtieth of a second, however long its pictures take.
        let wall_s = match &self.film {
            Some(film) if film.is_whole() => 1.0 / FRAMES_HZ,
            Some(_) => 0.0,
            None => wall_s,
        };
        self.end_films();
        self.pair_eyes();
        self.show_draft();
        self.show_level();
        self.steer(wall_s);
        let dt_s = self.dt_s();
        // Hands must not be half a second late.
        let ahead = if self.hand.is_some() {
            self.clock.tick() + 1
        } else {
            self.clock.wanted(dt_s)
        };
        let wanted = ahead.max(self.goal.unwrap_or(0));
        let current = self.current;
        for (i, run) in self.runs.iter_mut().enumerate() {
            if i == current || Some(i) == self.other {
                run.ask_until(wanted);
            }
        }
        self.approach();
        if let Some(span) = self.run().span() {
            let reached = self.clock.advance(wall_s, dt_s, span);
            self.stop_at_breaks(&reached);
            let is_at_end = self.run().is_over() && self.clock.tick() >= span.1;
            if is_at_end && !self.clock.is_reverse && self.clock.repeat.is_none() {
                self.clock.is_playing = false;
            }
        }
        self.look_closer();
        let texts: Vec<String> = self.plotted().collect();
        self.plots
            .update(&texts, &self.signals, &self.runs[self.current]);
    }

    /// Waits for the closer look that was asked for; whether there was one to wait for.
    pub fn wait_look(&mut self) -> bool {
        self.runs[self.current].wait_look()
    }

    /// Goes as far towards the goal as there are ticks.
    fn approach(&mut self) {
        let (Some(goal), Some((_, last))) = (self.goal, self.run().span()) else {
            return;
        };
        if self.clock.is_playing {
            self.goal = None;
            return;
        }
        self.clock.seek(goal.min(last));
        if last >= goal || self.run().is_over() {
            self.goal = None;
        }
    }

    /// Expressions that are plotted.
    pub fn plotted(&self) -> impl Iterator<Item = String> + '_ {
        let watches = self.history.now().watches.iter();
        watches.filter(|w| w.is_plotted).map(|w| w.text.clone())
    }

    /// Stops at the first of some ticks at which a condition has become true.
    fn stop_at_breaks(&mut self, reached: &[u64]) {
        if reached.is_empty() {
            return;
        }
        let breaks: Vec<_> = self
            .history
            .now()
            .breaks
            .iter()
            .filter(|b| b.is_on)
            .filter_map(|b| self.signals.read(&b.text).ok())
            .collect();
        if breaks.is_empty() {
            return;
        }
        let run = &self.runs[self.current];
        let holds = |expression: &crate::signal::Expression, tick: u64| {
            let value = self.signals.value(expression, run, tick);
            matches!(value, Ok(Value::Truth(true)))
        };
        let hit = reached.iter().find_map(|tick| {
            let became = |b: &&crate::signal::Expression| {
                holds(b, *tick) && (*tick == 0 || !holds(b, tick - 1))
            };
            Some((*tick, breaks.iter().find(became)?.text.clone()))
        });
        if let Some((tick, text)) = hit {
            self.clock.seek(tick);
            self.clock.is_playing = false;
            self.status = Some(format!(
                "Stopped at {:.2} s: {text}",
                tick as f64 * self.dt_s()
            ));
        }
    }

    /// Goes to a tick; a live run makes the ticks up to it, and is followed there.
    pub fn seek(&mut self, tick: u64) {
        let last = self.run().span().map_or(0, |(_, last)| last);
        self.goal = (tick > last && !self.run().is_over()).then_some(tick);
        self.clock.seek(tick.min(last));
    }

    /// Adds a breakpoint.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn add_break(&mut self, text: &str) -> Result<(), String> {
        self.signals.read(text)?;
        let text = text.to_owned();
        self.history
            .change(|d| d.breaks.push(Break { text, is_on: true }));
        Ok(())
    }

    /// Watches an expression.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn add_watch(&mut self, text: &str) -> Result<(), String> {
        self.signals.read(text)?;
        let text = text.to_owned();
        self.history.change(|d| {
            d.watches.push(Watch {
                text,
                is_plotted: true,
            });
        });
        Ok(())
    }

    /// Begins another future here with the changes that were made, and compares it with this run.
    pub fn branch(&mut self) {
        let edits = self.history.now().edits.clone();
        let tick = self.clock.tick();
        match self.run().branch(tick, &edits) {
            Ok(run) => {
                self.other = Some(self.current);
                self.runs.push(run);
                self.current = self.runs.len() - 1;
                // Changes belong to this branch; the next one begins without.
                self.history.change(|d| d.edits.clear());
                self.status = Some(format!("Branched at {:.2} s", tick as f64 * self.dt_s()));
            }
            Err(reason) => self.status = Some(reason),
        }
    }

    /// Ticks of bookmarks and events of the run, in order.
    pub fn marks(&self) -> Vec<u64> {
        let dt_s = self.dt_s();
        let events = self.run().events.iter();
        let mut marks: Vec<u64> = events
            .map(|event| (event.time_s / dt_s).round() as u64)
            .chain(self.history.now().bookmarks.iter().copied())
            .collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// The view that keys move.
    pub fn view(&mut self) -> Option<&mut View> {
        let at = self.active_view.min(self.views.len().saturating_sub(1));
        self.views.get_mut(at)
    }

    /// Brings a panel to the front.
    pub fn show(&mut self, tab: Tab) {
        match self.dock.find_tab(&tab) {
            Some(path) => {
                self.dock.set_active_tab(path).ok();
            }
            None => self.dock.push_to_focused_leaf(tab),
        }
    }

    /// Selects the actor of a name; `ego` is the vehicle that the run is about.
    ///
    /// # Errors
    /// If nobody of that name is there.
    pub fn select_named(&mut self, name: &str) -> Result<(), String> {
        let named = self
            .frame()
            .and_then(|frame| Some(frame.actor_named(name)?.id));
        let found = named.or(self.ego().filter(|_| name == "ego"));
        self.selected = Some(found.ok_or_else(|| {
            let names = self.frame().map_or_else(Vec::new, |frame| {
                frame.actors.iter().map(|a| a.spec.name.clone()).collect()
            });
            format!("expected one of {}, found {name}", names.join(", "))
        })?);
        Ok(())
    }

    /// What is kept from one session to the next, as it is now.
    pub fn kept(&self) -> Settings {
        Settings {
            layers: self.layers.clone(),
            layout: Some(self.dock.clone()),
            ..self.settings.clone()
        }
    }

    /// The keys of commands.
    pub fn keys(&self) -> &Keys {
        &self.settings.keys
    }

    /// Waits until the run has come to a time (or to its end), and goes there.
    pub fn wait_for(&mut self, time_s: f64) {
        self.runs[self.current].wait_for(0);
        self.selected = self.selected.or(self.ego());
        let tick = self.run().tick_at(time_s);
        self.runs[self.current].wait_for(tick);
        self.seek(tick);
        self.update(0.0);
    }
}
