//! Quantised blocks of GGUF files to f32, after the layouts of ggml.
//!
//! A tensor is stored in blocks of 32 or 256 numbers along its rows. In the simple kinds a number is `q · d` or
//! `q · d + m` with one scale a block; in the K kinds the block's scale is multiplied by small scales of its parts.

use half::{bf16, f16};

/// How the numbers of a tensor are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the format")]
pub enum BlockKind {
    F32,
    F16,
    Bf16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q4K,
    Q5K,
    Q6K,
}

impl BlockKind {
    /// All that can be read.
    pub const ALL: [Self; 11] = [
        Self::F32,
        Self::F16,
        Self::Bf16,
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
    ];

    /// Its number in a file.
    pub fn id(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q4_0 => 2,
            Self::Q4_1 => 3,
            Self::Q5_0 => 6,
            Self::Q5_1 => 7,
            Self::Q8_0 => 8,
            Self::Q4K => 12,
            Self::Q5K => 13,
            Self::Q6K => 14,
            Self::Bf16 => 30,
        }
    }

    /// The kind of a number in a file.
    pub fn of(id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// Numbers in a block.
    pub fn numbers(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => 32,
            Self::Q4K | Self::Q5K | Self::Q6K => 256,
        }
    }

    /// Bytes of a block.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q5_1 => 24,
            Self::Q8_0 => 34,
            Self::Q4K => 144,
            Self::Q5K => 176,
            Self::Q6K => 210,
        }
    }

    /// All whole blocks of `bytes` as numbers.
    pub fn decode(self, bytes: &[u8]) -> Vec<f32> {
        let blocks = bytes.chunks_exact(self.bytes());
        let mut out = Vec::with_capacity(blocks.len() * self.numbers());
        for block in blocks {
            match self {
                Self::F32 => out.push(f32::from_le_bytes([block[0], block[1], block[2], block[3]])),
                Self::F16 => out.push(half_at(block, 0)),
                Self::Bf16 => {
                    out.push(bf16::from_le_bytes([block[0], block[1]]).to_f32());
                }
                Self::Q4_0 => nibbles(&block[2..], half_at(block, 0), -8.0, 0.0, None, &mut out),
                Self::Q4_1 => {
                    let (scale, least) = (half_at(block, 0), half_at(block, 2));
                    nibbles(&block[4..], scale, 0.0, least, None, &mut out);
                }
                Self::Q5_0 => {
                    let (scale, high) = (half_at(block, 0), bits_at(block, 2));
                    nibbles(&block[6..], scale, -16.0, 0.0, Some(high), &mut out);
                }
                Self::Q5_1 => {
                    let (scale, least) = (half_at(block, 0), half_at(block, 2));
                    let high = bits_at(block, 4);
                    nibbles(&block[8..], scale, 0.0, least, Some(high), &mut out);
                }
                Self::Q8_0 => {
                    let scale = half_at(block, 0);
                    out.extend(block[2..].iter().map(|q| f32::from(*q as i8) * scale));
                }
                Self::Q4K => q4k(block, &[0; 32], &block[16..], &mut out),
                Self::Q5K => q4k(block, &block[16..48], &block[48..], &mut out),
                Self::Q6K => q6k(block, &mut out),
            }
        }
        out
    }
}

fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

fn bits_at(block: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
}

/// 32 numbers `(q + shift) · scale + least` of 4 bits, low halves of the 16 bytes first, with a fifth bit where the
/// kind has one.
fn nibbles(
    packed: &[u8],
    scale: f32,
    shift: f32,
    least: f32,
    high: Option<u32>,
    out: &mut Vec<f32>,
) {
    for upper in [false, true] {
        for (i, byte) in packed.iter().take(16).enumerate() {
            let low = u32::from(if upper { byte >> 4 } else { byte & 0xF });
            let place = i + if upper { 16 } else { 0 };
            let fifth = high.map_or(0, |bits| (bits >> place & 1) << 4);
            out.push(((low | fifth) as f32 + shift) * scale + least);
        }
    }
}

/// Scale and minimum of one of the eight parts of a Q4_K or Q5_K block: 6 bits each, packed in 12 bytes.
fn scale_and_least(packed: &[u8], part: usize) -> (f32, f32) {
    let (scale, least) = if part < 4 {
        (packed[part] & 63, packed[part + 4] & 63)
    } else {
        (
            (packed[part + 4] & 0xF) | (packed[part - 4] >> 6 << 4),
            (packed[part + 4] >> 4) | (packed[part] >> 6 << 4),
        )
    };
    (f32::from(scale), f32::from(least))
}

/// Q4_K, and Q5_K with its fifth bits in `high` (one bit a part in each of 32 bytes).
fn q4k(block: &[u8], high: &[u8], packed: &[u8], out: &mut Vec<f32>) {
    let (scale, least) = (half_at(block, 0), half_at(block, 2));
    for part in 0..8 {
        let (s, m) = scale_and_least(&block[4..16], part);
        let (s, m) = (scale * s, least * m);
        let bytes = packed[part / 2 * 32..].iter().take(32);
        for (byte, high) in bytes.zip(high) {
            let low = if part % 2 == 0 { byte & 0xF } else { byte >> 4 };
            let fifth = (high >> part & 1) << 4;
            out.push(s * f32::from(low | fifth) - m);
        }
    }
}

/// Q6_K: two halves of 128, each as four runs of 32 whose upper two bits share a byte.
fn q6k(block: &[u8], out: &mut Vec<f32>) {
    let scale = half_at(block, 208);
    for half in 0..2 {
        let low = &block[64 * half..];
        let high = &block[128 + 32 * half..];
        let scales = &block[192 + 8 * half..];
        for run in 0..4 {
            for i in 0..32 {
                let byte = low[i + 32 * (run % 2)];
                let nibble = if run < 2 { byte & 0xF } else { byte >> 4 };
                let q = (nibble | ((high[i] >> (2 * run) & 3) << 4)) as i8 - 32;
                let part = scales[i / 16 + 2 * run] as i8;
                out.push(scale * f32::from(part) * f32::from(q));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(kind: BlockKind, fill: impl Fn(usize) -> u8) -> Vec<u8> {
        (0..kind.bytes()).map(fill).collect()
    }

    #[test]
    fn plain_numbers_come_back() {
        let bytes: Vec<u8> = [1.5f32, -2.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        assert_eq!(BlockKind::F32.decode(&bytes), [1.5, -2.0]);
        let bytes: Vec<u8> = [1.5f32, -2.0]
            .iter()
            .flat_map(|v| f16::from_f32(*v).to_le_bytes())
            .collect();
        assert_eq!(BlockKind::F16.decode(&bytes), [1.5, -2.0]);
        let bytes: Vec<u8> = [1.5f32, -2.0]
            .iter()
            .flat_map(|v| bf16::from_f32(*v).to_le_bytes())
            .collect();
        assert_eq!(BlockKind::Bf16.decode(&bytes), [1.5, -2.0]);
    }

    #[test]
    fn four_and_five_bits_by_hand() {
        let half = f16::from_f32(0.5).to_le_bytes();
        let two = f16::from_f32(2.0).to_le_bytes();
        // Byte i holds i below and 15 - i above.
        let packed: Vec<u8> = (0..16u8).map(|i| i | ((15 - i) << 4)).collect();
        let q4 = BlockKind::Q4_0.decode(&[&half[..], &packed].concat());
        assert_eq!((q4[0], q4[15], q4[16], q4[31]), (-4.0, 3.5, 3.5, -4.0));
        let q4 = BlockKind::Q4_1.decode(&[&half[..], &two, &packed].concat());
        assert_eq!((q4[0], q4[15], q4[16], q4[31]), (2.0, 9.5, 9.5, 2.0));
        // The fifth bits of numbers 0 and 31.
        let high = 0x8000_0001u32.to_le_bytes();
        let q5 = BlockKind::Q5_0.decode(&[&half[..], &high, &packed].concat());
        assert_eq!((q5[0], q5[1], q5[30], q5[31]), (0.0, -7.5, -7.5, 0.0));
        let q5 = BlockKind::Q5_1.decode(&[&half[..], &two, &high, &packed].concat());
        assert_eq!((q5[0], q5[1], q5[30], q5[31]), (10.0, 2.5, 2.5, 10.0));
        let eight: Vec<u8> = (0..32u8).map(|i| i.wrapping_sub(16)).collect();
        let q8 = BlockKind::Q8_0.decode(&[&half[..], &eight].concat());
        assert_eq!((q8[0], q8[16], q8[31]), (-8.0, 0.0, 7.5));
    }

    #[test]
    fn every_kind_gives_as_many_numbers_as_it_says() {
        for kind in BlockKind::ALL {
            assert_eq!(BlockKind::of(kind.id()), Some(kind));
            let bytes = block(kind, |i| (i * 37 % 251) as u8);
            assert_eq!(kind.decode(&bytes).len(), kind.numbers());
            assert_eq!(kind.decode(&bytes[1..]).len(), 0);
        }
        assert_eq!(BlockKind::of(10), None);
    }
}
