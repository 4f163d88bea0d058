//! Encode: what a character perceives, is and remembers, as numbers of one fixed shape.
//!
//! The frame is centred on the character and keeps the level's axes, along which its walls lie; lengths are in
//! [`UNIT_CELLS`] cells. Of the others nothing goes in but what the [`Mind`] has noticed; of the level what it
//! sees from where it stands ([`crate::terrain`]), and the ways that it knows (the mesh by which trees walk).

use game::brain::Nav;
use game::level::{Goal, Role, View};
use game::world::{CharacterState, GameState};
use sim::math::{cos, hypot, sin};

use crate::mind::{Being, FORGET_S, MOST_SOUNDS, Mind, SEARCH_S, TRAIL, far};
use crate::terrain::{self, Terrain};

/// Cells of a unit of length.
pub const UNIT_CELLS: f64 = 8.0;
/// Others that have a token each.
pub const BEINGS: usize = 6;
/// Places that have a token each: see [`Places`].
pub const PLACES: usize = 8;

/// Where a kind of token stands in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name in the weights.
    pub name: &'static str,
    /// Its first number.
    pub begin: usize,
    /// Tokens.
    pub count: usize,
    /// Numbers a token.
    pub width: usize,
}

const fn after(before: Part, name: &'static str, count: usize, width: usize) -> Part {
    Part {
        name,
        begin: before.begin + before.count * before.width,
        count,
        width,
    }
}

impl Part {
    /// What it is and can do now.
    pub const OWN: Self = Self {
        name: "own",
        begin: 0,
        count: 1,
        width: 22,
    };
    /// Its role, one number each.
    pub const ROLE: Self = after(Self::OWN, "role", 1, 6);
    /// How hard it is to make it for the player.
    pub const DIFFICULTY: Self = after(Self::ROLE, "difficulty", 1, 3);
    /// Where the player has been: velocity, place, then the way it came.
    pub const TRAIL: Self = after(Self::DIFFICULTY, "trail", 1, 6 + 3 * TRAIL);
    /// Others.
    pub const BEINGS: Self = after(Self::TRAIL, "being", BEINGS, 24);
    /// Sounds.
    pub const SOUNDS: Self = after(Self::BEINGS, "sound", MOST_SOUNDS, 8);
    /// Places.
    pub const PLACES: Self = after(Self::SOUNDS, "place", PLACES, 11);
    /// What it sees of the level about it.
    pub const TERRAIN: Self = after(Self::PLACES, "terrain", 1, terrain::WIDTH);
    /// Which tokens there are, 0 or 1 each.
    pub const THERE: Self = after(Self::TERRAIN, "there", 1, 5 + BEINGS + MOST_SOUNDS + PLACES);

    /// Those that are tokens by a linear layer, in their order; the terrain comes behind them.
    pub const TOKENS: [Self; 7] = [
        Self::OWN,
        Self::ROLE,
        Self::DIFFICULTY,
        Self::TRAIL,
        Self::BEINGS,
        Self::SOUNDS,
        Self::PLACES,
    ];
}

/// Numbers of an input.
pub const WIDTH: usize = Part::THERE.begin + Part::THERE.width;

/// How an input's numbers relate to the level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Frame {
    /// Metres of a unit.
    pub unit_m: f64,
    /// Where the character stands, metres.
    pub at_m: [f64; 2],
    /// Where it takes the player to be, metres.
    pub player_m: Option<[f64; 2]>,
}

/// One character's input.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// `WIDTH` numbers.
    pub values: Vec<f32>,
    /// Its frame.
    pub frame: Frame,
}

/// Writes numbers one behind the other into a token.
struct Writer<'a> {
    slot: std::slice::IterMut<'a, f32>,
}

impl Writer<'_> {
    fn put(&mut self, value: f64) {
        let value = if value.is_finite() { value } else { 0.0 };
        if let Some(slot) = self.slot.next() {
            *slot = value.clamp(-8.0, 8.0) as f32;
        }
    }

    fn all(&mut self, values: &[f64]) {
        values.iter().for_each(|v| self.put(*v));
    }

    fn flag(&mut self, is: bool) {
        self.put(f64::from(u8::from(is)));
    }
}

struct Encoder<'a> {
    state: &'a GameState,
    nav: &'a mut Nav,
    who: &'a CharacterState,
    mind: &'a Mind,
    tick: u64,
    dt_s: f64,
    frame: Frame,
    values: Vec<f32>,
}

/// The input of a character at a tick, from its own state and mind.
pub fn encode(
    state: &GameState,
    nav: &mut Nav,
    who: &CharacterState,
    mind: &Mind,
    tick: u64,
    dt_s: f64,
) -> Input {
    let frame = Frame {
        unit_m: UNIT_CELLS * state.layout.grid.tile_m,
        at_m: who.plane_m(state.layout.view),
        player_m: mind.player().map(|being| being.last.at_m),
    };
    let mut encoder = Encoder {
        state,
        nav,
        who,
        mind,
        tick,
        dt_s,
        frame,
        values: vec![0.0; WIDTH],
    };
    encoder.own();
    encoder.trail();
    encoder.beings();
    encoder.sounds();
    let terrain = terrain::look(state, who);
    encoder.places(&terrain);
    encoder
        .write(Part::TERRAIN, 0)
        .slot
        .zip(&terrain.values)
        .for_each(|(to, from)| *to = *from);
    encoder.there(4 + BEINGS + MOST_SOUNDS + PLACES);
    Input {
        values: encoder.values,
        frame,
    }
}

impl Encoder<'_> {
    fn write(&mut self, part: Part, token: usize) -> Writer<'_> {
        let begin = part.begin + token * part.width;
        let slot = self.values.get_mut(begin..begin + part.width);
        Writer {
            slot: slot.unwrap_or_default().iter_mut(),
        }
    }

    fn there(&mut self, token: usize) {
        if let Some(slot) = self.values.get_mut(Part::THERE.begin + token) {
            *slot = 1.0;
        }
    }

    fn age_s(&self, since: u64) -> f64 {
        self.tick.saturating_sub(since) as f64 * self.dt_s
    }

    /// From the character to a place, in units.
    fn to(&self, place_m: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|k| (place_m[k] - self.frame.at_m[k]) / self.frame.unit_m)
    }

    /// The direction in which one sets out from one place to another, and how long the way is in units; nought
    /// where it is not known to be open.
    fn way(&mut self, from_m: [f64; 2], to_m: [f64; 2]) -> [f64; 3] {
        let gap = [to_m[0] - from_m[0], to_m[1] - from_m[1]];
        if self.state.layout.view == View::Side {
            let along = if gap[0].abs() < 0.05 {
                0.0
            } else {
                gap[0].signum()
            };
            return [
                along,
                0.0,
                (gap[0].abs() + gap[1].abs()) / self.frame.unit_m,
            ];
        }
        let radius_m = self.who.figure.radius_m;
        let path = self
            .nav
            .mesh(self.state, false)
            .path(from_m, to_m, radius_m);
        let Some(path) = path else { return [0.0; 3] };
        let mut at = from_m;
        let mut length_m = 0.0;
        for corner in &path {
            length_m += far(at, *corner);
            at = *corner;
        }
        let first = path.iter().find(|corner| far(**corner, from_m) > 0.12);
        let first = first.copied().unwrap_or(to_m);
        let step = [first[0] - from_m[0], first[1] - from_m[1]];
        let length = hypot(step[0], step[1]);
        if length < 1e-6 {
            return [0.0; 3];
        }
        [
            step[0] / length,
            step[1] / length,
            length_m / self.frame.unit_m,
        ]
    }

    fn own(&mut self) {
        let (who, tick, dt_s) = (self.who, self.tick, self.dt_s);
        let state = self.state;
        let (damage, reach_m, cooldown_s) = who.blow();
        let tile_m = state.layout.grid.tile_m;
        let wait_s = who
            .strikes_at
            .max(self.mind.willing_at)
            .saturating_sub(tick) as f64
            * dt_s;
        let is_side = state.layout.view == View::Side;
        let [vx, vy, vz] = who.velocity_mps;
        let speed = who.abilities.speed_mps.max(1e-6);
        let search_s = self.mind.search_until.saturating_sub(tick) as f64 * dt_s;
        let fear_s = self
            .mind
            .fear
            .map_or(0, |(_, until)| until.saturating_sub(tick)) as f64
            * dt_s;
        let can_work = works(state, who);
        let mut own = self.write(Part::OWN, 0);
        own.put(who.health / who.abilities.health.max(1e-9));
        own.flag(who.health < 0.5 * who.abilities.health);
        own.put(who.abilities.health / 100.0);
        own.put(speed / 4.0);
        own.all(&[damage / 20.0, reach_m / tile_m / 2.0, cooldown_s, wait_s]);
        own.flag(wait_s <= 0.0);
        own.all(&[cos(who.yaw_rad), sin(who.yaw_rad)]);
        own.all(&[vx / speed, if is_side { vz } else { vy } / speed]);
        own.flag(is_side);
        own.flag(who.is_grounded);
        own.flag(who.is_climbing);
        own.put(who.abilities.view_m / tile_m / UNIT_CELLS);
        own.put(search_s / SEARCH_S);
        own.flag(search_s > 0.0);
        own.put(fear_s);
        own.flag(fear_s > 0.0);
        own.flag(can_work);
        let role = who.role;
        let mut roles = self.write(Part::ROLE, 0);
        Role::ALL.iter().for_each(|r| roles.flag(*r == role));
        let hard = self.mind.skill.difficulty;
        self.write(Part::DIFFICULTY, 0)
            .all(&[hard, hard * hard, 2.0 * hard - 1.0]);
        (0..3).for_each(|token| self.there(token));
    }

    fn trail(&mut self) {
        let Some(player) = self.mind.player().cloned() else {
            return;
        };
        let unit = self.frame.unit_m;
        let place = self.to(player.last.at_m);
        let age_s = self.age_s(player.seen_at);
        let trail: Vec<[f64; 3]> = player
            .trail
            .iter()
            .skip(1)
            .take(TRAIL)
            .map(|(was, tick)| {
                let back = [0, 1].map(|k| (was[k] - player.last.at_m[k]) / unit);
                [
                    back[0],
                    back[1],
                    (player.seen_at.saturating_sub(*tick)) as f64 * self.dt_s,
                ]
            })
            .collect();
        let mut token = self.write(Part::TRAIL, 0);
        token.all(&player.last.velocity_mps.map(|v| v / unit));
        token.all(&place);
        token.put(age_s);
        token.flag(age_s <= 0.0);
        trail.iter().for_each(|step| token.all(step));
        self.there(3);
    }

    fn beings(&mut self) {
        let mind = self.mind;
        let at = self.frame.at_m;
        let mut known: Vec<&Being> = mind.beings.iter().filter(|b| b.is_noticed).collect();
        // Those in view first, foes before others, the nearest first.
        let rank = |b: &Being| (!Mind::is_seen(b, self.tick), !b.last.is_foe);
        known.sort_by(|a, b| {
            let near = far(a.last.at_m, at).total_cmp(&far(b.last.at_m, at));
            rank(a)
                .cmp(&rank(b))
                .then(near)
                .then(a.last.id.cmp(&b.last.id))
        });
        for (token, being) in known.into_iter().take(BEINGS).enumerate() {
            let way = self.way(at, being.last.at_m);
            let [x, y] = self.to(being.last.at_m);
            let gap = hypot(x, y);
            let age_s = self.age_s(being.seen_at);
            let (_, reach_m, _) = self.who.blow();
            let tile_m = self.state.layout.grid.tile_m;
            let distance_m = gap * self.frame.unit_m;
            // As the trees have it: a little less than a blow's reach to its edge.
            let is_in_reach = distance_m - 0.3 * tile_m <= 0.9 * reach_m;
            let speed = self.frame.unit_m;
            let mut token_at = self.write(Part::BEINGS, token);
            token_at.all(&[x, y, gap]);
            token_at.all(&[x / gap.max(1e-6), y / gap.max(1e-6)]);
            token_at.all(&being.last.velocity_mps.map(|v| 2.0 * v / speed));
            token_at.flag(being.last.is_foe);
            token_at.put(being.last.health);
            Role::ALL
                .iter()
                .for_each(|r| token_at.flag(*r == being.last.role));
            token_at.all(&way);
            token_at.put(age_s / FORGET_S);
            token_at.flag(age_s <= 0.0);
            token_at.flag(is_in_reach);
            token_at.put(1.0 / (0.5 + distance_m / tile_m));
            token_at.put((distance_m - reach_m) / tile_m / 2.0);
            token_at.flag(distance_m < 5.0 * tile_m);
            self.there(4 + token);
        }
    }

    fn sounds(&mut self) {
        let mind = self.mind;
        let at = self.frame.at_m;
        for (token, noise) in mind.sounds.iter().enumerate() {
            let age_s = self.age_s(noise.tick);
            if age_s > FORGET_S {
                continue;
            }
            let way = self.way(at, noise.at_m);
            let [x, y] = self.to(noise.at_m);
            let mut token_at = self.write(Part::SOUNDS, token);
            token_at.all(&[x, y, hypot(x, y)]);
            token_at.flag(noise.is_foe);
            token_at.put(age_s / FORGET_S);
            token_at.all(&way);
            self.there(4 + BEINGS + token);
        }
    }

    /// Home, patrol, stroll, suspicion, refuge, where to meet the player, and the level's two nearest exits.
    fn places(&mut self, terrain: &Terrain) {
        let mind = self.mind;
        let at = self.frame.at_m;
        let (_, reach_m, _) = self.who.blow();
        let speed = self.who.abilities.speed_mps * mind.skill.pace;
        let refuge = mind.fear.and_then(|(from, _)| terrain.refuge(at, from));
        let meeting = mind
            .foresight
            .as_ref()
            .filter(|f| self.age_s(f.tick) < 0.5)
            .and_then(|f| f.meeting_m(at, speed, reach_m));
        let mut places = vec![
            Some(mind.home_m),
            mind.patrol_m.get(mind.next).copied(),
            mind.errand.map(|(to, _)| to),
            mind.suspect.map(|(to, _)| to),
            refuge,
            meeting,
        ];
        let mut exits = exits(self.state);
        exits.sort_by(|a, b| far(*a, at).total_cmp(&far(*b, at)));
        places.extend((0..2).map(|k| exits.get(k).copied()));
        let fear = mind.fear.map(|(from, _)| from);
        for (token, place) in places.into_iter().enumerate().take(PLACES) {
            let Some(place) = place else { continue };
            let way = self.way(at, place);
            // How the player would come there, from where it is taken to be.
            let is_exit = token >= PLACES - 2;
            let player = self.frame.player_m.filter(|_| is_exit);
            let from_player = player.map_or([0.0; 3], |player| self.way(player, place));
            let [x, y] = self.to(place);
            // Away from what it fears, where it is told where to run.
            let other = match (token, fear) {
                (4, Some(from)) => self.to(from).map(|v| -v).into_iter().chain([0.0]).collect(),
                _ => from_player.to_vec(),
            };
            let is_there = hypot(x, y) * UNIT_CELLS < 0.3;
            let mut token_at = self.write(Part::PLACES, token);
            token_at.all(&[x, y]);
            token_at.all(&way);
            token_at.flag(is_there);
            token_at.all(&other);
            if token == 0 {
                let yaw_rad = mind.home_yaw_rad;
                token_at.all(&[cos(yaw_rad), sin(yaw_rad)]);
            }
            self.there(4 + BEINGS + MOST_SOUNDS + token);
        }
    }
}

/// Where the player is to get in the end: places of the level, which whoever lives there knows.
fn exits(state: &GameState) -> Vec<[f64; 2]> {
    let places = state.layout.goals.iter().filter_map(|goal| match goal {
        Goal::Reach(place) => Some(state.layout.place(place)),
        _ => None,
    });
    places
        .flatten()
        .map(|cell| state.layout.grid.center(*cell))
        .collect()
}

/// Whether a switch that stays on is off and within reach.
pub fn works(state: &GameState, who: &CharacterState) -> bool {
    use game::level::SwitchKind;
    let at = who.plane_m(state.layout.view);
    let reach_m = 0.9 * state.layout.grid.tile_m;
    state.switches.iter().any(|switch| {
        switch.kind == SwitchKind::Once
            && !switch.is_on
            && far(state.layout.grid.center(switch.cell), at) < reach_m
    })
}
