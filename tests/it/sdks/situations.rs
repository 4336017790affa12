//! The environments and files that the SDKs are asked about.

/// One of them.
pub struct Situation {
    /// What is special.
    pub name: &'static str,
    /// `NAME=VALUE` with blanks between them. `{home}` and `{url}` stand for the home folder and the loopback server.
    pub variables: &'static str,
    /// `~/.aws/config`; `{keys NAME}` stands for a key pair.
    pub config: &'static str,
    /// `~/.aws/credentials`.
    pub credentials: &'static str,
}

const fn of(name: &'static str, variables: &'static str, config: &'static str, credentials: &'static str) -> Situation {
    Situation { name, variables, config, credentials }
}

/// `[default]` and two other profiles, with keys each.
const THREE: &str = "[default]\n{keys def}\n[dev]\n{keys dev}\n[prod]\n{keys prod}\n";
const REGIONS: &str =
    "[default]\nregion = us-east-1\n[profile dev]\nregion = us-west-1\n[profile prod]\nregion = us-west-2\n";

/// All of them.
pub const SITUATIONS: &[Situation] = &[
    of("nothing at all", "", "", ""),
    of("nothing, and no metadata", "AWS_EC2_METADATA_DISABLED=true", "", ""),
    of("metadata disabled in capitals", "AWS_EC2_METADATA_DISABLED=TRUE", "", ""),
    of("metadata disabled with 1", "AWS_EC2_METADATA_DISABLED=1", "", ""),
    of("default keys", "", REGIONS, THREE),
    of("default keys in the config", "", "[default]\n{keys def}\nregion = us-east-1\n", ""),
    of("AWS_PROFILE", "AWS_PROFILE=dev", REGIONS, THREE),
    of("AWS_DEFAULT_PROFILE", "AWS_DEFAULT_PROFILE=dev", REGIONS, THREE),
    of("both profile variables", "AWS_PROFILE=dev AWS_DEFAULT_PROFILE=prod", REGIONS, THREE),
    of("an empty AWS_PROFILE", "AWS_PROFILE=", REGIONS, THREE),
    of("an empty AWS_DEFAULT_PROFILE", "AWS_DEFAULT_PROFILE=", REGIONS, THREE),
    of("an empty AWS_PROFILE before the other", "AWS_PROFILE= AWS_DEFAULT_PROFILE=dev", REGIONS, THREE),
    of("keys in the environment", "AWS_ACCESS_KEY_ID=AKIA0000000000000ENV AWS_SECRET_ACCESS_KEY=s", REGIONS, THREE),
    of(
        "keys and AWS_PROFILE",
        "AWS_ACCESS_KEY_ID=AKIA0000000000000ENV AWS_SECRET_ACCESS_KEY=s AWS_PROFILE=dev",
        REGIONS,
        THREE,
    ),
    of(
        "keys and AWS_DEFAULT_PROFILE",
        "AWS_ACCESS_KEY_ID=AKIA0000000000000ENV AWS_SECRET_ACCESS_KEY=s AWS_DEFAULT_PROFILE=dev",
        REGIONS,
        THREE,
    ),
    of(
        "keys and a missing AWS_PROFILE",
        "AWS_ACCESS_KEY_ID=AKIA0000000000000ENV AWS_SECRET_ACCESS_KEY=s AWS_PROFILE=gone",
        REGIONS,
        THREE,
    ),
    of(
        "keys and a missing AWS_DEFAULT_PROFILE",
        "AWS_ACCESS_KEY_ID=AKIA0000000000000ENV AWS_SECRET_ACCESS_KEY=s AWS_DEFAULT_PROFILE=gone",
        REGIONS,
        THREE,
    ),
    of("a missing AWS_PROFILE", "AWS_PROFILE=gone", REGIONS, THREE),
    of("a missing AWS_DEFAULT_PROFILE", "AWS_DEFAULT_PROFILE=gone", REGIONS, THREE),
    of("a missing profile and no files", "AWS_PROFILE=gone", "", ""),
    of("half a pair: the ID", "AWS_ACCESS_KEY_ID=AKIA0000000000000ENV", REGIONS, THREE),
    of("half a pair: the secret", "AWS_SECRET_ACCESS_KEY=s", REGIONS, THREE),
    of("empty keys", "AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY=", REGIONS, THREE),
    of("an empty secret", "AWS_ACCESS_KEY_ID=AKIA0000000000000ENV AWS_SECRET_ACCESS_KEY=", REGIONS, THREE),
    of("old names of the keys", "AWS_ACCESS_KEY=AKIA0000000000000OLD AWS_SECRET_KEY=s", REGIONS, THREE),
    of("the secret's very old name", "AWS_ACCESS_KEY_ID=AKIA0000000000000ENV SECRET_ACCESS_KEY=s", REGIONS, THREE),
    of(
        "AWS_SECURITY_TOKEN",
        "AWS_ACCESS_KEY_ID=ASIA0000000000000ENV AWS_SECRET_ACCESS_KEY=s AWS_SECURITY_TOKEN=t",
        "",
        "",
    ),
    of("AWS_CREDENTIAL_FILE", "AWS_CREDENTIAL_FILE={home}/credential-file", "", ""),
    of("AWS_CREDENTIAL_FILE behind default", "AWS_CREDENTIAL_FILE={home}/credential-file", "", THREE),
    of(
        "AWS_SDK_LOAD_CONFIG off",
        "AWS_SDK_LOAD_CONFIG=0 AWS_PROFILE=dev",
        "[profile dev]\n{keys dev}\nregion = us-east-1\n",
        "",
    ),
    of("a config that is not there", "AWS_CONFIG_FILE={home}/none AWS_PROFILE=dev", REGIONS, THREE),
    of("credentials that are not there", "AWS_SHARED_CREDENTIALS_FILE={home}/none AWS_PROFILE=dev", REGIONS, THREE),
    of("an empty AWS_CONFIG_FILE", "AWS_CONFIG_FILE=", REGIONS, THREE),
    of("an empty AWS_SHARED_CREDENTIALS_FILE", "AWS_SHARED_CREDENTIALS_FILE=", REGIONS, THREE),
    of("AWS_REGION", "AWS_REGION=eu-west-1", REGIONS, THREE),
    of("AWS_DEFAULT_REGION", "AWS_DEFAULT_REGION=eu-west-2", REGIONS, THREE),
    of("both region variables", "AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-2", REGIONS, THREE),
    of("an empty AWS_REGION", "AWS_REGION=", REGIONS, THREE),
    of(
        "the region of credentials",
        "",
        "[default]\nregion = us-east-1\n",
        "[default]\nregion = us-east-2\n{keys def}\n",
    ),
    of("a profile without a region", "AWS_PROFILE=bare", "[default]\nregion = us-east-1\n", "[bare]\n{keys bare}\n"),
    of("no prefix in the config", "AWS_PROFILE=dev", "[dev]\n{keys dev}\n", ""),
    of("a prefix in the credentials", "AWS_PROFILE=dev", "", "[profile dev]\n{keys dev}\n"),
    of(
        "[default], then [profile default]",
        "",
        "[default]\n{keys bare}\nregion = us-east-1\n[profile default]\n{keys pre}\n",
        "",
    ),
    of(
        "[profile default], then [default]",
        "",
        "[profile default]\n{keys pre}\nregion = us-east-1\n[default]\n{keys bare}\n",
        "",
    ),
    of("a quoted name", "AWS_PROFILE=dev", "[profile \"dev\"]\n{keys dev}\nregion = us-east-1\n", ""),
    of("an empty ID beside AWS_PROFILE", "AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY=s AWS_PROFILE=dev", REGIONS, THREE),
    of("keys in both files", "AWS_PROFILE=dev", "[profile dev]\n{keys conf}\n", "[dev]\n{keys cred}\n"),
    of("half a pair in a profile", "AWS_PROFILE=dev", "", "[dev]\naws_access_key_id = x\n"),
    of(
        "half a pair in default beside env keys",
        "AWS_ACCESS_KEY_ID=AKIA0000000000000ENV AWS_SECRET_ACCESS_KEY=s",
        "",
        "[default]\naws_access_key_id = x\n",
    ),
    of("a secret alone in a profile", "AWS_PROFILE=dev", "", "[dev]\naws_secret_access_key = x\n"),
    of("process", "AWS_PROFILE=dev", "[profile dev]\ncredential_process = /bin/cat {home}/process.json\n", ""),
    of(
        "process and keys in the config",
        "AWS_PROFILE=dev",
        "[profile dev]\n{keys conf}\ncredential_process = /bin/cat {home}/process.json\n",
        "",
    ),
    of(
        "process and keys in credentials",
        "AWS_PROFILE=dev",
        "[profile dev]\ncredential_process = /bin/cat {home}/process.json\n",
        "[dev]\n{keys cred}\n",
    ),
    of(
        "sso and keys",
        "AWS_PROFILE=dev",
        "[profile dev]\nsso_start_url = {url}\nsso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = r\n",
        "[dev]\n{keys cred}\n",
    ),
    of(
        "sso alone",
        "AWS_PROFILE=dev",
        "[profile dev]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n[sso-session s]\nsso_start_url = {url}\nsso_region = us-east-1\n",
        "",
    ),
    of(
        "sso without its session",
        "AWS_PROFILE=dev",
        "[profile dev]\nsso_session = none\nsso_account_id = 111122223333\nsso_role_name = r\n",
        "",
    ),
    of(
        "a console login and keys",
        "AWS_PROFILE=dev",
        "[profile dev]\nregion = us-east-1\nlogin_session = arn:aws:iam::111122223333:user/a\n",
        "[dev]\n{keys cred}\n",
    ),
    of(
        "a role",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = dev\n",
        THREE,
    ),
    of(
        "a role that needs a code",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = dev\nmfa_serial = arn:aws:iam::111122223333:mfa/a\n",
        THREE,
    ),
    of(
        "a role over a role",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = mid\n[profile mid]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/m\nsource_profile = dev\n",
        THREE,
    ),
    of(
        "a role of its own keys",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = ops\n",
        "[ops]\n{keys ops}\n",
    ),
    of(
        "a role beside keys, no source",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\n",
        "[ops]\n{keys ops}\n",
    ),
    of(
        "a role whose source is missing",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = gone\n",
        THREE,
    ),
    of(
        "a role whose source is empty",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = bare\n[profile bare]\nregion = x\n",
        THREE,
    ),
    of(
        "roles in a circle",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = mid\n[profile mid]\nrole_arn = arn:aws:iam::111122223333:role/m\nsource_profile = ops\n",
        THREE,
    ),
    of(
        "a role over a process",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = p\n[profile p]\ncredential_process = /bin/cat {home}/process.json\n",
        THREE,
    ),
    of(
        "a role over two sources",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = dev\ncredential_source = Environment\n",
        THREE,
    ),
    of(
        "a role over the environment",
        "AWS_PROFILE=ops AWS_ACCESS_KEY_ID=AKIA0000000000000ENV AWS_SECRET_ACCESS_KEY=s",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\ncredential_source = Environment\n",
        THREE,
    ),
    of(
        "a role over the instance",
        "AWS_PROFILE=ops",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\ncredential_source = Ec2InstanceMetadata\n",
        THREE,
    ),
    of(
        "a role over the container",
        "AWS_PROFILE=ops AWS_CONTAINER_CREDENTIALS_FULL_URI={url}/container",
        "[profile ops]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\ncredential_source = EcsContainer\n",
        THREE,
    ),
    of("a container", "AWS_CONTAINER_CREDENTIALS_FULL_URI={url}/container", "", ""),
    of("a container and default", "AWS_CONTAINER_CREDENTIALS_FULL_URI={url}/container", REGIONS, THREE),
    of(
        "web identity",
        "AWS_WEB_IDENTITY_TOKEN_FILE={home}/token AWS_ROLE_ARN=arn:aws:iam::111122223333:role/r AWS_ROLE_SESSION_NAME=sess AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1",
        "",
        "",
    ),
    of(
        "web identity and default",
        "AWS_WEB_IDENTITY_TOKEN_FILE={home}/token AWS_ROLE_ARN=arn:aws:iam::111122223333:role/r AWS_ROLE_SESSION_NAME=sess AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1",
        "",
        THREE,
    ),
    of("web identity without a role", "AWS_WEB_IDENTITY_TOKEN_FILE={home}/token", "", THREE),
    of(
        "web identity in a profile",
        "AWS_PROFILE=web",
        "[profile web]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/r\nrole_session_name = sess\nweb_identity_token_file = {home}/token\n",
        "",
    ),
    of(
        "a token in a profile without a role",
        "AWS_PROFILE=web",
        "[profile web]\nweb_identity_token_file = {home}/token\n",
        "",
    ),
];
