//! Text as words with their places in it, and each word as hashed features.

use std::ops::Range;

/// Most words of an utterance; the rest is not looked at.
pub const MAX_WORDS: usize = 48;
/// Most features of a word.
const MAX_FEATURES: usize = 24;
/// Lengths of the pieces of words, in characters.
const PIECES: std::ops::RangeInclusive<usize> = 3..=5;

/// A word of a text, in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word; one character where it is neither letter nor digit.
    pub text: String,
    /// Its bytes in the text that it was cut from.
    pub span: Range<usize>,
}

/// Cuts a text into words: runs of letters, single digits, single other characters. An apostrophe
/// begins a new word, so that `who's` is `who`, `'`, `s`.
pub fn words(text: &str) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    let mut is_open = false;
    for (start, character) in text.char_indices() {
        if character.is_whitespace() {
            is_open = false;
            continue;
        }
        let end = start + character.len_utf8();
        let is_letter = character.is_alphabetic();
        if let (true, true, Some(last)) = (is_open, is_letter, all.last_mut()) {
            last.text.extend(character.to_lowercase());
            last.span.end = end;
            continue;
        }
        if all.len() == MAX_WORDS {
            break;
        }
        is_open = is_letter;
        all.push(Word {
            text: character.to_lowercase().collect(),
            span: start..end,
        });
    }
    all
}

/// 64-bit FNV-1a (Fowler, Noll and Vo) over several parts.
fn hash(parts: &[&str]) -> u64 {
    let mut value = 0xcbf2_9ce4_8422_2325u64;
    for part in parts {
        for byte in part.bytes().chain(std::iter::once(0xff)) {
            value ^= u64::from(byte);
            value = value.wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    // The low bits of FNV mix badly on short strings.
    value ^ (value >> 29)
}

fn bucket(parts: &[&str], buckets: i64) -> i64 {
    (hash(parts) % buckets.max(1) as u64) as i64
}

/// Hashed features of a word, below `buckets`: itself, then its pieces of 3 to 5 characters with its
/// ends marked.
pub fn word_features(word: &str, buckets: i64) -> Vec<i64> {
    let mut all = vec![bucket(&["w", word], buckets)];
    pieces(word, |piece| {
        if all.len() < MAX_FEATURES {
            all.push(bucket(&["p", piece], buckets));
        }
    });
    all
}

/// Hashed features of a whole utterance, below `buckets`: words, pairs of neighbours, pieces of words.
pub fn bag_features(words: &[&str], buckets: i64) -> Vec<i64> {
    let mut all = Vec::new();
    for word in words {
        all.push(bucket(&["w", word], buckets));
        pieces(word, |piece| all.push(bucket(&["p", piece], buckets)));
    }
    let ends = std::iter::once("<").chain(words.iter().copied());
    let nexts = words.iter().copied().chain(std::iter::once(">"));
    all.extend(ends.zip(nexts).map(|(a, b)| bucket(&["b", a, b], buckets)));
    all
}

fn pieces(word: &str, mut each: impl FnMut(&str)) {
    let marked: Vec<char> = std::iter::once('<')
        .chain(word.chars().take(32))
        .chain(std::iter::once('>'))
        .collect();
    let mut piece = String::new();
    for length in PIECES {
        for window in marked.windows(length) {
            piece.clear();
            piece.extend(window);
            each(&piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_where_they_stand() {
        let text = "Who's got 12 Ärmel?";
        let found = words(text);
        let texts: Vec<&str> = found.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["who", "'", "s", "got", "1", "2", "ärmel", "?"]);
        assert_eq!(&text[found[6].span.clone()], "Ärmel");
        assert!(words("  ").is_empty());
        assert_eq!(words(&"a ".repeat(500)).len(), MAX_WORDS);
    }

    #[test]
    fn features_stay_within_their_table_and_differ() {
        let (a, b) = (word_features("lantern", 64), word_features("lanterns", 64));
        assert!(a.iter().chain(&b).all(|f| (0..64).contains(f)));
        assert_ne!(
            word_features("key", 1 << 20),
            word_features("door", 1 << 20)
        );
        // Order matters to a bag by its pairs alone.
        let (x, y) = (
            bag_features(&["red", "door"], 1 << 20),
            bag_features(&["door", "red"], 1 << 20),
        );
        assert_ne!(x, y);
        assert_eq!(bag_features(&[], 8).len(), 1);
    }
}
