//! The picture as a phone sees it: what a real terminal shows is turned into pixels and read by a decoder that shares
//! nothing with us.

use super::*;
use crate::support::{Tmux, poll};

/// The cells of a screen, two pixels each: `Some(true)` is black, `Some(false)` white, `None` the terminal's own colour.
fn pixels(screen: &str) -> Vec<Vec<Option<bool>>> {
    let (mut ink, mut paper) = (None, None);
    let mut rows = Vec::new();
    for line in screen.lines() {
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        let mut rest = line;
        while let Some(letter) = rest.chars().next() {
            if let Some(tail) = rest.strip_prefix("\x1b[") {
                let (codes, tail) = tail.split_once('m').unwrap();
                rest = tail;
                let mut codes = codes.split(';');
                while let Some(code) = codes.next() {
                    match code {
                        "38" | "48" => {
                            assert_eq!(codes.next(), Some("5"), "a colour of the fixed 256");
                            let black = match codes.next() {
                                Some("16") => Some(true),
                                Some("231") => Some(false),
                                _ => None,
                            };
                            *(if code == "38" { &mut ink } else { &mut paper }) = black;
                        }
                        "39" => ink = None,
                        "49" => paper = None,
                        _ => (ink, paper) = (None, None),
                    }
                }
                continue;
            }
            upper.push(paper);
            lower.push(if letter == '▄' { ink } else { paper });
            rest = &rest[letter.len_utf8()..];
        }
        rows.extend([upper, lower]);
    }
    rows
}

/// Reads the code on a screen whose own background is black or white.
fn decode(screen: &str, background: bool) -> Option<String> {
    const SCALE: usize = 3;
    let rows = pixels(screen);
    let width = rows.iter().map(Vec::len).max()?;
    let black = |x: usize, y: usize| {
        rows.get(y / SCALE).and_then(|row| row.get(x / SCALE).copied().flatten()).unwrap_or(background)
    };
    let mut image = rqrr::PreparedImage::prepare_from_bitmap(width * SCALE, rows.len() * SCALE, black);
    image.detect_grids().first()?.decode().ok().map(|(_, text)| text)
}

/// The screen with its colours, also those of blanks at the end of a line.
fn colours(tmux: &Tmux) -> String {
    tmux.run(&["capture-pane", "-p", "-e", "-N"])
}

/// What a phone reads off the screen.
pub fn scanned(tmux: &Tmux, background: bool) -> String {
    poll(|| decode(&colours(tmux), background)).unwrap_or_else(|| panic!("no code:\n{}", tmux.screen()))
}

/// The seed in what a phone has read.
pub fn secret_of(uri: &str) -> Secret {
    Secret::new(uri.split_once("secret=").expect("a seed").1.split('&').next().unwrap().to_owned())
}

#[test]
fn a_phone_reads_it_on_dark_and_light_and_the_codes_it_shows_work() {
    let (sandbox, env) = self_provisioner();
    // Where no colours are wanted the picture still has its own.
    let env = env.var("NO_COLOR", "1");
    let tmux = env.tmux("awsx provision-mfa prod; echo status $?; cat");
    tmux.expect("Code the app shows:");
    let on_dark = scanned(&tmux, true);
    assert_eq!(on_dark, scanned(&tmux, false));
    let seed = seed(&sandbox, EVE);
    assert_eq!(
        on_dark,
        format!("otpauth://totp/AWS%20awsx-sandbox:eve?secret={}&issuer=AWS%20awsx-sandbox", seed.expose())
    );

    // The phone knows what it has read, and nothing else.
    let secret = secret_of(&on_dark);
    let mut step = fresh_step();
    let code = |step| totp::code_of_step(&secret, step).unwrap().expose().to_owned();
    tmux.send_line(&code(step));
    tmux.expect("The next code comes in");
    tmux.expect("Next code:");
    // It may be late, and then the code counts as the first.
    loop {
        step = totp::step(now()).max(step + 1);
        tmux.send_line(&code(step));
        let screen = tmux.expect_that("what comes next", |s| s.contains("Log in") || s.contains("counts as the first"));
        if screen.contains("Log in") {
            break;
        }
        wait_for("the next step", || (totp::step(now()) > step).then_some(()));
    }
    tmux.send_line("n");
    tmux.expect("status 0");
    assert_eq!(devices(&sandbox), enabled(EVE));
    assert_eq!(env.read("home/.aws/config"), config_with(EVE));
    assert_nowhere(&env, &seed);
}

#[test]
fn a_terminal_that_is_too_small_says_so_and_may_grow() {
    let (sandbox, env) = self_provisioner();
    let tmux = env.tmux_sized("trap : INT; awsx provision-mfa prod; echo status $?; cat", 44, 15);
    tmux.expect_that("how much it needs", |screen| {
        let screen = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        screen.contains("44 × 15") && screen.contains("Code the app shows:")
    });
    assert_eq!(decode(&colours(&tmux), true), None);
    tmux.run(&["resize-window", "-x", "80", "-y", "24"]);
    tmux.key("Enter");
    let uri = scanned(&tmux, true);
    assert!(uri.contains(seed(&sandbox, EVE).expose()));
    tmux.key("C-c");
    tmux.expect("status 130");
    assert!(devices(&sandbox).is_empty());
}

#[test]
fn the_seed_is_text_only_when_asked_for_and_never_in_a_file() {
    let (sandbox, env) = self_provisioner();
    for (flags, text, picture) in [(&["--show-secret", "--no-qr"][..], true, false), (&[], false, true)] {
        let log = env.path("tmp/log");
        let line =
            format!("trap : INT; awsx provision-mfa prod {} 2>{}; echo status $?; cat", flags.join(" "), log.display());
        let tmux = env.tmux_sized(&line, 120, 50);
        tmux.expect("Code the app shows:");
        let seed = seed(&sandbox, EVE);
        let groups = awsx::devices::otpauth::groups(&seed);
        assert_eq!(tmux.screen().contains(groups.expose()), text);
        assert_eq!(decode(&colours(&tmux), true).is_some(), picture);
        let logged = std::fs::read_to_string(&log).unwrap();
        assert!(!logged.contains('▄') && !logged.contains(groups.expose()) && !logged.contains(seed.expose()));
        tmux.key("C-c");
        tmux.expect("status 130");
    }
}
