//! Homes with some profiles or very many, named in one way or another.

use std::fmt::Write as _;
use std::rc::Rc;

use crate::support::{Sandbox, TestEnv};

/// The name of a profile by its number.
type Name = fn(u32) -> String;

/// Two ways to name many profiles: what they have in common stands in front, or the number does nearly.
pub const SCHEMES: [(&str, Name); 2] =
    [("prod-team-N", |n| format!("prod-team-{n}")), ("team-N-prod", |n| format!("team-{n}-prod"))];

/// A config of that many profiles. The first has keys and a device, the second is a role over it, and so on.
pub fn config(count: u32, name: Name) -> String {
    let mut text = String::from("[default]\nregion = eu-central-1\n");
    for n in 0..count.max(2) {
        let _ = writeln!(text, "\n[profile {}]\nregion = eu-central-1", name(n));
        if n % 2 == 1 {
            let role = if n == 1 { "admin".to_owned() } else { format!("role-{n}") };
            let _ =
                writeln!(text, "role_arn = arn:aws:iam::111122223333:role/{role}\nsource_profile = {}", name(n - 1));
        } else {
            let _ = writeln!(text, "mfa_serial = arn:aws:iam::111122223333:mfa/alice");
        }
    }
    text
}

/// The same config without a device: nobody has to type a code.
pub fn without_mfa(config: &str) -> String {
    config.replace("mfa_serial = arn:aws:iam::111122223333:mfa/alice", "mfa_serial =")
}

/// A home of awsx with the keys of alice for the profile.
pub fn stored(sandbox: &Sandbox, config: &str, name: &str) -> Rc<TestEnv> {
    Rc::new(TestEnv::new().sandbox(sandbox).config(config).stored(sandbox, name, "alice"))
}

/// The same with sessions in the cache, for the profile and a role over it.
pub fn warm(sandbox: &Sandbox, config: &str, name: &str, role: &str) -> Rc<TestEnv> {
    let env = stored(sandbox, config, name);
    env.awsx(&["exec", name, "--code", &sandbox.code("alice"), "--", "true"]).ok();
    env.awsx(&["exec", role, "--", "true"]).ok();
    env
}
