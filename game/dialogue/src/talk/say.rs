//! From a plan to words: a grammar that says what is planned and nothing else.

use game::level::{Goal, Layout, Lock, Role};
use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

use super::act::{Hindrance, WorldAct};
use super::answer::{goal_thing, switch_named};
use super::character::Manner;
use super::facts::{Claim, Fact, Source, When};
use super::plan::{Plan, Reason, SpeechAct};
use super::things::{ThingId, Things};
use crate::understanding::Emotion;

/// Ways of saying the same.
pub type Choice = Vec<String>;

/// Who talks how, and of what.
#[derive(Clone, Copy, Debug)]
pub struct Tongue<'a> {
    /// All things of the level.
    pub things: &'a Things,
    /// The level.
    pub layout: &'a Layout,
    /// The speaker.
    pub me: ThingId,
    /// Who is spoken to.
    pub player: ThingId,
    /// The speaker's way.
    pub manner: Manner,
    /// The speaker's mood.
    pub mood: Emotion,
    /// How the player spoke.
    pub heard: Emotion,
    /// What the speaker says of itself.
    pub about: &'a str,
    /// What the player asked after in an earlier conversation.
    pub asked_before: Option<ThingId>,
    /// What was said last.
    pub last: &'a str,
}

fn choices(all: &[&str]) -> Choice {
    all.iter().map(|text| (*text).to_owned()).collect()
}

/// With its first letter large.
fn sentence(text: String) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text,
    }
}

/// `a, b and c`.
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

impl Tongue<'_> {
    /// As the doer of a sentence.
    fn doer(&self, id: ThingId) -> String {
        match id {
            _ if id == self.me => "I".to_owned(),
            _ if id == self.player => "you".to_owned(),
            _ => self.things.phrase(id),
        }
    }

    /// As what something is done to.
    fn object(&self, id: ThingId) -> String {
        if id == self.me {
            "me".to_owned()
        } else {
            self.doer(id)
        }
    }

    /// A verb in the present and past that goes with a doer.
    fn verb(
        &self,
        id: ThingId,
        own: &'static str,
        yours: &'static str,
        theirs: &'static str,
    ) -> &'static str {
        match id {
            _ if id == self.me => own,
            _ if id == self.player => yours,
            _ => theirs,
        }
    }

    /// Where a claim puts its subject: `in the hall, to the north-east of here`.
    fn place(&self, claim: &Claim) -> String {
        let spot = claim.spot.map(|spot| self.things.spot_phrase(spot));
        let heading = claim
            .heading
            .map(|(_, compass)| format!("to the {} of here", compass.name()));
        let parts: Vec<String> = [spot, heading].into_iter().flatten().collect();
        if parts.is_empty() {
            "right here".to_owned()
        } else {
            parts.join(", ")
        }
    }

    /// Ways of stating a claim, each a whole sentence.
    pub fn claim(&self, claim: &Claim) -> Choice {
        let place = self.place(claim);
        let all: Vec<String> = match &claim.fact {
            Fact::Lies { item, .. } | Fact::Fixed { thing: item, .. } => {
                let it = self.things.phrase(*item);
                match claim.when {
                    When::Now => vec![
                        format!("{it} is {place}"),
                        format!("you will find {it} {place}"),
                    ],
                    When::Always => vec![
                        format!("{it} is {place}"),
                        format!("as I know, {it} is {place}"),
                    ],
                    When::Then(_) => vec![
                        format!("when I last looked, {it} was {place}"),
                        format!("I saw {it} {place}, but that is a while ago"),
                    ],
                    When::Before => vec![
                        format!("before all this began, {it} was {place}"),
                        format!("{it} used to be {place}, I can not say whether it still is"),
                    ],
                    When::Said(who) => {
                        vec![format!("{} told me that {it} is {place}", self.doer(who))]
                    }
                }
            }
            Fact::Stands { who, .. } => {
                let (it, is) = (self.doer(*who), self.verb(*who, "am", "are", "is"));
                let was = self.verb(*who, "was", "were", "was");
                match claim.when {
                    When::Now | When::Always if *who == self.me => {
                        vec![
                            format!("I am right here, {place}"),
                            format!("here I am, {place}"),
                        ]
                    }
                    When::Now | When::Always => vec![
                        format!("{it} {is} {place}"),
                        format!("I can see that {it} {is} {place}"),
                    ],
                    When::Then(_) => vec![
                        format!("{it} {was} {place} when I last looked"),
                        format!(
                            "I saw {} {place}, but that is a while ago",
                            self.object(*who)
                        ),
                    ],
                    When::Before => vec![
                        format!("before all this began, {it} {was} {place}"),
                        format!("{it} used to be {place}"),
                    ],
                    When::Said(by) => {
                        vec![format!("{} told me that {it} {is} {place}", self.doer(by))]
                    }
                }
            }
            Fact::Dead { who } => {
                let (it, is) = (self.doer(*who), self.verb(*who, "am", "are", "is"));
                match claim.when {
                    When::Said(by) => {
                        vec![format!("{} told me that {it} {is} dead", self.doer(by))]
                    }
                    _ => vec![
                        format!("{it} {is} dead"),
                        format!("I saw {} die", self.object(*who)),
                    ],
                }
            }
            Fact::Holds { who, item } => self.possession(claim.when, *who, *item, true),
            Fact::Lacks { who, item } => self.possession(claim.when, *who, *item, false),
            Fact::Door { door, is_open } => {
                self.condition(claim.when, *door, if *is_open { "open" } else { "shut" })
            }
            Fact::Switch { switch, is_on } => {
                self.condition(claim.when, *switch, if *is_on { "on" } else { "off" })
            }
            Fact::Needs { door, lock } => {
                let it = self.things.phrase(*door);
                match lock {
                    Lock::None => vec![
                        format!("{it} has no lock, it opens for whoever comes"),
                        format!("nothing locks {it}, just walk up to it"),
                    ],
                    Lock::Key(colour) => vec![
                        format!("{it} opens with the {colour} key"),
                        format!("you need the {colour} key for {it}"),
                    ],
                    Lock::Switches(names) => {
                        let all: Vec<String> = names
                            .iter()
                            .map(|n| {
                                switch_named(self.things, n)
                                    .map_or_else(|| n.clone(), |id| self.things.phrase(id))
                            })
                            .collect();
                        vec![
                            format!("{it} opens by {}", listed(&all)),
                            format!("it takes {} to open {it}", listed(&all)),
                        ]
                    }
                }
            }
            Fact::Did { who, deed, what } => {
                let (it, done) = (
                    self.doer(*who),
                    format!("{} {}", deed.past(), self.object(*what)),
                );
                match claim.when {
                    When::Said(by) => vec![format!("{} told me that {it} {done}", self.doer(by))],
                    _ if *who == self.me => vec![format!("I {done}"), format!("I {done} myself")],
                    _ => vec![format!("{it} {done}"), format!("I saw it, {it} {done}")],
                }
            }
            Fact::Is { who, role } => {
                let article = if matches!(
                    role,
                    Role::Guard | Role::Merchant | Role::Companion | Role::Player | Role::Boss
                ) {
                    "a "
                } else {
                    ""
                };
                let (it, is) = (self.doer(*who), self.verb(*who, "am", "are", "is"));
                let role = match role {
                    Role::Boss => "warden",
                    Role::Prey => "easy prey",
                    _ => role.name(),
                };
                vec![format!("{it} {is} {article}{role}")]
            }
            Fact::Goal(number) => match self.layout.goals.get(*number) {
                Some(goal) => {
                    let what = goal_thing(self.things, Some(goal)).map(|t| self.things.phrase(t));
                    let to = match (goal, what) {
                        (Goal::Reach(_), Some(it)) => format!("reach {it}"),
                        (Goal::Collect(_), Some(it)) => format!("get {it}"),
                        (Goal::Defeat(_), Some(it)) => format!("defeat {it}"),
                        (other, _) => other.to_string(),
                    };
                    vec![format!("we have to {to}"), format!("our task is to {to}")]
                }
                None => Vec::new(),
            },
            Fact::Sells { item, price, .. } => {
                let (it, coins) = (
                    self.things.phrase(*item),
                    if *price == 1 { "coin" } else { "coins" },
                );
                vec![
                    format!("I sell {it} for {price} {coins}"),
                    format!("{it} is yours for {price} {coins}"),
                ]
            }
            Fact::Wants { item, .. } => {
                let it = self.things.phrase(*item);
                vec![
                    format!("I would like to have {it}"),
                    format!("bring me {it}, if you can"),
                ]
            }
        };
        all.into_iter().map(|text| sentence(text) + ".").collect()
    }

    fn possession(&self, when: When, who: ThingId, item: ThingId, has: bool) -> Vec<String> {
        let (doer, it) = (self.doer(who), self.things.phrase(item));
        let word = self.verb(who, "have", "have", "has");
        match (when, has) {
            (When::Now | When::Always, true) => vec![
                format!("{doer} {word} {it}"),
                format!("{it} is with {}", self.object(who)),
            ],
            (When::Now | When::Always, false) => vec![format!(
                "{doer} {} not have {it}",
                self.verb(who, "do", "do", "does")
            )],
            (When::Before, true) => vec![format!("before all this began, {doer} had {it}")],
            (When::Then(_), true) => vec![format!("when I last looked, {doer} had {it}")],
            (When::Before | When::Then(_), false) => vec![format!("{doer} did not have {it} then")],
            (When::Said(by), true) => {
                vec![format!("{} told me that {doer} {word} {it}", self.doer(by))]
            }
            (When::Said(by), false) => {
                vec![format!(
                    "{} told me that {doer} {} not have {it}",
                    self.doer(by),
                    self.verb(who, "do", "do", "does")
                )]
            }
        }
    }

    fn condition(&self, when: When, thing: ThingId, how: &str) -> Vec<String> {
        let it = self.things.phrase(thing);
        match when {
            When::Now | When::Always => vec![
                format!("{it} is {how}"),
                format!("{it} is {how}, I can see it"),
            ],
            When::Then(_) => vec![
                format!("when I last looked, {it} was {how}"),
                format!("{it} was {how} when I saw it"),
            ],
            When::Before => vec![format!("before all this began, {it} was {how}")],
            When::Said(who) => vec![format!("{} told me that {it} is {how}", self.doer(who))],
        }
    }

    /// What is said, part by part; each part in several ways.
    pub fn line(&self, plan: &Plan) -> Vec<Choice> {
        let mut parts = Vec::new();
        if let Some(lead) = self.lead(plan) {
            parts.push(lead);
        }
        let act = self.act(plan);
        if !act.is_empty() {
            parts.push(act);
        }
        parts.extend(
            plan.claims
                .iter()
                .map(|claim| self.claim(claim))
                .filter(|c| !c.is_empty()),
        );
        parts
    }

    /// Words before, by mood and by how the player spoke; they state nothing.
    fn lead(&self, plan: &Plan) -> Option<Choice> {
        let is_factual = matches!(
            plan.act,
            SpeechAct::Inform | SpeechAct::DenyKnowing | SpeechAct::Agree
        );
        if !is_factual {
            return None;
        }
        let to_player = match self.heard {
            Emotion::Fear => Some(["Stay calm.", "Do not be afraid."]),
            Emotion::Anger => Some(["No need to shout.", "Calm down."]),
            Emotion::Sadness => Some(["Take heart.", "Do not lose hope."]),
            Emotion::Joy | Emotion::Neutral => None,
        };
        if let Some(lead) = to_player {
            return Some(choices(&lead));
        }
        Some(choices(match (self.mood, self.manner) {
            (Emotion::Anger, _) => &["Hmph.", "If you must know."],
            (Emotion::Fear, _) => &["Quietly now.", "Not so loud."],
            (Emotion::Sadness, _) => &["Ah me.", "Well..."],
            (Emotion::Joy, _) => &["Gladly!", "With pleasure!"],
            (Emotion::Neutral, Manner::Courtly) => &["If it please you.", "At your service."],
            (Emotion::Neutral, Manner::Gruff) => &["Hm.", "Well."],
            (Emotion::Neutral, Manner::Merry) => &["Ha!", "Oh, that!"],
            (Emotion::Neutral, Manner::Plain) => return None,
        }))
    }

    fn by_manner(
        &self,
        plain: [&str; 2],
        courtly: [&str; 2],
        gruff: [&str; 2],
        merry: [&str; 2],
    ) -> Choice {
        choices(&match self.manner {
            Manner::Plain => plain,
            Manner::Courtly => courtly,
            Manner::Gruff => gruff,
            Manner::Merry => merry,
        })
    }

    fn act(&self, plan: &Plan) -> Choice {
        let about = plan.about.first().map(|id| self.object(*id));
        match plan.act {
            SpeechAct::Silence | SpeechAct::Inform => Choice::new(),
            SpeechAct::Greet => self.greeting(),
            SpeechAct::Farewell => self.by_manner(
                ["Goodbye.", "See you."],
                ["Fare you well.", "May your way be safe."],
                ["Bye.", "Off you go, then."],
                [
                    "So long, and come back soon!",
                    "Off you go, then, and good luck!",
                ],
            ),
            SpeechAct::DenyKnowing => match (plan.reason, about) {
                (Some(Reason::SawNothing), _) => choices(&[
                    "I have seen nothing worth telling.",
                    "Nothing that I would have seen.",
                ]),
                (Some(Reason::NoQuest), _) => choices(&[
                    "There is nothing that I need done.",
                    "I have no task for you.",
                ]),
                (Some(Reason::EmptyHands), _) => {
                    choices(&["I carry nothing.", "My hands are empty."])
                }
                (Some(Reason::NoGoods), _) => choices(&["I sell nothing.", "I am no trader."]),
                (Some(Reason::SoldOut), _) => {
                    choices(&["I have sold everything.", "All my goods are gone."])
                }
                (Some(Reason::NotWhere), Some(it)) => {
                    let first = plan.about.first();
                    let is = first.map_or("is", |id| self.verb(*id, "am", "are", "is"));
                    vec![
                        format!("I do not know where {it} {is}."),
                        format!("I could not say where {it} {is}."),
                    ]
                }
                (Some(Reason::NotWho), Some(_)) => {
                    choices(&["I did not see who it was.", "I do not know who did that."])
                }
                (Some(Reason::NotState), Some(it)) => vec![
                    format!("I do not know how it stands with {it}."),
                    format!("I could not say, I have no news of {it}."),
                ],
                (Some(Reason::NotHow), Some(it)) => vec![
                    format!("I can not help you with {it}."),
                    format!("I do not know what to do about {it}."),
                ],
                (None, Some(it)) => vec![
                    format!("I can not tell you anything about {it}."),
                    format!("I have nothing to say about {it}."),
                ],
                (None, None) => choices(&["I do not know.", "I can not tell you that."]),
                (Some(_), _) => {
                    choices(&["What do you mean?", "I do not know what you mean by that."])
                }
            },
            SpeechAct::Unheard => choices(&[
                "I have never heard of that.",
                "I know of no such thing here.",
            ]),
            SpeechAct::Refuse => self.refusal(plan.reason, about),
            SpeechAct::AskBack => {
                let all: Vec<String> = plan.about.iter().map(|id| self.object(*id)).collect();
                let named = match all.as_slice() {
                    [first @ .., last] if !first.is_empty() => {
                        format!("{} or {last}", first.join(", "))
                    }
                    _ => listed(&all),
                };
                vec![
                    format!("Which do you mean: {named}?"),
                    format!("Do you mean {named}?"),
                ]
            }
            SpeechAct::Agree => self.agreement(plan),
            SpeechAct::Offer => choices(&["Do you want it?", "Shall we say so?"]),
            SpeechAct::Warn => self.by_manner(
                ["Do not threaten me.", "You had better not try."],
                [
                    "I would think that over, if I were you.",
                    "Such words do you no honour.",
                ],
                ["Try it.", "Come on, then."],
                ["Oh, how I tremble!", "Now, now."],
            ),
            SpeechAct::Thank => self.by_manner(
                ["Thank you.", "Thanks."],
                ["I am obliged to you.", "You have my thanks."],
                ["Good.", "That will do."],
                ["Oh, how lovely, thank you!", "What a day, thank you!"],
            ),
            SpeechAct::Acknowledge => self.by_manner(
                ["I see.", "All right."],
                ["As you say.", "I shall remember it."],
                ["Hm.", "So."],
                ["Well, well!", "You do not say!"],
            ),
            SpeechAct::Forgive => self.by_manner(
                ["Let us forget it.", "It is all right."],
                ["It is forgiven.", "Think no more of it."],
                ["Fine.", "Mind your words next time."],
                ["Forgotten already!", "Oh, never mind!"],
            ),
            SpeechAct::Feel => choices(match self.mood {
                Emotion::Neutral => &["I am well enough.", "I can not complain."],
                Emotion::Anger => &["I am angry, since you ask.", "My blood is up."],
                Emotion::Fear => &["I am afraid.", "I do not feel safe."],
                Emotion::Joy => &["I feel wonderful.", "I am in good spirits."],
                Emotion::Sadness => &["I am sad.", "My heart is heavy."],
            }),
            SpeechAct::Introduce => {
                let name = self.things.phrase(self.me);
                vec![
                    format!("I am {name}. {}", self.about),
                    format!("They call me {name}. {}", self.about),
                ]
            }
            SpeechAct::Explain(source) => match source {
                Source::Saw => choices(&["I saw it with my own eyes.", "I saw it myself."]),
                Source::Own => choices(&[
                    "It is my own doing, I should know.",
                    "Who would know better than I?",
                ]),
                Source::Persona => choices(&[
                    "I have known it for a long time.",
                    "I knew that long before you came.",
                ]),
                Source::Told(who) => vec![
                    format!("{} told me so.", sentence(self.doer(who))),
                    format!("I have it from {}.", self.object(who)),
                ],
            },
            SpeechAct::Repeat => {
                if self.last.is_empty() {
                    choices(&["I have not said anything yet."])
                } else {
                    vec![format!("I said: {}", self.last)]
                }
            }
            SpeechAct::NotUnderstood => self.by_manner(
                [
                    "I do not understand.",
                    "I do not know what you are talking about.",
                ],
                [
                    "Forgive me, I can not follow you.",
                    "I fear that is beyond me.",
                ],
                ["What?", "Talk sense."],
                ["You do talk strangely!", "That went right over my head!"],
            ),
            SpeechAct::Rebuke => self.by_manner(
                ["I will not be talked to like that.", "Mind your words."],
                ["Such words are beneath you.", "I will not listen to this."],
                ["Watch your mouth.", "Enough."],
                ["Now that was not nice.", "Let us talk of something else."],
            ),
        }
    }

    fn greeting(&self) -> Choice {
        let mut all = match self.mood {
            Emotion::Anger => choices(&["What do you want?", "You again."]),
            Emotion::Fear => choices(&["Who is there? Oh, hello.", "Hello. Quietly, please."]),
            Emotion::Sadness => choices(&["Oh. Hello.", "Hello."]),
            Emotion::Joy | Emotion::Neutral => self.by_manner(
                ["Hello.", "Good day."],
                ["Be greeted.", "I bid you welcome."],
                ["Yes?", "Well met."],
                ["Hello, hello!", "Ah, a friendly face!"],
            ),
        };
        if let Some(thing) = self.asked_before {
            let it = self.object(thing);
            for text in &mut all {
                text.push_str(&format!(" You asked me about {it} before."));
            }
        }
        all
    }

    fn refusal(&self, reason: Option<Reason>, about: Option<String>) -> Choice {
        let it = about.unwrap_or_else(|| "that".to_owned());
        match reason {
            Some(Reason::Secret) => choices(&[
                "I would rather not speak of that.",
                "That is not for your ears.",
            ]),
            Some(Reason::NotTrusted) => choices(&[
                "I do not trust you enough for that.",
                "Not to somebody I hardly know.",
            ]),
            Some(Reason::Foe) => {
                choices(&["I do not help my enemies.", "From me you get nothing."])
            }
            Some(Reason::Stays) => choices(&["I stay where I am.", "My place is here."]),
            Some(Reason::Keeps) => vec![
                format!("I keep {it}."),
                format!("I will not part with {it}."),
            ],
            Some(Reason::NotForSale) => vec![
                format!("I do not sell {it}."),
                format!("{} is not among my goods.", sentence(it)),
            ],
            Some(Reason::SoldOut) => vec![format!("I have no more of {it}.")],
            Some(Reason::YouHaveNot) => vec![
                format!("But you do not have {it}."),
                format!(
                    "You have no {} to give.",
                    it.trim_start_matches("the ").trim_start_matches("a ")
                ),
            ],
            Some(Reason::World(Hindrance::TooFar)) => {
                choices(&["That is too far away.", "Not at this distance."])
            }
            Some(Reason::World(Hindrance::NoCoins)) => {
                choices(&["You do not have enough coins.", "First the coins."])
            }
            Some(Reason::World(Hindrance::Locked)) => vec![
                format!("I can not open {it}."),
                format!("I have nothing that opens {it}."),
            ],
            Some(Reason::World(Hindrance::Done)) => {
                choices(&["There is nothing to be done there.", "That is not needed."])
            }
            _ => choices(&["I can not do that.", "No."]),
        }
    }

    fn agreement(&self, plan: &Plan) -> Choice {
        let about = plan
            .about
            .first()
            .map(|id| self.object(*id))
            .unwrap_or_default();
        match plan.world_acts.first() {
            Some(WorldAct::Give { .. }) => vec![
                format!("Here, take {about}."),
                format!("You shall have {about}."),
            ],
            Some(WorldAct::Trade { .. }) => vec![
                format!("It is a deal, {about} is yours."),
                format!("Here is {about}, a pleasure to trade with you."),
            ],
            Some(WorldAct::Open { .. }) => vec![
                format!("I open {about} for you."),
                format!("There, I open {about}."),
            ],
            Some(WorldAct::Work { .. }) => vec![
                format!("I work {about}."),
                format!("There, I turn {about}."),
            ],
            Some(WorldAct::Follow { .. }) => {
                choices(&["I am coming with you.", "Lead on, I follow."])
            }
            Some(WorldAct::Wait { .. }) => choices(&["I wait here.", "I stay right here."]),
            _ => choices(&["All right.", "As you wish."]),
        }
    }
}

/// One way of each part, by chance.
pub fn choose(line: &[Choice], rng: &mut ChaCha8Rng) -> String {
    let parts = line
        .iter()
        .filter_map(|choice| choice.get(rng.index(choice.len())));
    parts.map(String::as_str).collect::<Vec<_>>().join(" ")
}
