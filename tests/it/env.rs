//! `awsx env` and `awsx unset`: what each shell and each reader makes of the text, and what a person sees of it.

use std::collections::BTreeMap;

use crate::support::{Pty, Run, Sandbox, TestEnv, venv};

const CONFIG: &str = "\
[profile \"it's prod\"]
region = eu-central-1
output = json
mfa_serial = arn:aws:iam::111122223333:mfa/alice
awsx_shims = aws terraform
retry_mode = adaptive

[profile prod]
region = eu-central-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice
";
const ODD: &str = "it's prod";

/// What other sessions have left in a person's shell, and what is the person's own.
const LEFT: [(&str, &str); 12] = [
    ("AWS_PROFILE", "other"),
    ("AWS_SECURITY_TOKEN", "old"),
    ("AWS_SESSION_EXPIRATION", "old"),
    ("AWSUME_PROFILE", "other"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x"),
    ("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"),
    ("AWS_MFA_TOKEN", "123456"),
    ("AWS_REGION", "us-west-2"),
    ("AWS_ACCESS_KEY_ID", "AKIAOLD"),
    ("AWS_SECRET_ACCESS_KEY", "old"),
    ("AWS_SESSION_TOKEN", "old"),
    ("OTHER", "mine"),
];

/// alice has a session of both profiles in the cache.
fn env(sandbox: &Sandbox) -> TestEnv {
    let mut env = TestEnv::new().sandbox(sandbox).config(CONFIG);
    for profile in [ODD, "prod"] {
        env = env.stored(sandbox, profile, "alice");
        env.awsx(&["exec", profile, "--code", &sandbox.code("alice"), "--", "true"]).ok();
    }
    for (name, value) in LEFT {
        env.set(name, value);
    }
    env
}

/// Variables as `env -0` prints them, without what shells set for themselves.
fn variables(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split_terminator('\0').filter_map(|pair| pair.split_once('='));
    let own = ["_", "SHLVL", "PWD", "OLDPWD", "LOGNAME", "USER"];
    pairs.filter(|(name, _)| !own.contains(name)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn a_shell_that_evaluates_it_has_what_a_child_of_exec_gets() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let want = variables(env.awsx(&["exec", ODD, "--", "/usr/bin/env", "-0"]).ok());
    assert!(want["AWS_ACCESS_KEY_ID"].starts_with("ASIA") && want["AWSX_PROFILE"] == ODD && want["OTHER"] == "mine");
    assert!(!want.contains_key("AWS_PROFILE") && !want.contains_key("AWS_ROLE_ARN"));
    let name = "\"it's prod\"";
    let posix = format!("eval \"$(awsx env {name} --format bash)\"; /usr/bin/env -0");
    let unquoted = format!("eval $(awsx env {name} --format sh); /usr/bin/env -0");
    let prefix = format!("eval \"$(awsx env {name} --format prefix) /usr/bin/env -0\"");
    for shell in ["bash", "dash", "zsh"] {
        for script in [&posix, &unquoted, &prefix] {
            let run = env.sh(shell, script);
            assert_eq!(variables(run.ok()), want, "{shell}: {script}");
        }
    }
    for script in [
        format!("awsx env {name} --format fish | source; and /usr/bin/env -0"),
        format!("eval (awsx env {name} --format fish); and /usr/bin/env -0"),
        format!("eval (awsx env {name} --format prefix) /usr/bin/env -0"),
    ] {
        let run = env.sh("fish", &script);
        assert_eq!(variables(run.ok()), want, "fish: {script}");
    }
    // Without --format it is code for $SHELL.
    let env = env.var("SHELL", "/usr/bin/fish");
    assert_eq!(
        variables(env.sh("fish", &format!("awsx env {name} | source; /usr/bin/env -0")).ok())["AWSX_PROFILE"],
        ODD
    );
    let env = env.var("SHELL", "/bin/zsh");
    assert_eq!(variables(env.sh("zsh", &format!("eval \"$(awsx export {name})\"; env -0")).ok())["AWSX_PROFILE"], ODD);
}

#[test]
fn fishs_universal_profile_does_not_outlive_the_session() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    env.unset("AWS_PROFILE");
    env.sh("fish", "set -Ux AWS_PROFILE other").ok();
    let run = env.sh("fish", "awsx env prod --format fish | source; echo $AWS_PROFILE; /usr/bin/env -0");
    assert_eq!(run.ok().lines().next(), Some("prod"));
    assert!(run.stdout.contains("\0AWS_PROFILE=prod\0"), "{run:?}");
    assert_eq!(env.sh("fish", "echo $AWS_PROFILE").ok(), "other\n", "other shells have it as before");
}

/// What Python's readers make of the two files.
const READERS: &str = "
import json, sys, dotenv, botocore.session
print(json.dumps(dotenv.dotenv_values(sys.argv[1])))
keys = botocore.session.Session(profile=sys.argv[2]).get_credentials()
print(json.dumps([keys.access_key, keys.secret_key, keys.token]))
";

#[test]
fn files_are_read_by_the_programs_that_have_such_files() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    let want = variables(env.awsx(&["exec", ODD, "--", "/usr/bin/env", "-0"]).ok());
    let file = |name: &str, format: &str| {
        let text = env.awsx(&["env", ODD, "--format", format]).ok().to_owned();
        env.write(name, &text);
        text
    };
    let lines = file("home/dot.env", "dotenv");
    file("home/ini", "ini");
    let bash = env.sh(
        "bash",
        "env -i /bin/bash -c 'set -a; . ~/dot.env; /usr/bin/env -0'"
            .replace('~', env.home().to_str().expect("text"))
            .as_str(),
    );
    let read = variables(bash.ok());
    assert_eq!(read.len(), lines.lines().count());
    assert!(read.iter().all(|(name, value)| want[name] == *value), "{read:?}");
    for (name, _) in LEFT {
        env.unset(name);
    }
    env.set("AWS_SHARED_CREDENTIALS_FILE", env.path("home/ini"));
    env.set("AWS_CONFIG_FILE", "/dev/null");
    let mut command = env.command(venv("python"));
    command.args(["-c", READERS, "dot.env", ODD]);
    let run = Run::of(command, "");
    let mut out = run.ok().lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let dotenv: BTreeMap<String, String> = serde_json::from_value(out.next().expect("a line")).expect("text");
    assert!(dotenv.contains_key("AWSX_SESSION"));
    assert!(dotenv.iter().filter(|(name, _)| *name != "AWSX_SESSION").all(|(name, value)| want[name] == *value));
    let keys: [String; 3] = serde_json::from_value(out.next().expect("a line")).expect("text");
    assert_eq!(
        keys,
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].map(|name| want[name].clone())
    );
}

#[test]
fn every_format_is_filled_and_has_no_carriage_return() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let want = variables(env.awsx(&["exec", "prod", "--", "/usr/bin/env", "-0"]).ok());
    for format in ["bash", "fish", "powershell", "cmd", "dotenv", "json", "ini", "prefix", "sql"] {
        let run = env.awsx(&["env", "prod", "--format", format]);
        let text = run.ok();
        assert!(!text.contains('\r') && text.ends_with('\n'), "{format}: {text:?}");
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            assert!(text.contains(&want[name]), "{format} has no {name}");
        }
    }
    let text = env.awsx(&["env", "prod", "--format", "cmd"]).ok().to_owned();
    // awsx's own notes are JSON, which can't be written there.
    assert!(text.contains("set \"AWSX_SETTINGS=\"\n"), "{text}");
    assert!(text.contains("set \"AWS_PROFILE=\"\n") && text.contains("set \"AWS_REGION=eu-central-1\"\n"), "{text}");
    let text = env.awsx(&["env", "prod", "--format", "powershell"]).ok().to_owned();
    assert!(text.contains("$Env:AWS_PROFILE = $null\n") && text.contains("$Env:AWS_VAULT = 'prod'\n"), "{text}");
    // What a format can't hold is named, and its value is not shown.
    let env =
        env.var("AWSX_SHIMS", "").config("[profile p%]\naws_access_key_id = AKIAX\naws_secret_access_key = se%cret\n");
    let run = env.awsx(&["env", "p%", "--no-session", "--format", "cmd"]);
    let said = run.fails(3);
    assert!(said.contains("can't be written in this format") && !said.contains("se%cret"), "{said}");
}

/// PowerShell's grammar reads standard input: the variables that the code sets, `null` for those that it removes.
const POWERSHELL: &str = r#"
import json, sys, tree_sitter, tree_sitter_powershell
source = sys.stdin.buffer.read()
language = tree_sitter.Language(tree_sitter_powershell.language())
root = tree_sitter.Parser(language).parse(source).root_node
assert not root.has_error, root
def text(node):
    return source[node.start_byte:node.end_byte].decode()
def below(node, kinds):
    return [node] if node.type in kinds else [leaf for child in node.named_children for leaf in below(child, kinds)]
def value(literal):
    word = text(literal)
    for quote in "'\u2018\u2019\u201a\u201b" if word[0] == "'" else '':
        word = word[0] + word[1:-1].replace(quote * 2, quote) + word[-1]
    return {'"`n"': '\n', '"`r"': '\r'}.get(word, word[1:-1])
found = {}
for assignment in below(root, ['assignment_expression']):
    left, right = assignment.named_children[0], assignment.named_children[-1]
    literals = below(right, ['string_literal'])
    assert literals or text(right).strip() == '$null', text(assignment)
    found[text(left).strip().removeprefix('$Env:')] = ''.join(map(value, literals)) if literals else None
print(json.dumps(found))
"#;

#[test]
fn powershell_by_its_own_grammar() {
    let sandbox = Sandbox::start();
    // Its quotes are more than those of other shells.
    let env = env(&sandbox).var("AWSX_SHIMS", "mine");
    env.write("home/.aws/config", CONFIG.replace("aws terraform", "aws ‘a’ ‚b‛ \"$x\" %PATH% `n"));
    let want = variables(env.awsx(&["exec", ODD, "--", "/usr/bin/env", "-0"]).ok());
    let code = env.awsx(&["env", ODD, "--format", "powershell"]).ok().to_owned();
    let mut command = env.command(venv("python"));
    command.args(["-c", POWERSHELL]);
    let read: BTreeMap<String, Option<String>> = serde_json::from_str(Run::of(command, &code).ok()).expect("JSON");
    assert_eq!(read.len(), code.lines().count());
    for (name, value) in &read {
        assert_eq!(want.get(name), value.as_ref(), "{name}");
    }
    assert!(read["AWSX_SHIMS"].as_ref().is_some_and(|shims| shims.contains("‘a’ ‚b‛ \"$x\"")), "{read:?}");
    assert_eq!((read["AWSX_PROFILE"].as_deref(), &read["AWS_ROLE_ARN"]), (Some(ODD), &None));
}

#[test]
fn selecting_a_profile_takes_no_credentials() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    sandbox.forget_calls();
    env.awsx(&["clear", "-y"]).ok();
    let run = env.sh("bash", "eval \"$(awsx env --select prod)\"; /usr/bin/env -0");
    let set = variables(run.ok());
    assert_eq!((set["AWS_PROFILE"].as_str(), set["AWS_DEFAULT_PROFILE"].as_str()), ("prod", "prod"));
    for name in
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWSX_PROFILE"]
    {
        assert!(!set.contains_key(name), "{name}");
    }
    assert_eq!(set["AWS_REGION"], "us-west-2");
    assert_eq!(sandbox.log(), Vec::<String>::new());
    assert!(env.awsx(&["env", "--select", "nobody"]).fails(3).contains("no profile nobody"));
    assert!(env.awsx(&["env", "--select", "prod", "--format", "json"]).fails(2).contains("--format bash"));
}

#[test]
fn a_person_sees_no_secret_unless_asked() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let want = variables(env.awsx(&["exec", "prod", "--", "/usr/bin/env", "-0"]).ok());
    for format in ["bash", "json", "ini", "sql", "prefix"] {
        let (status, text) = env.pty(&["env", "prod", "--format", format]).wait();
        assert_eq!(status, 0);
        assert!(text.contains(&want["AWS_ACCESS_KEY_ID"]) && text.contains("********"), "{text}");
        assert!(!text.contains(&want["AWS_SECRET_ACCESS_KEY"]) && !text.contains(&want["AWS_SESSION_TOKEN"]), "{text}");
        assert!(text.contains("--show-secret"), "{text}");
    }
    let (_, text) = env.pty(&["env", "prod"]).wait();
    assert!(text.contains("`eval \"$(awsx env prod)\"` sets them"), "{text}");
    let (_, text) = env.pty(&["env", "prod", "--show-secret"]).wait();
    assert!(text.contains(&want["AWS_SECRET_ACCESS_KEY"]), "{text}");
}

/// What other tools set, and awsx itself: see `vars::OF_OTHER_TOOLS`.
const OTHERS: [&str; 35] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_DEFAULT_OUTPUT",
    "AWS_VAULT",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "GRANTED_SSO",
    "GRANTED_SSO_ROLE_NAME",
    "AWS_SSO",
    "AWS_SSO_PROFILE",
    "AWS_SSO_ROLE_ARN",
    "AWS_SSO_SESSION_EXPIRATION",
    "AWSUME_PROFILE",
    "AWSUME_EXPIRATION",
    "AWSUME_COMMAND",
    "AWSU_PROFILE",
    "AWSU_EXPIRES",
    "SAML2AWS_PROFILE",
    "AWS_SESSION_PARENT_KEY",
    "AWS_SESSION_PARENT_SECRET",
    "AWS_PROFILE_IDENT",
    "AWS_SESSION_TYPE",
    "AWS_SESSION_EXPIRY",
    "AWS_MFA_TOKEN",
    "AWSX_PROFILE",
    "AWSX_SESSION",
];

/// A shell with all of that, and with settings of the person's own.
fn cluttered() -> TestEnv {
    let mut env = TestEnv::new().config(CONFIG);
    for name in OTHERS {
        env.set(name, "hush-hush");
    }
    for (name, value) in [
        ("AWS_CONFIG_FILE", env.home().join(".aws/config").to_str().expect("text")),
        ("AWS_SHARED_CREDENTIALS_FILE", "/no/such/file"),
        ("AWS_ROLE_ARN", "kept"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWSX_PROMPT", "on"),
    ] {
        env.set(name, value);
    }
    env
}

#[test]
fn unset_removes_what_every_tool_has_set_and_nothing_else() {
    let mut env = cluttered();
    let kept = ["AWS_CONFIG_FILE", "AWS_ROLE_ARN", "AWS_ENDPOINT_URL", "AWSX_PROMPT", "AWSX_FILE_PASSPHRASE"];
    let check = |run: Run| {
        let left = variables(run.ok());
        for name in OTHERS.iter().chain(&["AWS_SHARED_CREDENTIALS_FILE"]) {
            assert!(!left.contains_key(*name), "{name} is left: {left:#?}");
        }
        assert!(kept.iter().all(|name| left.contains_key(*name)), "{left:#?}");
        assert!(!run.stderr.contains("hush"), "{run:?}");
    };
    for shell in ["bash", "dash", "zsh"] {
        check(env.sh(shell, "eval \"$(awsx unset)\"; /usr/bin/env -0"));
        check(env.sh(shell, "eval $(awsx unsets); /usr/bin/env -0"));
        check(env.sh(shell, "eval \"$(awsx unset --format prefix) /usr/bin/env -0\""));
    }
    check(env.sh("fish", "awsx unset --format fish | source; /usr/bin/env -0"));
    env.set("SHELL", "/usr/bin/fish");
    check(env.sh("fish", "awsx unset | source; /usr/bin/env -0"));
    for (format, line) in [("powershell", "$Env:AWS_VAULT = $null\n"), ("cmd", "set \"AWS_VAULT=\"\n")] {
        assert!(env.awsx(&["unset", "--format", format]).ok().contains(line), "{format}");
    }
    assert!(env.awsx(&["unset", "--format", "json"]).fails(2).contains("can't remove variables"));
}

#[test]
fn unset_in_a_session_puts_back_what_the_session_has_overwritten() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let script =
        "eval \"$(awsx unset)\"; echo $AWS_REGION $AWS_ENDPOINT_URL ${AWSX_PROFILE-none} ${AWS_RETRY_MODE-none}";
    let run = env.awsx(&["exec", ODD, "--", "bash", "-c", script]);
    assert_eq!(run.ok().trim(), format!("us-west-2 {} none none", sandbox.url));
}

#[test]
fn a_person_sees_what_is_set_and_is_asked() {
    let env = cluttered();
    // The program alone can change nothing, and says what does.
    let (status, text) = env.pty(&["unset"]).wait();
    assert_eq!(status, 0);
    assert!(text.contains("AWS_SECRET_ACCESS_KEY") && text.contains("********"), "{text}");
    assert!(
        text.contains("stays: there is such a file") && text.contains("`eval \"$(awsx unset)\"` does it"),
        "{text}"
    );
    // With awsx init the function changes the shell, if the person agrees.
    for (shell, init) in [
        (&["bash", "--norc"][..], "eval \"$(awsx init bash)\""),
        (&["zsh", "-f"], "eval \"$(awsx init zsh)\""),
        (&["fish", "--no-config"], "awsx init fish | source"),
    ] {
        let mut command = env.command(shell[0]);
        command.args(&shell[1..]).env("PS1", "$ ").env("AWSX_PROMPT", "off");
        let mut pty = Pty::spawn(command);
        let ask = |pty: &mut Pty, answer: &str| {
            pty.send_line("awsx unset");
            pty.expect("Remove these from this shell?");
            pty.send_line(answer);
        };
        pty.send_line(init);
        ask(&mut pty, "n");
        pty.expect("nothing was removed");
        pty.send_line("echo vault=\"$AWS_VAULT\".");
        pty.expect("vault=hush-hush.");
        ask(&mut pty, "y");
        pty.send_line("echo vault=\"$AWS_VAULT\". config=$AWS_CONFIG_FILE");
        pty.expect("vault=. config=/");
        pty.send_line("awsx unset");
        pty.expect("no session and no credentials are set");
        pty.send_line("exit");
        let (_, text) = pty.wait();
        assert!(!text.contains("SECRET_ACCESS_KEY  hush") && text.contains("********"), "{text}");
        // In an eval it is code, with the function too.
        let script = format!("{init}; eval \"$(awsx unset)\"; /usr/bin/env -0");
        if shell[0] != "fish" {
            assert!(!variables(env.sh(shell[0], &script).ok()).contains_key("AWS_VAULT"));
        }
    }
}
