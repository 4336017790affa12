//! The control sequence that gives a terminal text for its clipboard, OSC 52
//! ([xterm](https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands)), also from inside
//! tmux and GNU screen. Pure.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::base::env::Env;
use crate::base::secret::Secret;

/// GNU screen passes on so many bytes at once.
const PIECE: usize = 240;

/// The sequence for the terminal of this environment.
pub fn sequence(env: &Env, text: &Secret) -> Secret {
    let coded = Zeroizing::new(BASE64.encode(text.expose().as_bytes()));
    // Allocated once: a text that grows leaves unwiped copies behind.
    let mut all = String::with_capacity(coded.len() + coded.len() / PIECE * 8 + 64);
    let term = env.get("TERM").unwrap_or_default();
    if env.get("TMUX").is_some() {
        // tmux takes two for one.
        all.extend(["\x1bPtmux;\x1b\x1b]52;c;", &coded, "\x07\x1b\\"]);
    } else if env.get("STY").is_some() || term.starts_with("screen") {
        all.push_str("\x1bP\x1b]52;c;");
        for (index, piece) in coded.as_bytes().chunks(PIECE).enumerate() {
            if index > 0 {
                all.push_str("\x1b\\\x1bP");
            }
            all.push_str(std::str::from_utf8(piece).unwrap_or_default());
        }
        all.push_str("\x07\x1b\\");
    } else {
        all.extend(["\x1b]52;c;", &coded, "\x07"]);
    }
    Secret::new(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], text: &str) -> String {
        sequence(&variables.iter().copied().collect(), &Secret::new(text.into())).expose().to_owned()
    }

    #[test]
    fn plain_and_through_multiplexers() {
        assert_eq!(of(&[], "hi"), "\x1b]52;c;aGk=\x07");
        assert_eq!(of(&[("TMUX", "x"), ("TERM", "screen-256color")], "hi"), "\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\");
        assert_eq!(of(&[("TERM", "screen")], "hi"), "\x1bP\x1b]52;c;aGk=\x07\x1b\\");
        // What screen passes on is put together again by the terminal.
        let long = "x".repeat(1000);
        let through = of(&[("STY", "1.tty")], &long);
        let pieces: Vec<&str> =
            through.split("\x1bP").skip(1).map(|piece| piece.strip_suffix("\x1b\\").unwrap()).collect();
        assert!(pieces.len() > 4 && pieces.iter().all(|piece| piece.len() <= PIECE + 10), "{pieces:?}");
        assert_eq!(pieces.concat(), of(&[], &long));
    }
}
