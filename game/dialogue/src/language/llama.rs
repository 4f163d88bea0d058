//! A decoder of the Llama family: tokens in, logits of the next token out.
//!
//! Pre-norm blocks of grouped-query attention with rotary positions and a gated MLP (Touvron et al. 2023; Ainslie et
//! al. 2023 for groups; Su et al. 2021 for rotation; Shazeer 2020 for the gate), RMS norms, no positions elsewhere.
//! The names of tensors are those of Hugging Face's checkpoints.
//!
//! A prompt is computed in pieces that end at multiples of [`PAGE`] positions, and a piece's numbers depend on what
//! comes before it and on itself alone: whole pages can therefore be kept and used again (`prefix.rs`).

use tch::{Device, Kind, Tensor};

use super::config::LlamaConfig;
use super::error::LanguageError;
use super::linear::{Linear, WeightKind};
use super::weights::Weights;

/// Positions of a page.
pub const PAGE: usize = 64;

/// The network. R rows of activations, D width, H heads of queries, G key heads, C channels of a head, L positions
/// that are attended to, V tokens.
pub struct Llama {
    config: LlamaConfig,
    embedding: Linear, // (V, D)
    blocks: Vec<Block>,
    norm: Tensor,         // (D)
    head: Option<Linear>, // (V, D); the embedding where there is none
    cos: Tensor,          // (context, C)
    sin: Tensor,          // (context, C), of the first half of channels negated
}

struct Block {
    norm_attention: Tensor,  // (D)
    query_key_value: Linear, // ((H + 2 G) C, D)
    out: Linear,             // (D, H C)
    norm_mlp: Tensor,        // (D)
    gate_up: Linear,         // (2 · hidden, D)
    down: Linear,            // (D, hidden)
}

/// Keys and values of one sequence.
pub struct Cache {
    /// (layers, G, C, capacity)
    keys: Tensor,
    /// (layers, G, capacity, C)
    values: Tensor,
    /// Both layer by layer.
    by_layer: Vec<(Tensor, Tensor)>,
    length: usize,
    capacity: usize,
}

impl Cache {
    /// Positions that are filled.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Positions that there is room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Forgets all positions from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Copies of keys and values of a whole page.
    pub fn page(&self, number: usize) -> (Tensor, Tensor) {
        let (at, count) = ((number * PAGE) as i64, PAGE as i64);
        (
            self.keys.narrow(3, at, count).copy(),
            self.values.narrow(2, at, count).copy(),
        )
    }

    /// Puts a page after those that are there; they must be whole.
    pub fn push_page(&mut self, (keys, values): &(Tensor, Tensor)) {
        let (at, count) = (self.length as i64, PAGE as i64);
        self.keys.narrow(3, at, count).copy_(keys);
        self.values.narrow(2, at, count).copy_(values);
        self.length += PAGE;
    }
}

impl Llama {
    /// Reads the weights, for texts of up to `context` tokens.
    ///
    /// # Errors
    /// Names the tensor that is missing or has another shape.
    pub fn load(
        config: LlamaConfig,
        weights: &mut dyn Weights,
        kind: WeightKind,
        context: usize,
        device: Device,
    ) -> Result<Self, LanguageError> {
        let _no_gradients = tch::no_grad_guard();
        let mut read = Reader {
            weights,
            kind,
            device,
        };
        let (width, hidden) = (config.width, config.hidden);
        let (queries, keys) = (
            config.heads * config.head_width,
            config.key_heads * config.head_width,
        );
        let embedding = read.linear(&[("model.embed_tokens", config.vocabulary)], width)?;
        let mut blocks = Vec::new();
        for layer in 0..config.layers {
            let name = |part: &str| format!("model.layers.{layer}.{part}");
            blocks.push(Block {
                norm_attention: read.norm(&name("input_layernorm"), width)?,
                query_key_value: read.linear(
                    &[
                        (&name("self_attn.q_proj"), queries),
                        (&name("self_attn.k_proj"), keys),
                        (&name("self_attn.v_proj"), keys),
                    ],
                    width,
                )?,
                out: read.linear(&[(&name("self_attn.o_proj"), width)], queries)?,
                norm_mlp: read.norm(&name("post_attention_layernorm"), width)?,
                gate_up: read.linear(
                    &[
                        (&name("mlp.gate_proj"), hidden),
                        (&name("mlp.up_proj"), hidden),
                    ],
                    width,
                )?,
                down: read.linear(&[(&name("mlp.down_proj"), width)], hidden)?,
            });
        }
        let norm = read.norm("model.norm", width)?;
        let head = if read.weights.has("lm_head.weight") {
            Some(read.linear(&[("lm_head", config.vocabulary)], width)?)
        } else {
            None
        };
        let (cos, sin) = rotations(&config, context);
        Ok(Self {
            config,
            embedding,
            blocks,
            norm,
            head,
            cos: cos.to_device(device),
            sin: sin.to_device(device),
        })
    }

    /// Another handle of the same weights, for another thread.
    pub fn shallow_clone(&self) -> Self {
        let blocks = self.blocks.iter().map(|block| Block {
            norm_attention: block.norm_attention.shallow_clone(),
            query_key_value: block.query_key_value.shallow_clone(),
            out: block.out.shallow_clone(),
            norm_mlp: block.norm_mlp.shallow_clone(),
            gate_up: block.gate_up.shallow_clone(),
            down: block.down.shallow_clone(),
        });
        Self {
            config: self.config.clone(),
            embedding: self.embedding.shallow_clone(),
            blocks: blocks.collect(),
            norm: self.norm.shallow_clone(),
            head: self.head.as_ref().map(Linear::shallow_clone),
            cos: self.cos.shallow_clone(),
            sin: self.sin.shallow_clone(),
        }
    }

    /// Its shape.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// Longest text, tokens.
    pub fn context(&self) -> usize {
        self.cos.size()[0] as usize
    }

    /// Room for a sequence of so many positions.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn cache(&self, positions: usize) -> Result<Cache, LanguageError> {
        let _no_gradients = tch::no_grad_guard();
        // Whole pages, so that lengths of rows in memory don't change how products are split.
        let capacity = positions.next_multiple_of(PAGE);
        let (layers, heads) = (self.config.layers as i64, self.config.key_heads as i64);
        let (length, width) = (capacity as i64, self.config.head_width as i64);
        let options = (Kind::Float, self.cos.device());
        let keys = Tensor::f_zeros([layers, heads, width, length], options)?;
        let values = Tensor::f_zeros([layers, heads, length, width], options)?;
        let by_layer = (0..layers).map(|layer| (keys.select(0, layer), values.select(0, layer)));
        Ok(Cache {
            by_layer: by_layer.collect(),
            keys,
            values,
            length: 0,
            capacity,
        })
    }

    /// Puts tokens behind those of the cache; logits (V) after the last one.
    ///
    /// # Errors
    /// If there are none, one is not in the vocabulary, or the cache has no room.
    pub fn prefill(&self, tokens: &[u32], cache: &mut Cache) -> Result<Tensor, LanguageError> {
        let _no_gradients = tch::no_grad_guard();
        let rows = self.piecewise(tokens, cache)?; // (R, D)
        let last = rows.narrow(0, rows.size()[0] - 1, 1);
        Ok(self.logits(&last).squeeze_dim(0))
    }

    /// As [`Self::prefill`], with the logits (R, V) after every token.
    ///
    /// # Errors
    /// As there.
    pub fn prefill_all(&self, tokens: &[u32], cache: &mut Cache) -> Result<Tensor, LanguageError> {
        let _no_gradients = tch::no_grad_guard();
        let rows = self.piecewise(tokens, cache)?;
        Ok(self.logits(&rows))
    }

    /// Puts one token behind each of several sequences; logits (R, V), one row a sequence.
    ///
    /// # Errors
    /// As [`Self::prefill`].
    pub fn step(&self, tokens: &[u32], caches: &mut [&mut Cache]) -> Result<Tensor, LanguageError> {
        let _no_gradients = tch::no_grad_guard();
        if tokens.len() != caches.len() {
            let text = format!("{} tokens for {} sequences", tokens.len(), caches.len());
            return Err(LanguageError::Compute(text));
        }
        for (token, cache) in tokens.iter().zip(caches.iter()) {
            self.check(&[*token], cache)?;
        }
        let positions: Vec<i64> = caches.iter().map(|cache| cache.length as i64).collect();
        let turn = self.turn(&positions);
        let mut x = self.embed(tokens); // (R, D)
        for (layer, block) in self.blocks.iter().enumerate() {
            let normed = self.normed(&x, &block.norm_attention);
            let qkv = block.query_key_value.few(&normed); // (R, (H + 2 G) C)
            let (qk, values) = self.rotate(&qkv, &turn);
            let mixed: Vec<Tensor> = (0..)
                .zip(caches.iter_mut())
                .map(|(row, cache)| {
                    let (qk, values) = (qk.narrow(0, row, 1), values.narrow(0, row, 1));
                    self.attend(layer, &qk, &values, cache, cache.length, None)
                })
                .collect();
            x += block.out.rough(&Tensor::cat(&mixed, 0));
            let hidden = block.gate_up.few(&self.normed(&x, &block.norm_mlp));
            x += block.down.rough(&gated(&hidden));
        }
        for cache in caches {
            cache.length += 1;
        }
        Ok(self.logits(&self.normed(&x, &self.norm)))
    }

    /// The normed rows (R, D) after the last block, of tokens that are computed in pieces.
    fn piecewise(&self, tokens: &[u32], cache: &mut Cache) -> Result<Tensor, LanguageError> {
        self.check(tokens, cache)?;
        let (start, end) = (cache.length, cache.length + tokens.len());
        let mut pieces = Vec::new(); // first position, length
        let mut at = start;
        while at < end {
            let next = ((at / PAGE + 1) * PAGE).min(end);
            pieces.push((at, (next - at) as i64));
            at = next;
        }
        let lengths: Vec<i64> = pieces.iter().map(|(_, length)| *length).collect();
        let masks: Vec<Tensor> = pieces.iter().map(|piece| self.mask(*piece)).collect();
        let positions: Vec<i64> = (start as i64..end as i64).collect();
        let turn = self.turn(&positions);
        let mut x = self.embed(tokens); // (R, D)
        for (layer, block) in self.blocks.iter().enumerate() {
            let normed = self.normed(&x, &block.norm_attention);
            let qkv = block.query_key_value.pieces(&normed, &lengths); // (R, (H + 2 G) C)
            let (qk, values) = self.rotate(&qkv, &turn);
            let mixed: Vec<Tensor> = pieces
                .iter()
                .zip(&masks)
                .map(|((at, length), mask)| {
                    let row = (at - start) as i64;
                    let (qk, values) = (qk.narrow(0, row, *length), values.narrow(0, row, *length));
                    self.attend(layer, &qk, &values, cache, *at, Some(mask))
                })
                .collect();
            x += block.out.pieces(&Tensor::cat(&mixed, 0), &lengths);
            let normed = self.normed(&x, &block.norm_mlp);
            let hidden = block.gate_up.pieces(&normed, &lengths);
            x += block.down.pieces(&gated(&hidden), &lengths);
        }
        cache.length = end;
        Ok(self.normed(&x, &self.norm))
    }

    fn check(&self, tokens: &[u32], cache: &Cache) -> Result<(), LanguageError> {
        let wrong = |text: String| Err(LanguageError::Compute(text));
        if tokens.is_empty() {
            return wrong("no tokens".to_owned());
        }
        let vocabulary = self.config.vocabulary;
        if let Some(token) = tokens.iter().find(|t| **t as usize >= vocabulary) {
            return wrong(format!("no token {token} of {vocabulary}"));
        }
        let (end, room) = (
            cache.length + tokens.len(),
            cache.capacity.min(self.context()),
        );
        if end > room {
            return wrong(format!("room for {room} tokens, not for {end}"));
        }
        Ok(())
    }

    fn embed(&self, tokens: &[u32]) -> Tensor {
        let tokens: Vec<i64> = tokens.iter().map(|token| i64::from(*token)).collect();
        let tokens = Tensor::from_slice(&tokens).to_device(self.cos.device()); // (R)
        self.embedding.embed(&tokens) // (R, D)
    }

    /// RMS norm of rows (R, D).
    fn normed(&self, x: &Tensor, gain: &Tensor) -> Tensor {
        x.rms_norm([self.config.width as i64], Some(gain), self.config.epsilon)
    }

    /// Cosines and sines (R, 1, C) of positions.
    fn turn(&self, positions: &[i64]) -> (Tensor, Tensor) {
        let positions = Tensor::from_slice(positions).to_device(self.cos.device());
        let of = |table: &Tensor| table.index_select(0, &positions).unsqueeze(1);
        (of(&self.cos), of(&self.sin))
    }

    /// Rows (R, (H + 2 G) C) to queries and keys (R, H + G, C), turned by their positions, and values (R, G, C).
    fn rotate(&self, qkv: &Tensor, (cos, sin): &(Tensor, Tensor)) -> (Tensor, Tensor) {
        let (rows, width) = (qkv.size()[0], self.config.head_width as i64);
        let turned = (self.config.heads + self.config.key_heads) as i64;
        let heads = qkv.reshape([rows, -1, width]); // (R, H + 2 G, C)
        let qk = heads.narrow(1, 0, turned); // (R, H + G, C)
        // Channel i turns with channel i + C / 2.
        let qk = &qk * cos + qk.roll([width / 2], [-1]) * sin;
        (qk, heads.narrow(1, turned, self.config.key_heads as i64))
    }

    /// Attention of T rows of one sequence from position `at` on, whose queries and keys are (T, H + G, C) and whose
    /// values are (T, G, C). Keys and values go into the cache. (T, H C).
    fn attend(
        &self,
        layer: usize,
        qk: &Tensor,
        values: &Tensor,
        cache: &Cache,
        at: usize,
        mask: Option<&Tensor>,
    ) -> Tensor {
        let (rows, width) = (qk.size()[0], self.config.head_width as i64);
        let (heads, groups) = (self.config.heads as i64, self.config.key_heads as i64);
        let (at, length) = (at as i64, at as i64 + rows);
        let Some((all_keys, all_values)) = cache.by_layer.get(layer) else {
            return Tensor::zeros([rows, heads * width], (Kind::Float, qk.device()));
        };
        let keys = qk.narrow(1, heads, groups);
        let queries = qk.narrow(1, 0, heads);
        let all_keys = all_keys.narrow(2, 0, length); // (G, C, L)
        let all_values = all_values.narrow(1, 0, length); // (G, L, C)
        let queries = if rows == 1 {
            all_keys.select(2, at).copy_(&keys.squeeze_dim(0));
            all_values.select(1, at).copy_(&values.squeeze_dim(0));
            queries.reshape([groups, -1, width])
        } else {
            all_keys.narrow(2, at, rows).copy_(&keys.permute([1, 2, 0])); // (G, C, T)
            all_values
                .narrow(1, at, rows)
                .copy_(&values.transpose(0, 1)); // (G, T, C)
            queries
                .reshape([rows, groups, heads / groups, width])
                .permute([1, 2, 0, 3]) // (G, H / G, T, C)
                .reshape([groups, -1, width])
        };
        let scores = queries.bmm(&all_keys) / (width as f64).sqrt(); // (G, H / G · T, L)
        let scores = match mask {
            None => scores,
            Some(mask) => {
                let apart = scores.reshape([groups, heads / groups, rows, length]);
                (apart + mask).reshape([groups, -1, length])
            }
        };
        let mixed = scores.softmax(-1, Kind::Float).bmm(&all_values); // (G, H / G · T, C)
        if rows == 1 {
            return mixed.reshape([1, heads * width]);
        }
        mixed
            .reshape([groups, heads / groups, rows, width])
            .permute([2, 0, 1, 3]) // (T, G, H / G, C)
            .reshape([rows, heads * width])
    }

    /// What is added to scores (T, L) of a piece: minus infinity where a row would look ahead.
    fn mask(&self, (at, rows): (usize, i64)) -> Tensor {
        let options = (Kind::Float, self.cos.device());
        Tensor::full([rows, at as i64 + rows], f64::NEG_INFINITY, options).triu(at as i64 + 1)
    }

    fn logits(&self, rows: &Tensor) -> Tensor {
        self.head.as_ref().unwrap_or(&self.embedding).few(rows) // (R, V)
    }
}

/// Rows (R, 2 · hidden) of gates and what they gate to (R, hidden).
fn gated(gate_up: &Tensor) -> Tensor {
    let parts = gate_up.chunk(2, -1);
    parts[0].silu() * &parts[1]
}

/// Cosines and sines (context, C), the latter negated in the first half of a head's channels. Angles are products in
/// f32, as models were trained with.
fn rotations(config: &LlamaConfig, context: usize) -> (Tensor, Tensor) {
    let half = config.turns_rad.len();
    let mut cos = Vec::with_capacity(context * 2 * half);
    let mut sin = Vec::with_capacity(context * 2 * half);
    for position in 0..context {
        let turns = config.turns_rad.iter().chain(&config.turns_rad);
        for (channel, turn) in turns.enumerate() {
            let (s, c) = sim::math::sin_cos(f64::from(position as f32 * turn));
            cos.push(c as f32);
            sin.push(if channel < half { -s } else { s } as f32);
        }
    }
    let shape = [context as i64, 2 * half as i64];
    (
        Tensor::from_slice(&cos).reshape(shape),
        Tensor::from_slice(&sin).reshape(shape),
    )
}

struct Reader<'a> {
    weights: &'a mut dyn Weights,
    kind: WeightKind,
    device: Device,
}

impl Reader<'_> {
    fn norm(&mut self, name: &str, width: usize) -> Result<Tensor, LanguageError> {
        let gain = self.weights.tensor(&format!("{name}.weight"), &[width])?;
        Ok(gain.to_device(self.device))
    }

    /// Matrices (rows, `width`) below one another, with their biases if they have any.
    fn linear(&mut self, parts: &[(&str, usize)], width: usize) -> Result<Linear, LanguageError> {
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        let biased = |weights: &dyn Weights, name: &str| weights.has(&format!("{name}.bias"));
        let any = parts.iter().any(|(name, _)| biased(self.weights, name));
        for (name, rows) in parts {
            let weight = self
                .weights
                .tensor(&format!("{name}.weight"), &[*rows, width])?;
            weights.push(weight);
            if any {
                biases.push(self.weights.tensor(&format!("{name}.bias"), &[*rows])?);
            }
        }
        let bias = any.then(|| Tensor::cat(&biases, 0));
        let weight = Tensor::cat(&weights, 0);
        Ok(Linear::new(&weight, bias.as_ref(), self.kind, self.device))
    }
}
