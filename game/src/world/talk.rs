//! Talking to characters, what is handed over, and goals that follow each other: what stories need of a game.

use std::collections::BTreeMap;
use std::sync::Arc;

use sim::math;

use super::objects::WORK_S;
use super::{CharacterCommand, EventKind, GameState};
use crate::level::{Cell, Goal, Layout, Role};
use crate::nav::sees;

/// How far from somebody's middle one can talk to them, in cells.
pub const TALK_CELLS: f64 = 1.7;

impl GameState {
    /// Sets new goals in the place of the old ones; the game no longer ends when they are met. `places` come to
    /// those of the level, so that goals can name cells that its file has no name for.
    pub fn pursue(&mut self, goals: Vec<Goal>, places: BTreeMap<String, Vec<Cell>>) {
        let mut layout = Layout::clone(&self.layout);
        self.met = vec![false; goals.len()];
        layout.goals = goals;
        layout.places.extend(places);
        self.layout = Arc::new(layout);
        self.is_open_ended = true;
    }

    /// The player gets what it is given.
    pub(super) fn hand_out(&mut self) {
        for (from, item) in std::mem::take(&mut self.gifts) {
            let Some(player) = self.characters.first() else {
                return;
            };
            let (id, name) = (player.id, player.name.clone());
            let what = item.name();
            self.take(&item);
            self.tell(id, &name, EventKind::Received { what, from });
        }
    }

    /// The player talks to the nearest it looks at who is no foe, and hands over what they ask for.
    pub(super) fn talk(&mut self, commands: &[CharacterCommand], tick: u64, dt_s: f64) {
        let Some(player) = self.characters.first() else {
            return;
        };
        let wants = commands.first().is_some_and(|command| command.interact);
        if !wants || tick < player.works_at || !player.is_alive() {
            return;
        }
        let view = self.layout.view;
        let at = player.plane_m(view);
        let reach = TALK_CELLS * self.layout.grid.tile_m;
        let others = self.characters.iter().skip(1).filter_map(|other| {
            let is_friend = other.team == player.team || other.team == "neutral";
            let to = other.plane_m(view);
            let way = math::hypot(to[0] - at[0], to[1] - at[1]);
            let is_near = other.is_alive() && is_friend && way < reach;
            let is_seen = is_near && sees(&self.layout.grid, |c| self.is_opaque(c), at, to);
            // Whom one looks at, and who follows one about only where nobody else is near.
            let off = math::wrap_angle(math::atan2(to[1] - at[1], to[0] - at[0]) - player.yaw_rad);
            let rank = way + self.layout.grid.tile_m * off.abs();
            is_seen.then_some((other.role == Role::Companion, rank, other))
        });
        let nearest = others.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let Some(to) = nearest.map(|(.., other)| other.name.clone()) else {
            return;
        };
        let (id, name) = (player.id, player.name.clone());
        let asked: Vec<String> = self
            .asks
            .iter()
            .filter(|(who, item)| *who == to && player.inventory.holds(item))
            .map(|(_, item)| item.clone())
            .collect();
        if let Some(player) = self.characters.first_mut() {
            player.works_at = tick + (WORK_S / dt_s).ceil() as u64;
            for item in &asked {
                *player.inventory.given.entry(item.clone()).or_insert(0) += 1;
            }
        }
        self.tell(id, &name, EventKind::Talked(to.clone()));
        for what in asked {
            self.asks.remove(&(to.clone(), what.clone()));
            let to = to.clone();
            self.tell(id, &name, EventKind::Gave { what, to });
        }
    }
}

#[cfg(test)]
mod tests {
    use sim::actor::ActorId;

    use super::*;
    use crate::level::{Item, Level};

    fn state(row: &str) -> GameState {
        let text = format!(
            "(name: \"t\", legend: {{'m': Character(role: Merchant, name: \"Mira\"), 'g': Character(),
            'b': Item(Quest(\"bread\"))}}, rows: [\"{row}\"], goals: [Reach(\"exit\")])"
        );
        let level = Level::parse(std::path::Path::new("t.ron"), &text).expect("a level");
        GameState::new(Arc::new(level.layout().expect("a layout")), ActorId(0))
    }

    fn talk(state: &mut GameState, tick: u64) -> Vec<EventKind> {
        let command = CharacterCommand {
            interact: true,
            ..CharacterCommand::default()
        };
        state.step(&[(ActorId(0), command)], tick, 0.05);
        state.events.iter().map(|e| e.kind.clone()).collect()
    }

    #[test]
    fn one_talks_to_friends_that_are_near_and_not_through_walls() {
        assert_eq!(
            talk(&mut state("@m.E"), 1),
            [EventKind::Talked("Mira".into())]
        );
        assert!(talk(&mut state("@.m.E"), 1).is_empty());
        assert!(talk(&mut state("@g.E"), 1).is_empty());
        let mut one = state("@m.E");
        assert_eq!(talk(&mut one, 1).len(), 1);
        assert!(talk(&mut one, 2).is_empty(), "not at each tick");
    }

    #[test]
    fn what_is_asked_for_is_handed_over_once_it_is_there() {
        let mut state = state("@m.E");
        state.asks.insert(("Mira".into(), "bread".into()));
        assert_eq!(talk(&mut state, 1).len(), 1);
        state.gifts.push(("Bo".into(), Item::Quest("bread".into())));
        let told = talk(&mut state, 20);
        assert!(
            matches!(told.first(), Some(EventKind::Received { .. })),
            "{told:?}"
        );
        assert!(
            matches!(told.last(), Some(EventKind::Gave { .. })),
            "{told:?}"
        );
        let player = state.player().expect("a player");
        assert!(!player.inventory.holds("bread"));
        assert_eq!(talk(&mut state, 40).len(), 1);
    }

    #[test]
    fn goals_can_follow_each_other() {
        let mut state = state("@m.E");
        let here = BTreeMap::from([("here".to_owned(), vec![state.layout.start])]);
        state.pursue(vec![Goal::Reach("here".into())], here);
        state.step(&[], 1, 0.05);
        assert_eq!(state.met, [true]);
        assert_eq!(state.ending, None);
    }
}
