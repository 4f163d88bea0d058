//! Pages of keys and values that prompts have in common: characters' instructions, and earlier turns of a conversation.
//!
//! A page is known by all tokens up to its end. Only pages that were computed as a part of a prompt are kept, which
//! come out the same each time: an answer does not depend on what was asked before.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tch::Tensor;

use super::llama::{Cache, PAGE};

/// A page and the number by which those after it know it.
struct Page {
    number: u64,
    tensors: (Tensor, Tensor),
    /// When it was last of use, counted in prompts.
    used: u64,
}

/// The number of the page before (0: none) and a page's own tokens.
type Key = (u64, Vec<u32>);

/// Pages of at most so many bytes in all.
pub struct Pages {
    pages: BTreeMap<Key, Page>,
    made: u64,
    prompts: u64,
    bytes: usize,
    most_bytes: usize,
}

impl Pages {
    /// None yet.
    pub fn new(most_bytes: usize) -> Self {
        Self {
            pages: BTreeMap::new(),
            made: 0,
            prompts: 0,
            bytes: 0,
            most_bytes,
        }
    }

    /// Fills an empty cache with what is known of a prompt, always less than all of it; how many tokens that was.
    pub fn fill(&mut self, prompt: &[u32], cache: &mut Cache) -> usize {
        self.prompts += 1;
        let mut before = 0;
        // At least one token is left to compute, or there would be no logits.
        let whole = prompt.len().saturating_sub(1) / PAGE * PAGE;
        for tokens in prompt[..whole].chunks_exact(PAGE) {
            let Some(page) = self.pages.get_mut(&(before, tokens.to_vec())) else {
                break;
            };
            page.used = self.prompts;
            cache.push_page(&page.tensors);
            before = page.number;
        }
        cache.length()
    }

    /// Keeps the whole pages of a prompt that has been computed.
    pub fn keep(&mut self, prompt: &[u32], cache: &Cache) {
        let mut before = 0;
        for (number, tokens) in prompt.chunks_exact(PAGE).enumerate() {
            let key = (before, tokens.to_vec());
            if let Some(page) = self.pages.get(&key) {
                before = page.number;
                continue;
            }
            let tensors = cache.page(number);
            let bytes = 4 * (tensors.0.numel() + tensors.1.numel());
            if bytes > self.most_bytes {
                return;
            }
            self.made += 1;
            self.bytes += bytes;
            before = self.made;
            let page = Page {
                number: before,
                tensors,
                used: self.prompts,
            };
            self.pages.insert(key, page);
        }
        self.shrink();
    }

    /// Drops the pages that were of no use for longest, the later ones of a prompt first.
    fn shrink(&mut self) {
        if self.bytes <= self.most_bytes {
            return;
        }
        let mut keys: Vec<Key> = self.pages.keys().cloned().collect();
        keys.sort_by_key(|key| {
            let page = self.pages.get(key);
            page.map(|page| (page.used, Reverse(page.number)))
        });
        for key in keys {
            if self.bytes <= self.most_bytes {
                break;
            }
            if let Some(page) = self.pages.remove(&key) {
                let (keys, values) = page.tensors;
                self.bytes -= 4 * (keys.numel() + values.numel());
            }
        }
    }
}
