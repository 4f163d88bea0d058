//! The report is opened, sorted, filtered, played and looked at in a headless Chromium. Where there is
//! none, that is said and the test ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "tests"
)]

mod browser;

use std::path::Path;
use std::process::Command;

use browser::Page;
use serde_json::Value;

/// A suite with a scenario that fails and one that is expected to.
const SUITE: &str = r#"(
    name: "browser <test>",
    scenarios: [
        (path: "SCENARIOS/cut_in.xosc", tags: ["motorway"]),
        (path: "SCENARIOS/narrow_passage.xosc", tags: ["town"]),
        (path: "SCENARIOS/crossing_pedestrian.xosc", tags: ["town"]),
        (path: "SCENARIOS/slow_lead.xosc", expect: failed, because: "min_ttc_s", require: {"min_ttc_s": 9}),
        (path: "SCENARIOS/cut_in.xosc", name: "too near", require: {"min_ttc_s": 9}),
    ],
)"#;

fn run_suite(folder: &Path, driver: &str, report: &str, more: &[&str]) {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regression");
    let suite = folder.join("suite.ron");
    let text = SUITE.replace("SCENARIOS", scenarios.to_str().expect("UTF-8"));
    std::fs::write(&suite, text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_skidpad"))
        .arg("suite")
        .arg(&suite)
        .args(["--driver", driver, "--report", report])
        .args(more)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    let code = output.status.code().expect("a code");
    assert!(code < 2, "{}", String::from_utf8_lossy(&output.stderr));
}

/// Names in the order of the table.
fn names(page: &mut Page) -> Vec<String> {
    let value =
        page.value("[...document.querySelectorAll('tr.row .name')].map((e) => e.textContent)");
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|v| v.as_str().unwrap().to_owned())
        .collect()
}

/// A column's figures in the order of the table.
fn figures(page: &mut Page, column: &str) -> Vec<f64> {
    let value = page.value(&format!(
        "(async () => {{ const table = await ready;
           return [...document.querySelectorAll('tr.row')].map((e) => {{
             const m = table.rows[e.dataset.index].row.metrics['{column}'];
             return m && m.value; }}); }})()"
    ));
    value
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_f64)
        .collect()
}

/// Pixels of the canvas in the colour of a name of the page's style, and how many there are in all.
fn pixels(page: &mut Page, color: &str) -> u64 {
    page.value(&format!(
        "(() => {{ const c = document.querySelector('.stage canvas'), x = c.getContext('2d');
           const probe = document.createElement('canvas').getContext('2d');
           probe.fillStyle = color('{color}'); probe.fillRect(0, 0, 1, 1);
           const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
           const d = x.getImageData(0, 0, c.width, c.height).data; let n = 0;
           for (let i = 0; i < d.length; i += 4) n += d[i] === r && d[i + 1] === g && d[i + 2] === b;
           return n; }})()"
    ))
    .as_u64()
    .expect("a count")
}

const PLAYER: &str = "document.querySelector('.detail-grid > div').player";

fn opens(page: &mut Page) {
    page.value("ready.then(() => true)");
    assert_eq!(
        page.value("document.querySelector('h1').textContent"),
        "browser <test>"
    );
    assert_eq!(
        names(page),
        [
            "cut_in",
            "narrow_passage",
            "crossing_pedestrian",
            "slow_lead",
            "too near"
        ]
    );
    let badges = page.value("[...document.querySelectorAll('tr.row .badge:first-child')].map((e) => e.textContent).join()");
    assert!(
        badges.as_str().unwrap().contains("failed, expected"),
        "{badges}"
    );
    let commands = page
        .value("[...document.querySelectorAll('td.why code')].map((e) => e.textContent).join()");
    assert!(
        commands.as_str().unwrap().contains("skidpad run "),
        "{commands}"
    );
    assert!(
        commands.as_str().unwrap().contains("skidpad view "),
        "{commands}"
    );
}

fn sorts_and_filters(page: &mut Page) {
    let header = "th button[data-column=\"min_ttc_s\"]";
    let mut ascending = figures(page, "min_ttc_s");
    let unsorted = ascending.clone();
    ascending.sort_by(f64::total_cmp);
    assert_ne!(unsorted, ascending, "the test needs an order to change");
    page.click(header);
    assert_eq!(figures(page, "min_ttc_s"), ascending);
    assert_eq!(
        page.value("document.querySelector('th[aria-sort]').ariaSort"),
        "ascending"
    );
    page.click(header);
    ascending.reverse();
    assert_eq!(figures(page, "min_ttc_s"), ascending);
    page.click(header);
    assert_eq!(figures(page, "min_ttc_s"), unsorted);
    page.click("input[type=search]");
    page.write("town cross");
    assert_eq!(names(page), ["crossing_pedestrian"]);
    page.value("(() => { const s = document.querySelector('input[type=search]'); s.value = ''; s.oninput; s.dispatchEvent(new Event('input')); })()");
    page.click(".chip");
    assert!(names(page).len() < 5);
    page.click(".chip");
    assert_eq!(names(page).len(), 5);
}

fn plays(page: &mut Page, pictures: &Path) {
    page.click("tr[data-index=\"2\"] .name");
    assert_eq!(page.value(&format!("{PLAYER}.time")), 0);
    for color in ["road", "walk", "ego"] {
        assert!(pixels(page, color) > 100, "nothing of {color} is seen");
    }
    page.click("[data-index=\"2\"] + tr .player .primary");
    let later = page.value(&format!(
        "new Promise((done) => {{ const wait = () => {PLAYER}.time > 0.4 ? done({PLAYER}.time) : requestAnimationFrame(wait); wait(); }})"
    ));
    assert!(later.as_f64().unwrap() > 0.4);
    page.click("[data-index=\"2\"] + tr .player .primary");
    assert_eq!(page.value(&format!("{PLAYER}.playing")), false);
    // The ego vehicle drove on, and with it what is seen.
    let moved = page.value(&format!(
        "(() => {{ const p = {PLAYER}, c = p.canvas, e = p.now.ego; p.seek(0); const a = c.toDataURL();
           p.seek(2); const b = c.toDataURL(); return [a !== b, e.x[20] - e.x[0], e.y[20] - e.y[0]]; }})()"
    ));
    let [x, y] = [1, 2].map(|i| moved[i].as_f64().unwrap());
    let way = (x * x + y * y).sqrt();
    assert!(moved[0] == true && way > 5.0, "{moved}");
    // With the ghost hidden there is less to see.
    let hidden = page.value(&format!(
        "(() => {{ const p = {PLAYER}; p.seek(6); const a = p.canvas.toDataURL(); p.ghost = false; p.draw();
           const b = p.canvas.toDataURL(); p.ghost = true; p.draw(); return a !== b; }})()"
    ));
    assert_eq!(hidden, true, "the baseline's run is not drawn");
    page.picture(&pictures.join("report.png"));
    page.value(&format!("{PLAYER}.canvas.focus()"));
    page.key("End", 35);
    let (time, end) = (
        page.value(&format!("{PLAYER}.time")),
        page.value(&format!("{PLAYER}.end")),
    );
    assert_eq!(time, end);
    page.key("ArrowLeft", 37);
    assert!(page.value(&format!("{PLAYER}.time")).as_f64() < end.as_f64());
    let lines = page.value(
        "[...document.querySelectorAll('.plot path')].map((p) => p.getAttribute('d').length)",
    );
    let lines = lines.as_array().unwrap();
    assert_eq!(lines.len(), 6, "three plots with two runs each");
    assert!(lines.iter().all(|l| l.as_u64().unwrap() > 100), "{lines:?}");
}

#[test]
fn a_report_opens_sorts_filters_and_plays_in_a_browser() {
    let Some(chromium) = browser::chromium() else {
        assert!(std::env::var_os("CI").is_none(), "no Chromium in CI");
        eprintln!("skipped: no Chromium found (Debian: apt-get install chromium)");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    run_suite(folder.path(), "idm", "before", &[]);
    run_suite(folder.path(), "expert", "after", &["--baseline", "before"]);
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.path().join("after/index.html");
    let mut page = Page::open(&chromium, &file, false);
    opens(&mut page);
    sorts_and_filters(&mut page);
    plays(&mut page, pictures);
    let told = |page: &Page, method: &str| -> Vec<String> {
        let events = page.events.iter().filter(|e| e["method"] == method);
        events.map(Value::to_string).collect()
    };
    for method in [
        "Runtime.exceptionThrown",
        "Runtime.consoleAPICalled",
        "Log.entryAdded",
    ] {
        let mut told = told(&page, method);
        // Advice on how this test reads the canvas.
        told.retain(|text| !text.contains("willReadFrequently"));
        assert!(told.is_empty(), "{method}: {told:?}");
    }
    let asked: Vec<&str> = page
        .events
        .iter()
        .filter(|e| e["method"] == "Network.requestWillBeSent")
        .filter_map(|e| e["params"]["request"]["url"].as_str())
        .filter(|url| !url.starts_with("file:///") && !url.starts_with("data:"))
        .collect();
    assert!(asked.is_empty(), "{asked:?}");
    let mut dark = Page::open(&chromium, &file, true);
    dark.value("ready.then(() => true)");
    assert_eq!(dark.value("document.documentElement.dataset.theme"), "dark");
    dark.click("tr[data-index=\"1\"] .name");
    dark.picture(&pictures.join("report-dark.png"));
    eprintln!("pictures: {}", pictures.display());
}
