//! `awsx man`: the pages, made from the command line types.

use std::io::Write;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::output;
use crate::base::vars;
use crate::cli::{self, Cli, help};

/// Runs `awsx man`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(_app: &App, args: &cli::Man) -> Result<u8> {
    // Not `cli::command()`: its help ends with texts that are sections of their own in a man page.
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    if let Some(folder) = &args.dir {
        std::fs::create_dir_all(folder)
            .map_err(|e| Error::failed(format!("can't make {}", folder.display())).cause(e))?;
        write_all(&root, folder)?;
        return Ok(0);
    }
    let command = find(&root, &args.command.join(" "))?;
    output::text(&page(command)?.1)?;
    Ok(0)
}

/// A command by its name: `exec`, `mfa status`, or as its page is called, `awsx-mfa-status`.
fn find<'a>(root: &'a Command, name: &str) -> Result<&'a Command> {
    let by_words = name.split_whitespace().try_fold(root, |command, word| command.find_subcommand(word));
    by_words
        .or_else(|| by_page(root, name.strip_prefix("awsx-").unwrap_or(name)))
        .ok_or_else(|| Error::usage(format!("there is no command {name}")).hint("`awsx --help` lists the commands"))
}

fn by_page<'a>(command: &'a Command, name: &str) -> Option<&'a Command> {
    if name == "awsx" {
        return Some(command);
    }
    command.get_subcommands().find_map(|verb| match name.strip_prefix(verb.get_name())? {
        "" => Some(verb),
        rest => by_page(verb, rest.strip_prefix('-')?),
    })
}

/// File name and text of a page.
fn page(command: &Command) -> Result<(String, String)> {
    let man = Man::new(command.clone()).source(concat!("awsx ", env!("CARGO_PKG_VERSION"))).manual("awsx");
    let name = man.get_filename();
    let mut text = Vec::new();
    let rendered = man.render(&mut text).and_then(|()| {
        let sections = sections(command).render();
        // Without the preamble, which the page has already.
        text.write_all(sections.get(sections.find(".SH").unwrap_or(0)..).unwrap_or_default().as_bytes())
    });
    rendered.map_err(|e| Error::failed(format!("can't write the page {name}")).cause(e))?;
    Ok((name, with_usage(&String::from_utf8_lossy(&text), command)))
}

/// The page with the usage line of the help as its synopsis: the one of `clap_mangen` leaves `--` and `…` out.
fn with_usage(page: &str, command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().replace('-', "\\-").replace('\n', "\n.br\n");
    match (page.split_once(".SH SYNOPSIS\n"), page.find(".SH DESCRIPTION\n")) {
        (Some((before, _)), Some(after)) => format!("{before}.SH SYNOPSIS\n{usage}\n{}", &page[after..]),
        _ => page.to_owned(),
    }
}

/// The sections of a page after the options.
fn sections(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let name = command.get_display_name().unwrap_or("awsx").replace('-', " ");
    let name = help::pages().find(|page| format!("awsx {}", page.name.replace('-', " ")).trim() == name);
    let Some(page) = name else { return roff };
    roff.control("SH", ["EXAMPLES"]);
    for (line, about) in page.examples {
        roff.control("TP", []).text([bold(line)]).text([roman(about)]);
    }
    if page.name.is_empty() {
        list(&mut roff, "PROFILE KEYS", help::PROFILE_KEYS);
        list(&mut roff, "ENVIRONMENT", vars::TABLE.iter().map(|var| (var.name, var.about)));
    }
    if !page.files.is_empty() {
        list(&mut roff, "FILES", page.files.iter().map(|file| (file.path, file.about)));
    }
    let launcher = cli::LAUNCHERS.contains(&page.name);
    if launcher {
        list(&mut roff, "EXIT STATUS", help::LAUNCHER_STATUSES);
    } else {
        list(&mut roff, "EXIT STATUS", help::STATUSES);
    }
    if page.name.is_empty() {
        let launchers = cli::LAUNCHERS.join(", ");
        roff.control("PP", []).text([roman(format!("For {launchers}:"))]);
        items(&mut roff, help::LAUNCHER_STATUSES);
    }
    roff.control("SH", ["SEE ALSO"]);
    let pages: Vec<String> = page.see_also.iter().map(|name| format!("awsx-{}(1)", name.replace(' ', "-"))).collect();
    roff.text([roman(pages.join(", "))]);
    roff
}

fn list(roff: &mut Roff, heading: &str, rows: impl IntoIterator<Item = (&'static str, &'static str)>) {
    roff.control("SH", [heading]);
    items(roff, rows);
}

fn items(roff: &mut Roff, rows: impl IntoIterator<Item = (&'static str, &'static str)>) {
    for (name, about) in rows {
        roff.control("TP", []).text([bold(name)]).text([roman(about)]);
    }
}

fn write_all(command: &Command, folder: &Path) -> Result<()> {
    let (name, text) = page(command)?;
    std::fs::write(folder.join(&name), text)
        .map_err(|e| Error::failed(format!("can't write {}", folder.join(&name).display())).cause(e))?;
    let visible = command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set());
    visible.into_iter().try_for_each(|subcommand| write_all(subcommand, folder))
}
