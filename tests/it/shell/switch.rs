//! `awsx use -` and `awsx use --here`: from one profile to another.

use super::*;

/// A script in a shell that has the integration.
fn script(env: &TestEnv, shell: &str, lines: &[&str]) -> Run {
    let path = env.write("home/script", format!("{}\n{}\n", init(shell), lines.join("\n")));
    let mut command = env.command(path_of(shell));
    if shell == "fish" {
        command.arg("-i");
    }
    command.arg(path);
    Run::of(command, "")
}

fn path_of(shell: &str) -> String {
    super::path(shell)
}

/// The profile of the shell, in brackets.
const SHOW: &str = "echo \"[$AWSX_PROFILE]\"";

#[test]
fn use_dash_goes_back_and_forth_also_after_off() {
    for shell in SHELLS {
        let env = env(shell);
        let status = if shell == "fish" { "echo $status" } else { "echo $?" };
        let lines = [
            "awsx use -",
            status,
            "awsx use prod",
            "awsx use -",
            status,
            SHOW,
            "awsx use other",
            "awsx use -",
            status,
            SHOW,
            "awsx --color never use -",
            SHOW,
            // Help, a failure and the same profile again are no step.
            "awsx use --help >help",
            "awsx use broken 2>said",
            "awsx use other",
            "awsx use -",
            SHOW,
            "awsx off",
            "awsx use -",
            SHOW,
            "awsx use -",
            SHOW,
            "awsx off",
            "awsx use bare",
            "awsx use -",
            SHOW,
        ];
        let run = script(&env, shell, &lines);
        let want = ["1", "1", "[prod]", "0", "[prod]", "[other]", "[prod]", "[prod]", "[other]", "[other]"];
        assert_eq!(run.ok().lines().collect::<Vec<_>>(), want, "{shell} {run:?}");
        assert_eq!(run.stderr.matches("awsx: there is no profile to go back to").count(), 2, "{shell} {run:?}");
        assert!(env.read("home/help").contains("Usage: awsx use"), "{shell}");
    }
}

#[test]
fn use_dash_knows_the_session_around_and_the_options_that_narrowed_one() {
    for shell in SHELLS {
        let env = env(shell).var("AWSX_PROFILE", "prod").var("AWS_ACCESS_KEY_ID", "ASIAold").var("AWSX_EXPIRES", "1");
        let options = r#"echo "[$AWSX_PROFILE $AWSX_SESSION_ARGS]""#;
        let lines = [
            "awsx use other --no-cache --session-name me",
            options,
            "awsx use -",
            options,
            "awsx use -",
            options,
            "awsx off",
            "awsx use -",
            options,
        ];
        let run = script(&env, shell, &lines);
        let want = [
            r#"[other {"no_cache":true,"session_name":"me"}]"#,
            "[prod ]",
            // What only narrows comes back, and what could do more doesn't.
            r#"[other {"no_cache":true}]"#,
            r#"[other {"no_cache":true}]"#,
        ];
        assert_eq!(run.ok().lines().collect::<Vec<_>>(), want, "{shell} {run:?}");
    }
}

#[test]
fn a_keychain_that_was_named_stays_until_another_one_is() {
    for shell in SHELLS {
        let sandbox = Sandbox::start();
        let mut env = env(shell).sandbox(&sandbox).config(
            "[profile one]\nregion = eu-west-1\n[profile two]\nregion = eu-west-1\n[profile plain]\n\
             credential_process = issue plain\n",
        );
        env = env.stored(&sandbox, "one", "bob").stored(&sandbox, "two", "dave");
        env.set("AWSX_BACKEND", "helper:empty");
        env.script("docker-credential-empty", "#!/bin/sh\necho 'credentials not found in native keychain'; exit 1\n");
        let show = r#"echo "[$AWSX_PROFILE $AWSX_BACKEND]""#;
        let expired = export(shell, "AWSX_EXPIRES", "1");
        let lines = [
            "awsx use plain",
            "awsx use one --backend file",
            show,
            // Back to where none was named, and forth.
            "awsx use -",
            show,
            "awsx use -",
            show,
            // It stays for the next one, and its renewals find it.
            "awsx use two",
            show,
            "awsx clear >cleared",
            &expired,
            "awsx-refresh; and echo renewed",
            show,
            "awsx use plain --backend secret-service",
            show,
            "awsx use -",
            show,
            "awsx off",
            show,
        ];
        let lines = lines.map(|line| if shell == "fish" { line.to_owned() } else { line.replace("; and", " &&") });
        let run = script(&env, shell, &lines.each_ref().map(String::as_str));
        let want = [
            "[one file]",
            "[plain helper:empty]",
            "[one file]",
            "[two file]",
            "renewed",
            "[two file]",
            "[plain secret-service]",
            "[two file]",
            "[ helper:empty]",
        ];
        assert_eq!(run.ok().lines().collect::<Vec<_>>(), want, "{shell} {run:?}");
        assert_eq!(sandbox.done("sts:GetSessionToken"), 3, "{shell}: {run:?}");
    }
}

#[test]
fn a_bound_folder_names_the_profile_below_it() {
    for shell in SHELLS {
        let env = env(shell);
        fs::create_dir_all(env.path("home/work/shop/src")).unwrap();
        std::os::unix::fs::symlink(env.path("home/work/shop/src"), env.path("home/link")).unwrap();
        let set = export(shell, "AWS_PROFILE", "prod");
        let lines = [
            set.as_str(),
            "cd work/shop",
            "awsx use --here other",
            SHOW,
            "cd src",
            "awsx use",
            SHOW,
            "awsx off",
            "awsx exec -- sh -c 'echo exec $AWSX_PROFILE'",
            "cd ~/link",
            "awsx exec -- sh -c 'echo link $AWSX_PROFILE'",
            "cd ~/work",
            "awsx exec -- sh -c 'echo outside $AWSX_PROFILE'",
            // A session and an argument go before the folder.
            "cd shop",
            "awsx exec bare -- sh -c 'echo said $AWSX_PROFILE; awsx exec -- sh -c \"echo inside \\$AWSX_PROFILE\"'",
            "awsx use bare",
            "awsx use --here",
            "awsx use -",
            "awsx use --here -",
            "awsx off",
            "awsx exec -- sh -c 'echo again $AWSX_PROFILE'",
            "awsx use --forget",
            "awsx exec -- sh -c 'echo forgotten $AWSX_PROFILE'",
        ];
        let run = script(&env, shell, &lines);
        let want = [
            "[]",
            "[other]",
            "exec other",
            "link other",
            "outside prod",
            "said bare",
            "inside bare",
            "again bare",
            "forgotten prod",
        ];
        assert_eq!(run.ok().lines().collect::<Vec<_>>(), want, "{shell} {run:?}");
        let here = env.path("home/work/shop").canonicalize().unwrap();
        let said: Vec<&str> = run.stderr.lines().collect();
        let here = here.display();
        assert_eq!(
            said,
            [
                format!("{here} is bound to other"),
                format!("{here} is bound to bare, no longer to other"),
                format!("{here} is bound to bare"),
                "the session of this shell goes before it: other".into(),
                format!("{here} is no longer bound to bare")
            ],
            "{shell}"
        );
        assert_eq!(fs::read_dir(env.path("home/work/shop")).unwrap().count(), 1, "nothing is written there");
    }
}
