//! The prompt fragment: the same text and colours that the scripts in `shell/` draw. Pure.

use crate::base::env::Env;
use crate::base::terminal_text;
use crate::base::time::{Timestamp, show_left};
use crate::base::vars;

/// Part of the fragment with its colour, as terminal attributes (`31`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What is shown; no control characters.
    pub text: String,
    /// Its colour.
    pub color: Option<String>,
}

/// The fragment for the session of this environment; nothing if there is none. `auto`, `on` and `off` all give the
/// default form here: whoever calls `awsx prompt` wants to see something.
pub fn fragment(env: &Env, now: Timestamp) -> Vec<Piece> {
    let Some(profile) = env.get(vars::AWSX_PROFILE) else { return Vec::new() };
    let left = env.get(vars::AWSX_EXPIRES).and_then(|at| at.parse().ok()).map(|at| Timestamp(at).seconds_left(now));
    let format = match env.get(vars::AWSX_PROMPT) {
        None | Some("auto" | "on" | "off") if left.is_none() => "({profile}) ",
        None | Some("auto" | "on" | "off") => "({profile} {left}) ",
        Some(format) => format,
    };
    let attributes = |text: &&str| text.bytes().all(|b| b.is_ascii_digit() || b == b';');
    let color = env.get(vars::AWSX_PROFILE_COLOR).filter(attributes);
    let mut pieces = Vec::new();
    let mut put = |text: &str, color: Option<&str>| {
        if !text.is_empty() {
            pieces.push(Piece { text: terminal_text::line(text), color: color.map(str::to_owned) });
        }
    };
    let mut rest = format;
    while let Some((before, (value, color), after)) = next_field(rest, |field| match field {
        "profile" => Some((profile.to_owned(), color)),
        "left" => Some(left.map_or((String::new(), None), |left| (show_left(left), urgency(left)))),
        "account" => Some((env.get(vars::AWSX_ACCOUNT).unwrap_or_default().to_owned(), None)),
        "region" => {
            Some((env.first(&[vars::AWS_REGION, vars::AWS_DEFAULT_REGION]).unwrap_or_default().to_owned(), None))
        }
        _ => None,
    }) {
        put(before, None);
        put(&value, color);
        rest = after;
    }
    put(rest, None);
    pieces
}

/// Yellow under 15 minutes, red under 5 and when expired.
fn urgency(left: i64) -> Option<&'static str> {
    match left {
        ..300 => Some("31"),
        300..900 => Some("33"),
        _ => None,
    }
}

/// Splits at the first `{field}` that `value` knows.
fn next_field<T>(text: &str, value: impl Fn(&str) -> Option<T>) -> Option<(&str, T, &str)> {
    text.match_indices('{').find_map(|(at, _)| {
        let (field, after) = text[at + 1..].split_once('}')?;
        Some((&text[..at], value(field)?, after))
    })
}

/// The fragment as text, with escape sequences if `colored`.
pub fn render(pieces: &[Piece], colored: bool) -> String {
    let piece = |piece: &Piece| match piece.color.as_ref().filter(|_| colored) {
        Some(color) => format!("\x1b[{color}m{}\x1b[0m", piece.text),
        None => piece.text.clone(),
    };
    pieces.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(vars: &[(&str, &str)], colored: bool) -> String {
        render(&fragment(&vars.iter().copied().collect(), Timestamp(1_000)), colored)
    }

    #[test]
    fn default_form() {
        let session = [("AWSX_PROFILE", "prod"), ("AWSX_EXPIRES", "4480")];
        assert_eq!(shown(&session, true), "(prod 58m) ");
        for mode in ["auto", "on", "off", ""] {
            assert_eq!(shown(&[session[0], session[1], ("AWSX_PROMPT", mode)], true), "(prod 58m) ", "{mode}");
        }
        assert_eq!(shown(&[("AWSX_PROFILE", "prod")], true), "(prod) ");
        assert_eq!(shown(&[("AWSX_PROFILE", "prod"), ("AWSX_EXPIRES", "soon")], true), "(prod) ");
        assert_eq!(shown(&[("AWSX_EXPIRES", "4480")], true), "");
    }

    #[test]
    fn formats() {
        let table = [
            ("{profile}", "prod"),
            ("{account}/{region}: ", "123456789012/eu-west-1: "),
            ("{x}{{profile}}{", "{x}{prod}{"),
            ("{left}{left}", "58m58m"),
            ("$(rm) `rm` %n \\u !", "$(rm) `rm` %n \\u !"),
            ("a\u{1b}b\n", "a?b?"),
        ];
        for (format, text) in table {
            let vars = [
                ("AWSX_PROFILE", "prod"),
                ("AWSX_EXPIRES", "4480"),
                ("AWSX_ACCOUNT", "123456789012"),
                ("AWS_DEFAULT_REGION", "eu-west-1"),
                ("AWSX_PROMPT", format),
            ];
            assert_eq!(shown(&vars, true), text, "{format}");
        }
    }

    #[test]
    fn colours() {
        let table = [
            ("1900", "(prod 15m) "),
            ("1899", "(prod \x1b[33m14m\x1b[0m) "),
            ("1300", "(prod \x1b[33m5m\x1b[0m) "),
            ("1299", "(prod \x1b[31m4m\x1b[0m) "),
            ("1000", "(prod \x1b[31mexpired\x1b[0m) "),
        ];
        for (expires, text) in table {
            assert_eq!(shown(&[("AWSX_PROFILE", "prod"), ("AWSX_EXPIRES", expires)], true), text);
        }
        let vars = [("AWSX_PROFILE", "p\u{7}"), ("AWSX_PROFILE_COLOR", "38;5;208")];
        assert_eq!(shown(&vars, true), "(\x1b[38;5;208mp?\x1b[0m) ");
        assert_eq!(shown(&vars, false), "(p?) ");
    }
}
