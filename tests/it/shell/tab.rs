//! Tab in and out of quotes: a name from a config file is completed as what it is, and never runs anything.

use super::*;

/// Each begins with two characters of its own.
const NAMES: [&str; 8] = [
    "zz$(touch pwned)",
    "zy`touch pwned`",
    "zx\";touch pwned;\"",
    "zw';touch pwned;'",
    "zv!!",
    "zu$HOME",
    "zt a  b",
    "zs\\n;touch pwned",
];

fn config() -> String {
    let quoted = |name: &str| {
        if name.contains('\'') { format!("\"{name}\"") } else { format!("'{name}'") }
    };
    NAMES.map(|name| format!("[profile {}]\nregion = eu-west-1\n", quoted(name))).concat()
}

#[test]
fn hostile_names_under_tab_in_and_out_of_quotes() {
    for shell in SHELLS {
        let env = env(shell).config(&config());
        fs::remove_file(env.path("bin/awsx")).unwrap();
        env.script(
            "awsx",
            &format!(
                "#!/bin/bash\n[ \"$1\" != explain ] || {{ shift; printf '%s\\n' \"$@\" >>~/got; exit; }}\n\
                 exec -a \"$0\" {} \"$@\"\n",
                env!("CARGO_BIN_EXE_awsx")
            ),
        );
        let compinit = if shell == "zsh" { "autoload -Uz compinit && compinit -D -u" } else { "true" };
        let tmux = start(&env, shell, &["touch ~/got", compinit, init(shell)]);
        for name in NAMES {
            for quote in ["", "'", "\""] {
                let _ = fs::remove_file(env.path("home/got"));
                tmux.send_line("clear");
                tmux.expect_that("an empty screen", |screen| screen.trim().lines().count() == 1);
                let typed = format!("awsx explain {quote}{}", &name[..2]);
                tmux.send(&typed);
                tmux.key("Tab");
                // What could not be written as it is is not offered: in double quotes bash would take `!!` for the
                // line before, whatever is in front of it.
                let left_out = name.contains('!') && quote == "\"" && shell == "bash";
                if left_out {
                    tmux.send(quote);
                } else {
                    tmux.expect_that(&format!("more than {typed} in {shell}"), |screen| {
                        screen.trim_end().len() > typed.len() + "READY> ".len()
                    });
                }
                tmux.key("Enter");
                let got = crate::support::wait_for("awsx", || {
                    fs::read_to_string(env.path("home/got")).ok().filter(|got| got.ends_with('\n'))
                });
                let want = if left_out { &name[..2] } else { name };
                assert_eq!(got, format!("{want}\n"), "{shell} {quote}\n{}", tmux.screen());
                assert!(!env.path("home/pwned").exists(), "{shell} {quote} {name}\n{}", tmux.screen());
            }
        }
    }
}
