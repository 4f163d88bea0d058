//! A character in conversation: hears, understands, answers from what it knows, and acts.

use std::collections::BTreeSet;
use std::path::Path;

use game::level::Level;
use game::world::{EventKind, GameState};
use serde::Serialize;
use sim::actor::ActorId;
use sim::input::InputError;
use sim::seed::stream;

use super::act::WorldAct;
use super::answer::{Mind, answer};
use super::character::{Character, Relation};
use super::deal::deal;
use super::facts::Claim;
use super::familiar;
use super::ground::forbidden;
use super::memory::{Memory, Turn};
use super::plan::{Plan, Reason, SpeechAct};
use super::safety::{Flag, cleaned, flag};
use super::say::{Choice, Tongue, choose};
use super::state::{Pending, Question};
use super::things::{Kind, ThingId, Things};
use crate::understanding::{Emotion, Intent, Understander, Understood};

/// After so many insults on end one is not answered any more until an apology.
const MAX_INSULTS: u32 = 3;
/// How fast a mood fades, a part a turn.
const FADING: f64 = 0.25;
/// A pause after which another conversation begins, seconds.
const PAUSE_S: f64 = 30.0;

/// The world that a conversation is about.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// Its things.
    pub things: &'a Things,
    /// Its state. Characters look at no more of it than they see.
    pub state: &'a GameState,
}

/// What a character answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reply {
    /// Its words.
    pub text: String,
    /// What it does by saying them.
    pub act: SpeechAct,
    /// How it feels.
    pub emotion: Emotion,
    /// What it states.
    pub claims: Vec<Claim>,
    /// What it does in the world; the caller carries it out.
    pub world_acts: Vec<WorldAct>,
    /// What it understood.
    pub understood: Understood,
    /// What the player's words refer to.
    pub things: Vec<ThingId>,
    /// Why it refuses, or has nothing to say.
    pub reason: Option<Reason>,
}

/// An answer before it is put in words.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What is said and done.
    pub plan: Plan,
    /// What is said, part by part, each in several ways.
    pub line: Vec<Choice>,
    /// What the grammar would say.
    pub text: String,
    /// What the player said.
    pub heard: String,
    understood: Understood,
    things: Vec<ThingId>,
}

/// A character that talks.
#[derive(Clone, Debug)]
pub struct Talker {
    /// Its actor.
    pub actor: ActorId,
    pub(super) me: ThingId,
    pub(super) player: ThingId,
    character: Character,
    /// What it knows and remembers.
    pub memory: Memory,
    seed: u64,
    /// When it was talked to last, seconds.
    last_s: f64,
    /// The state that it has taken in last, seconds.
    seen_s: f64,
}

impl Talker {
    /// A character of a level, when the level begins.
    ///
    /// # Errors
    /// If there is no such actor, or its file does not fit the level: (expected, found).
    pub fn new(
        character: Character,
        actor: ActorId,
        world: &World,
        seed: u64,
    ) -> Result<Self, (String, String)> {
        let missing = || {
            (
                "a character of the level".to_owned(),
                format!("actor {}", actor.0),
            )
        };
        let me = world.things.of_actor(actor).ok_or_else(missing)?;
        let player = world
            .things
            .all()
            .first()
            .map(|t| t.id)
            .ok_or_else(missing)?;
        let knowledge = character.first_knowledge(world.things, &world.state.layout, me)?;
        let name = world
            .things
            .get(me)
            .map(|t| t.name.clone())
            .unwrap_or_default();
        let mut memory = Memory::new(&name, knowledge);
        memory.relations.clone_from(&character.relations);
        memory.stock = character.goods.iter().map(|g| g.stock).collect();
        memory.quests_done = vec![false; character.quests.len()];
        memory.mood = (
            character.mood,
            if character.mood == Emotion::Neutral {
                0.0
            } else {
                0.6
            },
        );
        let mut made = Self {
            actor,
            me,
            player,
            character,
            memory,
            seed,
            last_s: f64::NEG_INFINITY,
            seen_s: f64::NEG_INFINITY,
        };
        made.observe(world);
        Ok(made)
    }

    /// Goes on with what it remembers of an earlier time in the same level.
    #[must_use]
    pub fn with_memory(mut self, memory: Memory) -> Self {
        self.memory = memory;
        self.last_s = f64::NEG_INFINITY;
        self
    }

    /// Itself among the level's things.
    pub fn me(&self) -> ThingId {
        self.me
    }

    /// Its file.
    pub fn character(&self) -> &Character {
        &self.character
    }

    /// A number that differs from turn to turn, for draws that give an answer its words.
    pub fn turn_seed(&self) -> u64 {
        let turn = u64::from(self.memory.state.turns) << 32;
        self.seed.wrapping_mul(1_000_003) ^ turn ^ u64::from(self.actor.0)
    }

    /// What it thinks of the player.
    pub fn relation(&self, world: &World) -> Relation {
        let is_player = |r: &&Relation| {
            r.who == "player" || world.things.named(&r.who, Kind::Person) == Some(self.player)
        };
        let found = self.memory.relations.iter().find(is_player).cloned();
        found.unwrap_or(Relation {
            who: "player".to_owned(),
            liking: 0.0,
            trust: 0.0,
        })
    }

    fn change_relation(&mut self, world: &World, liking: f64, trust: f64) {
        let mut relation = self.relation(world);
        relation.liking = (relation.liking + liking).clamp(-1.0, 1.0);
        relation.trust = (relation.trust + trust).clamp(-1.0, 1.0);
        let name = relation.who.clone();
        match self.memory.relations.iter_mut().find(|r| r.who == name) {
            Some(old) => *old = relation,
            None => self.memory.relations.push(relation),
        }
    }

    fn feel(&mut self, emotion: Emotion, strength: f64) {
        if strength >= self.memory.mood.1 {
            self.memory.mood = (emotion, strength.min(1.0));
        }
    }

    /// Its mood; neutral once it has faded.
    pub fn mood(&self) -> Emotion {
        if self.memory.mood.1 < 0.15 {
            Emotion::Neutral
        } else {
            self.memory.mood.0
        }
    }

    /// Takes in a tick: call it after each step of the world.
    pub fn observe(&mut self, world: &World) {
        self.seen_s = world.state.time_s();
        self.memory
            .knowledge
            .observe(world.things, world.state, self.actor);
        let Some(me) = world.state.character(self.actor) else {
            return;
        };
        let (name, courage) = (me.name.clone(), self.character.courage);
        for event in &world.state.events {
            let by = match &event.kind {
                EventKind::Hurt { by, .. } | EventKind::Died(by) => by.clone(),
                _ => continue,
            };
            if event.actor == self.actor {
                let emotion = if courage > 0.0 {
                    Emotion::Anger
                } else {
                    Emotion::Fear
                };
                self.feel(emotion, 0.9);
                if world.things.named(&by, Kind::Person) == Some(self.player) {
                    self.change_relation(world, -0.4, -0.4);
                }
                continue;
            }
            let is_seen = world.state.character(event.actor).is_some_and(|other| {
                super::knowledge::sees_cell(world.state, me, world.state.cell_of(other))
            });
            if !is_seen || by == name {
                continue;
            }
            let liking = self
                .memory
                .relations
                .iter()
                .find(|r| r.who == event.name)
                .map_or(0.0, |r| r.liking);
            if liking > 0.2 && matches!(event.kind, EventKind::Died(_)) {
                self.feel(Emotion::Sadness, 0.8);
            } else if liking < -0.2 {
                self.feel(Emotion::Joy, 0.5);
            }
        }
    }

    /// Hears the player and answers by the grammar.
    pub fn hear(&mut self, text: &str, world: &World, understander: &Understander) -> Reply {
        let draft = self.draft(text, world, understander);
        let said = draft.text.clone();
        self.finish(draft, &said, world)
    }

    /// Hears the player and plans an answer; [`Self::finish`] says it.
    pub fn draft(&mut self, text: &str, world: &World, understander: &Understander) -> Draft {
        let heard = cleaned(text);
        let understood = familiar::understand(understander, world.things, &heard);
        self.draft_of(&heard, understood, world)
    }

    /// As [`Self::draft`] of what is understood already.
    pub fn draft_of(&mut self, heard: &str, mut understood: Understood, world: &World) -> Draft {
        let flagged = flag(heard);
        if self.seen_s != world.state.time_s() {
            // What is in view is what is in view as it speaks.
            self.observe(world);
        }
        if flagged == Some(Flag::Injection) {
            understood.intent = None;
        }
        let is_alive = world
            .state
            .character(self.actor)
            .is_some_and(game::world::CharacterState::is_alive);
        self.memory.mood.1 *= 1.0 - FADING;
        let (plan, things) = if !is_alive {
            (Plan::of(SpeechAct::Silence), Vec::new())
        } else if flagged == Some(Flag::Abuse) {
            self.offend(world, 0.3);
            (Plan::of(SpeechAct::Rebuke), Vec::new())
        } else if flagged == Some(Flag::Injection) {
            (Plan::of(SpeechAct::NotUnderstood), Vec::new())
        } else {
            self.react(heard, &understood, world)
        };
        let now = world.state.time_s();
        let is_new = now - self.last_s > PAUSE_S && !self.memory.turns.is_empty();
        let tongue = Tongue {
            things: world.things,
            layout: &world.state.layout,
            me: self.me,
            player: self.player,
            manner: self.character.manner,
            mood: self.mood(),
            heard: understood.emotion,
            about: &self.character.about,
            asked_before: if is_new {
                self.memory.asked_before(now)
            } else {
                None
            },
            last: &self.memory.state.text,
        };
        let mut line = tongue.line(&plan);
        let mut plan = plan;
        if plan.act == SpeechAct::Greet {
            plan.about.extend(tongue.asked_before);
        }
        if matches!(plan.act, SpeechAct::Repeat) {
            plan.claims.clone_from(&self.memory.state.claims);
            line = vec![tongue.line(&Plan::of(SpeechAct::Repeat)).concat()];
        }
        let mut rng = stream(
            self.seed,
            Some(self.actor),
            &format!("say {}", self.memory.state.turns),
        );
        let text = choose(&line, &mut rng);
        Draft {
            plan,
            line,
            text,
            heard: heard.to_owned(),
            understood,
            things,
        }
    }

    /// Says an answer: in these words if they name nothing that the plan does not, else in the grammar's.
    pub fn finish(&mut self, draft: Draft, said: &str, world: &World) -> Reply {
        let mut allowed: BTreeSet<ThingId> = draft.plan.things().into_iter().collect();
        allowed.extend([self.me, self.player]);
        for claim in &draft.plan.claims {
            allowed.extend(self.needed(claim, world));
        }
        if draft.plan.act == SpeechAct::Repeat {
            // What was said was held against its own plan.
            allowed.extend(super::ground::named_in(
                world.things,
                &self.memory.state.text,
            ));
        }
        let is_grounded = |text: &str| forbidden(world.things, text, &allowed).is_none();
        let text = if is_grounded(said) {
            said
        } else {
            draft.text.as_str()
        };
        let text = if is_grounded(text) {
            text.to_owned()
        } else {
            String::new()
        };
        let Draft {
            plan,
            heard,
            understood,
            things,
            ..
        } = draft;
        let state = &mut self.memory.state;
        state.turns = state.turns.saturating_add(1);
        for claim in &plan.claims {
            for thing in claim.things() {
                match world.things.kind(thing) {
                    Some(Kind::Place) => state.place = Some(thing),
                    Some(_) if thing != self.me && thing != self.player => state.mention(thing),
                    _ => {}
                }
            }
        }
        // What the player spoke of stays foremost.
        for thing in &things {
            if world.things.kind(*thing) == Some(Kind::Place) {
                if plan.claims.is_empty() || things.len() == 1 {
                    state.place = Some(*thing);
                }
                state.mention(*thing);
            } else if *thing != self.player {
                state.mention(*thing);
            }
        }
        if plan.act != SpeechAct::Repeat {
            state.text.clone_from(&text);
            state.claims.clone_from(&plan.claims);
        }
        let now = world.state.time_s();
        self.last_s = now;
        self.memory.keep(Turn {
            time_s: now,
            heard,
            intent: understood.intent,
            things: things.clone(),
            said: text.clone(),
            claims: plan.claims.clone(),
        });
        Reply {
            text,
            act: plan.act,
            emotion: self.mood(),
            claims: plan.claims,
            world_acts: plan.world_acts,
            understood,
            things,
            reason: plan.reason,
        }
    }

    /// Things that a claim's words name beside its own: keys and switches of a lock, the aim of a goal.
    fn needed(&self, claim: &Claim, world: &World) -> Vec<ThingId> {
        use game::level::Lock;

        use super::facts::Fact;
        match &claim.fact {
            Fact::Needs {
                lock: Lock::Key(colour),
                ..
            } => world
                .things
                .named(&format!("{colour} key"), Kind::Item)
                .into_iter()
                .collect(),
            Fact::Needs {
                lock: Lock::Switches(names),
                ..
            } => names
                .iter()
                .filter_map(|n| super::answer::switch_named(world.things, n))
                .collect(),
            Fact::Goal(number) => {
                super::answer::goal_thing(world.things, world.state.layout.goals.get(*number))
                    .into_iter()
                    .collect()
            }
            Fact::Sells { .. } => world.things.named("coin", Kind::Item).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn offend(&mut self, world: &World, strength: f64) {
        let weight = strength * (1.0 - 0.5 * self.character.patience);
        self.change_relation(world, -weight, -weight / 2.0);
        self.feel(Emotion::Anger, 0.5 + strength);
        self.memory.state.insults = self.memory.state.insults.saturating_add(1);
    }

    /// The plan for what is understood, and what the player's words refer to.
    fn react(
        &mut self,
        heard: &str,
        understood: &Understood,
        world: &World,
    ) -> (Plan, Vec<ThingId>) {
        let is_sorry = understood.intent == Some(Intent::Apologise);
        if self.memory.state.insults >= MAX_INSULTS && !is_sorry {
            return (Plan::of(SpeechAct::Rebuke), Vec::new());
        }
        let (question, unclear) = match self.question(heard, understood, world) {
            Ok(found) => found,
            Err(plan) => {
                // What was named is spoken of, understood or not.
                let things = super::ground::named_in(world.things, heard);
                return (plan, things);
            }
        };
        let things = question.things.clone();
        if let Some(among) = unclear {
            let plan = Plan {
                about: among.clone(),
                ..Plan::of(SpeechAct::AskBack)
            };
            self.memory.state.pending = Some(Pending::Which { question, among });
            return (plan, things);
        }
        let pending = self.memory.state.pending.take();
        let plan = self.plan(&question, heard, pending, world);
        if matches!(
            question.intent,
            Intent::AskWhere
                | Intent::AskWhoDid
                | Intent::AskWhoHas
                | Intent::AskAbout
                | Intent::AskHappened
                | Intent::AskState
                | Intent::AskHow
                | Intent::AskGoods
                | Intent::AskFor
                | Intent::Open
                | Intent::Trade
        ) {
            self.memory.state.question = Some(question);
        }
        (plan, things)
    }

    fn plan(
        &mut self,
        question: &Question,
        heard: &str,
        pending: Option<Pending>,
        world: &World,
    ) -> Plan {
        let relation = self.relation(world);
        let is_foe = world
            .state
            .character(self.actor)
            .zip(world.state.player())
            .is_some_and(|(me, player)| {
                me.team != player.team && me.team != "neutral" && player.team != "neutral"
            });
        let mut question = question.clone();
        let is_of_self = question.things.first() == Some(&self.me);
        if question.intent == Intent::AskAbout && is_of_self {
            question.intent = Intent::AskSelf;
        }
        if let Some(plan) = self.social(question.intent, world) {
            return plan;
        }
        if is_foe {
            return Plan::refuse(Reason::Foe, None);
        }
        let cell = world
            .state
            .character(self.actor)
            .map(|me| world.state.cell_of(me));
        let mind = Mind {
            things: world.things,
            character: &self.character,
            memory: &self.memory,
            me: self.me,
            player: self.player,
            cell,
            trust: relation.trust,
        };
        if question.intent == Intent::AskSource {
            return explain(&self.memory);
        }
        if let Some(plan) = answer(&mind, world.state, &question) {
            return plan;
        }
        let made = deal(&mind, world.state, &question, heard, pending.as_ref());
        let (plan, change) = made;
        self.change_relation(world, change.liking, change.trust);
        if change.liking > 0.05 {
            self.feel(Emotion::Joy, 0.5);
        }
        if let Some(quest) = change
            .quest_done
            .and_then(|i| self.memory.quests_done.get_mut(i))
        {
            *quest = true;
        }
        if let Some(left) = change.sold.and_then(|i| self.memory.stock.get_mut(i)) {
            *left = left.saturating_sub(1);
        }
        if let Some(known) = change.told {
            self.memory.knowledge.learn(known);
        }
        if let Some(offer) = &plan.offer {
            self.memory.state.pending = Some(Pending::Offer(WorldAct::clone(offer)));
        }
        plan
    }

    /// What belongs to good manners and bad ones.
    fn social(&mut self, intent: Intent, world: &World) -> Option<Plan> {
        let act = match intent {
            Intent::Greet => SpeechAct::Greet,
            Intent::Goodbye => SpeechAct::Farewell,
            Intent::AskSelf => SpeechAct::Introduce,
            Intent::AskFeeling => SpeechAct::Feel,
            Intent::Repeat => SpeechAct::Repeat,
            Intent::Thank => {
                self.change_relation(world, 0.02, 0.0);
                SpeechAct::Acknowledge
            }
            Intent::Praise => {
                self.change_relation(world, 0.1, 0.02);
                self.feel(Emotion::Joy, 0.5);
                SpeechAct::Thank
            }
            Intent::Apologise => {
                self.memory.state.insults = 0;
                self.change_relation(world, 0.05, 0.0);
                self.memory.mood.1 *= 0.4;
                SpeechAct::Forgive
            }
            Intent::Insult => {
                self.offend(world, 0.2);
                SpeechAct::Rebuke
            }
            Intent::Threaten => {
                let is_brave = self.character.courage > 0.0;
                self.change_relation(world, -0.3, -0.3);
                self.feel(
                    if is_brave {
                        Emotion::Anger
                    } else {
                        Emotion::Fear
                    },
                    0.8,
                );
                SpeechAct::Warn
            }
            _ => return None,
        };
        if !matches!(intent, Intent::Insult) {
            self.memory.state.insults = 0;
        }
        Some(Plan::of(act))
    }
}

/// How one knows what one said last.
fn explain(memory: &Memory) -> Plan {
    let Some(claim) = memory.state.claims.first() else {
        return Plan::nothing(Reason::Nothing);
    };
    let known = memory
        .knowledge
        .facts()
        .iter()
        .rev()
        .find(|k| k.fact == claim.fact);
    let source = known.map_or(super::facts::Source::Own, |k| k.source);
    let mut plan = Plan::of(SpeechAct::Explain(source));
    if let super::facts::Source::Told(who) = source {
        plan.about.push(who);
    }
    plan
}

/// What a level's characters bring into it, and the level's things with them.
///
/// # Errors
/// If a character's file does not fit the level; `folder` and the persona's name make its path.
pub fn talkers(
    level: &Level,
    state: &GameState,
    seed: u64,
    mut load: impl FnMut(&str) -> Result<Character, InputError>,
) -> Result<(Things, Vec<Talker>), InputError> {
    let mut files: Vec<(ActorId, Character, String)> = Vec::new();
    let placed = state.layout.characters.iter();
    for (who, placed) in state.characters.iter().skip(1).zip(placed) {
        let (character, name) = match &placed.what.persona {
            Some(persona) => (load(persona)?, persona.clone()),
            None => (Character::plain(), who.name.clone()),
        };
        files.push((who.id, character, name));
    }
    let goods: Vec<String> = files.iter().flat_map(|(_, c, _)| c.goods_names()).collect();
    let things = Things::new(level, state, &goods);
    let mut all = Vec::new();
    for (actor, character, name) in files {
        let world = World {
            things: &things,
            state,
        };
        let made = Talker::new(character, actor, &world, seed);
        all.push(
            made.map_err(|(expected, found)| InputError::new(Path::new(&name), expected, found))?,
        );
    }
    Ok((things, all))
}
