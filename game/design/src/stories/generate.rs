//! Stories from a seed: a plot that opens the level lock by lock, with people, foes and things where the plot has
//! come to. So each quest can be done by construction; then it is proven and, unless told otherwise, played.

use std::sync::Arc;

use game::PlayOptions;
use game::level::{Character, Item, Mark, Role, Rules, Weapon};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sim::seed::{self, Draw};

use super::level::Ground;
use super::names::{COLOURS, Names, THEMES};
use super::people::{self, Person};
use super::verify::{Verdict, verify};
use super::{Branch, Choice, ChoiceOption, Objective, Quest, Reward, Story};

/// Most attempts at a story.
const ATTEMPTS: u64 = 20;

/// What story is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoryOptions {
    /// Seed of every draw.
    pub seed: u64,
    /// Rooms, 4 to 36; a grid is filled up.
    pub size: usize,
    /// Quests, 3 to 20, give or take one.
    pub quests: usize,
    /// How many and how strong foes are, 0 to 1.
    pub difficulty: f64,
    /// One of [`THEMES`].
    pub theme: String,
    /// Whether a story that is not finished by the scripted player in some branch is made anew.
    pub is_played: bool,
}

impl Default for StoryOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            size: 9,
            quests: 7,
            difficulty: 0.4,
            theme: "dungeon".to_owned(),
            is_played: true,
        }
    }
}

/// Why no story was made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GenerateError {
    /// An option is out of range.
    #[error("expected {expected}, found {found}")]
    Option {
        /// What would do.
        expected: String,
        /// What was given.
        found: String,
    },
    /// None of the attempts was proven and played; what was wrong with the last.
    #[error("no sound story in {ATTEMPTS} attempts: {0}")]
    NoStory(String),
}

impl StoryOptions {
    fn check(&self) -> Result<(), GenerateError> {
        let wrong = |expected: &str, found: String| {
            let expected = expected.to_owned();
            Err(GenerateError::Option { expected, found })
        };
        if !(4..=36).contains(&self.size) {
            return wrong("a size of 4 to 36 rooms", self.size.to_string());
        }
        if !(3..=20).contains(&self.quests) {
            return wrong("3 to 20 quests", self.quests.to_string());
        }
        if !(0.0..=1.0).contains(&self.difficulty) {
            return wrong("a difficulty of 0 to 1", self.difficulty.to_string());
        }
        if !THEMES.contains(&self.theme.as_str()) {
            let expected = format!("a theme of {}", THEMES.join(", "));
            return wrong(&expected, self.theme.clone());
        }
        Ok(())
    }
}

/// A story that is proven and, where asked for, played in all branches.
///
/// # Errors
/// If an option is out of range, or no attempt was sound.
pub fn generate(options: &StoryOptions) -> Result<Story, GenerateError> {
    generate_counted(options).map(|(story, _)| story)
}

/// As [`generate`], with the number of attempts that it took.
///
/// # Errors
/// As [`generate`].
pub fn generate_counted(options: &StoryOptions) -> Result<(Story, u64), GenerateError> {
    options.check()?;
    let mut last = "not enough room".to_owned();
    for attempt in 0..ATTEMPTS {
        let mut rng = seed::stream(options.seed, None, &format!("story {attempt}"));
        let Some(story) = Plot::new(&mut rng, options).tell() else {
            continue;
        };
        let play = options.is_played.then(|| PlayOptions {
            seed: options.seed,
            ..PlayOptions::default()
        });
        let story = Arc::new(story);
        let verdict: Verdict = verify(&story, play.as_ref());
        if verdict.is_sound {
            return Ok((Arc::unwrap_or_clone(story), attempt + 1));
        }
        last = verdict.problems.join("; ");
    }
    Err(GenerateError::NoStory(last))
}

/// A story in the making.
struct Plot<'a> {
    rng: &'a mut ChaCha8Rng,
    options: &'a StoryOptions,
    names: Names,
    ground: Ground,
    quests: Vec<Quest>,
    choices: Vec<Choice>,
    people: Vec<Person>,
    /// The quests after which the next one comes.
    last: Vec<String>,
    /// Rooms without foes: the player's first, and those of prisoners.
    havens: Vec<usize>,
    /// Cleared once something found no place.
    has_room: bool,
}

impl<'a> Plot<'a> {
    fn new(rng: &'a mut ChaCha8Rng, options: &'a StoryOptions) -> Self {
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

    fn tell(mut self) -> Option<Story> {
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

    fn title(&mut self) -> String {
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

    fn put(&mut self, room: usize, mark: Mark) {
        self.has_room &= self.ground.put(self.rng, room, mark);
    }

    fn name_room(&mut self, room: usize) {
        let name = self.ground.name(room);
        self.put(room, Mark::Place(name));
    }

    fn any_room(&mut self) -> usize {
        let open = self.ground.open_rooms();
        open.get(self.rng.index(open.len())).copied().unwrap_or(0)
    }

    /// Adds a quest after what was last.
    fn add(
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

    fn small_reward(&mut self) -> Vec<Reward> {
        match self.rng.index(3) {
            0 => vec![Reward::Item(Item::Coin(1 + self.rng.index(9) as u32))],
            1 => vec![Reward::Item(Item::Potion(30.0))],
            _ => Vec::new(),
        }
    }

    /// Somebody to talk to, in a room that is open.
    fn townsman(&mut self, room: Option<usize>) -> String {
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
    fn somebody(&mut self) -> String {
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

    fn foe(&mut self, carries: Vec<Item>, is_boss: bool) -> String {
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

    fn lying(&mut self, item: Item) {
        let room = self.any_room();
        self.put(room, Mark::Item(item));
    }

    /// Locks a new room; its colour, or none where all rooms are open.
    fn lock(&mut self) -> Option<(String, usize)> {
        let colour = COLOURS.get(self.ground.locks)?.to_string();
        let growth = self.rng.index(2);
        let room = self.ground.lock(self.rng, &colour, growth)?;
        Some((colour, room))
    }

    /// Names the rooms that a lock has opened.
    fn enter(&mut self, before: &[usize]) {
        for room in self.ground.open_rooms() {
            if !before.contains(&room) {
                self.name_room(room);
            }
        }
    }

    /// A key lies about; its door is to be opened.
    fn key_hunt(&mut self) {
        let before = self.ground.open_rooms();
        let key_room = self.any_room();
        let Some((colour, _)) = self.lock() else {
            return self.scout();
        };
        let item = Item::Key(colour.clone());
        let steps = vec![
            Objective::Fetch(item.name()),
            Objective::Open(colour.clone()),
        ];
        self.put(key_room, Mark::Item(item));
        self.enter(&before);
        let giver = self.giver_of(&before);
        let rewards = self.small_reward();
        self.add(&format!("The {colour} door"), Some(&giver), steps, rewards);
    }

    /// Somebody met before, whose room is among those.
    fn giver_of(&mut self, rooms: &[usize]) -> String {
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

    /// Something is to be brought to somebody, who has a key.
    fn errand(&mut self) {
        let item = self.names.item(self.rng);
        self.lying(Item::Quest(item.clone()));
        let who = self.somebody();
        let before = self.ground.open_rooms();
        let mut rewards = vec![Reward::Trust(who.clone(), 0.3)];
        let steps = vec![
            Objective::Fetch(item.clone()),
            Objective::Deliver(item.clone(), who.clone()),
        ];
        let lock = self.lock();
        if let Some((colour, _)) = &lock {
            rewards.push(Reward::Item(Item::Key(colour.clone())));
        }
        self.add(&format!("{who}'s {item}"), Some(&who), steps, rewards);
        if let Some((colour, _)) = lock {
            self.enter(&before);
            let steps = vec![Objective::Open(colour.clone())];
            self.add(
                &format!("Behind the {colour} door"),
                Some(&who),
                steps,
                Vec::new(),
            );
        }
    }

    /// Somebody is locked up and wants to be led to where it is safe.
    fn rescue(&mut self) {
        let before = self.ground.open_rooms();
        let (key_room, goal_room) = (self.any_room(), self.any_room());
        let Some((colour, room)) = self.lock() else {
            return self.bounty();
        };
        let key = Item::Key(colour.clone());
        let name = self.names.person(self.rng);
        let steps = vec![
            Objective::Fetch(key.name()),
            Objective::Open(colour),
            Objective::Escort(name.clone(), self.ground.name(goal_room)),
        ];
        self.havens.push(room);
        self.put(key_room, Mark::Item(key));
        let what = Character {
            name: name.clone(),
            health: Some(400.0),
            persona: Some(name.clone()),
            ..Character::of(Role::Companion)
        };
        self.put(room, Mark::Character(Box::new(what)));
        self.people
            .push(Person::new(&name, Role::Companion, &self.ground.name(room)));
        self.enter(&before);
        let giver = self.giver_of(&before);
        let rewards = vec![Reward::Trust(name.clone(), 0.6)];
        self.add(&format!("{name} behind bars"), Some(&giver), steps, rewards);
    }

    /// Somebody is to be defeated, and the news brought.
    fn bounty(&mut self) {
        let giver = self.somebody();
        let foe = self.foe(vec![Item::Coin(5)], false);
        let steps = vec![
            Objective::Defeat(foe.clone()),
            Objective::Talk(giver.clone()),
        ];
        let rewards = vec![
            Reward::Item(Item::Potion(50.0)),
            Reward::Trust(giver.clone(), 0.2),
        ];
        self.add(&format!("The end of {foe}"), Some(&giver), steps, rewards);
    }

    /// A place is to be seen, and told of.
    fn scout(&mut self) {
        let giver = self.somebody();
        let room = self.any_room();
        let place = self.ground.name(room);
        let steps = vec![
            Objective::Reach(place.clone()),
            Objective::Talk(giver.clone()),
        ];
        let rewards = self.small_reward();
        self.add(&format!("News from {place}"), Some(&giver), steps, rewards);
    }

    /// Two ways to the same key: a fight, or a favour. None where all rooms are open.
    fn fork(&mut self) -> Option<()> {
        if !self.ground.can_lock() {
            return None;
        }
        let friend = self.somebody();
        let item = self.names.item(self.rng);
        self.lying(Item::Quest(item.clone()));
        let foe_name = self.foe(Vec::new(), false);
        let before = self.ground.open_rooms();
        let (colour, _) = self.lock()?;
        let choice = format!("c{}", self.choices.len() + 1);
        let after = self.last.clone();
        let giver = self.giver_of(&before);
        let key = || Reward::Item(Item::Key(colour.clone()));
        self.choices.push(Choice {
            id: choice.clone(),
            text: format!("{giver} keeps the {colour} key from you. Who shall get it for you?"),
            after: after.clone(),
            options: vec![
                ChoiceOption {
                    id: "fight".to_owned(),
                    text: format!("Rid {giver} of {foe_name}"),
                },
                ChoiceOption {
                    id: "favour".to_owned(),
                    text: format!("Do {friend} a favour"),
                },
            ],
        });
        let fight = vec![
            Objective::Defeat(foe_name.clone()),
            Objective::Talk(giver.clone()),
        ];
        let favour = vec![
            Objective::Fetch(item.clone()),
            Objective::Deliver(item.clone(), friend.clone()),
        ];
        let ids = [
            ("fight", &giver, format!("{foe_name} must go"), fight),
            ("favour", &friend, format!("A favour for {friend}"), favour),
        ]
        .map(|(option, who, title, steps)| {
            self.last.clone_from(&after);
            let rewards = vec![key(), Reward::Trust(who.clone(), 0.4)];
            let id = self.add(&title, Some(who), steps, rewards);
            if let Some(quest) = self.quests.last_mut() {
                let choice = choice.clone();
                let option = option.to_owned();
                quest.branch = Some(Branch { choice, option });
            }
            id
        });
        self.last = ids.to_vec();
        self.enter(&before);
        let steps = vec![Objective::Open(colour.clone())];
        self.add(
            &format!("Through the {colour} door"),
            None,
            steps,
            Vec::new(),
        );
        Some(())
    }

    /// A treasure, and what becomes of it.
    fn ending(&mut self) {
        let open = self.ground.open_rooms();
        let last = open.last().copied().unwrap_or(0);
        let treasure = self.names.treasure(self.rng);
        let item = Item::Quest(treasure.clone());
        let steps = if self.rng.chance(0.5) {
            let foe = self.foe(vec![item], self.options.difficulty > 0.5);
            vec![Objective::Defeat(foe), Objective::Fetch(treasure.clone())]
        } else {
            self.put(last, Mark::Item(item));
            vec![Objective::Fetch(treasure.clone())]
        };
        let owner = self.somebody();
        let found = self.add(&format!("The {treasure}"), Some(&owner), steps, Vec::new());
        let exit = self.any_room();
        self.put(exit, Mark::Place("exit".to_owned()));
        let choice = format!("c{}", self.choices.len() + 1);
        self.choices.push(Choice {
            id: choice.clone(),
            text: format!("The {treasure} is yours. Whose shall it be?"),
            after: vec![found.clone()],
            options: vec![
                ChoiceOption {
                    id: "keep".to_owned(),
                    text: "Leave with it".to_owned(),
                },
                ChoiceOption {
                    id: "give".to_owned(),
                    text: format!("Give it to {owner}"),
                },
            ],
        });
        let keep = vec![Objective::Reach("exit".to_owned())];
        let give = vec![Objective::Deliver(treasure.clone(), owner.clone())];
        for (option, title, steps, by) in [
            ("keep", format!("Away with the {treasure}"), keep, -0.6),
            ("give", format!("The {treasure} for {owner}"), give, 0.8),
        ] {
            self.last = vec![found.clone()];
            self.add(
                &title,
                Some(&owner),
                steps,
                vec![Reward::Trust(owner.clone(), by)],
            );
            if let Some(quest) = self.quests.last_mut() {
                quest.is_ending = true;
                let choice = choice.clone();
                let option = option.to_owned();
                quest.branch = Some(Branch { choice, option });
            }
        }
    }

    /// Guards that belong to no quest, more of them the harder it is to be.
    fn watchmen(&mut self) {
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
