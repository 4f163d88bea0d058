//! A plot: it opens the level lock by lock, and puts people, foes and things where it has come to, so that each of
//! its quests can be done.

use game::level::{Character, Item, Mark, Role, Rules, Weapon};
use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

use super::generate::StoryOptions;
use super::level::Ground;
use super::names::{COLOURS, Names};
use super::people::{self, Person};
use super::{Choice, Objective, Quest, Reward, Story};

/// A story in the making.
pub(super) struct Plot<'a> {
    pub(super) rng: &'a mut ChaCha8Rng,
    pub(super) options: &'a StoryOptions,
    pub(super) names: Names,
    pub(super) ground: Ground,
    pub(super) quests: Vec<Quest>,
    pub(super) choices: Vec<Choice>,
    pub(super) people: Vec<Person>,
    /// The quests after which the next one comes.
    pub(super) last: Vec<String>,
    /// Rooms without foes: the player's first, and those of prisoners.
    pub(super) havens: Vec<usize>,
    /// Cleared once something found no place.
    pub(super) has_room: bool,
}

impl<'a> Plot<'a> {
    pub(super) fn new(rng: &'a mut ChaCha8Rng, options: &'a StoryOptions) -> Self {
        let mut names = Names::new(&options.theme);
        let ground = Ground::new(rng, &mut names, options.size);
        Self {
            rng,
            options,
            names,
            ground,
            quests: Vec::new(),
            choices: Vec::new(),
            people: Vec::new(),
            last: Vec::new(),
            havens: Vec::new(),
            has_room: true,
        }
    }

    pub(super) fn tell(mut self) -> Option<Story> {
        let start = self.ground.open_rooms().first().copied()?;
        self.havens.push(start);
        self.put(start, Mark::Start(0.0));
        for room in self.ground.open_rooms() {
            self.name_room(room);
        }
        let first = self.townsman(Some(start));
        let title = format!("A word with {first}");
        let rewards = self.small_reward();
        let steps = vec![Objective::Talk(first.clone())];
        self.add(&title, Some(&first), steps, rewards);
        if self.options.difficulty > 0.25 {
            let sword = Item::Weapon(Weapon {
                name: "sword".to_owned(),
                damage: 18.0,
                reach_m: 1.4,
                cooldown_s: 0.5,
            });
            if let Some(quest) = self.quests.last_mut() {
                quest.rewards.push(Reward::Item(sword));
            }
        }
        let choice_at = 1 + self.rng.index(self.options.quests.saturating_sub(3).max(1));
        while self.quests.len() + 3 <= self.options.quests.max(4) {
            let is_choice = self.choices.is_empty() && self.quests.len() >= choice_at;
            let is_second = self.choices.len() == 1 && self.quests.len() >= choice_at + 6;
            if (is_choice || is_second) && self.fork().is_some() {
                continue;
            }
            match self.rng.index(5) {
                0 => self.key_hunt(),
                1 => self.errand(),
                2 => self.rescue(),
                3 => self.bounty(),
                _ => self.scout(),
            };
        }
        self.ending();
        self.watchmen();
        self.ground.finish(self.rng);
        if !self.has_room {
            return None;
        }
        let title = self.title();
        let rules = Rules {
            time_limit_s: 1800.0,
            ..Rules::default()
        };
        let level = self.ground.level(&title, &self.options.theme, rules)?;
        let cast = people::sheets(self.rng, &self.people, &self.quests, &level);
        Some(Story {
            title,
            level,
            quests: self.quests,
            choices: self.choices,
            cast,
        })
    }

    pub(super) fn title(&mut self) -> String {
        let treasure = self
            .quests
            .iter()
            .rev()
            .find_map(|q| match q.steps.first() {
                Some(Objective::Fetch(item)) => Some(item.clone()),
                _ => None,
            });
        let open = self.ground.open_rooms();
        let place = open
            .last()
            .map(|r| self.ground.name(*r))
            .unwrap_or_default();
        format!(
            "The {} of {place}",
            treasure.unwrap_or_else(|| "secret".to_owned())
        )
    }

    pub(super) fn put(&mut self, room: usize, mark: Mark) {
        self.has_room &= self.ground.put(self.rng, room, mark);
    }

    pub(super) fn name_room(&mut self, room: usize) {
        let name = self.ground.name(room);
        self.put(room, Mark::Place(name));
    }

    pub(super) fn any_room(&mut self) -> usize {
        let open = self.ground.open_rooms();
        open.get(self.rng.index(open.len())).copied().unwrap_or(0)
    }

    /// Adds a quest after what was last.
    pub(super) fn add(
        &mut self,
        title: &str,
        giver: Option<&str>,
        steps: Vec<Objective>,
        rewards: Vec<Reward>,
    ) -> String {
        let id = format!("q{}", self.quests.len() + 1);
        self.quests.push(Quest {
            id: id.clone(),
            title: title.to_owned(),
            text: text(giver, &steps),
            giver: giver.map(str::to_owned),
            needs: std::mem::replace(&mut self.last, vec![id.clone()]),
            branch: None,
            steps,
            rewards,
            is_ending: false,
        });
        id
    }

    pub(super) fn small_reward(&mut self) -> Vec<Reward> {
        match self.rng.index(3) {
            0 => vec![Reward::Item(Item::Coin(1 + self.rng.index(9) as u32))],
            1 => vec![Reward::Item(Item::Potion(30.0))],
            _ => Vec::new(),
        }
    }

    /// Somebody to talk to, in a room that is open.
    pub(super) fn townsman(&mut self, room: Option<usize>) -> String {
        let room = match room {
            Some(room) => room,
            None => self.any_room(),
        };
        let name = self.names.person(self.rng);
        let what = Character {
            name: name.clone(),
            // They stay where they are, and a stray blow does not end a story.
            speed_mps: Some(0.0),
            health: Some(2000.0),
            persona: Some(name.clone()),
            ..Character::of(Role::Merchant)
        };
        self.put(room, Mark::Character(Box::new(what)));
        self.people
            .push(Person::new(&name, Role::Merchant, &self.ground.name(room)));
        name
    }

    /// One that was met before, or a new one.
    pub(super) fn somebody(&mut self) -> String {
        let known: Vec<&Person> = self
            .people
            .iter()
            .filter(|p| p.role == Role::Merchant)
            .collect();
        let old = known
            .get(self.rng.index(known.len()))
            .map(|p| p.name.clone());
        match old {
            Some(name) if self.rng.chance(0.5) => name,
            _ => self.townsman(None),
        }
    }

    pub(super) fn foe(&mut self, carries: Vec<Item>, is_boss: bool) -> String {
        let mut rooms = self.ground.open_rooms();
        rooms.retain(|room| !self.havens.contains(room));
        // Where all are havens there is no place for a foe.
        let Some(room) = rooms.get(self.rng.index(rooms.len())).copied() else {
            self.has_room = false;
            return String::new();
        };
        let name = self.names.foe(self.rng);
        let hard = self.options.difficulty;
        let role = if is_boss { Role::Boss } else { Role::Guard };
        let health = if is_boss {
            40.0 + 60.0 * hard
        } else {
            20.0 + 25.0 * hard
        };
        let what = Character {
            name: name.clone(),
            health: Some(health.round()),
            damage: Some((4.0 + 6.0 * hard).round()),
            patrol: Vec::new(),
            carries,
            persona: Some(name.clone()),
            ..Character::of(role)
        };
        self.put(room, Mark::Character(Box::new(what)));
        self.put(room, Mark::Item(Item::Potion(40.0)));
        self.people
            .push(Person::new(&name, role, &self.ground.name(room)));
        name
    }

    pub(super) fn lying(&mut self, item: Item) {
        let room = self.any_room();
        self.put(room, Mark::Item(item));
    }

    /// Locks a new room; its colour, or none where all rooms are open.
    pub(super) fn lock(&mut self) -> Option<(String, usize)> {
        let colour = COLOURS.get(self.ground.locks)?.to_string();
        let growth = self.rng.index(2);
        let room = self.ground.lock(self.rng, &colour, growth)?;
        Some((colour, room))
    }

    /// Names the rooms that a lock has opened.
    pub(super) fn enter(&mut self, before: &[usize]) {
        for room in self.ground.open_rooms() {
            if !before.contains(&room) {
                self.name_room(room);
            }
        }
    }

    /// Somebody met before, whose room is among those.
    pub(super) fn giver_of(&mut self, rooms: &[usize]) -> String {
        let names: Vec<String> = rooms.iter().map(|r| self.ground.name(*r)).collect();
        let near = self
            .people
            .iter()
            .filter(|p| p.role == Role::Merchant && names.contains(&p.place));
        let near: Vec<String> = near.map(|p| p.name.clone()).collect();
        near.get(self.rng.index(near.len()))
            .cloned()
            .unwrap_or_default()
    }

    /// Guards that belong to no quest, more of them the harder it is to be.
    pub(super) fn watchmen(&mut self) {
        let mut rooms = self.ground.open_rooms();
        rooms.retain(|room| !self.havens.contains(room));
        let count = (self.options.difficulty * rooms.len() as f64 * 0.35).round() as usize;
        let hard = self.options.difficulty;
        for _ in 0..count {
            let at = self.rng.index(rooms.len());
            let Some(room) = rooms.get(at).copied() else {
                continue;
            };
            let what = Character {
                health: Some((15.0 + 20.0 * hard).round()),
                damage: Some((3.0 + 5.0 * hard).round()),
                patrol: vec![
                    self.ground.name(room),
                    pick_place(self.rng, &self.ground, &rooms),
                ],
                ..Character::of(Role::Guard)
            };
            // They are no part of the plot, so that a full room does without.
            if self
                .ground
                .put(self.rng, room, Mark::Character(Box::new(what)))
            {
                self.ground
                    .put(self.rng, room, Mark::Item(Item::Potion(30.0)));
            }
        }
    }
}

fn pick_place(rng: &mut ChaCha8Rng, ground: &Ground, rooms: &[usize]) -> String {
    let room = rooms.get(rng.index(rooms.len())).copied().unwrap_or(0);
    ground.name(room)
}

fn text(giver: Option<&str>, steps: &[Objective]) -> String {
    let giver = giver.filter(|name| !name.is_empty());
    let words = |step: &Objective| match step {
        Objective::Talk(who) if giver == Some(who) => "come back and tell of it".to_owned(),
        Objective::Deliver(item, who) if giver == Some(who) => format!("bring them the {item}"),
        step => step.to_string(),
    };
    let what = steps.iter().map(words).collect::<Vec<_>>().join(", then ");
    match giver {
        Some(name) if matches!(steps, [Objective::Talk(who)] if who == name) => {
            format!("{name} wants a word with you.")
        }
        Some(name) => format!("{name} wants you to {what}."),
        None => format!("You have to {what}."),
    }
}
