//! What is written down agrees with the program: man pages, completion scripts, the README's tables and examples.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use awsx::base::error::{ErrorKind, LAUNCH_FAILED};
use awsx::base::vars;
use awsx::cli::help::PROFILE_KEYS;
use clap::Parser;

use crate::layout::code::{Source, files};
use crate::support::{Sandbox, TestEnv, root};

mod coverage;
mod json;
mod pictures;

/// Every file of a folder by name.
fn folder(path: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let read =
        |entry: fs::DirEntry| Some((entry.file_name().into_string().ok()?, fs::read_to_string(entry.path()).ok()?));
    entries.filter_map(read).collect()
}

#[test]
fn the_man_pages_are_those_of_the_program() {
    let env = TestEnv::new();
    env.awsx(&["man", "--dir", env.path("man").to_str().expect("text")]).ok();
    let made = folder(&env.path("man"));
    assert!(made.contains_key("awsx.1") && made.contains_key("awsx-mfa-status.1"), "{:?}", made.keys());
    if std::env::var_os("AWSX_UPDATE").is_some() {
        let _ = fs::remove_dir_all(root().join("man"));
        fs::create_dir(root().join("man")).expect("ours");
        for (name, text) in &made {
            fs::write(root().join("man").join(name), text).expect("ours");
        }
    }
    let kept = folder(&root().join("man"));
    let stale: Vec<_> = made.keys().chain(kept.keys()).filter(|name| made.get(*name) != kept.get(*name)).collect();
    assert!(stale.is_empty(), "{stale:?}: AWSX_UPDATE=1 tests/run docs writes man/ anew");
}

#[test]
fn a_man_page_can_be_asked_for_by_name() {
    let env = TestEnv::new();
    assert!(env.awsx(&["man"]).ok().contains(".SH \"EXIT STATUS\""));
    assert!(env.awsx(&["man", "exec"]).ok().contains(".SH SYNOPSIS\nawsx exec [OPTIONS] [PROFILE] \\-\\- <CMD>...\n"));
    assert!(env.awsx(&["man", "mfa status"]).ok().contains(".TH awsx-mfa-status 1"));
    assert!(env.awsx(&["man", "nothing"]).fails(2).contains("no command nothing"));
}

#[test]
fn the_completion_scripts_are_those_of_the_program() {
    let kept = folder(&root().join("completions"));
    for (shell, name) in [("bash", "awsx.bash"), ("zsh", "_awsx"), ("fish", "awsx.fish")] {
        assert_eq!(TestEnv::new().awsx(&["completions", shell]).ok(), kept[name]);
    }
}

/// The README.
fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("a README")
}

/// The page of the contract.
fn reference() -> String {
    fs::read_to_string(root().join("docs/reference.md")).expect("a reference")
}

/// The rows of the reference's table under a heading: cells without blanks around them.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = reference();
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).expect("the section");
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn the_reference_lists_every_variable() {
    let role = |role| match role {
        vars::Role::Read => "read",
        vars::Role::Set => "set",
        vars::Role::Both => "both",
    };
    let row =
        |var: &vars::Var| vec![format!("`{}`", var.name), role(var.role).to_owned(), var.about.replace('|', "\\|")];
    let want: Vec<Vec<String>> = vars::TABLE.iter().map(row).collect();
    generated(VARIABLES, &want);
    assert!(table("Variables") == want, "AWSX_UPDATE=1 tests/run docs writes the table of variables anew");
}

/// The head of the table of variables.
const VARIABLES: &str = "| variable | awsx | meaning |\n|---|---|---|\n";

#[test]
fn the_reference_lists_every_check_of_the_doctor() {
    let row = |check: &awsx::doctor::Check| {
        vec![format!("`{}`", check.id), check.severity.name().to_owned(), check.about.replace('|', "\\|")]
    };
    let want: Vec<Vec<String>> = awsx::doctor::checks::ALL.iter().map(row).collect();
    generated("| check | severity | looks for |\n|---|---|---|\n", &want);
    assert!(table("Checks of `awsx doctor`") == want, "AWSX_UPDATE=1 tests/run docs writes the table of checks anew");
}

/// With `AWSX_UPDATE`: writes the rows of a table of the reference anew. `head` is that of the table.
fn generated(head: &str, rows: &[Vec<String>]) {
    // Two tests write the same file.
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    if std::env::var_os("AWSX_UPDATE").is_some() {
        let _one = ONE.lock();
        let text = reference();
        let (before, rest) = text.split_once(head).expect("the table");
        let rows: Vec<String> = rows.iter().map(|cells| format!("| {} |\n", cells.join(" | "))).collect();
        let after: Vec<&str> = rest.split_inclusive('\n').skip_while(|line| line.starts_with('|')).collect();
        fs::write(root().join("docs/reference.md"), [before, head, &rows.concat(), &after.concat()].concat())
            .expect("ours");
    }
}

/// Words like `AWSX_PROFILE` in a text.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("AWSX_") && !word.ends_with('_'))
}

#[test]
fn every_variable_of_ours_is_in_the_table() {
    let known: Vec<&str> = vars::TABLE.iter().map(|var| var.name).collect();
    let mut unknown = Vec::new();
    for path in files(&root(), "src", "rs").into_iter().filter(|path| !path.starts_with("src/bin/")) {
        let source = Source::read(&root(), &path);
        if !source.is_test() {
            unknown.extend(
                variables(&source.text).filter(|word| !known.contains(word)).map(|word| format!("{path}: {word}")),
            );
        }
    }
    for (name, text) in folder(&root().join("shell")) {
        unknown
            .extend(variables(&text).filter(|word| !known.contains(word)).map(|word| format!("shell/{name}: {word}")));
    }
    assert!(unknown.is_empty(), "not in src/vars.rs: {unknown:#?}");
}

/// The keys of awsx's own in a profile: those that the code reads, the help names and the reference explains.
/// A page that explains errors quotes what the program says.
#[test]
fn errors_that_are_explained_are_said() {
    let page = fs::read_to_string(root().join("docs/sign-ins.md")).expect("ours");
    let below = page.split_once("## What goes wrong").expect("the heading").1;
    let said = below.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let parts: Vec<&str> =
        said.flat_map(|cell| cell.split(['`', '…'])).map(str::trim).filter(|part| part.len() > 8).collect();
    assert!(parts.len() > 8, "{parts:?}");
    let all = files(&root(), "src", "rs").iter().map(|path| Source::read(&root(), path).text).collect::<String>();
    for part in parts {
        // `{KEY}` and the like stand for words in the program.
        assert!(all.contains(part) || part.contains("web_identity_token_process"), "{part:?} is said nowhere");
    }
}

#[test]
fn every_key_of_ours_is_documented() {
    let told: BTreeSet<String> = PROFILE_KEYS.iter().map(|(key, _)| (*key).to_owned()).collect();
    let mut read = BTreeSet::new();
    for path in files(&root(), "src", "rs").into_iter().filter(|path| !path.starts_with("src/bin/")) {
        let source = Source::read(&root(), &path);
        if !source.is_test() {
            let literals = source.text.split('"').filter(|text| text.starts_with("awsx_"));
            read.extend(
                literals.filter(|text| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).map(str::to_owned),
            );
        }
    }
    assert_eq!(read, told, "src/cli/help and the code");
    let text = reference();
    let listed = text.lines().filter_map(|line| line.strip_prefix("| `awsx_")?.split('`').next());
    assert_eq!(listed.map(|key| format!("awsx_{key}")).collect::<BTreeSet<_>>(), told, "docs/reference.md");
}

#[test]
fn the_reference_lists_every_exit_status() {
    let kinds = [
        ErrorKind::Failed,
        ErrorKind::Usage,
        ErrorKind::Config,
        ErrorKind::Refused,
        ErrorKind::Input,
        ErrorKind::Keychain,
        ErrorKind::Network,
        ErrorKind::NotExecutable,
        ErrorKind::NotFound,
        ErrorKind::Quit,
    ];
    let mut want = vec![0];
    for kind in kinds {
        want.extend([kind.status(), kind.launcher_status()]);
    }
    want.sort_unstable();
    want.dedup();
    assert!(want.contains(&LAUNCH_FAILED));
    let listed: Vec<u8> = table("Exit status").iter().filter_map(|row| row[0].trim_matches('`').parse().ok()).collect();
    assert_eq!(listed, want);
}

/// `exec`, `mfa status`: every verb that a person is shown, in the command line's own order.
fn verbs(command: &clap::Command, before: &str) -> Vec<String> {
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
    let named = shown.flat_map(|verb| {
        let name = format!("{before}{}", verb.get_name());
        let inner = verbs(verb, &format!("{name} "));
        let alone = (!verb.is_subcommand_required_set()).then_some(name);
        alone.into_iter().chain(inner)
    });
    named.collect()
}

#[test]
fn the_reference_lists_every_command() {
    let want: BTreeSet<String> = verbs(&<awsx::cli::Cli as clap::CommandFactory>::command(), "").into_iter().collect();
    let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let name = |row: &Vec<String>| {
        let line = row[0].split('`').nth(1).unwrap_or_default().to_owned();
        line.split(' ').skip(1).take_while(|word| is_word(word) && *word != "--").collect::<Vec<_>>().join(" ")
    };
    let listed: BTreeSet<String> = table("Commands").iter().map(name).filter(|name| !name.is_empty()).collect();
    assert_eq!(listed, want);
}

/// Every path of this repository that a page or a comment names.
#[test]
fn pages_that_are_named_are_there() {
    let mut missing = Vec::new();
    let code = ["src", "tests/it", "benches", "fuzz/src", "shell", "docs", "tests"].map(|folder| {
        ["rs", "bash", "zsh", "fish", "md", "py"].map(|extension| files(&root(), folder, extension)).concat()
    });
    let top = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "Cargo.toml"].map(str::to_owned);
    for path in
        code.concat().into_iter().chain(top).filter(|path| !path.contains(".venv") && !path.contains("node_modules"))
    {
        let text = fs::read_to_string(root().join(&path)).unwrap_or_default();
        if text.contains(concat!("spec ", "section")) {
            missing.push(format!("{path}: cites a section of a page that is not here"));
        }
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "/._-".contains(c))) {
            let word = word.trim_end_matches('.').trim_start_matches("../");
            let page = Path::new(word).extension().is_some_and(|kind| kind == "md") && !word.starts_with('/');
            let folder = Path::new(&path).parent().map(Path::to_path_buf).unwrap_or_default();
            if page && !root().join(word).exists() && !root().join(folder.join(word)).exists() {
                missing.push(format!("{path}: {word}"));
            }
        }
    }
    assert!(missing.is_empty(), "no such page: {missing:#?}");
}

/// Every command line of ours in the README's examples, without its comment.
fn examples() -> Vec<Vec<String>> {
    let text = readme();
    let blocks = text.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let lines = blocks.flat_map(str::lines).filter(|line| line.starts_with("awsx "));
    let words = |line: &str| awsx::profile::words::split(line.split('#').next().unwrap_or_default()).expect("words");
    lines.map(words).collect()
}

#[test]
fn the_readmes_examples_are_commands_that_exist() {
    let examples = examples();
    assert!(examples.len() > 15, "{examples:?}");
    for words in examples {
        let parsed = awsx::cli::Cli::try_parse_from(&words);
        assert!(parsed.is_ok(), "{words:?}: {}", parsed.unwrap_err());
    }
}

#[test]
fn the_readmes_other_commands_exist() {
    let text = readme();
    let prose = text.split("```").step_by(2).collect::<String>();
    let inline = prose.split('`').skip(1).step_by(2);
    let lines = inline.flat_map(|code| code.split(['|', ';', '(', ')', '\\'])).map(str::trim);
    let commands: Vec<&str> = lines.filter(|line| line.starts_with("awsx ")).collect();
    assert!(commands.len() > 25, "{commands:?}");
    for command in commands {
        let parsed = awsx::cli::Cli::try_parse_from(command.split_whitespace()).map(drop);
        // A name may be left out in a sentence.
        let exists = parsed.as_ref().err().is_none_or(|e| e.kind() == clap::error::ErrorKind::MissingRequiredArgument);
        assert!(exists, "{command}: {parsed:?}");
    }
}

/// The examples of daily use that ask nothing and change nothing, in their order, against the sandbox.
#[test]
fn the_readmes_examples_work() {
    let sandbox = Sandbox::start();
    let text = readme();
    let config =
        text.split("```ini\n").nth(1).and_then(|block| block.split("```").next()).expect("the example profiles");
    let env = TestEnv::new().sandbox(&sandbox).aws_cli().config(config).stored(&sandbox, "prod", "alice");
    env.script("terraform", "#!/bin/sh\ntest \"$1 $2\" = 'plan '\n");
    env.awsx(&["exec", "prod", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    let mut printed = Vec::new();
    let mut examples = examples();
    // What takes keys and sessions away comes last; the order stays as it is otherwise.
    examples.sort_by_key(|words| ["rotate", "clear", "remove"].iter().position(|verb| words[1] == *verb));
    for words in examples {
        let args: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let run = match args[0] {
            // These ask on a terminal, or need a shell around them.
            "add" | "login" | "shell" | "use" | "console" | "provision-mfa" | "status" => continue,
            "mfa" if args[1] != "status" => continue,
            // A sign-in in the browser: tests/it/signin.
            "import" if args.get(1) == Some(&"sso") => continue,
            // Another duration is another session, so another code.
            "exec" if args.contains(&"-d") => {
                env.awsx(&[&["exec", "--code", &sandbox.code("alice")], &args[1..]].concat())
            }
            "rotate" | "clear" | "remove" => env.awsx(&[&["-y"], &args[..]].concat()),
            _ => env.awsx(&args),
        };
        printed.push(run.ok().to_owned());
    }
    assert!(printed.len() >= 9, "{printed:#?}");
    let printed = printed.concat();
    for sign in
        ["sandbox-bucket-one", "user/engineering/alice", "111122223333", "get-session-token", "AWS_SESSION_TOKEN="]
    {
        assert!(printed.contains(sign), "no {sign} in {printed}");
    }
}
