//! The SDKs of a child call AWS as those of `aws --profile` do: the real botocore and the real AWS CLI are the judges.

use crate::support::{Answer, Run, Scripted, TestEnv, venv};

/// One setting after the other that only `[default]` has, only the profile has, or both.
const FILES: [&str; 14] = [
    "[default]\nregion = eu-central-1\n[profile p]\n",
    "[default]\nendpoint_url = http://127.0.0.1:1\n[profile p]\n",
    "[default]\nservices = d\n[profile p]\n[services d]\nsts =\n  endpoint_url = http://127.0.0.1:1\n",
    "[default]\nendpoint_url = http://127.0.0.1:1\n[profile p]\nendpoint_url = http://127.0.0.1:2\n",
    "[profile p]\nservices = s\n[services s]\nsts =\n  endpoint_url = http://127.0.0.1:3\nelastic_beanstalk =\n  endpoint_url = http://127.0.0.1:4\n",
    "[default]\nservices = d\n[profile p]\nendpoint_url = http://127.0.0.1:2\nservices = s\n[services d]\niam =\n  endpoint_url = http://127.0.0.1:1\n[services s]\nsts =\n  endpoint_url = http://127.0.0.1:3\n",
    "[default]\nignore_configured_endpoint_urls = true\n[profile p]\nendpoint_url = http://127.0.0.1:2\n",
    "[default]\nendpoint_url = http://127.0.0.1:1\n[profile p]\nendpoint_url = http://127.0.0.1:2\nignore_configured_endpoint_urls = true\n",
    "[profile p]\nregion = us-gov-west-1\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n",
    "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\nretry_mode = adaptive\nmax_attempts = 9\n[profile p]\nregion = us-east-1\n",
    "[default]\nretry_mode = legacy\n[profile p]\nretry_mode = adaptive\nmax_attempts = 7\nsts_regional_endpoints = legacy\nregion = eu-west-1\n",
    "[default]\nrequest_checksum_calculation = when_required\nresponse_checksum_validation = when_required\naccount_id_endpoint_mode = required\ndisable_request_compression = true\nrequest_min_compression_size_bytes = 1\nsts_regional_endpoints = legacy\ns3_use_arn_region = true\nendpoint_discovery_enabled = true\n[profile p]\nregion = eu-west-1\n",
    "[profile p]\nrequest_checksum_calculation = when_required\nresponse_checksum_validation = when_required\naccount_id_endpoint_mode = required\ndisable_request_compression = true\nrequest_min_compression_size_bytes = 1\ns3_use_arn_region = true\nsdk_ua_app_id = mine\ndefaults_mode = standard\nauth_scheme_preference = sigv4a\ns3_us_east_1_regional_endpoint = regional\nregion = us-east-1\n",
    "[default]\ns3_us_east_1_regional_endpoint = regional\ndefaults_mode = standard\n[profile p]\nregion = us-east-1\n",
];

fn env(config: &str) -> TestEnv {
    TestEnv::new()
        .config(config)
        .credentials("[p]\naws_access_key_id = AKIAEXAMPLEEXAMPLE22\naws_secret_access_key = s\n")
        .var("AWS_DEFAULT_REGION", "us-west-2")
}

/// What botocore would do, started so.
fn view(env: &TestEnv, before: &[&str], variables: &[(&str, &str)]) -> String {
    let python = venv("python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/sdk_view.py");
    let words: Vec<&str> = before.iter().copied().chain([python.to_str().unwrap(), script]).collect();
    let mut command = env.command(words[0]);
    command.args(&words[1..]).envs(variables.iter().copied());
    let run = Run::of(command, "");
    assert_eq!(run.status, 0, "{run:#?}");
    run.stdout
}

#[test]
fn botocore_sees_the_profile_and_nothing_of_default() {
    let inside = ["awsx", "exec", "--no-session", "p", "--"];
    for config in FILES {
        let env = env(config);
        // The region and what it leads to are the session's own business, and have their own tests.
        let region = view(
            &env,
            &[
                "awsx",
                "exec",
                "--no-session",
                "p",
                "--",
                "sh",
                "-c",
                "echo ${AWS_REGION:-$AWS_DEFAULT_REGION}; exec true \"$@\"",
                "-",
            ],
            &[],
        );
        let as_profile = [("AWS_PROFILE", "p"), ("AWS_DEFAULT_REGION", region.trim())];
        assert_eq!(view(&env, &inside, &[]), view(&env, &["env"], &as_profile), "{config}");
    }
}

#[test]
fn variables_of_the_persons_own_go_first() {
    let env = env(FILES[5]).var("AWS_REGION", "us-west-2");
    for variables in [
        &[("AWS_ENDPOINT_URL", "http://127.0.0.1:8")][..],
        &[("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")],
        &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")],
        &[("AWS_MAX_ATTEMPTS", "2"), ("AWS_USE_FIPS_ENDPOINT", "false")],
    ] {
        let as_profile = [variables, &[("AWS_PROFILE", "p")]].concat();
        let inside = view(&env, &["awsx", "exec", "--no-session", "p", "--"], variables);
        assert_eq!(inside, view(&env, &["env"], &as_profile), "{variables:?}");
    }
}

#[test]
fn another_profile_inside_is_where_it_is_outside() {
    let config = "[default]\nendpoint_url = http://127.0.0.1:1\n\
                  [profile p]\nregion = us-east-1\nuse_fips_endpoint = true\nmax_attempts = 7\n\
                  [profile q]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:2\n\
                  [profile r]\nregion = us-east-1\nservices = s\nretry_mode = adaptive\n\
                  [services s]\nsts =\n  endpoint_url = http://127.0.0.1:3\n";
    let keys = "aws_access_key_id = AKIAEXAMPLEEXAMPLE22\naws_secret_access_key = s\n";
    let env = env(config).credentials(&format!("[p]\n{keys}[q]\n{keys}[r]\n{keys}"));
    let exec = |profile| ["awsx", "exec", "--no-session", profile, "--"];
    for inner in ["p", "q", "r"] {
        let alone = view(&env, &exec(inner), &[]);
        for outer in ["p", "q", "r"] {
            assert_eq!(view(&env, &[exec(outer), exec(inner)].concat(), &[]), alone, "{inner} in {outer}");
        }
    }
}

#[test]
fn the_aws_cli_reaches_the_servers_of_the_profile() {
    let (default, own) = (Scripted::new([Answer::Drop]), Scripted::new([Answer::Http(200, String::new())]));
    let config = format!(
        "[default]\nendpoint_url = {}\nregion = us-east-1\n[profile p]\nservices = s\n[services s]\nsts =\n  endpoint_url = {}\n",
        default.url, own.url
    );
    let env = env(&config).aws_cli();
    env.awsx(&["exec", "--no-session", "p", "--", "aws", "sts", "get-caller-identity"]);
    assert_eq!((default.requests().len(), own.requests().len()), (0, 1));
}
