//! One AWS file: its text and where its sections are. Sections are read in full only when somebody asks for them. Pure.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::profile::SectionKind;
use crate::profile::parse::lex::{BadLine, Lexer, cut};
use crate::profile::settings::{self, Setting};

/// Which of the two files it is: they name profiles differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`: `[default]`, `[profile x]`, `[sso-session x]`, `[services x]`.
    Config,
    /// `~/.aws/credentials`: `[x]`.
    Credentials,
}

/// A file, read and indexed.
pub(in crate::profile) struct File {
    kind: FileKind,
    path: Arc<Path>,
    text: Zeroizing<String>,
    sections: Vec<Section>,
}

impl Drop for File {
    /// Wipes the text, which may hold keys. `Zeroizing` does it byte by byte: in a large file that takes longer than
    /// reading it.
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut *self.text).into_bytes();
        bytes.fill(0);
        zeroize::optimization_barrier(bytes.as_slice());
    }
}

/// Where a header is. Kept small, and read again when somebody asks: a file may have ten thousand.
pub(in crate::profile) struct Section {
    /// Tells most profiles apart without a look at the text; [`ODD`] for what is no profile.
    tag: u32,
    /// Where its line starts.
    pub at: u32,
    /// The number of that line, counted from one.
    line: u32,
}

impl Section {
    /// The same section somewhere else.
    pub fn moved(&self, at: u32) -> Self {
        Section { at, ..*self }
    }

    /// Which of `all` may be one of these profiles, or what every profile may need.
    pub fn wanted<'a>(all: &'a [Section], names: &BTreeSet<String>) -> impl Iterator<Item = (usize, &'a Section)> {
        let tags: Vec<u32> = names.iter().map(|name| tag_of(name)).chain([ODD]).collect();
        all.iter().enumerate().filter(move |(_, section)| tags.contains(&section.tag))
    }
}

/// Adds the sections of a text that starts `from` bytes into its file.
///
/// # Errors
/// The first fault and its line.
pub(in crate::profile) fn index(
    kind: FileKind,
    lexer: &mut Lexer,
    from: usize,
    sections: &mut Vec<Section>,
) -> std::result::Result<(), (u32, BadLine)> {
    lexer.headers(|at, line, header| sections.push(Section { tag: tag(kind, header), at: small(from + at), line }))
}

/// The tag of no name.
const ODD: u32 = 0;

/// A header and what follows it, up to the next header.
struct Header<'a> {
    role: Role,
    name: Cow<'a, str>,
    /// What stands between the brackets.
    text: &'a str,
    /// Where the line after it starts.
    body: usize,
    /// Where the next header starts, or the text ends.
    end: usize,
    line: u32,
}

/// The headers that lead to what is set for a name.
#[derive(Default)]
struct Parts<'a> {
    defaults: Vec<Header<'a>>,
    own: Vec<Header<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Named(SectionKind),
    /// `[DEFAULT]`, which Python adds to every section of the file.
    Defaults,
    /// Something that is not ours; kept and passed over.
    Other,
}

impl File {
    /// Reads all of a text, so that what the AWS CLI would refuse is refused, and keeps where the sections are.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] with file and line.
    pub fn new(kind: FileKind, path: Arc<Path>, text: Zeroizing<String>) -> Result<Self> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::config(format!("{} is too large", path.display())));
        }
        // Room that is not used costs nothing, a vector that grows does.
        let mut sections = Vec::with_capacity(text.len() / 64);
        index(kind, &mut Lexer::new(&text), 0, &mut sections).map_err(|(number, fault)| {
            Error::config(format!("{}:{number} can't be read", path.display()))
                .cause(fault.what())
                .hint("correct that line; the AWS CLI refuses the file as well")
        })?;
        Ok(File { kind, path, text, sections })
    }

    /// Sections cut out of a file that was indexed before; they are where they are in `text`, and their lines where they
    /// were.
    pub fn part(kind: FileKind, path: Arc<Path>, text: Zeroizing<String>, sections: Vec<Section>) -> Self {
        File { kind, path, text, sections }
    }

    fn header(&self, index: usize) -> Option<Header<'_>> {
        let section = self.sections.get(index)?;
        let end = self.sections.get(index + 1).map_or(self.text.len(), |next| next.at as usize);
        let line = Lexer::body(&self.text, section.at as usize, section.line).next()?.ok()?;
        let text = line.header(&self.text);
        let (role, name) = meaning(self.kind, text);
        Some(Header { role, name, text, body: line.next, end, line: line.number })
    }

    /// The headers that have this tag, or none of a profile.
    fn headers(&self, tag: u32) -> impl Iterator<Item = Header<'_>> {
        let near =
            self.sections.iter().enumerate().filter(move |(_, section)| section.tag == tag || section.tag == ODD);
        near.filter_map(|(index, _)| self.header(index))
    }

    /// Where the file is.
    pub fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// The names of every profile, as often as they occur.
    pub fn profiles(&self) -> impl Iterator<Item = String> {
        let headers = self.sections.iter().enumerate().filter(|(_, section)| section.tag != ODD);
        headers.filter_map(|(index, _)| Some(self.header(index)?.name.into_owned()))
    }

    /// The sections that make up `name`.
    ///
    /// botocore refuses a file in which a header occurs twice; here the parts are joined, the later one wins, as the
    /// SDKs have it. Where different headers mean the same name (`[default]`, `[profile default]`), botocore takes
    /// the last one alone, and so does this.
    fn parts(&self, kind: SectionKind, name: &str) -> Parts<'_> {
        let wanted = if kind == SectionKind::Profile { tag_of(name) } else { ODD };
        let mut found = Parts::default();
        for header in self.headers(wanted) {
            match header.role {
                Role::Defaults => found.defaults.push(header),
                Role::Named(of) if of == kind && header.name == name => found.own.push(header),
                _ => {}
            }
        }
        if let Some(last) = found.own.last().map(|header| header.text) {
            found.own.retain(|header| header.text == last);
        }
        found
    }

    /// Everything that is set for `name`, `[DEFAULT]` included; `None` if there is no such section.
    pub fn settings(&self, kind: SectionKind, name: &str) -> Option<Vec<Setting>> {
        let Parts { defaults, own } = self.parts(kind, name);
        if own.is_empty() {
            return None;
        }
        let mut settings = Vec::new();
        for header in defaults.into_iter().chain(own) {
            // Where the section ends is known, and lines alone don't tell it: in a part of a file the next header may be
            // indented like a continuation.
            let text = cut(&self.text, 0, header.end);
            settings::read(text, header.body, header.line + 1, &self.path, &mut settings);
        }
        Some(settings)
    }

    /// The line of the header of `name`; of the last one, if it has several.
    pub fn line(&self, kind: SectionKind, name: &str) -> Option<u32> {
        self.parts(kind, name).own.last().map(|header| header.line)
    }

    /// Where the settings of the last part of `name` start, the number of that line, and the parts before it.
    pub fn bodies(&self, kind: SectionKind, name: &str) -> Vec<(usize, u32)> {
        self.parts(kind, name).own.iter().map(|header| (header.body, header.line + 1)).collect()
    }

    /// All of the text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What a header means, as botocore's `build_profile_map` has it: it looks at how the header starts, then takes the
/// second of its two words, read as a shell would.
fn meaning(kind: FileKind, header: &str) -> (Role, Cow<'_, str>) {
    // The short way for nearly every header there is.
    if kind == FileKind::Config
        && let Some(name) = header.strip_prefix("profile ")
        && !name.is_empty()
        && name.bytes().all(is_plain)
    {
        return (Role::Named(SectionKind::Profile), name.into());
    }
    if header == "DEFAULT" {
        return (Role::Defaults, header.into());
    }
    if kind == FileKind::Credentials || header == "default" {
        return (Role::Named(SectionKind::Profile), header.into());
    }
    let section = if header.starts_with("profile") {
        SectionKind::Profile
    } else if header.starts_with("sso-session") {
        SectionKind::SsoSession
    } else if header.starts_with("services") {
        SectionKind::Services
    } else {
        return (Role::Other, header.into());
    };
    if header.contains(['"', '\'', '\\']) {
        return match crate::profile::words::split(header).and_then(|words| <[String; 2]>::try_from(words).ok()) {
            Some([_, name]) => (Role::Named(section), name.into()),
            None => (Role::Other, header.into()),
        };
    }
    let mut words = header.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some(_), Some(name), None) => (Role::Named(section), name.into()),
        _ => (Role::Other, header.into()),
    }
}

/// Needs no quotes and ends no word.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\')
}

/// The tag of a header.
#[inline]
fn tag(kind: FileKind, header: &str) -> u32 {
    match meaning(kind, header) {
        (Role::Named(SectionKind::Profile), name) => tag_of(&name),
        _ => ODD,
    }
}

/// The length and the last four bytes: names that are numbered differ there. Never [`ODD`].
fn tag_of(name: &str) -> u32 {
    let tail = name.as_bytes().last_chunk::<4>().map_or(0, |chunk| u32::from_le_bytes(*chunk));
    (tail ^ small(name.len()).rotate_left(5)) | 1
}

/// Offsets are checked once, when a file is taken in.
fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
