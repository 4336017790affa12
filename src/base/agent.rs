//! The AI coding agent that awsx runs under, if there is one. Pure.
//!
//! An agent is recognised by the variables that it sets for the commands it runs. The crate
//! [detect-coding-agent](https://docs.rs/detect-coding-agent) knows them and names a source for each. `AWSX_AGENT`
//! comes first, for an agent that it doesn't know. What a person's own settings may look like too doesn't count: an
//! editor's terminal, or a pager.

use std::ffi::OsStr;

use detect_coding_agent::{Confidence, detect_all_with_env};

use crate::base::env::Env;
use crate::base::vars;

/// The crate's name for an agent that gives no name, as with `AGENT=1`.
const UNNAMED: &str = "unknown";

/// Every variable that the crate may recognise an agent by, as far as its answer counts here, in the order of the
/// alphabet. Asking the crate means a copy of the whole environment, which is more than the rest of a warm `exec` does
/// with it. Where none of these is set the crate need not be asked.
const SIGNS: [&str; 37] = [
    "AGENT",
    "AI_AGENT",
    "AMP_CURRENT_THREAD_ID",
    "ANTIGRAVITY_AGENT",
    "AUGMENT_AGENT",
    "AWS_EXECUTION_ENV",
    "CLAUDECODE",
    "CLAUDE_CODE_CHILD_SESSION",
    "CLAUDE_CODE_IS_COWORK",
    "CLINE_ACTIVE",
    "CODEX_CI",
    "CODEX_SANDBOX",
    "CODEX_SANDBOX_NETWORK_DISABLED",
    "CODEX_SESSION_ID",
    "CODEX_THREAD_ID",
    "COPILOT_AGENT",
    "COPILOT_AGENT_JOB_ID",
    "COPILOT_AGENT_SESSION_ID",
    "COPILOT_CLI",
    "CRUSH",
    "CURSOR_AGENT",
    "GEMINI_CLI",
    "GIT_PAGER",
    "GOOSE_TERMINAL",
    "JUNIE_DATA",
    "JUNIE_SHIM_PATH",
    "KILO",
    "KIRO_AGENT_PATH",
    "OPENCODE",
    "OPENCODE_SESSION_ID",
    "PI_CODING_AGENT",
    "PROMPT_COMMAND",
    "PS1",
    "QWEN_CODE",
    "ROO_ACTIVE",
    "TRAE_AI_SHELL_ID",
    "WINDSURF_CASCADE_TERMINAL",
];

/// An AI coding agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// `claude-code`, `codex`, `cursor-agent` … or what it calls itself.
    pub name: String,
    /// The variable that tells of it.
    pub signal: &'static str,
}

/// Whether one of [`SIGNS`] is set. Both lists are in order, so one walk along them is enough.
fn may_be(env: &Env) -> bool {
    let mut signs = SIGNS.iter().map(OsStr::new).peekable();
    env.iter().any(|(name, _)| {
        while signs.next_if(|sign| *sign < name).is_some() {}
        signs.peek() == Some(&name)
    })
}

/// The agent that an environment tells of.
pub fn of(env: &Env) -> Option<Agent> {
    if let Some(name) = env.get(vars::AWSX_AGENT) {
        return Some(Agent { name: name.to_owned(), signal: vars::AWSX_AGENT });
    }
    if !may_be(env) {
        return None;
    }
    let text = env.iter().filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value.to_str()?.to_owned())));
    let mut found = detect_all_with_env(text.collect()).into_iter();
    // `AGENT` is a word that others use too, such as for the path of a key agent.
    let says_so = |signal| signal != "AGENT" || matches!(env.get(signal), Some("1" | "true" | "yes" | "on"));
    let is_one = |confidence, id, signal| confidence > Confidence::Low || (id == UNNAMED && says_so(signal));
    let agent = found.find(|a| a.is_agent() && is_one(a.confidence, a.id, a.signal))?;
    let name = agent.ai_agent.filter(|_| agent.id == UNNAMED).unwrap_or_else(|| agent.id.to_owned());
    Some(Agent { name, signal: agent.signal })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(variables: &[(&str, &str)]) -> Option<String> {
        // Other variables stand before, between and behind the ones that matter.
        let others = [("A", "1"), ("HOME", "/home/me"), ("PATH", "/bin"), ("ZZ", "1")];
        of(&others.iter().chain(variables).copied().collect()).map(|agent| agent.name)
    }

    #[test]
    fn the_first_look_knows_every_sign() {
        assert!(
            SIGNS.is_sorted() && SIGNS.iter().all(|sign| may_be(&[("HOME", "x"), (sign, "x")].into_iter().collect()))
        );
        assert!(!may_be(&[("HOME", "x"), ("PATH", "x"), ("TERM_PROGRAM", "zed"), ("ZZ", "x")].into_iter().collect()));
        // Another version of the crate may know more. Then compare SIGNS with its src/providers.rs, where `Low` and
        // terminals that aren't an agent's don't count, and write the new version here.
        let locked = include_str!("../../Cargo.lock").split_once("name = \"detect-coding-agent\"\n").unwrap().1;
        assert_eq!(locked.lines().next(), Some("version = \"0.2.0\""));
    }

    #[test]
    fn known_agents() {
        for (variable, value, name) in [
            ("CLAUDECODE", "1", "claude-code"),
            ("CODEX_THREAD_ID", "x", "codex"),
            ("CODEX_SANDBOX", "seatbelt", "codex"),
            ("CURSOR_AGENT", "1", "cursor-agent"),
            ("GEMINI_CLI", "1", "gemini-cli"),
            ("COPILOT_CLI", "1", "copilot-cli"),
            ("OPENCODE", "1", "opencode"),
            ("AGENT", "amp", "amp"),
            ("AGENT", "1", "unknown"),
            ("AI_AGENT", "claude-code_2-1-312_agent", "claude-code"),
            ("AI_AGENT", "my-own@2", "my-own@2"),
            ("AI_AGENT", "1", "unknown"),
            ("AWSX_AGENT", "mine", "mine"),
            ("AMP_CURRENT_THREAD_ID", "x", "amp"),
            ("CLAUDE_CODE_CHILD_SESSION", "1", "claude-code"),
            ("KILO", "1", "kilo"),
            ("QWEN_CODE", "1", "qwen-code"),
            ("CRUSH", "1", "crush"),
            ("PI_CODING_AGENT", "true", "pi"),
            ("AUGMENT_AGENT", "1", "auggie"),
            ("COPILOT_AGENT", "1", "copilot-vscode"),
            ("CLINE_ACTIVE", "true", "cline"),
            ("ROO_ACTIVE", "true", "roo-code"),
            ("AWS_EXECUTION_ENV", "AmazonQ-For-CLI", "amazon-q"),
            ("PROMPT_COMMAND", "echo '###PS1JSON###'", "openhands"),
            ("GOOSE_TERMINAL", "1", "goose"),
            ("ANTIGRAVITY_AGENT", "1", "antigravity"),
            ("JUNIE_DATA", "x", "junie"),
            ("KIRO_AGENT_PATH", "x", "kiro-cli"),
            ("TRAE_AI_SHELL_ID", "x", "trae"),
            ("WINDSURF_CASCADE_TERMINAL", "1", "windsurf-cascade"),
        ] {
            assert_eq!(agent(&[(variable, value)]).as_deref(), Some(name), "{variable}={value}");
        }
        assert_eq!(agent(&[("AWSX_AGENT", "mine"), ("CLAUDECODE", "1")]).as_deref(), Some("mine"));
        assert_eq!(agent(&[("AGENT", "1"), ("OPENCODE", "1")]).as_deref(), Some("opencode"));
    }

    #[test]
    fn a_persons_own_settings_are_no_agent() {
        for variables in [
            &[][..],
            &[("CODEX_HOME", "/home/me/.codex")],
            &[("GEMINI_API_KEY", "x"), ("ANTHROPIC_API_KEY", "y"), ("CLINE_API_KEY", "z")],
            &[("TERM_PROGRAM", "vscode"), ("GIT_PAGER", "cat")],
            &[("TERM_PROGRAM", "zed")],
            &[("TERM_PROGRAM", "WarpTerminal")],
            &[("CURSOR_TRACE_ID", "x")],
            &[("AI_AGENT", "0"), ("AGENT", "false")],
            &[("AGENT", "/run/user/1/ssh-agent")],
            &[("AWSX_AGENT", "")],
        ] {
            assert_eq!(agent(variables), None, "{variables:?}");
        }
    }
}
