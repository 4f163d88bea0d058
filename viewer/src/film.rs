//! Films: pictures in a row, made into an MP4 by ffmpeg where that is installed.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::App;

/// Pictures a second of a film that is taken in the window.
pub const FRAMES_HZ: f64 = 30.0;

/// Why there is no film.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilmError {
    /// It can't be started.
    #[error("ffmpeg can't be started: {0} (films need it; Debian's package is ffmpeg)")]
    NoFfmpeg(String),
    /// It gave up.
    #[error("{}: ffmpeg failed: {reason}", file.display())]
    Failed {
        /// The film.
        file: PathBuf,
        /// What it said last.
        reason: String,
    },
}

/// Takes pictures and makes them a film.
pub struct Writer {
    file: PathBuf,
    child: Child,
}

impl Writer {
    /// Begins a film of pictures of a size.
    ///
    /// # Errors
    /// If ffmpeg can't be started.
    pub fn begin(
        file: &Path,
        [width, height]: [u32; 2],
        frames_hz: f64,
    ) -> Result<Self, FilmError> {
        if let Some(folder) = file.parent() {
            // ffmpeg says what is wrong with it.
            std::fs::create_dir_all(folder).ok();
        }
        let child = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgba"])
            .args([
                "-s",
                &format!("{width}x{height}"),
                "-r",
                &frames_hz.to_string(),
            ])
            .args(["-i", "-", "-an"])
            // Players want even sizes and this kind of colour.
            .args([
                "-vf",
                "pad=ceil(iw/2)*2:ceil(ih/2)*2",
                "-pix_fmt",
                "yuv420p",
            ])
            .args(["-movflags", "+faststart", "-f", "mp4"])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| FilmError::NoFfmpeg(e.to_string()))?;
        Ok(Self {
            file: file.to_owned(),
            child,
        })
    }

    /// Adds a picture: four bytes a pixel, row by row.
    ///
    /// # Errors
    /// If ffmpeg has given up.
    pub fn add(&mut self, rgba: &[u8]) -> Result<(), FilmError> {
        let pipe = self.child.stdin.as_mut();
        match pipe.map(|pipe| pipe.write_all(rgba)) {
            Some(Ok(())) => Ok(()),
            // It says why once it has ended.
            Some(Err(_)) | None => Err(self.finish().err().unwrap_or_else(|| {
                let reason = "it takes no more pictures".to_owned();
                self.failed(reason)
            })),
        }
    }

    /// Ends the film.
    ///
    /// # Errors
    /// If ffmpeg fails.
    pub fn end(mut self) -> Result<(), FilmError> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        drop(self.child.stdin.take());
        let mut said = String::new();
        if let Some(errors) = &mut self.child.stderr {
            errors.read_to_string(&mut said).ok();
        }
        let status = self.child.wait().map_err(|e| self.failed(e.to_string()))?;
        if status.success() {
            return Ok(());
        }
        let last = said.lines().last().unwrap_or("without a word");
        Err(self.failed(last.to_owned()))
    }

    fn failed(&self, reason: String) -> FilmError {
        FilmError::Failed {
            file: self.file.clone(),
            reason,
        }
    }
}

/// A film of the window: its pictures come from other threads, in any order.
#[derive(Clone)]
pub struct Film {
    /// The film.
    pub file: PathBuf,
    /// Pictures that were asked for.
    pub asked: u64,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    writer: Option<Writer>,
    size: Option<[u32; 2]>,
    waiting: BTreeMap<u64, Vec<u8>>,
    next: u64,
    failure: Option<String>,
}

impl Film {
    /// A film that begins with its first picture.
    pub fn new(file: PathBuf) -> Self {
        let shared = Shared {
            writer: None,
            size: None,
            waiting: BTreeMap::new(),
            next: 0,
            failure: None,
        };
        Self {
            file,
            asked: 0,
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    /// Takes the picture of a number in.
    pub fn take(&self, number: u64, size: [u32; 2], rgba: Vec<u8>) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = &mut *shared;
        if shared.failure.is_some() {
            return;
        }
        if shared.size.is_none() {
            shared.size = Some(size);
            match Writer::begin(&self.file, size, FRAMES_HZ) {
                Ok(writer) => shared.writer = Some(writer),
                Err(error) => shared.failure = Some(error.to_string()),
            }
        }
        // A window that was made larger meanwhile gives no picture of this film.
        if shared.size == Some(size) {
            shared.waiting.insert(number, rgba);
        } else {
            shared.waiting.insert(number, Vec::new());
        }
        while let Some(rgba) = shared.waiting.remove(&shared.next) {
            shared.next += 1;
            let added = match &mut shared.writer {
                Some(writer) if !rgba.is_empty() => writer.add(&rgba),
                _ => Ok(()),
            };
            if let Err(error) = added {
                shared.failure = Some(error.to_string());
            }
        }
    }

    /// Whether all pictures have come.
    pub fn is_whole(&self) -> bool {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.next >= self.asked || shared.failure.is_some()
    }

    /// Ends it: what to tell of it.
    pub fn end(&self) -> String {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = shared.writer.take().map(Writer::end);
        match (shared.failure.take(), ended) {
            (Some(reason), _) => reason,
            (None, Some(Err(error))) => error.to_string(),
            (None, Some(Ok(()))) => format!("Saved {}", self.file.display()),
            (None, None) => "no picture was taken".into(),
        }
    }
}

impl App {
    /// Begins a film of the window, or ends it.
    pub fn toggle_film(&mut self) {
        match self.film.take() {
            Some(film) => self.ended_films.push(film),
            None => {
                let title = self.run().info.as_ref().map_or("run", |info| &info.title);
                let at_s = self.clock.tick() as f64 * self.dt_s();
                let file = PathBuf::from(format!("{title}-{at_s:.2}s.mp4"));
                self.status = Some(format!("Filming {}", file.display()));
                self.film = Some(Film::new(file));
                self.clock.is_playing = true;
            }
        }
    }

    /// Tells of films that are whole.
    pub(crate) fn end_films(&mut self) {
        let whole = self.ended_films.iter().position(Film::is_whole);
        if let Some(film) = whole.map(|at| self.ended_films.remove(at)) {
            self.status = Some(film.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_in_any_order_become_a_film() {
        let folder = tempfile::tempdir().expect("folder");
        let film = Film::new(folder.path().join("a.mp4"));
        let mut film = film;
        film.asked = 6;
        let picture = |shade: u8| vec![shade; 63 * 32 * 4];
        for number in [1u64, 0, 3, 2, 5, 4] {
            film.take(number, [63, 32], picture(number as u8 * 40));
        }
        assert!(film.is_whole());
        let told = film.end();
        if told.contains("ffmpeg can't be started") {
            return;
        }
        assert!(told.starts_with("Saved"), "{told}");
        let bytes = std::fs::read(folder.path().join("a.mp4")).expect("there");
        assert_eq!(bytes.get(4..8), Some(&b"ftyp"[..]));
    }
}
