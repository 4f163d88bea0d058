//! Sound of one channel, and WAV files of it.

use std::path::Path;

use super::error::VoiceError;

/// Largest file that is read, bytes.
const MAX_BYTES: u64 = 64 << 20;
/// Samples on either side of a place that a sample at another rate is made of.
const REACH: i64 = 16;

/// 16-bit samples of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Samples a second.
    pub rate_hz: u32,
    /// The samples.
    pub samples: Vec<i16>,
}

impl Sound {
    /// Reads a WAV file (PCM, 16 bits); of two channels the mean is taken.
    ///
    /// # Errors
    /// Names the file, its part, what was expected and what was found.
    pub fn read(path: &Path) -> Result<Self, VoiceError> {
        let fail = |e: std::io::Error| VoiceError::file(path, "file", "a readable file", e);
        let length = std::fs::metadata(path).map_err(fail)?.len();
        if length > MAX_BYTES {
            let expected = format!("at most {MAX_BYTES} bytes");
            return Err(VoiceError::file(path, "file", expected, length));
        }
        Self::parse(path, &std::fs::read(path).map_err(fail)?)
    }

    /// Reads the bytes of a WAV file; `name` is for errors. A length beyond the end, as programs write that do not
    /// know it yet, means all that is there.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(name: &Path, bytes: &[u8]) -> Result<Self, VoiceError> {
        let wrong = |part: &str, expected: &str, found: String| {
            Err(VoiceError::file(name, part, expected, found))
        };
        if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
            let found = String::from_utf8_lossy(bytes.get(..4).unwrap_or_default()).into_owned();
            return wrong("header", "RIFF … WAVE", format!("{found:?}"));
        }
        let mut rest = bytes.get(12..).unwrap_or_default();
        let mut format = None;
        while let Some((head, body)) = rest.split_at_checked(8) {
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            let chunk = &body[..length.min(body.len())];
            match &head[..4] {
                b"fmt " if chunk.len() >= 16 => {
                    let short = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
                    let rate = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
                    let (kind, channels, bits) = (short(0), short(2), short(14));
                    if !(kind == 1 && bits == 16 && (1..=2).contains(&channels)) {
                        let found = format!("kind {kind}, {channels} channels of {bits} bits");
                        return wrong("fmt", "PCM of 16 bits, 1 or 2 channels", found);
                    }
                    if !(4000..=192_000).contains(&rate) {
                        return wrong("fmt", "4000 to 192000 samples a second", rate.to_string());
                    }
                    format = Some((rate, channels));
                }
                b"data" => {
                    let Some((rate_hz, channels)) = format else {
                        return wrong("data", "fmt before it", "none".to_owned());
                    };
                    let all = chunk
                        .chunks_exact(2)
                        .map(|b| i16::from_le_bytes([b[0], b[1]]));
                    let samples = if channels == 1 {
                        all.collect()
                    } else {
                        let both: Vec<i32> = all.map(i32::from).collect();
                        let pairs = both.chunks_exact(2);
                        pairs.map(|pair| ((pair[0] + pair[1]) / 2) as i16).collect()
                    };
                    return Ok(Self { rate_hz, samples });
                }
                _ => {}
            }
            // Chunks begin at even places.
            rest = body
                .get(length.saturating_add(length % 2)..)
                .unwrap_or_default();
        }
        wrong("data", "a chunk of samples", "none".to_owned())
    }

    /// The bytes of a WAV file.
    pub fn to_wav(&self) -> Vec<u8> {
        let length = (2 * self.samples.len()) as u32;
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((36 + length).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        bytes.extend(self.rate_hz.to_le_bytes());
        bytes.extend((2 * self.rate_hz).to_le_bytes());
        bytes.extend(b"\x02\0\x10\0data");
        bytes.extend(length.to_le_bytes());
        bytes.extend(self.samples.iter().flat_map(|s| s.to_le_bytes()));
        bytes
    }

    /// Writes a WAV file.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, path: &Path) -> Result<(), VoiceError> {
        let written = std::fs::write(path, self.to_wav());
        written.map_err(|e| VoiceError::file(path, "file", "to be written", e))
    }

    /// How long it lasts, s.
    pub fn length_s(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate_hz)
    }

    /// The same at another rate, by a windowed sinc that lets nothing above half of either rate through.
    pub fn at_rate(&self, rate_hz: u32) -> Self {
        if rate_hz == self.rate_hz {
            return self.clone();
        }
        let step = f64::from(self.rate_hz) / f64::from(rate_hz);
        let cut = (1.0 / step).min(1.0);
        let count = (self.samples.len() as f64 / step) as usize;
        let at = |i: i64| {
            let i = usize::try_from(i).ok();
            i.and_then(|i| self.samples.get(i))
                .map_or(0.0, |s| f64::from(*s))
        };
        let sample = |n: usize| {
            let place = n as f64 * step;
            let nearest = place.floor() as i64;
            let sum: f64 = (nearest - REACH..=nearest + REACH)
                .map(|i| {
                    let off = place - i as f64;
                    let window = off / (REACH + 1) as f64 * std::f64::consts::PI;
                    let window = 0.5 + 0.5 * sim::math::cos(window);
                    at(i) * cut * sinc(cut * off) * window
                })
                .sum();
            sum.round().clamp(-32768.0, 32767.0) as i16
        };
        Self {
            rate_hz,
            samples: (0..count).map(sample).collect(),
        }
    }
}

fn sinc(x: f64) -> f64 {
    let x = std::f64::consts::PI * x;
    if x.abs() < 1e-9 {
        1.0
    } else {
        sim::math::sin(x) / x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, pitch_hz: f64) -> Sound {
        let sample = |n: u32| {
            let phase = sim::math::TAU * pitch_hz * f64::from(n) / f64::from(rate_hz);
            (10_000.0 * sim::math::sin(phase)).round() as i16
        };
        Sound {
            rate_hz,
            samples: (0..rate_hz / 2).map(sample).collect(),
        }
    }

    #[test]
    fn files_round_trip_and_wrong_ones_are_refused() {
        let name = Path::new("a.wav");
        let sound = tone(22_050, 440.0);
        let bytes = sound.to_wav();
        assert_eq!(Sound::parse(name, &bytes).unwrap(), sound);
        // As written to a pipe: the length is not known.
        let mut endless = bytes.clone();
        endless[40..44].copy_from_slice(&0x7FFF_F000u32.to_le_bytes());
        assert_eq!(Sound::parse(name, &endless).unwrap(), sound);
        for cut in 0..44 {
            assert!(Sound::parse(name, &bytes[..cut]).is_err());
        }
        let mut eight = bytes.clone();
        eight[34] = 8;
        let error = Sound::parse(name, &eight).unwrap_err().to_string();
        assert!(
            error.contains("a.wav: fmt: expected PCM of 16 bits"),
            "{error}"
        );
    }

    #[test]
    fn another_rate_keeps_tones_and_drops_what_it_cannot_hold() {
        let (sound, wanted) = (tone(22_050, 1000.0).at_rate(16_000), tone(16_000, 1000.0));
        let inside = 100..7900;
        for (a, b) in sound.samples[inside.clone()]
            .iter()
            .zip(&wanted.samples[inside])
        {
            assert!((i32::from(*a) - i32::from(*b)).abs() < 200, "{a} for {b}");
        }
        let high = tone(22_050, 10_000.0).at_rate(16_000);
        assert!(high.samples[100..7900].iter().all(|s| s.abs() < 500));
    }
}
