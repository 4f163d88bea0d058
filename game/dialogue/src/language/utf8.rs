//! Bytes of tokens, which may end inside a character, to text.

/// Puts bytes together to whole characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Utf8Stream {
    pending: Vec<u8>,
}

impl Utf8Stream {
    /// The characters that are whole after these bytes; what can't become one is U+FFFD.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::new();
        loop {
            let error = match std::str::from_utf8(&self.pending) {
                Ok(all) => {
                    text.push_str(all);
                    self.pending.clear();
                    return text;
                }
                Err(error) => error,
            };
            let valid = error.valid_up_to();
            text.push_str(&String::from_utf8_lossy(&self.pending[..valid]));
            let Some(broken) = error.error_len() else {
                self.pending.drain(..valid);
                return text;
            };
            text.push(char::REPLACEMENT_CHARACTER);
            self.pending.drain(..valid + broken);
        }
    }

    /// What [`Self::push`] would give, if nothing were then left over.
    pub fn whole(&self, bytes: &[u8]) -> Option<String> {
        let all = [self.pending.as_slice(), bytes].concat();
        String::from_utf8(all).ok()
    }

    /// At the end: a character that was begun is U+FFFD.
    pub fn finish(&mut self) -> String {
        let begun = !std::mem::take(&mut self.pending).is_empty();
        String::from_iter(begun.then_some(char::REPLACEMENT_CHARACTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_come_whole() {
        let mut stream = Utf8Stream::default();
        let euro = "€".as_bytes();
        assert_eq!(stream.push(&[b'a', euro[0]]), "a");
        assert_eq!(stream.whole(&euro[1..2]), None);
        assert_eq!(stream.whole(&euro[1..]), Some("€".to_owned()));
        assert_eq!(stream.push(&euro[1..2]), "");
        assert_eq!(stream.push(&[euro[2], b'b']), "€b");
        assert_eq!(stream.push(&[0xFF, b'c', euro[0]]), "\u{FFFD}c");
        assert_eq!(stream.finish(), "\u{FFFD}");
        assert_eq!(stream.finish(), "");
    }
}
