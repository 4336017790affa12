//! Rust source as the rules see it: paths that are named, without comments, strings and test code.

use std::path::{Path, PathBuf};

/// A file of the project.
pub struct Source {
    /// Relative to the project's root, with `/`.
    pub path: String,
    /// As it is.
    pub text: String,
    /// Comments, the contents of strings and everything under `#[cfg(test)]` blanked out.
    pub code: String,
}

impl Source {
    /// Reads a file.
    pub fn read(root: &Path, path: &str) -> Source {
        let text = std::fs::read_to_string(root.join(path)).expect("a file of ours");
        Source { path: path.to_owned(), code: without_tests(&without_words(&text)), text }
    }

    /// Whether it is made of tests alone.
    pub fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.ends_with("tests.rs") || ["tests/", "/tests/", "/testkit"].iter().any(|part| self.path.contains(part))
    }

    /// Its opening comment.
    pub fn opening(&self) -> String {
        self.text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n")
    }

    /// The contents of its strings, without those of its tests, and with line ends as they are printed.
    pub fn literals(&self) -> Vec<String> {
        let end = self.text.find("#[cfg(test)]\nmod tests").unwrap_or(self.text.len());
        let (mut found, mut rest) = (Vec::new(), &self.text[..end]);
        while let Some(c) = rest.chars().next() {
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if c == '"' {
                let length = quoted(rest, '"');
                found.push(continued(rest[1..length].trim_end_matches('"')));
                length
            } else if c == '\'' && (rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'')) {
                quoted(rest, '\'')
            } else {
                c.len_utf8()
            };
            rest = &rest[length..];
        }
        found
    }

    /// Its paths, with `self` and `super` at their start spelled out for the module that it is.
    pub fn absolute_paths(&self, module: &str) -> Vec<String> {
        let absolute = |path: String| {
            let mut parts: Vec<&str> = module.split("::").collect();
            let mut rest = path.as_str();
            let mut relative = false;
            while let Some((first, after)) = rest.split_once("::") {
                match first {
                    "self" => {}
                    "super" => drop(parts.pop()),
                    _ => break,
                }
                relative = true;
                rest = after;
            }
            if relative {
                format!("crate::{}::{rest}", parts.join("::")).replace("::::", "::")
            } else if rest.starts_with("crate::") {
                path
            } else {
                // A bare path may start at a module of this very folder.
                format!("crate::{module}::{rest}")
            }
        };
        self.paths().into_iter().map(absolute).collect()
    }

    /// Every path in its code, use lists spread out: `std::fs`, `std::fs::read`, `crate::error::Error`.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        let mut rest = self.code.as_str();
        while let Some(start) = rest.find("use ") {
            let standing_alone = !rest[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let Some(length) = rest[start..].find(';') else { break };
            if standing_alone {
                spread(&rest[start + 4..start + length], "", &mut paths);
            }
            rest = &rest[start + 4..];
        }
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        paths.extend(self.code.split(|c| !is_path(c)).filter(|word| word.contains("::")).map(str::to_owned));
        paths
    }
}

/// Every file of a kind under a folder, as paths relative to `root`, sorted.
pub fn files(root: &Path, folder: &str, extension: &str) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(&root.join(folder), &mut found);
    found.retain(|path| path.extension().is_some_and(|e| e == extension));
    let relative = |path: &PathBuf| Some(path.strip_prefix(root).ok()?.to_str()?.to_owned());
    let mut found: Vec<String> = found.iter().filter_map(relative).collect();
    found.sort();
    found
}

/// `a::{b, c::{d, self}}` → `a::b`, `a::c::d`, `a::c`.
fn spread(tree: &str, prefix: &str, into: &mut Vec<String>) {
    let mut depth = 0;
    let parts = tree.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        if let Some((head, list)) = part.split_once('{') {
            let list = list.rsplit_once('}').map_or(list, |(list, _)| list);
            spread(list, &format!("{prefix}{}", head.trim()), into);
        } else {
            let name = part.split(" as ").next().unwrap_or(part).trim();
            into.push(format!("{prefix}{name}").trim_end_matches("::self").to_owned());
        }
    }
}

/// Blanks comments and what stands in quotes; lines stay where they are.
fn without_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest, &out) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if c == '"' {
            quoted(rest, '"')
        } else if c == '\'' && (rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'')) {
            quoted(rest, '\'')
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        out.extend(rest[..length].chars().filter(|c| *c == '\n'));
        out.push(' ');
        rest = &rest[length..];
    }
    out
}

/// The number of `#` of a raw string that starts here.
fn raw_string(rest: &str, before: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let inside_a_name = before.ends_with(|c: char| c.is_alphanumeric() && c != 'b' || c == '_');
    (!inside_a_name && after[hashes..].starts_with('"')).then_some(hashes)
}

/// The length of a literal that starts here, with its quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let found = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        found
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

/// The text of a literal: a line that ends in a backslash goes on in the next one, and `\\n` ends a line.
fn continued(literal: &str) -> String {
    let mut lines = literal.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + line.trim_start()).replace("\\n", "\n").replace("\\\"", "\"")
}

/// Takes every item under `#[cfg(test)]` out.
fn without_tests(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let mut depth = 0;
        let end = item.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0 && matches!(c, ';' | '}')
        });
        rest = &item[end.map_or(item.len(), |(at, _)| at + 1)..];
    }
    out + rest
}

#[test]
fn paths_are_found_and_words_are_not() {
    let text = r##"
        use std::{env, fs::{self, File as F}, io};
        // use std::net;
        const A: &str = "use std::process;"; const B: char = '"'; const C: &str = r#"" tokio::x"#;
        fn f<'a>() { crate::error::Error::new('\'') }
        #[cfg(test)]
        mod tests { use std::time::Instant; fn g() { "}" } }
        fn h() { super::k() }
    "##;
    let source = Source { path: String::new(), code: without_tests(&without_words(text)), text: text.to_owned() };
    let mut paths = source.paths();
    paths.retain(|path| !path.ends_with("::"));
    let want = ["std::env", "std::fs", "std::fs::File", "std::io", "crate::error::Error::new", "super::k"];
    assert_eq!(paths, want);
}
