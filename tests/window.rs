//! A real window on a display without a screen, with real keys: it opens, plays, takes a picture and
//! a film, and closes. Without Xvfb, xdotool or a Vulkan driver nothing is tried, which the test says.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may panic, and tells what it left out"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;

use viewer::command::Command;
use viewer::settings::Settings;

/// A program that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A display of its own.
fn display() -> Option<(Ended, String)> {
    let number = (90..120).find(|n| !Path::new(&format!("/tmp/.X{n}-lock")).exists())?;
    let name = format!(":{number}");
    let server = Process::new("Xvfb")
        .args([&name, "-screen", "0", "1280x800x24"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let server = Ended(server);
    let socket = format!("/tmp/.X11-unix/X{number}");
    waited(|| Path::new(&socket).exists().then_some(()))?;
    Some((server, name))
}

/// What comes within two minutes: machines without a GPU take their time to open a window.
fn waited<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..1200 {
        if let Some(found) = look() {
            return Some(found);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    None
}

fn xdotool(display: &str, arguments: &[&str]) -> Option<String> {
    let output = Process::new("xdotool")
        .args(arguments)
        .env("DISPLAY", display)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// The file of an ending in a folder, once it is there and no longer grows.
fn made(folder: &Path, ending: &str) -> Option<PathBuf> {
    let find = || {
        let mut entries = std::fs::read_dir(folder).ok()?.flatten();
        entries.find_map(|e| {
            let path = e.path();
            let is_it = path.extension().is_some_and(|x| x == ending);
            (is_it && e.metadata().ok()?.len() > 0).then_some(path)
        })
    };
    waited(|| {
        let path = find()?;
        let size = std::fs::metadata(&path).ok()?.len();
        std::thread::sleep(Duration::from_millis(300));
        (std::fs::metadata(&path).ok()?.len() == size).then_some(path)
    })
}

#[test]
fn a_window_opens_plays_takes_pictures_and_closes() {
    let is_there = |tool: &str| {
        let mut asked = Process::new(tool);
        let asked = asked
            .arg("-version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        asked.status().is_ok()
    };
    if !["Xvfb", "xdotool"].into_iter().all(is_there) {
        eprintln!("skipped: Xvfb or xdotool is not installed");
        return;
    }
    let Some((_server, display)) = display() else {
        eprintln!("skipped: no display can be opened");
        return;
    };
    let folder = tempfile::tempdir().expect("folder");
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regression/cut_in.xosc");
    // Keys of their own, without modifiers: those that are held for less than a picture takes are not seen.
    let mut settings = Settings::default();
    for (command, key) in [
        (Command::Film, egui::Key::F11),
        (Command::Quit, egui::Key::F10),
    ] {
        let key = egui::KeyboardShortcut::new(egui::Modifiers::NONE, key);
        settings.keys.set(command, key);
    }
    let kept = folder.path().join("config/skidpad/viewer.ron");
    settings.save(&kept).expect("writes");
    let said = folder.path().join("said.txt");
    let window = Process::new(env!("CARGO_BIN_EXE_skidpad-full"))
        .args(["view", &scenario.to_string_lossy(), "--driver", "scripted"])
        .current_dir(folder.path())
        .env("DISPLAY", &display)
        .env("XDG_CONFIG_HOME", folder.path().join("config"))
        .env_remove("WAYLAND_DISPLAY")
        .stderr(std::fs::File::create(&said).expect("file"))
        .spawn()
        .expect("starts");
    let mut window = Ended(window);
    let id = waited(|| {
        if matches!(window.0.try_wait(), Ok(Some(_))) {
            return Some(None);
        }
        let found = xdotool(&display, &["search", "--name", "^Skidpad$"])?;
        found.lines().next().map(|id| Some(id.to_owned()))
    });
    let Some(id) = id.expect("a window or an end") else {
        let said = std::fs::read_to_string(&said).unwrap_or_default();
        assert!(said.contains("nothing to draw with"), "{said}");
        eprintln!("skipped: {}", said.trim());
        return;
    };
    let key = |name: &str| {
        xdotool(&display, &["windowfocus", "--sync", &id]).expect("focus");
        xdotool(&display, &["key", name]).expect("a key");
    };
    // The first pictures take longest; a key before them is lost on nobody.
    key("F12");
    let first = made(folder.path(), "png").expect("a picture");
    let name = first
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert_eq!(name, "cut_in-0.00s.png");
    std::fs::remove_file(&first).expect("removes");

    key("space");
    std::thread::sleep(Duration::from_secs(3));
    key("space");
    key("F12");
    let second = made(folder.path(), "png").expect("a picture");
    let name = second
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert_ne!(name, "cut_in-0.00s.png", "it has played");
    let size = std::fs::metadata(&second).expect("there").len();
    assert!(size > 30_000, "{size}: an empty picture");

    if is_there("ffmpeg") {
        key("Home");
        key("F11");
        std::thread::sleep(Duration::from_secs(4));
        key("F11");
        let film = made(folder.path(), "mp4").expect("a film");
        let bytes = std::fs::read(film).expect("reads");
        assert_eq!(bytes.get(4..8), Some(&b"ftyp"[..]));
    }

    key("F10");
    let ended = waited(|| window.0.try_wait().ok().flatten()).expect("ends");
    assert!(ended.success(), "{ended}");
    let after = Settings::load(&kept);
    assert!(
        after.layout.is_some() && after.keys == settings.keys,
        "settings are kept"
    );
}
