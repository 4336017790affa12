//! What the help and the man page of each command say besides its options: one source for both. Pure.

mod files;
mod import;
mod more_pages;
mod pages;

use clap::Command;

/// What there is to say of a command.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Its name without `awsx`: `exec`, `mfa status`; empty for awsx itself.
    pub name: &'static str,
    /// Command lines, and what each does.
    pub examples: [(&'static str, &'static str); 3],
    /// What it reads and writes.
    pub files: &'static [File],
    /// Related commands, named as in [`Page::name`].
    pub see_also: &'static [&'static str],
}

/// A file or folder, and what it is for.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Where it is unless a variable says otherwise.
    pub path: &'static str,
    /// What it is for, in one line.
    pub about: &'static str,
}

/// A key of awsx's own in a profile, and what it means.
pub const PROFILE_KEYS: [(&str, &str); 8] = [
    ("awsx_account_id", "The account that it must lead to; another one is an error."),
    ("awsx_agent", "What an AI coding agent gets: allow, ask, readonly, deny, or another profile."),
    ("awsx_color", "Its colour in the prompt: red, green, blue …"),
    ("awsx_confirm", "true: ask before it is used."),
    ("awsx_imported", "The sign-in from which `awsx import sso` has written it."),
    ("awsx_share", "true: the AWS CLI gets the browser sign-in, too."),
    ("awsx_tags", "Words by which `awsx each` finds it."),
    ("awsx_shims", "Commands that renew the session first, as aws does."),
];

/// Exit statuses, and what each means.
pub const STATUSES: [(&str, &str); 9] = [
    ("0", "Done."),
    ("1", "Failed."),
    ("2", "Wrong usage."),
    ("3", "The AWS files, a variable or an option's value is wrong."),
    ("4", "AWS refused."),
    ("5", "A person had to be asked, and there was no answer."),
    ("6", "The keychain is locked or out of reach."),
    ("7", "The network failed."),
    ("130", "A person has left the picker, or pressed Ctrl-C."),
];

/// Exit statuses of a command that stands in for another.
pub const LAUNCHER_STATUSES: [(&str, &str); 5] = [
    ("0-255", "That of the command itself."),
    ("125", "awsx itself failed, and the command was not started."),
    ("126", "The command can't be run."),
    ("127", "The command does not exist."),
    ("130", "A person has left the picker, or pressed Ctrl-C."),
];

/// Every command's page, in the order of the help.
pub fn pages() -> impl Iterator<Item = &'static Page> {
    pages::PAGES.iter().chain(more_pages::PAGES)
}

/// The page of a command.
pub fn page(name: &str) -> Option<&'static Page> {
    pages().find(|page| page.name == name)
}

/// Adds each command's page to its help, after the options.
pub fn add(command: Command) -> Command {
    fn below(command: Command, parent: &str) -> Command {
        let named = |verb: &str| format!("{parent}{verb}");
        command.mut_subcommands(|verb| {
            let name = named(verb.get_name());
            let verb = match page(&name) {
                Some(page) => verb.after_help(after(page)),
                None => verb,
            };
            below(verb, &format!("{name} "))
        })
    }
    let command = match page("") {
        Some(page) => command.after_help(after(page)),
        None => command,
    };
    below(command, "")
}

/// The part of a command's help after the options.
fn after(page: &Page) -> String {
    let mut text = section("Examples", &columns(&page.examples));
    if page.name.is_empty() {
        text += &section("Keys of a profile", &columns(&PROFILE_KEYS));
    }
    if !page.files.is_empty() {
        text += &section("Files", &wrapped(&page.files.iter().map(|file| file.path.to_owned()).collect::<Vec<_>>()));
    }
    let statuses = match page.name {
        name if super::LAUNCHERS.contains(&name) => &LAUNCHER_STATUSES[..],
        _ => &STATUSES[..],
    };
    text += &section("Exit status", &columns(statuses));
    let mut related: Vec<String> = page.see_also.iter().map(|name| format!("awsx {name}")).collect();
    related.push(format!("awsx man {}", page.name).trim_end().to_owned());
    (text + &section("See also", &wrapped(&related))).trim().to_owned()
}

/// A part of the help, under a heading as clap shows its own.
fn section(heading: &str, text: &str) -> String {
    format!("\n\n\x1b[1m\x1b[4m{heading}:\x1b[0m{text}")
}

/// Two columns: a name or command, and its meaning. If the first is long, the meaning is on the next line.
fn columns(rows: &[(&str, &str)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).filter(|width| *width <= LONG).max().unwrap_or(0);
    let line = |(name, about): &(&str, &str)| match name.len() {
        long if long > LONG => format!("\n  {name}\n    {:width$}{about}", "", width = width),
        _ => format!("\n  {name:width$}  {about}"),
    };
    rows.iter().map(line).collect()
}

/// A name longer than this has a line of its own.
const LONG: usize = 42;

/// Words separated by commas, wrapped to fit a terminal.
fn wrapped(words: &[String]) -> String {
    let mut text = String::new();
    let mut length = usize::MAX;
    for (at, word) in words.iter().enumerate() {
        let comma = if at + 1 < words.len() { "," } else { "" };
        let fits = length.saturating_add(word.len()) < 76;
        text += if fits { " " } else { "\n  " };
        length = if fits { length + word.len() + 2 } else { word.len() + 2 };
        text += &format!("{word}{comma}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, command};

    /// The names of every command below `command`.
    fn names(command: &Command, parent: &str) -> Vec<String> {
        let verbs = command.get_subcommands().filter(|verb| verb.get_name() != "help");
        verbs
            .flat_map(|verb| {
                let name = format!("{parent}{}", verb.get_name());
                let mut all = names(verb, &format!("{name} "));
                all.insert(0, name);
                all
            })
            .collect()
    }

    #[test]
    fn every_command_has_its_page() {
        let mut want = vec![String::new()];
        want.extend(names(&command(), ""));
        assert_eq!(pages().map(|page| page.name).collect::<Vec<_>>(), want);
        for page in pages() {
            for related in page.see_also {
                assert!(want.iter().any(|name| name == related), "{}: {related}", page.name);
            }
        }
    }

    #[test]
    fn every_example_can_be_typed() {
        for (line, _) in pages().flat_map(|page| page.examples) {
            let Some((_, ours)) = line.split_once("awsx ") else {
                assert_eq!(line, "awsx-refresh");
                continue;
            };
            let end = ours.find([')', '|', '>']).unwrap_or(ours.len());
            let words = std::iter::once("awsx").chain(ours[..end].split_whitespace());
            let args: Vec<std::ffi::OsString> = words.map(Into::into).collect();
            let read =
                if ours.starts_with("aws ") || ours.contains(" aws ") { Ok(()) } else { Cli::read(&args).map(drop) };
            assert!(read.is_ok(), "{line}: {}", read.unwrap_err());
        }
    }
}
