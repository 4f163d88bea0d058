//! `<include file="…"/>` in XML: the named file's text takes the element's place.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{InputError, Limits, read_text};

/// Files inside files inside files, at most.
const MAX_DEPTH: u32 = 8;

/// From lines of the text that files were put together to, back to the files' own.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<PathBuf>,
    /// (first line of the whole, file, line of that file), by line of the whole.
    parts: Vec<(u32, usize, u32)>,
}

impl Sources {
    /// The file and line (from 1) of a line of the whole; `None` where nothing was included.
    pub fn file_and_line(&self, line: u32) -> Option<(&Path, u32)> {
        let next = self.parts.partition_point(|(first, ..)| *first <= line);
        let (first, file, own) = self.parts.get(next.checked_sub(1)?)?;
        Some((self.files.get(*file)?.as_path(), own + (line - first)))
    }

    /// Whether a file is one of those that were included, not the first.
    pub fn is_included(&self, file: &Path) -> bool {
        self.files.first().is_some_and(|first| first != file)
    }
}

/// Puts the files that a text includes into it. They are looked for from the folder of the file that
/// names them, and must lie under that of the first.
///
/// # Errors
/// If one can't be read, lies elsewhere, includes itself, or all together exceed the limits.
pub(super) fn expand(
    path: &Path,
    text: String,
    limits: &Limits,
) -> Result<(String, Sources), InputError> {
    if next_include(&text, 0).is_none() {
        return Ok((text, Sources::default()));
    }
    let mut whole = Whole {
        root: folder(path),
        limits,
        text: String::with_capacity(text.len()),
        line: 1,
        sources: Sources::default(),
    };
    whole.add(path, &text, 0)?;
    Ok((whole.text, whole.sources))
}

fn folder(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

struct Whole<'a> {
    root: PathBuf,
    limits: &'a Limits,
    text: String,
    /// Line that `text` ends on.
    line: u32,
    sources: Sources,
}

impl Whole<'_> {
    fn add(&mut self, path: &Path, text: &str, depth: u32) -> Result<(), InputError> {
        let file = self.sources.files.len();
        self.sources.files.push(path.to_owned());
        let (mut at, mut own_line) = (0, 1);
        let body = if depth == 0 {
            0..text.len()
        } else {
            body(text)
        };
        own_line += newlines(text, 0..body.start);
        at += body.start;
        while let Some((tag, name)) = next_include(text, at).filter(|(t, _)| t.end <= body.end) {
            self.push(text.get(at..tag.start).unwrap_or_default(), file, own_line);
            own_line += newlines(text, at..tag.start);
            let error = |expected: String, found: String| {
                InputError::new(path, expected, found).at(own_line, 1)
            };
            let name = name.ok_or_else(|| {
                error(
                    "attribute file of <include>".into(),
                    "no such attribute".into(),
                )
            })?;
            if depth >= MAX_DEPTH {
                let expected = format!("files that include others at most {MAX_DEPTH} deep");
                return Err(error(expected, format!("{name:?} deeper")));
            }
            let included = self
                .inside(path, &name)
                .map_err(|(expected, found)| error(expected, found))?;
            let inner = read_text(&included, self.limits)?;
            if (self.text.len() + inner.len()) as u64 > self.limits.max_file_bytes {
                let expected = format!("at most {} bytes in all", self.limits.max_file_bytes);
                return Err(error(expected, format!("more with {name:?}")));
            }
            self.add(&included, &inner, depth + 1)?;
            own_line += newlines(text, tag.clone());
            at = tag.end;
        }
        self.push(text.get(at..body.end).unwrap_or_default(), file, own_line);
        Ok(())
    }

    /// Text on lines of its own, so that each line is of one file.
    fn push(&mut self, text: &str, file: usize, own_line: u32) {
        if !self.text.is_empty() {
            self.text.push('\n');
            self.line += 1;
        }
        self.sources.parts.push((self.line, file, own_line));
        self.text.push_str(text);
        self.line += newlines(text, 0..text.len());
    }

    fn inside(&self, from: &Path, name: &str) -> Result<PathBuf, (String, String)> {
        let path = folder(from).join(name);
        let real = |p: &Path| {
            p.canonicalize().map_err(|e| {
                (
                    "a file that can be read".to_owned(),
                    format!("{name:?}: {e}"),
                )
            })
        };
        let (root, found) = (real(&self.root)?, real(&path)?);
        if found.starts_with(&root) {
            Ok(path)
        } else {
            let expected = "an included file under the folder of the first".to_owned();
            Err((expected, format!("{name:?}")))
        }
    }
}

fn newlines(text: &str, range: Range<usize>) -> u32 {
    let part = text.as_bytes().get(range).unwrap_or_default();
    part.iter().filter(|b| **b == b'\n').count() as u32
}

/// What an included file adds: all but its declaration and, where it has one, its `<OpenDRIVE>`.
fn body(text: &str) -> Range<usize> {
    let mut start = text.len() - text.trim_start_matches('\u{feff}').trim_start().len();
    let rest = |from: usize| text.get(from..).unwrap_or_default();
    if rest(start).starts_with("<?xml") {
        start += rest(start).find("?>").map_or(0, |n| n + 2);
    }
    let mut at = start;
    loop {
        at = text.len() - rest(at).trim_start().len();
        if !rest(at).starts_with("<!--") {
            break;
        }
        at += rest(at).find("-->").map_or(4, |n| n + 3);
    }
    match (
        rest(at).starts_with("<OpenDRIVE"),
        rest(at).find('>'),
        text.rfind("</OpenDRIVE>"),
    ) {
        (true, Some(open), Some(close)) if close > at + open => at + open + 1..close,
        _ => start..text.len(),
    }
}

/// The next `<include>` from an offset on: its extent, and the file that it names.
fn next_include(text: &str, from: usize) -> Option<(Range<usize>, Option<String>)> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        let start = at + rest.find('<')?;
        let tag = text.get(start..)?;
        let skip = |end: &str| tag.find(end).map(|n| start + n + end.len());
        if tag.starts_with("<!--") {
            at = skip("-->")?;
        } else if tag.starts_with("<![CDATA[") {
            at = skip("]]>")?;
        } else if is_include(tag) {
            let length = tag.find('>')? + 1;
            let inside = tag.get(..length)?;
            let end = if inside.ends_with("/>") {
                start + length
            } else {
                skip("</include>").unwrap_or(start + length)
            };
            return Some((start..end, attribute(inside, "file")));
        } else {
            at = start + 1;
        }
    }
}

fn is_include(tag: &str) -> bool {
    tag.strip_prefix("<include")
        .and_then(|rest| rest.chars().next())
        .is_some_and(|c| c.is_whitespace() || c == '/' || c == '>')
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let before = rest.get(..at)?.chars().next_back()?;
        rest = rest.get(at + name.len()..)?;
        let value = rest.trim_start().strip_prefix('=').map(str::trim_start);
        if let Some(value) = value.filter(|_| before.is_whitespace()) {
            let quote = value.chars().next().filter(|c| *c == '"' || *c == '\'')?;
            return value.get(1..)?.split(quote).next().map(str::to_owned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        folder
    }

    fn expanded(folder: &Path, text: &str) -> Result<(String, Sources), InputError> {
        expand(&folder.join("a.xodr"), text.to_owned(), &Limits::default())
    }

    #[test]
    fn an_included_file_takes_the_place_of_the_element_and_keeps_its_lines() {
        let inner = "<?xml version=\"1.0\"?>\n<!-- roads -->\n<OpenDRIVE>\n<b/>\n<include file='c.xml'/></OpenDRIVE>";
        let folder = folder_with(&[("sub/b.xml", inner), ("sub/c.xml", "<c/>")]);
        let text =
            "<a>\n<!-- <include file='x'/> --><include file=\"sub/b.xml\"></include>\n<d/></a>";
        let (whole, sources) = expanded(folder.path(), text).expect("expanded");
        let line_of = |part: &str| {
            let at = whole.find(part).expect(part);
            let line = newlines(&whole, 0..at) + 1;
            let (file, line) = sources.file_and_line(line).expect("a source");
            (
                file.file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned(),
                line,
            )
        };
        assert_eq!(line_of("<a>"), ("a.xodr".to_owned(), 1));
        assert_eq!(line_of("<b/>"), ("b.xml".to_owned(), 4));
        assert_eq!(line_of("<c/>"), ("c.xml".to_owned(), 1));
        assert_eq!(line_of("<d/>"), ("a.xodr".to_owned(), 3));
        assert!(whole.contains("<!-- <include file='x'/> -->") && !whole.contains("?xml"));
    }

    #[test]
    fn includes_stay_under_the_root_and_end() {
        let folder = folder_with(&[("loop.xml", "<include file='loop.xml'/>"), ("in/x", "")]);
        let refused = |text: &str| {
            let error = expanded(&folder.path().join("in"), text).expect_err("refused");
            (error.line, error.expected, error.found)
        };
        let (line, expected, found) = refused("<a>\n<include file='../loop.xml'/></a>");
        assert_eq!(line, Some(2));
        assert!(expected.contains("under the folder") && found.contains("../loop.xml"));
        assert!(
            refused("<include file='/etc/hostname'/>")
                .1
                .contains("under the folder")
        );
        assert!(
            refused("<include file='none.xml'/>")
                .1
                .contains("can be read")
        );
        assert!(refused("<include/>").1.contains("attribute file"));
        let error = expanded(folder.path(), "<include file='loop.xml'/>").expect_err("refused");
        assert!(error.expected.contains("deep"), "{error}");
    }
}
