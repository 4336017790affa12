//! `awsx shell`, renewal and the shim.

use super::*;

#[test]
fn a_session_has_its_prompt_and_its_environment() {
    for shell in SHELLS {
        let env = env(shell);
        let tmux = start_session(&env, shell, "prod", &[&export(shell, "AWS_PROFILE", "dev")]);
        assert_eq!(last_line(&tmux.screen()), "(prod 59m) READY>", "{shell}");
        assert_eq!(after(&tmux, "env | sort > e"), "(prod 59m) READY>", "{shell}");
        let seen = env.read("home/e");
        for line in ["AWS_ACCESS_KEY_ID=ASIAprod1", "AWS_REGION=eu-west-1", "AWSX_PROFILE=prod", "AWS_VAULT=prod"] {
            assert!(seen.lines().any(|seen| seen == line), "{shell} {line}\n{seen}");
        }
        // Also not where the start-up files set it again; and nothing is left over from the start.
        for name in ["AWS_PROFILE", "AWSX_START", "AWSX_ZDOTDIR", "ZDOTDIR", "AWSX_FILE_PASSPHRASE"] {
            assert!(!seen.contains(&format!("\n{name}=")), "{shell} {name}\n{seen}");
        }
        assert_eq!(calls(&env), 1, "{shell}");
    }
}
