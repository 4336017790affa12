//! The headers of a file: which of them are no profiles though they look like it. Pure.

use std::collections::{HashMap, HashSet};

use super::finding::{Finding, said};
use super::mend::Mend;
use super::{checks, keys};
use crate::profile::sheet::{Block, Heading, Sheet};
use crate::profile::{FileKind, SectionKind, edit};

/// Sections of the config that are the AWS CLI's own.
const KNOWN: [&str; 3] = ["plugins", "preview", "toplevel"];

/// Checks the headers.
pub fn check(sheet: &Sheet, found: &mut Vec<Finding>) {
    let taken = Taken::new(sheet);
    let faults: HashSet<u32> = sheet.faults.iter().map(|fault| fault.line).collect();
    for block in sheet.blocks.iter().filter(|block| !faults.contains(&block.line)) {
        behind(sheet, block, found);
        let header = sheet.cut(&block.header);
        if header.contains(']') {
            continue;
        }
        let finding = match sheet.kind {
            FileKind::Config => in_config(sheet, block, header, &taken),
            FileKind::Credentials => in_credentials(sheet, block, header, &taken),
        };
        found.extend(finding.map(|finding| finding.at(&sheet.path, block.line)));
    }
    twice(sheet, found);
}

/// The profiles that there are, and the headers.
struct Taken<'a> {
    profiles: HashMap<&'a str, usize>,
    headers: HashSet<&'a str>,
}

impl<'a> Taken<'a> {
    fn new(sheet: &'a Sheet) -> Self {
        let profile = |block: &'a Block| match &block.heading {
            Heading::Named(SectionKind::Profile, name) => Some(name.as_str()),
            _ => None,
        };
        let mut profiles = HashMap::new();
        sheet.blocks.iter().filter_map(profile).for_each(|name| *profiles.entry(name).or_default() += 1);
        Taken { profiles, headers: sheet.blocks.iter().map(|block| sheet.cut(&block.header)).collect() }
    }

    /// Whether no other section is this profile.
    fn is_free(&self, block: &Block, name: &str) -> bool {
        let own = block.heading == Heading::Named(SectionKind::Profile, name.to_owned());
        self.profiles.get(name).copied().unwrap_or(0) == usize::from(own)
    }

    /// Another header, unless it would be a second one of the same profile.
    fn renamed(&self, block: &Block, name: &str, header: &str) -> Option<Mend> {
        let mut plain = name.chars();
        let fits = !name.is_empty() && plain.all(|c| c.is_alphanumeric() || "-_./@:+,=%".contains(c));
        let free = self.is_free(block, name) && !self.headers.contains(header);
        (fits && free).then(|| Mend::Text(vec![(block.header.clone(), header.to_owned())]))
    }
}

/// Text behind the closing bracket.
fn behind(sheet: &Sheet, block: &Block, found: &mut Vec<Finding>) {
    let line = sheet.cut(&(block.header.start..block.span.end));
    let Some((name, rest)) = line.split_once(']') else { return };
    let (rest, at) = (rest.trim(), block.header.start + name.len() + 1);
    if rest.is_empty() {
        return;
    }
    let comment = rest.starts_with(['#', ';']);
    let what = if sheet.cut(&block.header).contains(']') {
        "the AWS CLI reads up to the last bracket of the line, so this header has another name than it seems to have"
    } else if comment {
        "there is a comment behind the bracket: the AWS CLI ignores it, not every SDK does"
    } else {
        "there is text behind the bracket: the AWS CLI ignores it, other SDKs refuse the line"
    };
    let mend = comment.then(|| {
        let start = block.span.start;
        let above = format!("{rest}{}", edit::line_break(sheet.text()));
        Mend::Text(vec![(start..start, above), (at..block.span.end, String::new())])
    });
    let finding = Finding::new(checks::TEXT_BEHIND_HEADER, what).at(&sheet.path, block.line);
    found.push(finding.fix("give it a line of its own, with a # in front").mend(mend));
}

fn in_config(sheet: &Sheet, block: &Block, header: &str, taken: &Taken) -> Option<Finding> {
    let shown = said(header);
    let neat = header.split_whitespace().collect::<Vec<_>>().join(" ");
    let (word, name) = neat.split_once(' ').unwrap_or((neat.as_str(), ""));
    let quoted = header.contains(['"', '\'', '\\']);
    let kind = ["profile", "sso-session", "services"].into_iter().find(|known| *known == word);
    match &block.heading {
        Heading::Defaults => {
            let what = "the AWS CLI adds what [DEFAULT] sets to every section of the file; other SDKs ignore it";
            Some(Finding::new(checks::UPPERCASE_DEFAULT, what).fix("write [default] for the default profile"))
        }
        Heading::Named(..) if header != neat && !quoted => {
            let what = format!("[{shown}] has more blanks or tabs than one: not every SDK takes that");
            Some(blanks(block, what, &neat, taken))
        }
        Heading::Named(_, name) if kind.is_none() && header != "default" => {
            // `[profiles x]`: the AWS CLI looks at the start of the word alone.
            let right = if word.starts_with("profile") { "profile" } else { return None };
            let what = format!("the AWS CLI takes [{shown}] for the profile {}, no other SDK does", said(name));
            Some(misspelt(block, what, name, &format!("{right} {name}"), taken))
        }
        Heading::Named(..) => None,
        Heading::Other if header != header.trim() && (kind.is_some() || neat == "default") => {
            let what = format!("[{shown}] starts or ends with a blank, and so it is no profile: nothing reads it");
            Some(blanks(block, what, &neat, taken))
        }
        Heading::Other if kind.is_some() => {
            let what = if name.is_empty() {
                format!("[{shown}] has no name: nothing reads it")
            } else {
                format!("[{shown}] has a name of several words without quotes: the AWS CLI ignores it")
            };
            let right = format!("write [{word} NAME]; a name with blanks needs quotes: [{word} \"a name\"]");
            Some(Finding::new(checks::BAD_HEADER, what).fix(right))
        }
        Heading::Other => other_in_config(sheet, block, header, &neat, taken),
    }
}

/// A section that nothing reads, at least not as a profile.
fn other_in_config(sheet: &Sheet, block: &Block, header: &str, neat: &str, taken: &Taken) -> Option<Finding> {
    let shown = said(header);
    if KNOWN.contains(&neat) {
        return None;
    }
    if neat.eq_ignore_ascii_case("default") {
        let what = format!("[{shown}] is not [default]: nothing reads it");
        return Some(misspelt(block, what, "default", "default", taken));
    }
    if let Some((word, name)) = neat.split_once(' ') {
        let close = |right: &&&str| strsim::osa_distance(&word.to_lowercase(), right) <= 2;
        if let Some(right) = ["profile", "sso-session", "services"].iter().find(close) {
            let what = format!("[{shown}] is no [{right} …]: nothing reads it");
            return Some(misspelt(block, what, name, &format!("{right} {name}"), taken));
        }
    }
    let is_profile = |key: &str| keys::find(&key.to_lowercase()).is_some();
    if block.entries.iter().any(|entry| is_profile(sheet.cut(&entry.key))) {
        let what = format!(
            "[{shown}] is no profile: in the config the header of one is [profile {shown}]; the AWS CLI ignores this section"
        );
        let fix = format!("write [profile {shown}]");
        let mend = taken.renamed(block, neat, &format!("profile {neat}"));
        return Some(Finding::new(checks::MISSING_PREFIX, what).fix(fix).mend(mend));
    }
    let what = format!("[{shown}] is no section of the AWS CLI or of awsx: they ignore it");
    Some(Finding::new(checks::UNKNOWN_SECTION, what))
}

fn in_credentials(_sheet: &Sheet, block: &Block, header: &str, taken: &Taken) -> Option<Finding> {
    let shown = said(header);
    let name = header.trim();
    if block.heading == Heading::Defaults {
        let what = "the AWS CLI adds what [DEFAULT] sets to every profile of the file, keys too; other SDKs ignore it";
        return Some(Finding::new(checks::UPPERCASE_DEFAULT, what).fix("write [default] for the default profile"));
    }
    if header != name {
        let what =
            format!("[{shown}] starts or ends with a blank, which the AWS CLI takes for a part of the profile's name");
        return Some(blanks(block, what, name, taken));
    }
    if let Some(name) = header.strip_prefix("profile ").map(str::trim) {
        let what = format!(
            "the AWS CLI takes this for a profile of the name \"{shown}\": in the credentials file the header of one is [{}]",
            said(name)
        );
        let mend = taken.renamed(block, name, name);
        return Some(
            Finding::new(checks::PREFIX_IN_CREDENTIALS, what).fix(format!("write [{}]", said(name))).mend(mend),
        );
    }
    if header.starts_with("sso-session ") || header.starts_with("services ") {
        let what = format!("[{shown}] belongs in the config; here the AWS CLI takes it for a profile");
        return Some(Finding::new(checks::SECTION_IN_CREDENTIALS, what).fix("move the section to the config"));
    }
    None
}

fn blanks(block: &Block, what: String, neat: &str, taken: &Taken) -> Finding {
    let name = neat.split_once(' ').map_or(neat, |(_, name)| name);
    let free = !taken.headers.contains(neat) && (block.heading != Heading::Other || taken.is_free(block, name));
    let mend = free.then(|| Mend::Text(vec![(block.header.clone(), neat.to_owned())]));
    Finding::new(checks::BLANK_IN_HEADER, what).fix(format!("write [{}]", said(neat))).mend(mend)
}

fn misspelt(block: &Block, what: String, name: &str, right: &str, taken: &Taken) -> Finding {
    let finding = Finding::new(checks::MISSPELT_HEADER, what).fix(format!("write [{}]", said(right)));
    finding.mend(taken.renamed(block, name, right))
}

/// A profile with two headers of different form.
fn twice(sheet: &Sheet, found: &mut Vec<Finding>) {
    let mut first: HashMap<(SectionKind, &str), &Block> = HashMap::new();
    for block in &sheet.blocks {
        let Heading::Named(kind, name) = &block.heading else { continue };
        let Some(before) = first.insert((*kind, name), block) else { continue };
        let (one, two) = (sheet.cut(&before.header), sheet.cut(&block.header));
        if one == two {
            continue;
        }
        let others =
            if name == "default" { "; other SDKs take [profile default] alone" } else { "; other SDKs join the two" };
        let what = format!(
            "[{}] means the same as [{}] in line {}: the AWS CLI and awsx take this one alone{others}",
            said(two),
            said(one),
            before.line
        );
        let finding = Finding::new(checks::TWO_HEADERS, what).at(&sheet.path, block.line);
        found.push(finding.fix("join the two sections under one header"));
    }
}
