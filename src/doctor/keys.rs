//! The keys that can stand in the AWS files, and what each can be set to: those of the AWS CLI and the SDKs
//! ([settings reference](https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html), [AWS
//! CLI](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html)), of aws-vault, of awscli-mfa, of
//! programs that write sessions there, and of awsx. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a key can be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Text that isn't looked at here.
    Any,
    /// One of these, in any case.
    OneOf(&'static [&'static str]),
    /// A whole number from this one to that one.
    Number(u64, u64),
    /// A region.
    Region,
    /// `http://…` or `https://…`.
    Url,
    /// Twelve digits.
    Account,
    /// A length of time, or seconds.
    Duration,
    /// Indented lines with these keys below it.
    Nested(Nested),
}

/// What the indented lines below a key can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nested {
    /// Whatever.
    Any,
    /// `s3 =`
    S3,
    /// A service in `[services x]`.
    Service,
}

/// Where a key belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A profile of the config.
    Config,
    /// A profile of the credentials file: keys and tokens.
    Secret,
    /// A profile of either file.
    Both,
    /// An `sso-session` section.
    SsoSession,
    /// An `sso-session` section, or a profile of the config.
    Sso,
}

/// A key that is known.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Where it belongs.
    pub place: Place,
    /// What it can be set to.
    pub value: Value,
}

const BOOL: Value = Value::OneOf(&["true", "false"]);
const CHECKSUM: Value = Value::OneOf(&["when_supported", "when_required"]);
const REGIONAL: Value = Value::OneOf(&["regional", "legacy"]);

/// The key of this name, in lower case.
pub fn find(name: &str) -> Option<&'static Key> {
    static BY_NAME: LazyLock<HashMap<&str, &Key>> = LazyLock::new(|| KEYS.iter().map(|key| (key.name, key)).collect());
    BY_NAME.get(name).copied()
}

/// A key to be quoted in a message. One that isn't known may be a secret with a `=` in it.
pub fn said(name: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-. ".contains(&b);
    let shown = find(&name.to_lowercase()).is_some() || (name.len() <= 30 && name.bytes().all(plain));
    if shown { name } else { "this key" }
}

/// What a key of indented lines can be set to; `None` if there is no such key.
pub fn nested(of: Nested, name: &str) -> Option<Value> {
    let table: &[(&str, Value)] = match of {
        Nested::Any => return Some(Value::Any),
        Nested::S3 => &S3,
        Nested::Service => &SERVICE,
    };
    table.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
}

/// The names that can stand there.
pub fn names_in(of: Nested) -> Vec<&'static str> {
    match of {
        Nested::Any => Vec::new(),
        Nested::S3 => S3.iter().map(|(name, _)| *name).collect(),
        Nested::Service => SERVICE.iter().map(|(name, _)| *name).collect(),
    }
}

/// Whether a key is another program's, by how it starts. Those programs have more keys than can be listed here.
pub fn is_foreign(name: &str) -> bool {
    const STARTS: [&str; 12] = [
        "x_",
        "azure_",
        "okta_",
        "google_config.",
        "granted_",
        "common_fate_",
        "leapp_",
        "awsume_",
        "autoawsume",
        "saml_",
        "toolkit_",
        "aws_sso_",
    ];
    STARTS.iter().any(|start| name.starts_with(start))
}

const fn config(name: &'static str, value: Value) -> Key {
    Key { name, place: Place::Config, value }
}

const fn any(name: &'static str) -> Key {
    config(name, Value::Any)
}

const fn secret(name: &'static str) -> Key {
    Key { name, place: Place::Secret, value: Value::Any }
}

const fn both(name: &'static str, value: Value) -> Key {
    Key { name, place: Place::Both, value }
}

const fn sso(name: &'static str, place: Place, value: Value) -> Key {
    Key { name, place, value }
}

/// Every key of a profile and of an `sso-session` section.
pub const KEYS: &[Key] = &[
    // Keys and tokens, and what programs write beside them.
    secret("aws_access_key_id"),
    secret("aws_secret_access_key"),
    secret("aws_session_token"),
    secret("aws_security_token"),
    both("aws_account_id", Value::Account),
    both("aws_session_expiry", Value::Any),
    both("x_security_token_expires", Value::Any),
    both("aws_session_expiration", Value::Any),
    both("aws_credential_expiration", Value::Any),
    both("aws_expiration", Value::Any),
    both("expiration", Value::Any),
    both("expires", Value::Any),
    both("assumed_role", Value::Any),
    both("assumed_role_arn", Value::Any),
    both("invalid_as_of", Value::Any),
    both("manager", Value::Any),
    // Where credentials come from.
    any("role_arn"),
    any("source_profile"),
    any("credential_source"),
    any("external_id"),
    any("mfa_serial"),
    any("role_session_name"),
    config("duration_seconds", Value::Duration),
    any("web_identity_token_file"),
    any("credential_process"),
    any("login_session"),
    any("sso_session"),
    config("sso_account_id", Value::Account),
    any("sso_role_name"),
    sso("sso_start_url", Place::Sso, Value::Url),
    sso("sso_region", Place::Sso, Value::Region),
    sso("sso_registration_scopes", Place::Sso, Value::Any),
    // The SDKs.
    config("region", Value::Region),
    any("services"),
    config("endpoint_url", Value::Url),
    config("ignore_configured_endpoint_urls", BOOL),
    any("ca_bundle"),
    config("use_fips_endpoint", BOOL),
    config("use_dualstack_endpoint", BOOL),
    config("sts_regional_endpoints", REGIONAL),
    config("retry_mode", Value::OneOf(&["legacy", "standard", "adaptive"])),
    config("max_attempts", Value::Number(0, 1_000_000)),
    config("defaults_mode", Value::OneOf(&["legacy", "standard", "in-region", "cross-region", "mobile", "auto"])),
    config("account_id_endpoint_mode", Value::OneOf(&["preferred", "disabled", "required"])),
    config("endpoint_discovery_enabled", Value::OneOf(&["true", "false", "auto"])),
    config("disable_host_prefix_injection", BOOL),
    config("disable_request_compression", BOOL),
    config("request_min_compression_size_bytes", Value::Number(0, 10_485_760)),
    config("request_checksum_calculation", CHECKSUM),
    config("response_checksum_validation", CHECKSUM),
    config("disable_clock_skew_correction", BOOL),
    any("auth_scheme_preference"),
    any("sigv4a_signing_region_set"),
    any("sdk_ua_app_id"),
    any("user_agent_appid"),
    config("parameter_validation", BOOL),
    config("tcp_keepalive", BOOL),
    any("data_path"),
    config("api_versions", Value::Nested(Nested::Any)),
    config("s3", Value::Nested(Nested::S3)),
    config("s3_use_arn_region", BOOL),
    config("s3_us_east_1_regional_endpoint", REGIONAL),
    config("s3_disable_multiregion_access_points", BOOL),
    config("s3_disable_express_session_auth", BOOL),
    config("ec2_metadata_service_endpoint", Value::Url),
    config("ec2_metadata_service_endpoint_mode", Value::OneOf(&["ipv4", "ipv6"])),
    config("ec2_metadata_v1_disabled", BOOL),
    any("ec2_instance_profile_name"),
    config("disable_ec2_metadata", BOOL),
    config("imds_use_ipv6", BOOL),
    config("metadata_service_timeout", Value::Number(0, 1_000_000)),
    config("metadata_service_num_attempts", Value::Number(0, 1_000_000)),
    config("csm_enabled", BOOL),
    any("csm_host"),
    config("csm_port", Value::Number(0, 65_535)),
    any("csm_client_id"),
    any("proxy_ca_bundle"),
    any("proxy_client_cert"),
    config("proxy_use_forwarding_for_https", BOOL),
    // The AWS CLI.
    config("output", Value::OneOf(&["json", "text", "table", "yaml", "yaml-stream", "off"])),
    any("cli_pager"),
    config("cli_auto_prompt", Value::OneOf(&["on", "off", "on-partial"])),
    config("cli_binary_format", Value::OneOf(&["base64", "raw-in-base64-out"])),
    config("cli_follow_urlparam", BOOL),
    config("cli_history", Value::OneOf(&["enabled", "disabled"])),
    config("cli_timestamp_format", Value::OneOf(&["wire", "iso8601", "none"])),
    any("cli_help_output"),
    any("cli_error_format"),
    config("emr", Value::Nested(Nested::Any)),
    config("emr-containers", Value::Nested(Nested::Any)),
    config("cloudtrail", Value::Nested(Nested::Any)),
    config("codecommit", Value::Nested(Nested::Any)),
    config("dynamodb", Value::Nested(Nested::Any)),
    config("proxies_config", Value::Nested(Nested::Any)),
    // aws-vault.
    any("include_profile"),
    any("parent_profile"),
    any("session_tags"),
    any("transitive_session_tags"),
    any("source_identity"),
    any("mfa_process"),
    any("web_identity_token_process"),
    // awscli-mfa.
    config("sessmax", Value::Duration),
    any("mfa_arn"),
    // awsx; their values are checked where they are read.
    any("awsx_account_id"),
    any("awsx_agent"),
    any("awsx_color"),
    any("awsx_confirm"),
    any("awsx_imported"),
    sso("awsx_share", Place::Sso, Value::Any),
    any("awsx_shims"),
    any("awsx_tags"),
];

/// The keys below `s3 =`
/// ([AWS CLI](https://docs.aws.amazon.com/cli/latest/topic/s3-config.html)).
const S3: [(&str, Value); 20] = [
    ("max_concurrent_requests", Value::Number(1, 1_000_000)),
    ("max_queue_size", Value::Number(1, 1_000_000_000)),
    ("multipart_threshold", Value::Any),
    ("multipart_chunksize", Value::Any),
    ("max_bandwidth", Value::Any),
    ("io_chunksize", Value::Any),
    ("preferred_transfer_client", Value::OneOf(&["auto", "default", "classic", "crt"])),
    ("target_bandwidth", Value::Any),
    ("should_stream", BOOL),
    ("disk_throughput", Value::Any),
    ("direct_io", BOOL),
    ("use_accelerate_endpoint", BOOL),
    ("use_dualstack_endpoint", BOOL),
    ("addressing_style", Value::OneOf(&["auto", "virtual", "path"])),
    ("payload_signing_enabled", BOOL),
    ("signature_version", Value::Any),
    ("use_arn_region", BOOL),
    ("us_east_1_regional_endpoint", REGIONAL),
    ("s3_disable_multiregion_access_points", BOOL),
    ("endpoint_url", Value::Url),
];

/// The keys below a service in `[services x]`.
const SERVICE: [(&str, Value); 1] = [("endpoint_url", Value::Url)];

/// The regions of every partition, as of 2026. One that is missing here is a warning and no error: new ones come each
/// year.
pub const REGIONS: [&str; 47] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "aws-global",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];
