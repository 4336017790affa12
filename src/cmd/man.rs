//! `awsx man`: the pages, made from the command line types.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::output;
use crate::base::vars;
use crate::cli::{self, Cli};

/// Exit statuses as the page of awsx tells them.
const STATUSES: [(&str, &str); 9] = [
    ("0", "Done. exec, shell and aws: the status of the command itself."),
    ("1", "Failed."),
    ("2", "Wrong usage."),
    ("3", "The AWS files, a variable or a flag's value can't be right."),
    ("4", "AWS refused."),
    ("5", "A person's input was needed and could not be had."),
    ("6", "The keychain is locked or out of reach."),
    ("7", "The network failed."),
    ("125, 126, 127", "exec, shell and aws: awsx itself failed; the command can't be run; it does not exist."),
];

/// Runs `awsx man`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(_app: &App, args: &cli::Man) -> Result<u8> {
    let mut root = Cli::command();
    root.build();
    if let Some(folder) = &args.dir {
        std::fs::create_dir_all(folder)
            .map_err(|e| Error::failed(format!("can't make {}", folder.display())).cause(e))?;
        write_all(&root, folder)?;
        return Ok(0);
    }
    let command = match &args.command {
        None => &root,
        Some(name) => find(&root, name)?,
    };
    output::text(&page(command)?.1)?;
    Ok(0)
}

/// A command by its name: `exec`, `"mfa status"`.
fn find<'a>(root: &'a Command, name: &str) -> Result<&'a Command> {
    name.split_whitespace().try_fold(root, |command, word| command.find_subcommand(word)).ok_or_else(|| {
        Error::usage(format!("no command {name}"))
            .hint("awsx --help lists the commands; \"mfa status\" is one in quotes")
    })
}

/// File name and text of a page.
fn page(command: &Command) -> Result<(String, String)> {
    let man = Man::new(command.clone()).source(concat!("awsx ", env!("CARGO_PKG_VERSION"))).manual("awsx");
    let name = man.get_filename();
    let mut text = Vec::new();
    let rendered = man
        .render(&mut text)
        .and_then(|()| if command.get_name() == "awsx" { tables().to_writer(&mut text) } else { Ok(()) });
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

/// What the page of awsx says besides its options: variables and exit statuses.
fn tables() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["ENVIRONMENT"]);
    for var in vars::TABLE {
        roff.control("TP", []).text([bold(var.name)]).text([roman(var.about)]);
    }
    roff.control("SH", ["EXIT STATUS"]);
    for (status, about) in STATUSES {
        roff.control("TP", []).text([bold(status)]).text([roman(about)]);
    }
    roff
}

fn write_all(command: &Command, folder: &Path) -> Result<()> {
    let (name, text) = page(command)?;
    std::fs::write(folder.join(&name), text)
        .map_err(|e| Error::failed(format!("can't write {}", folder.join(&name).display())).cause(e))?;
    let visible = command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set());
    visible.into_iter().try_for_each(|subcommand| write_all(subcommand, folder))
}
