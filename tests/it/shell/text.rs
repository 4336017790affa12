//! The fragment that each shell draws is the one that `awsx prompt` prints.

use awsx::base::env::Env;
use awsx::base::time::Timestamp;
use awsx::deliver::prompt::{fragment, render};

use super::*;

const NOW: i64 = 1_800_000_000;

/// Variables of one prompt.
type Vars<'a> = Vec<(&'a str, String)>;

/// What a shell draws for each of `cases` in a locale, with its clock at [`NOW`].
fn drawn(shell: &str, locale: &str, cases: &[Vars]) -> Vec<String> {
    let names = [
        "AWSX_PROFILE",
        "AWSX_EXPIRES",
        "AWSX_PROMPT",
        "AWSX_PROFILE_COLOR",
        "AWSX_ACCOUNT",
        "AWS_REGION",
        "NO_COLOR",
        "AWSX_COLOR",
        "TERM",
    ];
    let dialect =
        if shell == "fish" { awsx::deliver::quote::Dialect::Fish } else { awsx::deliver::quote::Dialect::Posix };
    let (clock, unset, draw) = match shell {
        "bash" => ("_awsx_clock() { _awsx_now=NOW; }", "unset", "_awsx_draw; printf '%s\\0' \"$_awsx_ps1\""),
        "zsh" => {
            ("_awsx_clock() { REPLY=NOW }", "unset", "PROMPT=; _awsx_draw; print -nP -- \"$PROMPT\"; print -n '\\0'")
        }
        _ => (
            "function _awsx_time; set -g _awsx_left (math $AWSX_EXPIRES - NOW); end",
            "set -e",
            "_awsx_draw 0; printf '\\0'",
        ),
    };
    let mut script = format!("{}\n{}\n", init(shell), clock.replace("NOW", &NOW.to_string()));
    for case in cases {
        script.push_str(&format!("{unset} {}\n", names.join(" ")));
        for (name, value) in case {
            script.push_str(&dialect.export(name, value));
        }
        script.push_str(&format!("{draw}\n"));
    }
    let env = TestEnv::new().var("TERM", "xterm").var("LC_ALL", locale);
    let path = env.write("home/script", &script);
    let run =
        env.sh(&super::path(shell), &format!("{} {}", if shell == "fish" { "source" } else { "." }, path.display()));
    let shown: Vec<String> =
        run.ok().replace(['\u{1}', '\u{2}'], "").split_terminator('\0').map(str::to_owned).collect();
    assert_eq!(shown.len(), cases.len(), "{shell}: {run:?}");
    shown
}

#[test]
fn every_shell_draws_what_awsx_prompt_prints() {
    let mut cases: Vec<Vars> = Vec::new();
    let prod = |expires: i64| vec![("AWSX_PROFILE", "prod".to_owned()), ("AWSX_EXPIRES", (NOW + expires).to_string())];
    for left in [
        -90_000, -1, 0, 1, 9, 59, 60, 119, 120, 179, 299, 300, 899, 900, 3599, 3600, 3659, 3660, 7199, 7500, 35999,
        43199, 86400, 129_600,
    ] {
        cases.push(prod(left));
        cases.push([prod(left), vec![("NO_COLOR", "1".into())]].concat());
    }
    for name in [
        "$(touch ~/pwned)",
        "`touch ~/pwned`",
        "${HOME}",
        "%n%d%%",
        "\\u\\w\\",
        "!!",
        "!",
        "a b",
        "é😀",
        "(aws",
        ")",
        "a\u{1b}[31mb\u{7}",
        "\u{1}x\u{2}",
        "a\nb\tc",
        "\u{9b}31m\u{85}\u{a0}",
        "\u{202e}dorp\u{202c}\u{2066}x\u{2069}\u{200b}",
        "'\"",
        "{left}",
        "*",
        "-n",
        "%{x%}",
        "%(90V:x:)",
        "a:b",
        "&",
        "#",
    ] {
        for color in ["", "31", "38;5;208", "31m;evil", "x"] {
            cases.push(vec![("AWSX_PROFILE", name.into()), ("AWSX_PROFILE_COLOR", color.into())]);
        }
    }
    for format in [
        "{profile}",
        "[{profile}|{left}|{account}|{region}] ",
        "{x}{{profile}{",
        "plain",
        "}{",
        "{}",
        "{left}{left}",
        "$HOME `x` %n \\u ! {profile} ",
        "{profile}\u{1b}[0m",
        "on",
        "auto",
        "{ profile }",
    ] {
        for extra in [vec![], vec![("AWSX_ACCOUNT", "123456789012".into()), ("AWS_REGION", "eu-west-1".into())]] {
            cases.push([prod(500), vec![("AWSX_PROMPT", format.into())], extra].concat());
        }
    }
    for value in ["0", "no", "OFF", "False", "1", "yes", ""] {
        cases.push([prod(200), vec![("AWSX_COLOR", value.into())]].concat());
    }
    cases.push([prod(200), vec![("TERM", "dumb".into())]].concat());
    cases.push([prod(200), vec![("TERM", "vt100".into())]].concat());
    cases.push(vec![("AWSX_PROFILE", "prod".into()), ("AWSX_EXPIRES", "soon".into())]);
    cases.push(vec![("AWSX_EXPIRES", NOW.to_string())]);

    let expected: Vec<String> = cases
        .iter()
        .map(|case| {
            let env: Env = case.iter().map(|(name, value)| (*name, value)).collect();
            let plain = env.get("NO_COLOR").is_some() || env.is_off("AWSX_COLOR") || env.get("TERM") == Some("dumb");
            render(&fragment(&env, Timestamp(NOW)), !plain)
        })
        .collect();
    for shell in SHELLS {
        for ((shown, expected), case) in drawn(shell, "C.UTF-8", &cases).iter().zip(&expected).zip(&cases) {
            assert_eq!(shown, expected, "{shell} {case:?}");
        }
    }
}

#[test]
fn what_acts_on_a_terminal_is_not_shown_in_any_locale() {
    let names = [
        "\u{9b}31m",
        "\u{85}",
        "\u{202e}dorp\u{202c}",
        "\u{2066}x\u{2069}",
        "\u{1b}]0;x\u{7}",
        "\u{ad}\u{61c}\u{200b}\u{200f}",
        "\u{2028}\u{2060}\u{2064}\u{feff}\u{e0000}\u{e007f}",
    ];
    let cases: Vec<Vars> = names.iter().map(|name| vec![("AWSX_PROFILE", (*name).to_owned())]).collect();
    for shell in SHELLS {
        for locale in ["C", "POSIX", "C.UTF-8", "xx_XX.nonsense"] {
            for (name, shown) in names.iter().zip(drawn(shell, locale, &cases)) {
                assert_eq!(shown, format!("({}) ", awsx::base::terminal_text::line(name)), "{shell} {locale}");
            }
        }
    }
}

#[test]
fn clocks_agree_with_the_systems() {
    let fish = "set -g AWSX_EXPIRES 0; _awsx_time; math 0 - $_awsx_left";
    for (shell, show) in [("bash", "_awsx_clock; echo $_awsx_now"), ("zsh", "_awsx_clock; echo $REPLY"), ("fish", fish)]
    {
        let run = TestEnv::new().sh(&path(shell), &format!("{}\n{show}", init(shell)));
        let shown: u64 = run.ok().trim().parse().unwrap();
        assert!(now().abs_diff(shown) <= 60, "{shell} {shown}");
    }
    // The clocks of shells that are older than those here.
    let script = TestEnv::new().awsx(&["init", "bash"]).ok().replace("BASH_VERSINFO[0] > 4", "0");
    for options in ["", "set -eu\n", "shopt -u promptvars\n"] {
        let run = TestEnv::new().sh(&path("bash"), &format!("{options}{script}\n_awsx_clock; echo $_awsx_now"));
        let shown: u64 = run.ok().trim().parse().unwrap();
        assert!(now().abs_diff(shown) <= 60 && run.stderr.is_empty(), "{options} {run:?}");
    }
    let script = TestEnv::new().awsx(&["init", "fish"]).ok().replace("contains path", "contains none");
    let shown: u64 = TestEnv::new().sh(&path("fish"), &format!("{script}\n{fish}")).ok().trim().parse().unwrap();
    assert!(now().abs_diff(shown) <= 60, "{shown}");
}
