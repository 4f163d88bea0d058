//! XML with positions: attribute and child access whose errors name file, line and column.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use roxmltree::{Document, Node, ParsingOptions};

use super::include::{Sources, expand};
use super::{InputError, Limits, read_text};

/// Numbers that are kept a note of as mended, at most.
const MAX_MENDED: usize = 10_000;

/// Text of an XML file that lives as long as the nodes taken from it.
pub struct XmlFile {
    path: PathBuf,
    text: String,
    limits: Limits,
    sources: Sources,
    /// Where numbers with something behind them are read: byte offset and what was read.
    mended: Option<Mutex<Vec<(usize, String)>>>,
    /// What was read, where that is watched: a bit an attribute of each node.
    read: Option<Mutex<Vec<u64>>>,
}

/// The bit of an element that was looked for and found.
const FOUND: u64 = 1 << 63;

impl XmlFile {
    /// Reads a file within the limits.
    ///
    /// # Errors
    /// If it can't be read, is too large or is not UTF-8.
    pub fn read(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        Ok(Self::from_text(path, read_text(path, limits)?, limits))
    }

    /// Takes text that is already in memory; `path` is for messages only.
    pub fn from_text(path: &Path, text: String, limits: &Limits) -> Self {
        Self {
            path: path.to_owned(),
            text,
            limits: limits.clone(),
            sources: Sources::default(),
            mended: None,
            read: None,
        }
    }

    /// Keeps account of what is read, for [`XmlNode::was_found`] and [`XmlNode::was_read`].
    #[must_use]
    pub fn watched(mut self) -> Self {
        self.read = Some(Mutex::default());
        self
    }

    fn mark(&self, node: Node<'_, '_>, bit: u64) {
        if let Some(read) = &self.read
            && let Ok(mut read) = read.lock()
        {
            let id = node.id().get_usize();
            if read.len() <= id {
                read.resize(id + 1, 0);
            }
            read[id] |= bit;
        }
    }

    fn marks(&self, node: Node<'_, '_>) -> u64 {
        let read = self.read.as_ref().and_then(|read| read.lock().ok());
        read.and_then(|read| read.get(node.id().get_usize()).copied())
            .unwrap_or(0)
    }

    /// As [`Self::from_text`], with the files that it includes put into it.
    ///
    /// # Errors
    /// If one of them can't be read or lies outside the folder of the file.
    pub fn with_includes(path: &Path, text: String, limits: &Limits) -> Result<Self, InputError> {
        let (text, sources) = expand(path, text, limits)?;
        Ok(Self {
            sources,
            ..Self::from_text(path, text, limits)
        })
    }

    /// Reads a number with something behind it (`4.0+0`) as what comes first, as common readers do;
    /// [`Self::mended`] tells.
    #[must_use]
    pub fn lenient(mut self) -> Self {
        self.mended = Some(Mutex::default());
        self
    }

    /// Byte offset of the element, and what was read, for each number that was mended.
    pub fn mended(&self) -> Vec<(usize, String)> {
        let kept = self.mended.as_ref().and_then(|m| m.lock().ok());
        kept.map(|m| m.clone()).unwrap_or_default()
    }

    /// Where lines come from, if other files are included.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// An error at a line and column of the text.
    fn error(&self, at: (u32, u32), expected: String, found: String) -> InputError {
        let (file, line) = self
            .sources
            .file_and_line(at.0)
            .unwrap_or((&self.path, at.0));
        InputError::new(file, expected, found).at(line, at.1)
    }

    /// Parses it. A DTD is refused unless the entities that it declares are few and short.
    ///
    /// # Errors
    /// If it is not well-formed XML within the limits.
    pub fn parse(&self) -> Result<Document<'_>, InputError> {
        let text = self.text.trim_start_matches('\u{feff}');
        let depth = nesting_depth(text);
        if depth > self.limits.max_xml_depth {
            return Err(InputError::new(
                &self.path,
                format!("elements nested at most {} deep", self.limits.max_xml_depth),
                format!("{depth}"),
            ));
        }
        let options = ParsingOptions {
            allow_dtd: entities_are_few(text),
            nodes_limit: self.limits.max_xml_nodes,
            ..ParsingOptions::default()
        };
        Document::parse_with_options(text, options).map_err(|e| {
            // Of a file that is cut off, the parser says 1:1; its end is where the rest is missing.
            let (row, col) = match e {
                roxmltree::Error::UnexpectedEndOfStream | roxmltree::Error::UnclosedRootNode => {
                    let last = text.lines().last().unwrap_or_default();
                    (text.lines().count().max(1), last.chars().count() + 1)
                }
                _ => (e.pos().row as usize, e.pos().col as usize),
            };
            self.error(
                (row as u32, col as u32),
                "well-formed XML".to_owned(),
                e.to_string(),
            )
        })
    }

    /// The root element, as [`XmlNode`], of a document that [`XmlFile::parse`] returned.
    pub fn root<'a>(&'a self, document: &'a Document<'a>) -> XmlNode<'a> {
        XmlNode {
            node: document.root_element(),
            file: self,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether replacing the entities that a document declares can't swell it: the parser bounds how they
/// nest, this how long they are and how often they stand in the text.
fn entities_are_few(text: &str) -> bool {
    const MAX_DECLARED_BYTES: usize = 1024;
    const MAX_REFERENCES: usize = 64;
    const PREDEFINED: [&str; 5] = ["lt;", "gt;", "amp;", "quot;", "apos;"];
    let Some(first) = text.find("<!ENTITY") else {
        return true;
    };
    let last = text.rfind("<!ENTITY").unwrap_or(first);
    let end = text[last..].find('>').map_or(text.len(), |n| last + n);
    let references = text
        .split('&')
        .skip(1)
        .filter(|rest| !rest.starts_with('#') && !PREDEFINED.iter().any(|p| rest.starts_with(p)));
    end - first <= MAX_DECLARED_BYTES
        && references.take(MAX_REFERENCES + 1).count() <= MAX_REFERENCES
}

/// Upper bound of the element depth, found without recursion.
fn nesting_depth(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let (mut depth, mut deepest, mut i) = (0i64, 0i64, 0usize);
    while i < bytes.len() {
        if bytes[i] != b'<' {
            i += 1;
            continue;
        }
        let rest = &text.as_bytes()[i..];
        let skip_to = |end: &str| {
            text[i..]
                .find(end)
                .map_or(bytes.len(), |n| i + n + end.len())
        };
        if rest.starts_with(b"<!--") {
            i = skip_to("-->");
        } else if rest.starts_with(b"<![CDATA[") {
            i = skip_to("]]>");
        } else if rest.starts_with(b"<?") || rest.starts_with(b"<!") {
            i = skip_to(">");
        } else {
            let mut quote = 0u8;
            let mut j = i + 1;
            while j < bytes.len() && (quote != 0 || bytes[j] != b'>') {
                match bytes[j] {
                    q @ (b'"' | b'\'') if quote == 0 => quote = q,
                    q if q == quote => quote = 0,
                    _ => {}
                }
                j += 1;
            }
            if rest.starts_with(b"</") {
                depth -= 1;
            } else if j > 0 && bytes.get(j - 1) != Some(&b'/') {
                depth += 1;
                deepest = deepest.max(depth);
            }
            i = j + 1;
        }
    }
    u32::try_from(deepest).unwrap_or(0)
}

/// An element that knows its file.
#[derive(Clone, Copy)]
pub struct XmlNode<'a> {
    /// The element itself.
    pub node: Node<'a, 'a>,
    file: &'a XmlFile,
}

impl<'a> XmlNode<'a> {
    /// Tag name without its namespace.
    pub fn name(&self) -> &'a str {
        self.node.tag_name().name()
    }

    /// Line and column of the element, from 1, in the whole text.
    pub fn position(&self) -> (u32, u32) {
        let at = self.node.document().text_pos_at(self.node.range().start);
        (at.row, at.col)
    }

    /// The file that was read first.
    pub fn path(&self) -> &'a Path {
        &self.file.path
    }

    /// An error at this element.
    pub fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> InputError {
        self.file
            .error(self.position(), expected.into(), found.into())
    }

    /// Child elements of any name, in order.
    pub fn elements(&self) -> impl Iterator<Item = XmlNode<'a>> + use<'a> {
        let file = self.file;
        self.node
            .children()
            .filter(Node::is_element)
            .map(move |node| XmlNode { node, file })
    }

    /// Child elements of one name, in order.
    pub fn children(&self, name: &'a str) -> impl Iterator<Item = XmlNode<'a>> + use<'a> {
        self.elements().filter(move |n| n.name() == name)
    }

    /// First child element of a name.
    pub fn child(&self, name: &str) -> Option<XmlNode<'a>> {
        self.elements()
            .find(|n| n.name() == name)
            .inspect(|n| n.found())
    }

    /// First child element of a name.
    ///
    /// # Errors
    /// If there is none.
    pub fn need_child(&self, name: &str) -> Result<XmlNode<'a>, InputError> {
        self.child(name).ok_or_else(|| {
            self.error(
                format!("<{name}> inside <{}>", self.name()),
                "no such element",
            )
        })
    }

    /// Text of an attribute.
    pub fn attr(&self, name: &str) -> Option<&'a str> {
        if self.file.read.is_some() {
            let at = self.node.attributes().position(|a| a.name() == name)?;
            self.file.mark(self.node, 1 << at.min(62));
        }
        self.node.attribute(name)
    }

    /// Notes, of a file that is watched, that this element was looked for.
    pub fn found(&self) {
        self.file.mark(self.node, FOUND);
    }

    /// Whether the element was looked for or an attribute of it read.
    pub fn was_found(&self) -> bool {
        self.file.marks(self.node) != 0
    }

    /// Whether the attribute of an index was read.
    pub fn was_read(&self, attribute: usize) -> bool {
        self.file.marks(self.node) >> attribute.min(62) & 1 == 1
    }

    /// Text of an attribute.
    ///
    /// # Errors
    /// If it is missing.
    pub fn need_attr(&self, name: &str) -> Result<&'a str, InputError> {
        self.attr(name).ok_or_else(|| {
            self.error(
                format!("attribute {name} of <{}>", self.name()),
                "no such attribute",
            )
        })
    }

    /// A finite number.
    ///
    /// # Errors
    /// If the attribute is missing or not a finite number.
    pub fn need_f64(&self, name: &str) -> Result<f64, InputError> {
        self.need_attr(name)
            .and_then(|text| self.number(name, text))
    }

    /// A finite number, or a default where the attribute is missing.
    ///
    /// # Errors
    /// If the attribute is there but not a finite number.
    pub fn f64_or(&self, name: &str, default: f64) -> Result<f64, InputError> {
        self.attr(name)
            .map_or(Ok(default), |text| self.number(name, text))
    }

    /// Keeps, of a file that is read leniently, what was made of something wrong here.
    pub fn mended(&self, text: String) {
        let Some(mended) = &self.file.mended else {
            return;
        };
        if let Ok(mut mended) = mended.lock()
            && mended.len() < MAX_MENDED
        {
            mended.push((self.node.range().start, text));
        }
    }

    fn number(&self, name: &str, text: &str) -> Result<f64, InputError> {
        let finite = |text: &str| text.parse::<f64>().ok().filter(|v| v.is_finite());
        finite(text.trim())
            .or_else(|| {
                self.file.mended.as_ref()?;
                let value = finite(leading_number(text.trim()))?;
                self.mended(format!(
                    "{name} of <{}> is {text:?}, read as {value}",
                    self.name()
                ));
                Some(value)
            })
            .ok_or_else(|| {
                self.error(
                    format!("a finite number in {name} of <{}>", self.name()),
                    format!("{text:?}"),
                )
            })
    }
}

/// The longest part from the start on that can be a decimal number.
fn leading_number(text: &str) -> &str {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let rest = |from: usize| text.get(from..).unwrap_or_default();
    let sign = usize::from(text.starts_with(['+', '-']));
    let mut end = sign + digits(rest(sign));
    if rest(end).starts_with('.') {
        end += 1 + digits(rest(end + 1));
    }
    if rest(end).starts_with(['e', 'E']) {
        let signed = usize::from(rest(end + 1).starts_with(['+', '-']));
        let power = digits(rest(end + 1 + signed));
        if power > 0 {
            end += 1 + signed + power;
        }
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_error(text: &str) -> InputError {
        let file = XmlFile::from_text(Path::new("a.xodr"), text.to_owned(), &Limits::default());
        file.parse().map(|_| ()).expect_err("refused")
    }

    #[test]
    fn broken_xml_names_line_and_column() {
        let error = parse_error("<a>\n  <b x=1/>\n</a>");
        assert_eq!((error.line, error.file.to_str()), (Some(2), Some("a.xodr")));
    }

    #[test]
    fn deep_xml_and_entities_are_refused() {
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert!(parse_error(&deep).expected.contains("nested"));
        let many = "<!DOCTYPE a [<!ENTITY b 'c'>]><a>".to_owned() + &"&b;".repeat(100) + "</a>";
        assert!(parse_error(&many).found.contains("DTD"));
        let long = format!(
            "<!DOCTYPE a [<!ENTITY b '{}'>]><a>&b;</a>",
            "c".repeat(5000)
        );
        assert!(parse_error(&long).found.contains("DTD"));
        let nested: String = (1..12)
            .map(|i| format!("<!ENTITY e{i} '{}'>", format!("&e{};", i - 1).repeat(8)))
            .collect();
        let laughs = format!("<!DOCTYPE a [<!ENTITY e0 'ha'>{nested}]><a>&e11;</a>");
        parse_error(&laughs);
    }

    #[test]
    fn a_doctype_with_few_entities_is_no_harm() {
        let text = "<!DOCTYPE a [<!ENTITY b 'c'>]><a x='&b;'/>".to_owned();
        let file = XmlFile::from_text(Path::new("a.xosc"), text, &Limits::default());
        assert!(file.parse().is_ok());
    }

    #[test]
    fn numbers_must_be_finite() {
        let file = XmlFile::from_text(
            Path::new("a"),
            "<a x='inf' y='2'/>".into(),
            &Limits::default(),
        );
        let document = file.parse().expect("well-formed");
        let root = file.root(&document);
        assert!(root.need_f64("x").is_err());
        assert_eq!(root.need_f64("y"), Ok(2.0));
        assert_eq!(root.f64_or("z", 3.0), Ok(3.0));
    }

    #[test]
    fn a_lenient_reader_takes_what_comes_first_and_tells() {
        let text = "<a x='4.0+0' y='-.5e1m' z='m' e='2e'/>";
        let file = XmlFile::from_text(Path::new("a"), text.into(), &Limits::default()).lenient();
        let document = file.parse().expect("well-formed");
        let root = file.root(&document);
        assert_eq!(root.need_f64("x"), Ok(4.0));
        assert_eq!(root.need_f64("y"), Ok(-5.0));
        assert_eq!(root.need_f64("e"), Ok(2.0));
        assert!(root.need_f64("z").is_err());
        let mended = file.mended();
        assert_eq!(mended.len(), 3);
        assert_eq!(
            mended[0],
            (0, "x of <a> is \"4.0+0\", read as 4".to_owned())
        );
    }
}
