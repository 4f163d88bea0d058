//! Part of a batch that one process runs.

use std::str::FromStr;

/// The `number`th of `count` shards, from 1; it has every `count`th run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    count: u64,
}

impl Shard {
    /// The only one.
    pub const WHOLE: Self = Self {
        number: 1,
        count: 1,
    };

    /// Whether a run belongs to it.
    pub fn has(self, index: u64) -> bool {
        index % self.count == self.number - 1
    }

    /// Whether there is no other.
    pub fn is_whole(self) -> bool {
        self.count == 1
    }

    /// Folder of its parts.
    pub fn folder(self) -> String {
        format!("{:05}-of-{:05}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected I/N with I from 1 to N, as in 3/16, found {text:?}");
        let (number, count) = text.split_once('/').ok_or_else(wrong)?;
        let parse = |t: &str| t.trim().parse::<u64>().map_err(|_| wrong());
        let (number, count) = (parse(number)?, parse(count)?);
        if number == 0 || number > count || count > 100_000 {
            return Err(wrong());
        }
        Ok(Self { number, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_is_in_one_shard() {
        for count in [1u64, 2, 3, 7] {
            let shards: Vec<Shard> = (1..=count)
                .map(|n| format!("{n}/{count}").parse().expect("a shard"))
                .collect();
            for index in 0..50 {
                assert_eq!(shards.iter().filter(|s| s.has(index)).count(), 1);
            }
        }
        for text in ["", "1", "0/2", "3/2", "a/b", "1/0", "-1/2", "1/100001"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
