//! The AI coding agent that awsx runs under, if there is one. Pure.
//!
//! An agent is recognised by the variables that it sets for the commands it runs. The crate
//! [detect-coding-agent](https://docs.rs/detect-coding-agent) knows them and names a source for each. `AWSX_AGENT`
//! comes first, for an agent that it doesn't know. What a person's own settings may look like too doesn't count: an
//! editor's terminal, or a pager.

use detect_coding_agent::{Confidence, detect_all_with_env};

use crate::base::env::Env;
use crate::base::vars;

/// The crate's name for an agent that gives no name, as with `AGENT=1`.
const UNNAMED: &str = "unknown";

/// The agent's name: `claude-code`, `codex`, `cursor-agent` … or what it calls itself.
pub fn of(env: &Env) -> Option<String> {
    if let Some(name) = env.get(vars::AWSX_AGENT) {
        return Some(name.to_owned());
    }
    let text = env.iter().filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value.to_str()?.to_owned())));
    let mut found = detect_all_with_env(text.collect()).into_iter();
    // `AGENT` is a word that others use too, such as for the path of a key agent.
    let says_so = |signal| signal != "AGENT" || matches!(env.get(signal), Some("1" | "true" | "yes" | "on"));
    let is_one = |confidence, id, signal| confidence > Confidence::Low || (id == UNNAMED && says_so(signal));
    let agent = found.find(|a| a.is_agent() && is_one(a.confidence, a.id, a.signal))?;
    Some(agent.ai_agent.filter(|_| agent.id == UNNAMED).unwrap_or_else(|| agent.id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(variables: &[(&str, &str)]) -> Option<String> {
        of(&variables.iter().copied().collect())
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
