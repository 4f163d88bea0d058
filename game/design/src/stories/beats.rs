//! The kinds of quests that a plot is made of.

use game::level::{Character, Item, Mark, Role};
use sim::seed::Draw;

use super::people::Person;
use super::plot::Plot;
use super::{Branch, Choice, ChoiceOption, Objective, Reward};

impl Plot<'_> {
    /// A key lies about; its door is to be opened.
    pub(super) fn key_hunt(&mut self) {
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

    /// Something is to be brought to somebody, who has a key.
    pub(super) fn errand(&mut self) {
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
    pub(super) fn rescue(&mut self) {
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
    pub(super) fn bounty(&mut self) {
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
    pub(super) fn scout(&mut self) {
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
    pub(super) fn fork(&mut self) -> Option<()> {
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
    pub(super) fn ending(&mut self) {
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
}
