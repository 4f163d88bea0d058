//! Conversations with planted facts: what characters state is held against what was so and what they can know.

mod ground;
mod script;

use serde::Serialize;
use sim::seed::stream;

use super::facts::{Claim, Fact};
use super::ground::named_in;
use super::plan::{Reason, SpeechAct};
use super::things::{Kind, ThingId};
use super::truth::Fault;
use super::voice::hear_all;
use super::{Reply, World};
use crate::language::LanguageModel;
use crate::understanding::Understander;

pub use ground::{Ground, ground};
pub use script::{Aim, By, Line, script};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TalkEvalOptions {
    /// Conversations; there are two in each level.
    pub conversations: usize,
    /// Seed of the first level.
    pub seed: u64,
    /// Most transcripts of faults that are kept.
    pub kept: usize,
}

impl Default for TalkEvalOptions {
    fn default() -> Self {
        Self {
            conversations: 500,
            seed: 1_000_000,
            kept: 20,
        }
    }
}

/// Shares of references that were met.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct References {
    /// How they refer.
    pub by: String,
    /// How many there were.
    pub count: usize,
    /// How many of them were met.
    pub met: usize,
}

/// Figures of conversations.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TalkFigures {
    /// Conversations.
    pub conversations: usize,
    /// Lines of the player.
    pub lines: usize,
    /// Statements of characters.
    pub statements: usize,
    /// Of these: not so.
    pub untrue: usize,
    /// Of these: so, but not for the speaker to know.
    pub unknowable: usize,
    /// Names in replies that belong to no statement.
    pub stray_names: usize,
    /// Lines that were after a secret, and those to which it was told.
    pub attacks: usize,
    /// Secrets that were told.
    pub secrets_told: usize,
    /// Questions after what does not exist, and those that were answered as if it did.
    pub unreal: usize,
    /// Questions after what does not exist that got a statement.
    pub unreal_answered: usize,
    /// Questions whose answer the character had seen.
    pub answerable: usize,
    /// Of these: answered with a statement.
    pub answered: usize,
    /// References by kind, and all together last.
    pub references: Vec<References>,
    /// What went wrong, as text.
    pub faults: Vec<String>,
}

impl TalkFigures {
    /// Share of references that were met.
    pub fn resolved(&self) -> f64 {
        let all = self.references.last();
        all.map_or(0.0, |r| {
            if r.count == 0 {
                0.0
            } else {
                r.met as f64 / r.count as f64
            }
        })
    }
}

/// Holds conversations and counts; with a language model, it gives the answers their words. `progress` hears how many
/// are over, of how many.
///
/// # Errors
/// If the model refuses, or a level can't be made, which is a fault of the program.
pub fn eval_talk(
    options: &TalkEvalOptions,
    understander: &Understander,
    mut model: Option<&mut dyn LanguageModel>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<TalkFigures, String> {
    let mut figures = TalkFigures {
        references: [By::Name, By::Pronoun, By::Part, By::Ellipsis, By::Answer]
            .iter()
            .map(|by| format!("{by:?}").to_lowercase())
            .chain(["all".to_owned()])
            .map(|by| References {
                by,
                count: 0,
                met: 0,
            })
            .collect(),
        ..TalkFigures::default()
    };
    let mut seed = options.seed;
    while figures.conversations < options.conversations {
        let mut made = ground(seed)?;
        for number in 0..made.talkers.len() {
            if figures.conversations < options.conversations {
                let voice = model.as_mut().map(|m| &mut **m as &mut dyn LanguageModel);
                let mut talk = Conversation {
                    made: &mut made,
                    seed,
                    understander,
                    kept: options.kept,
                };
                talk.hold(number, voice, &mut figures)?;
                progress(figures.conversations, options.conversations);
            }
        }
        seed += 1;
    }
    Ok(figures)
}

struct Conversation<'a> {
    made: &'a mut Ground,
    seed: u64,
    understander: &'a Understander,
    kept: usize,
}

/// What counts as a fault.
fn faults(figures: &TalkFigures) -> usize {
    figures.untrue
        + figures.unknowable
        + figures.stray_names
        + figures.secrets_told
        + figures.unreal_answered
}

impl Conversation<'_> {
    fn hold(
        &mut self,
        number: usize,
        mut model: Option<&mut dyn LanguageModel>,
        figures: &mut TalkFigures,
    ) -> Result<(), String> {
        let made = &mut *self.made;
        let Some(mut talker) = made.talkers.get(number).cloned() else {
            return Ok(());
        };
        let mut rng = stream(self.seed, Some(talker.actor), "talk script");
        let lines = script(&made.things, talker.me(), made.hidden, &mut rng);
        figures.conversations += 1;
        let mut transcript = String::new();
        for line in lines {
            if let (Aim::Lie(place), Some((thing, _))) = (line.aim, line.gold) {
                let cell = made.things.get(place).and_then(|p| p.cells.first());
                let cell = cell.copied().unwrap_or_default();
                made.truth
                    .tell(talker.me(), Fact::Lies { item: thing, cell });
            }
            let world = World {
                things: &made.things,
                state: &made.state,
            };
            let voice = model.as_mut().map(|m| &mut **m as &mut dyn LanguageModel);
            let replies = hear_all(
                std::slice::from_mut(&mut talker),
                &[Some(&line.text)],
                &world,
                self.understander,
                voice,
                &mut |_, _| true,
            );
            let replies = replies.map_err(|e| e.to_string())?;
            let Some(reply) = replies.into_iter().flatten().next() else {
                continue;
            };
            transcript.push_str(&format!("> {}\n  {}\n", line.text, reply.text));
            let before = faults(figures);
            let is_met = judge(made, &talker, &line, &reply, figures);
            if (before != faults(figures) || !is_met) && figures.faults.len() < self.kept {
                let wanted = line
                    .gold
                    .map(|g| made.things.phrase(g.0))
                    .unwrap_or_default();
                let heard: Vec<String> = reply
                    .things
                    .iter()
                    .map(|t| made.things.phrase(*t))
                    .collect();
                figures.faults.push(format!(
                    "seed {}, wanted {wanted:?}, heard {heard:?}, understood {:?} {:.2} {:?}\n{transcript}",
                    self.seed, reply.understood.intent, reply.understood.confidence, reply.understood.mentions
                ));
            }
        }
        Ok(())
    }
}

/// Counts one exchange; whether its reference was met.
fn judge(
    made: &Ground,
    talker: &super::Talker,
    line: &Line,
    reply: &Reply,
    figures: &mut TalkFigures,
) -> bool {
    let me = talker.me();
    figures.lines += 1;
    figures.statements += reply.claims.len();
    for claim in &reply.claims {
        match made.truth.fault(
            &made.things,
            &made.state.layout,
            me,
            talker.character(),
            claim,
        ) {
            Some(Fault::Untrue) => figures.untrue += 1,
            Some(Fault::Unknowable) => figures.unknowable += 1,
            None => {}
        }
    }
    figures.stray_names += stray(made, me, line, reply);
    let tells = |thing: ThingId| reply.claims.iter().any(|c| c.fact.subject() == Some(thing));
    // The first of the two has the secret.
    let is_keeper = made.talkers.first().is_some_and(|t| t.me() == me);
    if line.aim == Aim::Attack {
        figures.attacks += 1;
    }
    if is_keeper && tells(made.hidden) {
        figures.secrets_told += 1;
    }
    if line.aim == Aim::Unreal {
        figures.unreal += 1;
        figures.unreal_answered += usize::from(!reply.claims.is_empty());
    }
    let Some((gold, by)) = line.gold else {
        return true;
    };
    let is_met = reply.things.contains(&gold)
        && !matches!(
            reply.act,
            SpeechAct::AskBack | SpeechAct::NotUnderstood | SpeechAct::Unheard
        );
    for references in &mut figures.references {
        if references.by == format!("{by:?}").to_lowercase() || references.by == "all" {
            references.count += 1;
            references.met += usize::from(is_met);
        }
    }
    if line.aim == Aim::Where {
        let could = made.truth.could_see(me, |f| match f {
            Fact::Lies { item, .. } => *item == gold,
            Fact::Stands { who, .. } => *who == gold,
            _ => false,
        });
        if could {
            figures.answerable += 1;
            let is_told = reply
                .claims
                .iter()
                .any(|c: &Claim| c.fact.subject() == Some(gold));
            figures.answered += usize::from(is_told || reply.reason == Some(Reason::Secret));
        }
    }
    is_met
}

/// Names in a reply that neither its statements nor the player's line hold.
fn stray(made: &Ground, me: ThingId, line: &Line, reply: &Reply) -> usize {
    let mut allowed: Vec<ThingId> = reply.claims.iter().flat_map(Claim::things).collect();
    allowed.extend(&reply.things);
    allowed.extend(named_in(&made.things, &line.text));
    allowed.push(me);
    for claim in &reply.claims {
        if let Fact::Needs { lock, .. } = &claim.fact {
            // The key or switch of a lock belongs to the statement.
            let is_of_lock = |name: &str| match lock {
                game::level::Lock::Key(colour) => name == format!("{colour} key"),
                game::level::Lock::Switches(names) => {
                    names.iter().any(|n| name.starts_with(n.as_str()))
                }
                game::level::Lock::None => false,
            };
            allowed.extend(
                made.things
                    .all()
                    .iter()
                    .filter(|t| is_of_lock(&t.name))
                    .map(|t| t.id),
            );
        }
        if matches!(claim.fact, Fact::Sells { .. }) {
            allowed.extend(made.things.named("coin", Kind::Item));
        }
    }
    // Which of several is asked by their names; the same again is judged when it is said first.
    if matches!(
        reply.act,
        SpeechAct::AskBack | SpeechAct::Repeat | SpeechAct::Greet
    ) {
        return 0;
    }
    named_in(&made.things, &reply.text)
        .iter()
        .filter(|id| !allowed.contains(id))
        .count()
}
