//! A copy of a scenario with other parameter values, whose maps and catalogs are still found.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};
use sim::input::{InputError, Limits, read_text};

/// Elements that name a file or folder, and the attribute that does.
const PATHS: [(&str, &str); 4] = [
    ("LogicFile", "filepath"),
    ("SceneGraphFile", "filepath"),
    ("File", "filepath"),
    ("Directory", "path"),
];

/// Writes a copy of a scenario to another place, with these values of its parameters.
///
/// # Errors
/// If the scenario can't be read or the copy can't be written.
pub fn write_scenario(
    scenario: &Path,
    values: &[(String, String)],
    note: &str,
    copy: &Path,
    limits: &Limits,
) -> Result<(), InputError> {
    let text = read_text(scenario, limits)?;
    let from = folder(scenario);
    let to = folder(copy);
    let wrong = |e: &dyn std::fmt::Display| {
        InputError::new(copy, "a file that can be written", e.to_string())
    };
    std::fs::create_dir_all(&to).map_err(|e| wrong(&e))?;
    let (from, to) = (absolute(&from), absolute(&to));
    let bytes = rewrite(&text, values, note, |path| moved(path, &from, &to))
        .map_err(|e| InputError::new(scenario, "well-formed XML", e))?;
    std::fs::write(copy, bytes).map_err(|e| wrong(&e))
}

fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// A path as it is written from another folder; one that names nothing stays as it is.
fn moved(path: &str, from: &Path, to: &Path) -> Option<String> {
    let given = Path::new(path.trim());
    if path.trim().is_empty() || given.is_absolute() || from == to {
        return None;
    }
    let target = std::fs::canonicalize(from.join(given)).ok()?;
    let shared = target
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    let mut relative = PathBuf::new();
    for part in to.components().skip(shared) {
        if matches!(part, Component::Normal(_)) {
            relative.push("..");
        }
    }
    relative.extend(target.components().skip(shared));
    Some(relative.to_string_lossy().replace('\\', "/"))
}

fn rewrite(
    text: &str,
    values: &[(String, String)],
    note: &str,
    path: impl Fn(&str) -> Option<String>,
) -> Result<Vec<u8>, String> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut writer = Writer::new(Vec::new());
    let mut open: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|e| e.to_string())?;
        let event = match event {
            Event::Eof => break,
            Event::Start(start) => {
                let start = edit(start, &open, values, note, &path)?;
                open.push(start.name().as_ref().to_owned());
                Event::Start(start)
            }
            Event::Empty(start) => Event::Empty(edit(start, &open, values, note, &path)?),
            Event::End(end) => {
                open.pop();
                Event::End(end)
            }
            other => other,
        };
        writer.write_event(event).map_err(|e| e.to_string())?;
    }
    Ok(writer.into_inner())
}

/// The element with its attributes changed, where it is one that is to be.
fn edit<'a>(
    start: BytesStart<'a>,
    open: &[String],
    values: &[(String, String)],
    note: &str,
    path: &impl Fn(&str) -> Option<String>,
) -> Result<BytesStart<'a>, String> {
    let name = start.name().as_ref().to_owned();
    let is_global = open.len() == 2 && open.last().is_some_and(|n| n == "ParameterDeclarations");
    let attribute = match name.as_str() {
        "ParameterDeclaration" if is_global => "value",
        "FileHeader" => "description",
        _ => match PATHS.iter().find(|(element, _)| *element == name) {
            Some((_, attribute)) => attribute,
            None => return Ok(start),
        },
    };
    let read = |wanted: &str| -> Result<Option<String>, String> {
        let found = start.try_get_attribute(wanted).map_err(|e| e.to_string())?;
        let Some(found) = found else { return Ok(None) };
        let text = quick_xml::escape::unescape(&found.value).map(Cow::into_owned);
        Ok(Some(text.map_err(|e| e.to_string())?))
    };
    let old = read(attribute)?;
    let new = match name.as_str() {
        "ParameterDeclaration" => {
            let parameter = read("name")?;
            let set = values.iter().find(|(n, _)| Some(n) == parameter.as_ref());
            set.map(|(_, value)| value.clone())
        }
        "FileHeader" => Some(match &old {
            Some(old) if !old.is_empty() => format!("{old}; {note}"),
            _ => note.to_owned(),
        }),
        _ => old.as_deref().and_then(path),
    };
    let Some(new) = new else { return Ok(start) };
    let mut edited = BytesStart::new(name);
    let mut is_set = false;
    for found in start.attributes() {
        let found = found.map_err(|e| e.to_string())?;
        if found.key.as_ref() == attribute {
            edited.push_attribute((attribute, new.as_str()));
            is_set = true;
        } else {
            edited.push_attribute(found);
        }
    }
    if !is_set {
        edited.push_attribute((attribute, new.as_str()));
    }
    Ok(edited.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"<?xml version="1.0"?>
<OpenSCENARIO><!-- kept -->
  <FileHeader revMajor="1" revMinor="3" description="A &amp; B"/>
  <ParameterDeclarations>
    <ParameterDeclaration name="gap" parameterType="double" value="20"/>
    <ParameterDeclaration name="other" parameterType="double" value="1"><ConstraintGroup/></ParameterDeclaration>
  </ParameterDeclarations>
  <CatalogLocations><VehicleCatalog><Directory path="catalogs"/></VehicleCatalog></CatalogLocations>
  <RoadNetwork><LogicFile filepath="../maps/a.xodr"/></RoadNetwork>
  <Storyboard><Story><ParameterDeclarations><ParameterDeclaration name="gap" parameterType="double" value="7"/></ParameterDeclarations></Story></Storyboard>
</OpenSCENARIO>
"#;

    #[test]
    fn values_are_replaced_and_paths_still_lead_where_they_led() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |path: &str| root.path().join(path);
        std::fs::create_dir_all(at("s/catalogs")).expect("made");
        std::fs::create_dir_all(at("maps")).expect("made");
        std::fs::write(at("maps/a.xodr"), "").expect("written");
        std::fs::write(at("s/a.xosc"), TEXT).expect("written");
        let values = [("gap".to_owned(), "12.5".to_owned())];
        let copy = at("out/deep/b.xosc");
        let limits = Limits::default();
        write_scenario(&at("s/a.xosc"), &values, "fails", &copy, &limits).expect("written");
        let text = std::fs::read_to_string(&copy).expect("there");
        let expected = TEXT
            .replacen(r#"value="20""#, r#"value="12.5""#, 1)
            .replace("A &amp; B", "A &amp; B; fails")
            .replace(r#"path="catalogs""#, r#"path="../../s/catalogs""#)
            .replace("../maps/a.xodr", "../../maps/a.xodr");
        assert_eq!(text, expected);
        write_scenario(&at("s/a.xosc"), &values, "fails", &at("s/b.xosc"), &limits)
            .expect("written");
        let beside = std::fs::read_to_string(at("s/b.xosc")).expect("there");
        assert!(beside.contains(r#"filepath="../maps/a.xodr""#), "{beside}");
    }
}
