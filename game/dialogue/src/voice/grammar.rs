//! Which sentences are listened for, as a grammar in JSGF.
//!
//! Only what is needed here is understood: rules of words, rules by name, choices, groups and options.

use std::collections::{BTreeMap, BTreeSet};

use sim::seed::Draw;

use super::error::VoiceError;

/// Commands of games.
const COMMANDS: &str = include_str!("commands.jsgf");
/// Most characters of a grammar.
const MAX_TEXT: usize = 1 << 20;
/// Deepest rule within a rule.
const MAX_DEPTH: usize = 64;

/// A grammar, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Grammar {
    text: String,
    rules: BTreeMap<String, Node>,
    public: String,
}

/// What a rule may be.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Word(String),
    Rule(String),
    All(Vec<Node>),
    One(Vec<Node>),
    Maybe(Box<Node>),
}

impl Grammar {
    /// The commands that games understand: to go, follow, fight, open, take, give, ask.
    ///
    /// # Errors
    /// None but by a mistake in the file that comes with this.
    pub fn commands() -> Result<Self, VoiceError> {
        Self::read(COMMANDS)
    }

    /// Exactly these sentences.
    ///
    /// # Errors
    /// If one holds anything but letters, apostrophes and blanks.
    pub fn of_sentences(sentences: &[String]) -> Result<Self, VoiceError> {
        let rules = sentences.join(" | ").to_lowercase();
        if let Some(odd) = rules
            .chars()
            .find(|c| !(c.is_ascii_lowercase() || " '|".contains(*c)))
        {
            return Err(VoiceError::grammar(
                "letters, apostrophes and blanks",
                format!("{odd:?}"),
            ));
        }
        Self::read(&format!(
            "#JSGF V1.0;\ngrammar sentences;\npublic <sentence> = {rules};\n"
        ))
    }

    /// From a text in JSGF with one public rule.
    ///
    /// # Errors
    /// Says what is not understood.
    pub fn read(text: &str) -> Result<Self, VoiceError> {
        if text.len() > MAX_TEXT {
            return Err(VoiceError::grammar("at most 1 MiB", text.len()));
        }
        let mut parts = text
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        match parts.next() {
            Some(head) if head.starts_with("#JSGF") => {}
            other => {
                return Err(VoiceError::grammar(
                    "#JSGF V1.0",
                    other.unwrap_or("nothing"),
                ));
            }
        }
        let (mut rules, mut public) = (BTreeMap::new(), None);
        for part in parts.filter(|part| !part.starts_with("grammar ")) {
            let (name, body) = part
                .split_once('=')
                .ok_or_else(|| VoiceError::grammar("<name> = words", part))?;
            let name = name.trim();
            let (is_public, name) = match name.strip_prefix("public ") {
                Some(name) => (true, name.trim()),
                None => (false, name),
            };
            let tokens = tokens(body)?;
            let mut reader = Reader {
                tokens: &tokens,
                at: 0,
                depth: 0,
            };
            let node = reader.choice()?;
            if reader.at < tokens.len() {
                return Err(VoiceError::grammar("the end of a rule", &tokens[reader.at]));
            }
            rules.insert(name.to_owned(), node);
            if is_public {
                public = Some(name.to_owned());
            }
        }
        let public = public.ok_or_else(|| VoiceError::grammar("a public rule", "none"))?;
        let grammar = Self {
            text: text.to_owned(),
            rules,
            public,
        };
        let mut words = BTreeSet::new();
        grammar.words_of(
            &Node::Rule(grammar.public.clone()),
            &mut Vec::new(),
            &mut words,
        )?;
        Ok(grammar)
    }

    /// The text in JSGF.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All its words, in order of the alphabet.
    pub fn words(&self) -> Vec<String> {
        let mut words = BTreeSet::new();
        // It was checked when it was read.
        let _ = self.words_of(
            &Node::Rule(self.public.clone()),
            &mut Vec::new(),
            &mut words,
        );
        words.into_iter().collect()
    }

    fn words_of(
        &self,
        node: &Node,
        open: &mut Vec<String>,
        words: &mut BTreeSet<String>,
    ) -> Result<(), VoiceError> {
        match node {
            Node::Word(word) => {
                words.insert(word.clone());
            }
            Node::Rule(name) => {
                let rule = self.rules.get(name);
                let rule = rule.ok_or_else(|| VoiceError::grammar("a rule of that name", name))?;
                if open.contains(name) || open.len() >= MAX_DEPTH {
                    return Err(VoiceError::grammar("rules without circles", name));
                }
                open.push(name.clone());
                self.words_of(rule, open, words)?;
                open.pop();
            }
            Node::All(nodes) | Node::One(nodes) => {
                for node in nodes {
                    self.words_of(node, open, words)?;
                }
            }
            Node::Maybe(node) => self.words_of(node, open, words)?,
        }
        Ok(())
    }

    /// Some of its sentences, drawn by a seed, no two the same; fewer where it has fewer.
    pub fn sentences(&self, count: usize, seed: u64) -> Vec<String> {
        let mut rng = sim::seed::stream(seed, None, "sentences");
        let mut drawn = Vec::new();
        for _ in 0..count.saturating_mul(20) {
            if drawn.len() >= count {
                break;
            }
            let mut words = Vec::new();
            self.draw(&Node::Rule(self.public.clone()), &mut rng, &mut words);
            let sentence = words.join(" ");
            if !drawn.contains(&sentence) {
                drawn.push(sentence);
            }
        }
        drawn
    }

    fn draw(&self, node: &Node, rng: &mut impl Draw, words: &mut Vec<String>) {
        match node {
            Node::Word(word) => words.push(word.clone()),
            Node::Rule(name) => {
                if let Some(rule) = self.rules.get(name) {
                    self.draw(rule, rng, words);
                }
            }
            Node::All(nodes) => nodes.iter().for_each(|node| self.draw(node, rng, words)),
            Node::One(nodes) => {
                if let Some(node) = nodes.get(rng.index(nodes.len())) {
                    self.draw(node, rng, words);
                }
            }
            Node::Maybe(node) => {
                if rng.chance(0.5) {
                    self.draw(node, rng, words);
                }
            }
        }
    }
}

fn tokens(body: &str) -> Result<Vec<String>, VoiceError> {
    let mut tokens = Vec::new();
    let mut rest = body.trim_start();
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '(' | ')' | '[' | ']' | '|' => 1,
            '<' => {
                let close = rest.find('>');
                close.ok_or_else(|| VoiceError::grammar("> after <", rest))? + 1
            }
            c if c.is_ascii_alphanumeric() || c == '\'' => rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || "'-".contains(c)))
                .unwrap_or(rest.len()),
            other => {
                let known = "a word, <rule>, (, ), [, ] or |";
                return Err(VoiceError::grammar(known, format!("{other:?}")));
            }
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token.to_owned());
        rest = after.trim_start();
    }
    Ok(tokens)
}

struct Reader<'a> {
    tokens: &'a [String],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn choice(&mut self) -> Result<Node, VoiceError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(VoiceError::grammar(
                "groups at most 64 deep",
                "a deeper one",
            ));
        }
        let mut all = vec![self.sequence()?];
        while self.tokens.get(self.at).is_some_and(|t| t == "|") {
            self.at += 1;
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(Node::One(all))
    }

    fn sequence(&mut self) -> Result<Node, VoiceError> {
        let mut all = Vec::new();
        while let Some(token) = self.tokens.get(self.at) {
            if matches!(token.as_str(), "|" | ")" | "]") {
                break;
            }
            self.at += 1;
            all.push(match token.as_str() {
                "(" => self.closed(")")?,
                "[" => Node::Maybe(Box::new(self.closed("]")?)),
                rule if rule.starts_with('<') => Node::Rule(rule.to_owned()),
                word => Node::Word(word.to_owned()),
            });
        }
        if all.is_empty() {
            return Err(VoiceError::grammar("words", "none between two marks"));
        }
        Ok(Node::All(all))
    }

    fn closed(&mut self, close: &str) -> Result<Node, VoiceError> {
        let inside = self.choice()?;
        match self.tokens.get(self.at) {
            Some(token) if token == close => self.at += 1,
            other => {
                let found = other.map_or("the end", String::as_str);
                return Err(VoiceError::grammar(close, found));
            }
        }
        Ok(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_drawn_from_rules() {
        let grammar = Grammar::read(
            "#JSGF V1.0;\ngrammar g;\n<door> = the [red] door;\npublic <go> = open <door> | (go | run) home;",
        )
        .unwrap();
        let mut all = grammar.sentences(10, 1);
        all.sort();
        assert_eq!(
            all,
            ["go home", "open the door", "open the red door", "run home"]
        );
        assert_eq!(grammar.words().join(" "), "door go home open red run the");
        let commands = Grammar::commands().unwrap();
        assert_eq!(commands.sentences(100, 1).len(), 100);
        assert_eq!(commands.sentences(9, 1), commands.sentences(9, 1));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (rule, word) in [
            ("public <a> = <b>;", "<b>"),
            ("public <a> = go <a>;", "circles"),
            ("public <a> = (go;", "expected )"),
            ("public <a> = go | ;", "between two marks"),
            ("public <a> = go {tag};", "'{'"),
            ("<a> = go;", "public"),
        ] {
            let error = Grammar::read(&format!("#JSGF V1.0; grammar g; {rule}")).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
        assert!(
            Grammar::read(&format!("#JSGF V1.0; public <a> = {}go;", "(".repeat(500))).is_err()
        );
        assert!(Grammar::of_sentences(&["go; rm".to_owned()]).is_err());
        let two = Grammar::of_sentences(&["Go home".to_owned(), "stay".to_owned()]).unwrap();
        assert_eq!(two.words().join(" "), "go home stay");
    }
}
