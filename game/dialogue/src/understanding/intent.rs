//! What can be said to a game's characters: intents, kinds of mentions, emotions.

use serde::{Deserialize, Serialize};

macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every one, in the order of the network's classes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in the weights.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// That of a name.
            pub fn of(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|each| each.name() == name)
            }
        }
    };
}

named! {
    /// What a player wants with an utterance.
    Intent {
        /// Hello.
        Greet = "greet",
        /// Goodbye.
        Goodbye = "goodbye",
        /// Thanks.
        Thank = "thank",
        /// Says something kind of who is spoken to.
        Praise = "praise",
        /// Insults who is spoken to.
        Insult = "insult",
        /// Threatens who is spoken to.
        Threaten = "threaten",
        /// Says sorry.
        Apologise = "apologise",
        /// Yes.
        Confirm = "confirm",
        /// No.
        Deny = "deny",
        /// Where something or somebody is.
        AskWhere = "ask_where",
        /// Who did something.
        AskWhoDid = "ask_who_did",
        /// Who has something.
        AskWhoHas = "ask_who_has",
        /// Who or what somebody or something is.
        AskAbout = "ask_about",
        /// What has happened.
        AskHappened = "ask_happened",
        /// Whether something is open, on, or somebody alive.
        AskState = "ask_state",
        /// How something is opened or come to.
        AskHow = "ask_how",
        /// What there is to do.
        AskQuest = "ask_quest",
        /// Who one is.
        AskSelf = "ask_self",
        /// How one is.
        AskFeeling = "ask_feeling",
        /// What one sells, and for how much.
        AskGoods = "ask_goods",
        /// How one knows what one said.
        AskSource = "ask_source",
        /// Gives something.
        Give = "give",
        /// Asks for something.
        AskFor = "ask_for",
        /// Wants something opened.
        Open = "open",
        /// Wants to be followed.
        Follow = "follow",
        /// Wants one to stay.
        Wait = "wait",
        /// Wants to buy something.
        Trade = "trade",
        /// Tells where something is.
        Tell = "tell",
        /// Says that something else was meant.
        Correct = "correct",
        /// Asks the same of something else.
        WhatAbout = "what_about",
        /// Wants the last thing said again.
        Repeat = "repeat",
    }
}

named! {
    /// Kinds of words that an utterance mentions something by.
    Mention {
        /// An item.
        Item = "item",
        /// A door.
        Door = "door",
        /// A switch.
        Switch = "switch",
        /// A person.
        Person = "person",
        /// A place.
        Place = "place",
        /// What somebody did.
        Deed = "deed",
        /// Something spoken of before: `it`, `the blue one`.
        Reference = "reference",
    }
}

named! {
    /// Emotions.
    Emotion {
        /// None to speak of.
        Neutral = "neutral",
        /// Anger.
        Anger = "anger",
        /// Fear.
        Fear = "fear",
        /// Joy.
        Joy = "joy",
        /// Sadness.
        Sadness = "sadness",
    }
}
