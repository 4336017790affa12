//! Other prompts that show a profile: awsx leaves it to them only where they show this very session now.

use super::*;
use crate::support::venv;

/// `awsx shell prod` under starship with these settings, at its first prompt.
fn starship(shell: &str, settings: &str) -> (TestEnv, Tmux) {
    let env = env(shell);
    std::os::unix::fs::symlink(venv("starship"), env.path("bin/starship")).unwrap();
    let character = "[character]\nsuccess_symbol = 'READY>'\nerror_symbol = 'READY>'\n[line_break]\ndisabled = true\n";
    env.write("home/.config/starship.toml", format!("{settings}\n{character}"));
    let starship = match shell {
        "fish" => "starship init fish | source".to_owned(),
        _ => format!("eval \"$(starship init {shell})\""),
    };
    let tmux = start_session(&env, shell, "prod", &[&starship]);
    (env, tmux)
}

#[test]
fn starship_shows_the_session_or_awsx_does() {
    for shell in SHELLS {
        for (settings, theirs) in [
            ("", true),
            ("format = '$aws$character'", true),
            ("format = '''\n[x](red)\n$all'''\n[aws]\nformat = '[$symbol$profile]($style) '", true),
            ("[aws]\ndisabled = true", false),
            ("aws.disabled = true", false),
            ("format = '$directory$character'", false),
            ("[aws]\nformat = '[$symbol$region]($style) '", false),
        ] {
            let (_env, tmux) = starship(shell, settings);
            let screen = tmux.screen();
            assert_eq!(screen.contains("(prod 59m)"), !theirs, "{shell} {settings:?}\n{screen}");
            assert!(screen.contains("prod"), "one of them does: {shell} {settings:?}\n{screen}");
            if theirs {
                tmux.send_line(&export(shell, "AWSU_PROFILE", "elsewhere"));
                tmux.expect("(prod 59m)");
            }
        }
    }
}

#[test]
fn a_prompt_that_is_no_longer_starships_has_the_fragment() {
    for shell in SHELLS {
        let (_env, tmux) = starship(shell, "");
        assert!(!tmux.screen().contains("(prod 59m)"), "{shell}");
        let mine = match shell {
            "bash" => "PROMPT_COMMAND+=(\"PS1='MINE> '\")",
            "zsh" => "PROMPT='MINE> '",
            _ => "function fish_prompt; echo -n 'MINE> '; end",
        };
        tmux.send_line(mine);
        if shell == "bash" {
            tmux.send_line("");
        }
        tmux.expect("(prod 59m) MINE>");
    }
}

/// As powerlevel10k goes about it: the prompt begins in front of what stands before it, the profile comes from these variables in this order, and
/// a segment may be shown only while certain commands are typed.
const POWERLEVEL: &str = r"
p10k() { :; }
setopt prompt_subst
POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(time aws)
_p9k_precmd() {
    _p9k_aws=${AWS_SSO_PROFILE:-${AWS_VAULT:-${AWSUME_PROFILE:-${AWS_PROFILE:-$AWS_DEFAULT_PROFILE}}}}
    [[ -z ${POWERLEVEL9K_AWS_SHOW_ON_COMMAND-} ]] || _p9k_aws=
    (( ${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS[(I)aws]} )) || _p9k_aws=
    PROMPT=$'\n%{\eM%}''${_p9k_aws:+[$_p9k_aws] }READY> '
}
precmd_functions+=(_p9k_precmd)
";

#[test]
fn powerlevel10k_shows_the_session_or_awsx_does() {
    let expansion = "POWERLEVEL9K_AWS_CONTENT_EXPANSION";
    for (line, shown) in [
        ("", "[prod] READY>"),
        (&*format!("{expansion}='${{P9K_AWS_PROFILE}} x'"), "[prod] READY>"),
        // As its own templates have it.
        ("POWERLEVEL9K_AWS_SHOW_ON_COMMAND='aws|terraform'", "READY> (prod 59m)"),
        ("POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(time)", "READY> (prod 59m)"),
        (&*format!("{expansion}=cloud"), "[prod] READY> (prod 59m)"),
        ("AWSX_PROMPT=on", "[prod] READY> (prod 59m)"),
    ] {
        let env = env("zsh");
        let tmux = start_session(&env, "zsh", "prod", &[POWERLEVEL, line]);
        assert_eq!(last_line(&tmux.screen()), shown, "{line}");
        let other = after(&tmux, "AWS_SSO_PROFILE=elsewhere");
        assert_eq!(other, format!("{} (prod 59m)", shown.replace(" (prod 59m)", "").replace("prod", "elsewhere")));
    }
}

#[test]
fn names_of_other_tools_sessions_do_not_go_into_a_session() {
    let names = ["AWSU_PROFILE", "AWSUME_PROFILE", "AWS_SSO_PROFILE"];
    let env = names.iter().fold(env("bash"), |env, name| env.var(name, "elsewhere"));
    let run = env.awsx(&["exec", "prod", "--", "env"]);
    assert!(!run.ok().contains("elsewhere"), "{run:?}");
}
