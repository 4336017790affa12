//! What the real program says about a machine: the AWS CLI, the clock, the keychain, the environment, the shell.

use std::collections::BTreeMap;
use std::fs;

use awsx::base::time::show_duration;
use serde_json::Value;

use crate::support::{Pty, Sandbox, TestEnv};

const GOOD: &str = "[default]\nregion = eu-west-1\n";

/// A machine with nothing wrong: a new AWS CLI, a shell that loads awsx, nothing in the environment.
fn env() -> TestEnv {
    let env = TestEnv::new().var("AWS_ENDPOINT_URL", "http://127.0.0.1:1").config(GOOD);
    env.script("aws", "#!/bin/sh\necho aws-cli/2.40.0 Python/3.13\n");
    env
}

/// The findings by name.
fn found(env: &TestEnv) -> BTreeMap<String, String> {
    read(&env.awsx(&["doctor", "--json", "--seen", "bash:ours:there"]).stdout)
}

fn read(json: &str) -> BTreeMap<String, String> {
    let all: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    all.as_array().expect("an array").iter().map(|finding| (text(finding, "id"), text(finding, "message"))).collect()
}

fn ids(env: &TestEnv) -> Vec<String> {
    found(env).into_keys().collect()
}

#[test]
fn a_perfect_machine_is_told_so_in_a_line() {
    let run = env().awsx(&["doctor", "--seen", "bash:ours:there"]);
    assert_eq!(run.ok(), "nothing is wrong (1 profile, keychain (file), AWS CLI 2.40.0, the integration of bash)\n");
    assert_eq!(env().awsx(&["doctor", "--json", "--seen", "bash:ours:there"]).ok(), "[]\n");
}

#[test]
fn the_aws_cli_is_absent_broken_or_old() {
    let env = env();
    env.script("aws", "#!/bin/sh\necho aws-cli/2.8.9 Python/3.9\n");
    assert!(ids(&env).is_empty(), "old, and no profile needs more");
    let needs = format!(
        "{GOOD}[profile s]\nsso_session = x\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session x]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n"
    );
    let env = env.config(&needs);
    assert!(found(&env)["aws-cli-old"].contains("older than 2.9, which can't read the sso_session of s"));
    env.script("aws", "#!/bin/sh\necho hello\n");
    assert_eq!(ids(&env), ["aws-cli-broken"]);
    fs::remove_file(env.path("bin/aws")).expect("ours");
    if !["/usr/local/bin/aws", "/usr/bin/aws", "/bin/aws"].iter().any(|path| std::path::Path::new(path).exists()) {
        assert_eq!(ids(&env), ["aws-cli-absent"]);
    }
    let env = env.aws_cli();
    assert!(found(&env)["aws-cli-old"].contains("version 1"));
    let found = found(&env.config(&format!("{GOOD}[profile twice]\n[profile twice]\n")));
    assert!(found.contains_key("duplicate-section") && !found.contains_key("aws-cli-broken"), "{found:?}");
}

#[test]
fn the_clock_is_compared_with_that_of_aws() {
    let sandbox = Sandbox::start();
    let env = env().sandbox(&sandbox);
    assert!(ids(&env).is_empty());
    for (seconds, off, way) in [(300, 300, "behind"), (-900, 600, "ahead of")] {
        sandbox.advance(seconds);
        let message = &found(&env)["clock-offset"];
        // The answer takes a moment.
        let near = (off - 30..=off + 30).map(|off| format!(" is {} {way} that of AWS", show_duration(off)));
        assert!(near.into_iter().any(|text| message.contains(&text)), "{message}");
    }
}

#[test]
fn the_keychain_and_the_profiles_are_compared() {
    let sandbox = Sandbox::start();
    let mut env = env().sandbox(&sandbox).stored(&sandbox, "prod", "alice");
    assert!(ids(&env).is_empty());
    let config = env.read("home/.aws/config");
    env.write("home/.aws/config", GOOD);
    assert!(found(&env)["keys-without-profile"].contains("keys of prod"));
    env.write("home/.aws/config", format!("{config}[profile idle]\noutput = json\n"));
    assert!(found(&env)["no-credentials"].contains("profile idle"));
    fs::rename(env.path("home/.local/share/awsx"), env.path("home/elsewhere")).expect("ours");
    assert!(found(&env)["keys-gone"].contains("keys of prod"));
    fs::rename(env.path("home/elsewhere"), env.path("home/.local/share/awsx")).expect("ours");
    env.unset("AWSX_FILE_PASSPHRASE");
    env.set("AWSX_FILE_REMEMBER", "0");
    assert_eq!(ids(&env), ["keychain-locked"]);
    env.set("AWSX_BACKEND", "helper:not-there");
    assert_eq!(ids(&env), ["keychain-unreachable"]);
}

#[test]
fn what_the_environment_says() {
    type Row = (&'static [(&'static str, &'static str)], &'static [&'static str]);
    let table: [Row; 12] = [
        (&[("AWS_PROFILE", "prdo")], &["selected-profile-missing"]),
        (&[("AWSX_PROFILE", "prdo")], &["selected-profile-missing"]),
        (&[("AWS_PROFILE", "prod"), ("AWS_DEFAULT_PROFILE", "default")], &["two-selectors"]),
        (&[("AWS_PROFILE", "prod"), ("AWS_ACCESS_KEY_ID", "ASIA"), ("AWS_SESSION_TOKEN", "t")], &["keys-and-profile"]),
        (&[("AWS_SECURITY_TOKEN", "old")], &["stale-token"]),
        (&[("AWS_SECURITY_TOKEN", "t"), ("AWS_SESSION_TOKEN", "t")], &[]),
        (&[("AWS_VAULT", "prod")], &["other-tool"]),
        (&[("AWS_VAULT", "prod"), ("AWSX_PROFILE", "prod")], &[]),
        (&[("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z")], &["expired-in-environment"]),
        (&[("AWS_ENDPOINT_URL_S3", "http://10.0.0.1/")], &["open-endpoint"]),
        (&[("AWS_ENDPOINT_URL_S3", "s3.test")], &["bad-value"]),
        (&[("AWS_CONFIG_FILE", ".aws/config")], &["custom-files", "relative-file"]),
    ];
    for (variables, want) in table {
        let mut env = env().config(&format!(
            "{GOOD}[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/x\ncredential_source = Environment\n"
        ));
        for (name, value) in variables {
            env.set(name, value);
        }
        assert_eq!(ids(&env), want, "{variables:?}");
    }
    let env = env().var("AWS_PROFILE", "prdo").config("[profile prod]\nregion = eu-west-1\naws_access_key_id = x\n");
    assert!(found(&env)["selected-profile-missing"].contains("the nearest name is prod"));
}

#[test]
fn no_profile_and_no_default_profile() {
    let env = env().config("");
    assert_eq!(ids(&env), ["no-profiles"]);
    let env = env.config("[profile prod]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/x\ncredential_source = Environment\n");
    assert_eq!(ids(&env), ["no-default-profile"]);
    assert!(ids(&env.var("AWS_PROFILE", "prod")).is_empty());
}

#[test]
fn a_runtime_folder_that_can_not_be_trusted() {
    let env = env();
    env.write("run/awsx", "a file");
    assert!(ids(&env).contains(&"runtime-folder".to_owned()));
}

/// What `awsx doctor` finds, asked in an interactive shell with this start-up file.
fn in_shell(shell: &str, file: &str, lines: &str) -> Vec<String> {
    let mut env = env();
    env.set("SHELL", format!("/bin/{shell}"));
    env.write(file, lines);
    let mut command = env.command(shell);
    command.args(["-i", "-c", "awsx --color never doctor --json >~/found"]);
    let (_, text) = Pty::spawn(command).wait();
    let json = env.read("home/found");
    assert!(!json.is_empty(), "{text}");
    read(&json).into_keys().collect()
}

#[test]
fn the_integration_is_missing_loaded_or_shadowed() {
    const FISH: &str = "home/.config/fish/config.fish";
    let shells = [
        ("bash", "home/.bashrc", "eval \"$(awsx init bash)\"\n", "aws() { command aws \"$@\"; }\n"),
        ("zsh", "home/.zshrc", "eval \"$(awsx init zsh)\"\n", "aws() { command aws \"$@\"; }\n"),
        ("fish", FISH, "awsx init fish | source\n", "function aws; command aws $argv; end\n"),
    ];
    for (shell, file, load, function) in shells {
        assert_eq!(in_shell(shell, file, "# awsx init\n"), ["no-integration"], "{shell}");
        assert_eq!(in_shell(shell, file, load), [] as [&str; 0], "{shell}");
        assert_eq!(
            in_shell(shell, file, &format!("{function}{load}")),
            [] as [&str; 0],
            "{shell}: the function is called"
        );
        assert_eq!(in_shell(shell, file, &format!("{load}{function}")), ["shadowed"], "{shell}");
        let later = format!("{load}alias aws='aws --no-cli-pager'\n");
        assert_eq!(in_shell(shell, file, &later), ["shadowed"], "{shell}");
        let left = if shell == "fish" { format!("true; or {load}") } else { format!("false && {load}") };
        assert_eq!(in_shell(shell, file, &left), ["integration-not-loaded"], "{shell}");
    }
    // The function says it to every part of the doctor.
    let env = env();
    env.write("home/.bashrc", "eval \"$(awsx init bash)\"\n");
    let mut command = env.command("bash");
    command.args(["-i", "-c", "awsx doctor env --json >~/found"]);
    let (status, text) = Pty::spawn(command).wait();
    assert!(status == 0 && env.read("home/found").starts_with(['[', '{']), "{status} {text}");
    assert_eq!(in_shell("bash", "home/.bashrc", "eval \"$(awsx init bash)\"\nPROMPT_COMMAND=true\n"), ["hook-gone"]);
    assert_eq!(in_shell("zsh", "home/.zshrc", "eval \"$(awsx init zsh)\"\nprecmd_functions=()\n"), ["hook-gone"]);
}

#[test]
fn users_of_kubectl_are_shown_awsxs_lines_and_their_files_stay_as_they_are() {
    let env =
        env().config(&format!("{GOOD}[profile prod]\nregion = eu-west-1\naws_access_key_id = AKIAEXAMPLEEXAMPLE22\n"));
    let user = |name: &str| {
        format!(
            "users:\n- name: {name}\n  user:\n    exec:\n      command: aws\n      args: [eks, get-token, --cluster-name, {name}, --profile, prod]\n"
        )
    };
    let home = env.write("home/.kube/config", user("blue"));
    let said = |env: &TestEnv| env.awsx(&["doctor", "--seen", "bash:ours:there"]).stdout;
    let shown = said(&env);
    assert!(
        shown.contains("fix: in its exec: `command: awsx` and `args: [token, eks, prod, --cluster, blue]`"),
        "{shown}"
    );
    assert!(
        shown.contains(&home.display().to_string()) && shown.contains("line 5: info: the tokens of blue"),
        "{shown}"
    );
    assert_eq!(fs::read_to_string(&home).expect("ours"), user("blue"));
    // Those of KUBECONFIG take its place; what is no file, or no YAML, is left to kubectl.
    let (red, odd) = (env.write("red", user("red")), env.write("odd", "a: ["));
    let list = format!("{}::{}:{}:/nowhere", red.display(), odd.display(), env.home().display());
    let shown = said(&env.var("KUBECONFIG", list));
    assert!(shown.contains("--cluster, red]") && !shown.contains("blue"), "{shown}");
}
