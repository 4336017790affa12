//! Where chains start, each source for real: programs, variables, tokens, sign-ins, and the endpoints of containers and
//! instances on loopback.

use std::time::{Duration, SystemTime};

use awsx::base::time::Timestamp;
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::support::{AnsweringServer, Pty, Sandbox, TestEnv, answering_server};

const ROLE: &str = "arn:aws:iam::111122223333:role/admin";

/// So long from now, as JSON has it.
fn in_an_hour() -> String {
    Timestamp::from(SystemTime::now() + Duration::from_hours(1)).to_string()
}

/// The ID of the key that a command gets.
#[track_caller]
fn key_id(env: &TestEnv, profile: &str) -> String {
    env.awsx(&["exec", profile, "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"]).ok().trim().to_owned()
}

#[test]
fn a_role_over_the_environment_is_assumed_once() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("alice");
    let serial = "mfa_serial = arn:aws:iam::111122223333:mfa/alice";
    let env = TestEnv::new()
        .sandbox(&sandbox)
        .config(&format!("[profile e]\nrole_arn = {ROLE}\ncredential_source = Environment\n{serial}\n"))
        .var("AWS_ACCESS_KEY_ID", &id)
        .var("AWS_SECRET_ACCESS_KEY", &secret);
    // Keys in the environment are keys: a code is asked for, and more than an hour can be had.
    let args = ["exec", "e", "--code", &sandbox.code("alice"), "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"];
    let first = env.awsx(&args).ok().to_owned();
    assert_eq!(env.awsx(&["--no-input", "exec", "e", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"]).ok(), first);
    assert_eq!((sandbox.done("sts:GetSessionToken"), sandbox.done("sts:AssumeRole")), (1, 1));
    // Inside that session the variables hold the session.
    let inside = ["exec", "e", "--", "awsx", "exec", "e", "--", "true"];
    let said = env.awsx(&inside).stderr;
    assert!(said.contains("leave this session"), "{said}");
    // Other keys are another source.
    let (id, secret) = sandbox.keys("bob");
    let env = env.var("AWS_ACCESS_KEY_ID", &id).var("AWS_SECRET_ACCESS_KEY", &secret);
    assert!(env.awsx(&["--no-input", "exec", "e", "--", "true"]).status == 125);
}

#[test]
fn a_program_that_prints_keys_is_gone_on_from() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("alice");
    let env = TestEnv::new().sandbox(&sandbox).config(&format!(
        "[profile r]\nrole_arn = {ROLE}\nsource_profile = s\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n\
         [profile s]\ncredential_process = issue 'two words'\n"
    ));
    let answer = json!({"Version": 1, "AccessKeyId": id, "SecretAccessKey": secret});
    env.script("issue", &format!("#!/bin/sh\necho run >>~/runs\n[ \"$1\" = 'two words' ] && echo '{answer}'\n"));
    let mut pty = env.pty(&["exec", "r", "--", "true"]);
    pty.expect("MFA code for");
    pty.send_line(&sandbox.code("alice"));
    assert_eq!(pty.wait().0, 0);
    assert_eq!(env.read("home/runs"), "run\n");
    assert_eq!((sandbox.done("sts:GetSessionToken"), sandbox.done("sts:AssumeRole")), (1, 1));
    env.awsx(&["--no-input", "exec", "r", "--", "true"]).ok();
    env.awsx(&["--no-input", "exec", "s", "--mfa-serial", "arn:aws:iam::111122223333:mfa/alice", "--", "true"]).ok();
    assert_eq!(env.read("home/runs"), "run\n", "a warm session runs nothing");
    assert_eq!((sandbox.done("sts:GetSessionToken"), sandbox.done("sts:AssumeRole")), (1, 1));
}

#[test]
fn a_program_can_ask_on_the_terminal_and_pipes_are_left_alone() {
    let env = TestEnv::new().config("[profile p]\ncredential_process = ask\n");
    let answer = json!({"Version": 1, "AccessKeyId": "ASIAASKED", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": in_an_hour()});
    env.script(
        "ask",
        &format!("#!/bin/sh\nprintf 'password: ' >&2\nread -r word\n[ \"$word\" = sesame ] && echo '{answer}'\n"),
    );
    let mut command = env.command("sh");
    command.args(["-c", "echo piped | awsx exec p -- sh -c 'cat; echo $AWS_ACCESS_KEY_ID'"]);
    let mut pty = Pty::spawn(command);
    pty.expect("password: ");
    pty.send_line("sesame");
    pty.expect("piped\r\nASIAASKED");
    assert_eq!(pty.wait().0, 0);
    // Without a terminal, or where nobody is to be asked, it reads nothing.
    env.awsx(&["clear"]).ok();
    let run = env.awsx_with_input(&["exec", "p", "--", "cat"], "sesame\n");
    assert!(run.fails(125).contains("its credential_process"), "{run:?}");
    let mut pty = env.pty(&["--no-input", "exec", "p", "--", "true"]);
    pty.expect("its credential_process");
    assert_eq!(pty.wait().0, 125);
}

#[test]
fn a_program_that_asks_awsx_for_itself_ends() {
    let env = TestEnv::new().config(
        "[profile p]\ncredential_process = awsx exec p -- true\n\
         [profile a]\ncredential_process = awsx exec b -- true\n[profile b]\ncredential_process = awsx exec a -- true\n",
    );
    for profile in ["p", "a"] {
        let run = env.awsx(&["exec", profile, "--", "true"]);
        assert!(run.fails(125).contains("asks awsx for the same profile"), "{run:?}");
    }
}

#[test]
fn a_session_that_has_expired_is_an_error() {
    let env = TestEnv::new().config("[profile p]\ncredential_process = cat answer\n").credentials(
        "[old]\naws_access_key_id = ASIAOLD\naws_secret_access_key = s\naws_session_token = t\n\
             x_security_token_expires = 2020-01-01T00:00:00+00:00\n",
    );
    env.write(
        "home/answer",
        r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"s","SessionToken":"t","Expiration":"2020-01-01T00:00:00Z"}"#,
    );
    let run = env.awsx(&["exec", "p", "--", "true"]);
    assert!(run.fails(125).contains("Expiration is past"), "{run:?}");
    assert_eq!(env.awsx(&["whoami", "p"]).status, 4);
    let run = env.awsx(&["whoami", "old"]);
    let said = run.fails(3);
    assert!(said.contains(".aws/credentials:2") && said.contains("the program that wrote it"), "{said}");
    assert!(!said.contains("awsx clear"), "{said}");
}

#[test]
fn an_expired_session_in_the_files_is_not_awsxs_to_clear() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("alice");
    let keys = format!("[alice]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    let role = format!("[profile r]\nrole_arn = {ROLE}\nsource_profile = old\n");
    let env = TestEnv::new().sandbox(&sandbox).config(&role).credentials(&keys);
    let code = sandbox.code("alice");
    let session = env.awsx(&[
        "exec", "alice", "--mfa-serial", "arn:aws:iam::111122223333:mfa/alice", "--code", &code, "--duration", "15m", "--",
        "sh", "-c",
        "printf 'aws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\n' $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN",
    ]);
    let env = env.credentials(&format!("[old]\n{}", session.ok()));
    env.awsx(&["exec", "r", "--", "true"]).ok();
    let expired = json!({"action": "sts:AssumeRole", "kind": "error", "status": 403, "code": "ExpiredToken",
        "message": "The security token included in the request is expired"});
    sandbox.fault(&expired);
    env.awsx(&["clear"]).ok();
    let run = env.awsx(&["exec", "r", "--", "true"]);
    let said = run.fails(125);
    assert!(said.contains("the session of profile old in the AWS files has expired"), "{said}");
    assert!(said.contains(".aws/credentials:2") && !said.contains("awsx clear"), "{said}");
}

#[test]
fn a_web_identity_is_one_call_and_each_hop_another() {
    let env = TestEnv::new().moto();
    let role = |name: &str| format!("role_arn = arn:aws:iam::123456789012:role/{name}");
    let config = |session: &str| {
        format!(
            "[profile w]\n{}\nweb_identity_token_file = {}\nrole_session_name = {session}\n\
             [profile over]\n{}\nsource_profile = w\n",
            role("ci"),
            env.path("home/token").display(),
            role("over")
        )
    };
    env.write("home/.aws/config", config("one"));
    let run = env.awsx(&["whoami", "w"]);
    assert!(run.fails(3).contains("token: No such file"), "{run:?}");
    env.write("home/token", "header.claims.signature\n");
    let arn = |profile: &str| {
        let run = env.awsx(&["whoami", profile, "--json"]);
        serde_json::from_str::<serde_json::Value>(run.ok()).expect("JSON")["arn"].as_str().expect("text").to_owned()
    };
    assert_eq!(arn("w"), "arn:aws:sts::123456789012:assumed-role/ci/one");
    assert!(arn("over").contains(":assumed-role/over/"));
    env.write("home/.aws/config", config("two"));
    assert_eq!(arn("w"), "arn:aws:sts::123456789012:assumed-role/ci/two");
}

#[test]
fn a_web_identity_token_that_a_program_prints() {
    let env = TestEnv::new().moto().config(
        "[profile w]\nrole_arn = arn:aws:iam::123456789012:role/ci\nweb_identity_token_process = oidc token | tr A-Z a-z\n\
         [profile over]\nrole_arn = arn:aws:iam::123456789012:role/over\nsource_profile = w\n\
         [profile both]\nrole_arn = arn:aws:iam::123456789012:role/ci\nweb_identity_token_process = oidc\n\
         web_identity_token_file = /t\n",
    );
    env.script(
        "oidc",
        "#!/bin/sh\necho run >>~/runs\necho 'open https://idp.test' >&2\nread -r word\n[ \"$word\" = sesame ] && echo Header.Claims.Sig\n",
    );
    // It can say something and ask something, on the terminal, as a credential_process can.
    let mut pty = env.pty(&["exec", "over", "--", "sh", "-c", "echo key=$AWS_ACCESS_KEY_ID"]);
    pty.expect("open https://idp.test");
    pty.send_line("sesame");
    pty.expect("key=ASIA");
    assert_eq!(pty.wait().0, 0);
    // The session of the token's role is cached, and the one over it.
    env.awsx(&["exec", "w", "--", "true"]).ok();
    env.awsx(&["exec", "over", "--", "true"]).ok();
    assert_eq!(env.read("home/runs"), "run\n");
    let run = env.awsx(&["exec", "w", "--no-cache", "--", "true"]);
    let said = run.fails(125);
    assert!(
        said.contains("what the web_identity_token_process of profile w prints") && said.contains("nothing"),
        "{said}"
    );
    assert!(env.awsx(&["exec", "both", "--", "true"]).fails(125).contains("sets both web_identity_token_file"));
    let steps = env.awsx(&["explain", "over"]);
    assert!(steps.ok().contains("1. web-identity (w) arn:aws:iam::123456789012:role/ci"), "{steps:?}");
    assert!(env.awsx(&["list", "--json"]).ok().contains("\"web-identity\""));
}

/// Answers as the endpoints of containers and instances do, with key IDs that tell one request from the next.
fn machine() -> AnsweringServer {
    let count = std::sync::atomic::AtomicUsize::new(0);
    answering_server(move |line| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let answer = json!({"Code": "Success", "AccessKeyId": format!("ASIAMACHINE{number}"), "SecretAccessKey": "s",
            "Token": "t", "Expiration": in_an_hour()});
        match line {
            "PUT /latest/api/token" => (200, "tok".into()),
            "GET /latest/meta-data/iam/security-credentials/" => (200, "web".into()),
            "GET /latest/meta-data/iam/security-credentials/web" | "GET /v1/creds" | "GET /v1/others" => {
                (200, answer.to_string())
            }
            _ => (404, String::new()),
        }
    })
}

/// STS that gives every role the same session, in XML as AWS does.
fn sts() -> AnsweringServer {
    answering_server(|_| {
        let expires = in_an_hour();
        let body = format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
             <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
             <Expiration>{expires}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:x</AssumedRoleId>\
             <Arn>arn:aws:sts::111122223333:assumed-role/admin/x</Arn></AssumedRoleUser></AssumeRoleResult>\
             </AssumeRoleResponse>"
        );
        (200, body)
    })
}

#[test]
fn a_containers_role() {
    let (machine, sts) = (machine(), sts());
    // STS is behind the proxy; what the endpoint of this machine says is not for a proxy.
    let mut env = TestEnv::new()
        .var("AWS_ENDPOINT_URL_STS", "http://127.0.0.9:1")
        .var("HTTP_PROXY", &sts.url)
        .var("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/v1/creds", machine.url))
        .var("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc")
        .config(&format!("[profile c]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\n"));
    assert_eq!(key_id(&env, "c"), "ASIAROLE");
    assert_eq!(key_id(&env, "c"), "ASIAROLE");
    let requests = machine.requests();
    assert!(requests.len() == 1 && requests[0].to_lowercase().contains("authorization: basic abc"), "{requests:?}");
    assert_eq!(sts.requests().len(), 1);
    assert!(sts.requests()[0].contains("Credential=ASIAMACHINE0/"), "{:?}", sts.requests());
    // Another address is another source; something unrelated isn't.
    env.write(
        "home/.aws/config",
        format!("[profile c]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\noutput = json\n"),
    );
    key_id(&env, "c");
    assert_eq!(machine.requests().len(), 1);
    env.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/v1/others", machine.url));
    key_id(&env, "c");
    assert_eq!((machine.requests().len(), sts.requests().len()), (2, 2));
    env.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/nothing", machine.url));
    let run = env.awsx(&["whoami", "c"]);
    assert!(run.fails(4).contains("status 404"), "{run:?}");
    env.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x");
    let run = env.awsx(&["whoami", "c"]);
    assert!(run.fails(7).contains("the container's credentials endpoint"), "{run:?}");
}

#[test]
fn an_instances_role() {
    let (machine, sts) = (machine(), sts());
    let mut env = TestEnv::new()
        .var("AWS_ENDPOINT_URL_STS", &sts.url)
        .var("AWS_EC2_METADATA_SERVICE_ENDPOINT", &machine.url)
        .config(&format!("[profile i]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n"));
    let run = env.awsx(&["whoami", "i"]);
    assert!(run.fails(3).contains("AWS_EC2_METADATA_DISABLED"), "{run:?}");
    env.unset("AWS_EC2_METADATA_DISABLED");
    assert_eq!(key_id(&env, "i"), "ASIAROLE");
    assert_eq!(key_id(&env, "i"), "ASIAROLE");
    let requests = machine.requests();
    assert_eq!(requests.len(), 3, "{requests:?}");
    assert!(requests[2].to_lowercase().contains("x-aws-ec2-metadata-token: tok"), "{requests:?}");
    assert_eq!(sts.requests().len(), 1);
}

#[test]
fn a_sign_in_of_the_aws_cli() {
    let portal = answering_server(|line| {
        let expires = (Timestamp::from(SystemTime::now()).0 + 3600) * 1000;
        let role = line.split("role_name=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
        let id = format!("ASIA{}", role.to_uppercase());
        match role {
            "gone" => (403, r#"{"__type":"ForbiddenException","message":"No access"}"#.into()),
            "over" => (401, r#"{"__type":"UnauthorizedException","message":"Session token not found or invalid"}"#.into()),
            _ => (
                200,
                json!({"roleCredentials": {"accessKeyId": id, "secretAccessKey": "s", "sessionToken": "t", "expiration": expires}})
                    .to_string(),
            ),
        }
    });
    let mut env = TestEnv::new();
    let config = |role: &str, start: &str, more: &str| {
        format!(
            "[profile s]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = {role}\n{more}\
             [sso-session corp]\nsso_start_url = https://{start}.awsapps.com/start\nsso_region = us-east-1\n\
             [services here]\nsso =\n  endpoint_url = {}\n",
            portal.url
        )
    };
    let here = "services = here\n";
    env.write("home/.aws/config", config("dev", "corp", here));
    let run = env.awsx(&["whoami", "s"]);
    assert!(run.fails(5).contains("awsx login s"), "{run:?}");
    let cache = data_encoding::HEXLOWER.encode(&Sha1::digest("corp"));
    let token = json!({"startUrl": "https://corp.awsapps.com/start", "region": "us-east-1", "accessToken": "opaque",
        "expiresAt": in_an_hour()});
    env.write(&format!("home/.aws/sso/cache/{cache}.json"), token.to_string());
    assert_eq!(key_id(&env, "s"), "ASIADEV");
    assert_eq!(key_id(&env, "s"), "ASIADEV");
    let requests = portal.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].to_lowercase().contains("x-amz-sso_bearer_token: opaque"), "{requests:?}");
    // What went into it is what it is known by: the section of the session too.
    env.write("home/.aws/config", config("dev", "corp", &format!("{here}output = json\n")));
    key_id(&env, "s");
    assert_eq!(portal.requests().len(), 1);
    env.write("home/.aws/config", config("dev", "other", here));
    let run = env.awsx(&["whoami", "s"]);
    assert!(run.fails(5).contains("awsx login s"), "the sign-in is to another portal: {run:?}");
    env.write(&format!("home/.aws/sso/cache/{cache}.json"), token.to_string().replace("corp", "other"));
    key_id(&env, "s");
    assert_eq!(portal.requests().len(), 2);
    env.write("home/.aws/config", config("gone", "other", here));
    let run = env.awsx(&["whoami", "s"]);
    assert!(run.fails(4).contains("does not grant gone in account 111122223333"), "{run:?}");
    env.set("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1");
    let run = env.awsx(&["whoami", "s"]);
    assert!(run.fails(7).contains("SSO at http://127.0.0.1:1"), "{run:?}");
    env.unset("AWS_ENDPOINT_URL_SSO");
    env.write("home/.aws/config", config("over", "other", here));
    let run = env.awsx(&["whoami", "s"]);
    assert!(run.fails(5).contains("the sign-in is over"), "{run:?}");
}
