//! Microphone and loudspeaker, by the programs of ALSA.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use super::error::VoiceError;
use super::wav::Sound;

const MEND: &str = "sudo apt-get install alsa-utils";
const RATE_HZ: u32 = 16_000;
/// Longest recording, s.
const MAX_LENGTH_S: u32 = 30;

/// A recording while it runs: from the press of a key to its release.
#[derive(Debug)]
pub struct Recording {
    child: Child,
    heard: JoinHandle<Vec<u8>>,
}

impl Recording {
    /// Begins to record from the usual microphone, for 30 s at most.
    ///
    /// # Errors
    /// If `arecord` is missing.
    pub fn start() -> Result<Self, VoiceError> {
        let fail = |why: &dyn std::fmt::Display| VoiceError::program("arecord", why, MEND);
        let mut child = Command::new("arecord")
            .args(["-q", "-t", "raw", "-f", "S16_LE", "-c", "1"])
            .args(["-r", &RATE_HZ.to_string(), "-d", &MAX_LENGTH_S.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| fail(&e))?;
        let output = child.stdout.take().ok_or_else(|| fail(&"no pipe to it"))?;
        let most = u64::from(2 * RATE_HZ * MAX_LENGTH_S);
        let heard = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // What came before an error was heard all the same.
            let _ = output.take(most).read_to_end(&mut bytes);
            bytes
        });
        Ok(Self { child, heard })
    }

    /// Ends it.
    ///
    /// # Errors
    /// If nothing was recorded, with what `arecord` said.
    pub fn finish(mut self) -> Result<Sound, VoiceError> {
        let fail = |why: &dyn std::fmt::Display| VoiceError::program("arecord", why, MEND);
        // It may have ended by itself.
        let _ = self.child.kill();
        let bytes = self.heard.join().unwrap_or_default();
        let mut why = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            let _ = errors.by_ref().take(4096).read_to_string(&mut why);
        }
        let _ = self.child.wait();
        if bytes.is_empty() {
            return Err(fail(&if why.is_empty() {
                "nothing was recorded"
            } else {
                &why
            }));
        }
        let samples = bytes
            .chunks_exact(2)
            .map(|b| i16::from_le_bytes([b[0], b[1]]));
        Ok(Sound {
            rate_hz: RATE_HZ,
            samples: samples.collect(),
        })
    }
}

/// Plays a sound to its end.
///
/// # Errors
/// If `aplay` is missing or there is nothing to play on.
pub fn play(sound: &Sound) -> Result<(), VoiceError> {
    let fail = |why: &dyn std::fmt::Display| VoiceError::program("aplay", why, MEND);
    let mut child = Command::new("aplay")
        .arg("-q")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| fail(&e))?;
    if let Some(mut input) = child.stdin.take() {
        // One that stops early says why by its end.
        let _ = input.write_all(&sound.to_wav());
    }
    let done = child.wait_with_output().map_err(|e| fail(&e))?;
    if done.status.success() {
        Ok(())
    } else {
        Err(fail(&String::from_utf8_lossy(&done.stderr)))
    }
}
