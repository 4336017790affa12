//! Every environment variable that awsx reads or sets, documented once. The README's table is compared with this one.

/// A variable and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Var {
    /// Its name.
    pub name: &'static str,
    /// Whether awsx reads it, sets it in a child, or both.
    pub role: Role,
    /// What it means, in one line.
    pub about: &'static str,
}

/// Whether awsx reads a variable or sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A setting that awsx reads.
    Read,
    /// Set for a child.
    Set,
    /// Both.
    Both,
}

/// Variables that hold a secret for awsx alone. No program that awsx starts gets one of them.
pub const SECRETS: [&str; 5] = [AWSX_FILE_PASSPHRASE, AWSX_MFA_CODE, AWS_SESSION_MFA_CODE, AWS_MFA_TOKEN, AWSX_START];

/// Ours: each is set for a child or, where its session has none, removed, so that nothing of an outer session shows.
pub const OF_SESSION: &[&str] = &[
    AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN,
    AWS_CREDENTIAL_EXPIRATION,
    AWSX_PROFILE,
    AWSX_EXPIRES,
    AWS_VAULT,
    AWSX_ACCOUNT,
    AWSX_PROFILE_COLOR,
    AWSX_SESSION_ARGS,
    AWSX_SESSION,
    AWSX_SETTINGS,
    AWSX_VIA,
];

/// What would go before or beside the credentials of a session, or tell a prompt of another one: removed from a child,
/// and by `awsx unset`.
pub const RIVALS: &[&str] = &[
    AWS_PROFILE,
    AWS_DEFAULT_PROFILE,
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_FILE",
    "AWS_ACCOUNT_ID",
    // The keys that aws-session has started from.
    "AWS_SESSION_PARENT_KEY",
    "AWS_SESSION_PARENT_SECRET",
    "AWS_SESSION_PARENT_TOKEN",
    // Profiles of other tools' sessions, which prompts show in preference.
    "AWSU_PROFILE",
    "AWSUME_PROFILE",
    "AWS_SSO_PROFILE",
    // Left where a start-up file of the user's ended in `exec`; AWSX_START is one of the secrets.
    AWSX_ZDOTDIR,
    // Expiries of other sessions: older aws-vault and granted, awsume, awsu, aws-sso-cli, awscli-mfa.
    "AWS_SESSION_EXPIRATION",
    "AWSUME_EXPIRATION",
    "AWSU_EXPIRES",
    "AWS_SSO_SESSION_EXPIRATION",
    "AWS_SESSION_EXPIRY",
];

/// Removed from a child alone: the machine itself (a container, a job of a CI service) may have set them.
pub const OF_MACHINE: &[&str] =
    &["AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SDK_LOAD_CONFIG"];

/// What other tools and servers set besides, removed by `awsx unset` alone.
pub const OF_OTHER_TOOLS: &[&str] = &[
    // Set by most tools.
    AWS_REGION,
    AWS_DEFAULT_REGION,
    AWS_DEFAULT_OUTPUT,
    // aws-vault and awsx, for their servers.
    AWS_CONTAINER_CREDENTIALS_FULL_URI,
    AWS_CONTAINER_AUTHORIZATION_TOKEN,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
    // granted.
    "GRANTED_SSO",
    "GRANTED_SSO_START_URL",
    "GRANTED_SSO_ROLE_NAME",
    "GRANTED_SSO_REGION",
    "GRANTED_SSO_ACCOUNT_ID",
    "GRANTED_COMMAND",
    // aws-sso-cli.
    "AWS_SSO",
    "AWS_SSO_ACCOUNT_ID",
    "AWS_SSO_ROLE_NAME",
    "AWS_SSO_ROLE_ARN",
    "AWS_SSO_DEFAULT_REGION",
    // awsume.
    "AWSUME_COMMAND",
    // saml2aws.
    "SAML2AWS_PROFILE",
    // aws-session.
    "AWS_SESSION",
    "AWS_SESSION_MFADEVICE",
    "AWS_SESSION_COLOR",
    "AWS_SESSION_DEBUG",
    "AWS_SESSION_ZDOTREAL",
    "AWS_SESSION_ZDOTDIR",
    // awscli-mfa.
    "AWS_PROFILE_IDENT",
    "AWS_SESSION_IDENT",
    "AWS_SESSION_TYPE",
    "AWS_METADATA_SERVICE_TIMEOUT",
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
];

/// Variables that hold a path, which may be any bytes.
pub const PATHS: [&str; 2] = [AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE];

macro_rules! vars {
    ($($(#[$doc:meta])* $id:ident = $name:literal, $role:ident, $about:literal;)*) => {
        $(#[doc = $about] pub const $id: &str = $name;)*
        /// All of them, in the order of the documentation.
        pub const TABLE: &[Var] = &[$(Var { name: $name, role: Role::$role, about: $about }),*];
    };
}

vars! {
    AWSX_PROFILE = "AWSX_PROFILE", Both, "Profile of this session; also the default profile of every command.";
    AWSX_EXPIRES = "AWSX_EXPIRES", Set, "When the session ends, in epoch seconds; what prompt and shim read.";
    AWSX_SESSION_DURATION = "AWSX_SESSION_DURATION", Read, "How long sessions are to last, as `--duration`.";
    AWS_SESSION_DURATION = "AWS_SESSION_DURATION", Read, "The same, as aws-session names it.";
    AWS_MFA_TTL = "AWS_MFA_TTL", Read, "The same, as aws-mfa-secure names it.";
    AWSX_MFA_CODE = "AWSX_MFA_CODE", Read, "An MFA code, as `--code`; never passed on to a child.";
    AWS_SESSION_MFA_CODE = "AWS_SESSION_MFA_CODE", Read, "The same, as aws-session names it.";
    AWS_MFA_TOKEN = "AWS_MFA_TOKEN", Read, "The same, as aws-mfa-secure names it.";
    AWS_MFA_SERIAL = "AWS_MFA_SERIAL", Read, "MFA device, as `--mfa-serial`.";
    AWSX_MIN_TTL = "AWSX_MIN_TTL", Read, "Renew a cached session first if less is left, as `--min-ttl` (5m).";
    AWSX_REFRESH_MARGIN = "AWSX_REFRESH_MARGIN", Both, "The shim renews below this many seconds (300).";
    AWSX_BACKEND = "AWSX_BACKEND", Both, "Keychain backend, as `--backend`, which sets it for the child.";
    AWSX_FILE_PASSPHRASE = "AWSX_FILE_PASSPHRASE", Read, "Passphrase of the `file` backend; never passed on to a child.";
    AWSX_FILE_REMEMBER = "AWSX_FILE_REMEMBER", Read, "How long the key of the `file` backend is remembered, in the kernel keyring or in memory (8h; 0: not at all).";
    AWSX_KEYCHAIN_TIMEOUT = "AWSX_KEYCHAIN_TIMEOUT", Read, "How long a keychain call may take before awsx gives up (30s).";
    AWSX_PROMPT = "AWSX_PROMPT", Read, "Prompt fragment: auto, on, off, or a format with {profile}, {left}, {account}, {region}.";
    AWSX_COLOR = "AWSX_COLOR", Read, "0: no colours in the prompt fragment and in what awsx prints.";
    KUBERNETES_EXEC_INFO = "KUBERNETES_EXEC_INFO", Read, "Set by kubectl: which version of ExecCredential `awsx token eks` is to print.";
    NO_COLOR = "NO_COLOR", Read, "Set to anything: no colours.";
    AWSX_SHIMS = "AWSX_SHIMS", Both, "Commands that renew before they run, as `aws` does: \"aws terraform cdk\".";
    AWSX_ADVERTISED = "AWSX_ADVERTISED", Read, "0: don't read advertised limits from the parameter store.";
    AWSX_SSM_REGION = "AWSX_SSM_REGION", Read, "Region of the advertised limits (us-east-1).";
    AWSX_LEDGER = "AWSX_LEDGER", Read, "0: don't record which program got which session (`awsx whence`).";
    AWSX_AGENT = "AWSX_AGENT", Read, "Name of the AI coding agent that runs awsx, where awsx doesn't recognise it.";
    AWSX_AGENT_RULE = "AWSX_AGENT_RULE", Read, "What an AI coding agent gets of every profile, as `awsx_agent`: allow, ask, readonly, deny or the name of a profile. It adds to what the profiles say and takes nothing back.";
    BROWSER = "BROWSER", Read, "The browser that `console` and sign-ins open: commands separated by colons, %s for the address.";
    AWSX_ACCOUNT = "AWSX_ACCOUNT", Set, "Account of the session, for the prompt's {account}.";
    AWSX_PROFILE_COLOR = "AWSX_PROFILE_COLOR", Set, "`awsx_color` of the profile as terminal attributes (31), for the prompt.";
    AWSX_VIA = "AWSX_VIA", Set, "How this session gives its credentials, where they are not in the environment: process, server or shims.";
    AWSX_SETTINGS = "AWSX_SETTINGS", Both, "The variables that were set from the profile's settings or by `--backend`, each with its value and the one before, so that a nested session can restore them.";
    AWSX_SESSION = "AWSX_SESSION", Both, "Which session this is: access key ID, the name it is cached under, its end, and a proof that awsx has set it.";
    AWSX_START = "AWSX_START", Set, "What `awsx shell` tells the shell it starts, without the credentials; gone before the first prompt.";
    AWSX_ZDOTDIR = "AWSX_ZDOTDIR", Set, "The ZDOTDIR of the user, for zsh's start under `awsx shell`; gone before the first prompt.";
    AWSX_SESSION_ARGS = "AWSX_SESSION_ARGS", Both, "The options the session was made with (never a code), for its renewal. Without a proof that awsx has set them they only count where they narrow the session.";
    AWSX_SET_AWS_VAULT = "AWSX_SET_AWS_VAULT", Read, "0: don't set AWS_VAULT for the child.";
    AWSX_LEGACY_TOKEN = "AWSX_LEGACY_TOKEN", Read, "1: also set AWS_SECURITY_TOKEN for the child.";
    AWS_PROFILE = "AWS_PROFILE", Both, "Default profile after AWSX_PROFILE; removed from the child. Set where credentials are not in its environment: the profile in the config of --via process, and with --via shims a name that nobody has.";
    AWS_DEFAULT_PROFILE = "AWS_DEFAULT_PROFILE", Read, "Default profile after AWS_PROFILE; removed from the child.";
    AWS_CONFIG_FILE = "AWS_CONFIG_FILE", Read, "Path of the AWS config file (~/.aws/config).";
    AWS_SHARED_CREDENTIALS_FILE = "AWS_SHARED_CREDENTIALS_FILE", Read, "Path of the AWS credentials file (~/.aws/credentials).";
    AWS_ENDPOINT_URL = "AWS_ENDPOINT_URL", Both, "Endpoint of every AWS service; AWS_ENDPOINT_URL_STS, _IAM, _SSM, _SSO, _SSO_OIDC and _SIGNIN take precedence. The child gets one for each service in the profile's `services`.";
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", Both, "true: ignore every configured endpoint URL. Set for the child where only [default] has endpoint URLs.";
    AWS_USE_FIPS_ENDPOINT = "AWS_USE_FIPS_ENDPOINT", Both, "true: call the FIPS endpoints, as `use_fips_endpoint`.";
    AWS_USE_DUALSTACK_ENDPOINT = "AWS_USE_DUALSTACK_ENDPOINT", Both, "true: call the dual-stack endpoints, as `use_dualstack_endpoint`.";
    AWS_STS_REGIONAL_ENDPOINTS = "AWS_STS_REGIONAL_ENDPOINTS", Both, "legacy: call the global STS endpoint, as `sts_regional_endpoints`.";
    AWS_LOGIN_CACHE_DIRECTORY = "AWS_LOGIN_CACHE_DIRECTORY", Read, "Folder of the AWS CLI's console logins (~/.aws/login/cache).";
    AWS_CA_BUNDLE = "AWS_CA_BUNDLE", Both, "PEM file of additional trusted roots.";
    SSL_CERT_FILE = "SSL_CERT_FILE", Read, "PEM file of the trusted roots, instead of the machine's own.";
    HTTPS_PROXY = "HTTPS_PROXY", Read, "Proxy for calls to AWS; lower case works too, as for the next three.";
    HTTP_PROXY = "HTTP_PROXY", Read, "Proxy for calls to an endpoint URL that starts with http://.";
    ALL_PROXY = "ALL_PROXY", Read, "Proxy where HTTPS_PROXY or HTTP_PROXY is not set.";
    NO_PROXY = "NO_PROXY", Read, "Hosts that are called without a proxy.";
    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID", Both, "Access key ID of the session; read by `add --env` and `status`.";
    AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY", Both, "Secret access key of the session; read by `add --env`.";
    AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN", Both, "Session token of the session.";
    AWSX_RESOLVING = "AWSX_RESOLVING", Both, "Set for a `credential_process`: the profiles it is run for, so that it can't ask awsx for the same ones again.";
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Read, "Where `credential_source = EcsContainer` gets credentials: a path of the ECS agent; removed from the child, as the next three.";
    AWS_CONTAINER_CREDENTIALS_FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI", Read, "The same as a whole URL: https, or an address of this machine.";
    AWS_CONTAINER_AUTHORIZATION_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN", Read, "What is sent to it as `Authorization`.";
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Read, "The file that holds it.";
    AWS_EC2_METADATA_DISABLED = "AWS_EC2_METADATA_DISABLED", Both, "true: the instance metadata service is not asked. Set where shims alone get credentials.";
    AWS_EC2_METADATA_SERVICE_ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT", Read, "URL of the instance metadata service, as `ec2_metadata_service_endpoint`.";
    AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", Read, "IPv4 or IPv6, as `ec2_metadata_service_endpoint_mode`.";
    AWS_CREDENTIAL_EXPIRATION = "AWS_CREDENTIAL_EXPIRATION", Set, "When the session ends, RFC 3339 with Z.";
    AWS_REGION = "AWS_REGION", Both, "Region of the profile; read where no profile says one.";
    AWS_DEFAULT_REGION = "AWS_DEFAULT_REGION", Both, "The same, for older tools.";
    AWS_DEFAULT_OUTPUT = "AWS_DEFAULT_OUTPUT", Set, "Output format of the profile, if it has one.";
    AWS_RETRY_MODE = "AWS_RETRY_MODE", Set, "`retry_mode` of the profile, for the SDKs of the child. Here and in the next ones, what only [default] sets is overridden.";
    AWS_MAX_ATTEMPTS = "AWS_MAX_ATTEMPTS", Set, "`max_attempts` likewise.";
    AWS_DEFAULTS_MODE = "AWS_DEFAULTS_MODE", Set, "`defaults_mode` likewise.";
    AWS_ACCOUNT_ID_ENDPOINT_MODE = "AWS_ACCOUNT_ID_ENDPOINT_MODE", Set, "`account_id_endpoint_mode` likewise.";
    AWS_ENABLE_ENDPOINT_DISCOVERY = "AWS_ENABLE_ENDPOINT_DISCOVERY", Set, "`endpoint_discovery_enabled` likewise.";
    AWS_ENDPOINT_DISCOVERY_ENABLED = "AWS_ENDPOINT_DISCOVERY_ENABLED", Set, "The same, as the AWS CLI names it.";
    AWS_DISABLE_HOST_PREFIX_INJECTION = "AWS_DISABLE_HOST_PREFIX_INJECTION", Set, "`disable_host_prefix_injection` likewise.";
    AWS_DISABLE_REQUEST_COMPRESSION = "AWS_DISABLE_REQUEST_COMPRESSION", Set, "`disable_request_compression` likewise.";
    AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES = "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", Set, "`request_min_compression_size_bytes` likewise.";
    AWS_REQUEST_CHECKSUM_CALCULATION = "AWS_REQUEST_CHECKSUM_CALCULATION", Set, "`request_checksum_calculation` likewise.";
    AWS_RESPONSE_CHECKSUM_VALIDATION = "AWS_RESPONSE_CHECKSUM_VALIDATION", Set, "`response_checksum_validation` likewise.";
    AWS_DISABLE_CLOCK_SKEW_CORRECTION = "AWS_DISABLE_CLOCK_SKEW_CORRECTION", Set, "`disable_clock_skew_correction` likewise.";
    AWS_AUTH_SCHEME_PREFERENCE = "AWS_AUTH_SCHEME_PREFERENCE", Set, "`auth_scheme_preference` likewise.";
    AWS_SIGV4A_SIGNING_REGION_SET = "AWS_SIGV4A_SIGNING_REGION_SET", Set, "`sigv4a_signing_region_set` likewise.";
    AWS_S3_USE_ARN_REGION = "AWS_S3_USE_ARN_REGION", Set, "`s3_use_arn_region` likewise.";
    AWS_S3_US_EAST_1_REGIONAL_ENDPOINT = "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", Set, "`s3_us_east_1_regional_endpoint` likewise.";
    AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS = "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", Set, "`s3_disable_multiregion_access_points` likewise.";
    AWS_S3_DISABLE_EXPRESS_SESSION_AUTH = "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", Set, "`s3_disable_express_session_auth` likewise.";
    AWS_SDK_UA_APP_ID = "AWS_SDK_UA_APP_ID", Set, "`sdk_ua_app_id` likewise.";
    AWS_PAGER = "AWS_PAGER", Set, "`cli_pager` likewise.";
    AWS_VAULT = "AWS_VAULT", Set, "Profile of this session, for the prompts of starship, powerlevel10k and oh-my-posh.";
    AWS_VAULT_BACKEND = "AWS_VAULT_BACKEND", Read, "Where `awsx import aws-vault` looks, as `--from`. This and the next ones are aws-vault's own.";
    AWS_VAULT_FILE_DIR = "AWS_VAULT_FILE_DIR", Read, "Folder of aws-vault's file backend (~/.awsvault/keys).";
    AWS_VAULT_FILE_PASSPHRASE = "AWS_VAULT_FILE_PASSPHRASE", Read, "Passphrase of aws-vault's file backend.";
    AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME = "AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME", Read, "Collection of aws-vault in the Secret Service (awsvault).";
    AWS_VAULT_KEYCHAIN_NAME = "AWS_VAULT_KEYCHAIN_NAME", Read, "Keychain of aws-vault on macOS (aws-vault).";
    AWS_VAULT_PASS_PREFIX = "AWS_VAULT_PASS_PREFIX", Read, "Folder of aws-vault in the password store.";
    AWS_VAULT_PASS_CMD = "AWS_VAULT_PASS_CMD", Read, "The program that aws-vault runs as `pass`.";
    AWS_VAULT_PASS_PASSWORD_STORE_DIR = "AWS_VAULT_PASS_PASSWORD_STORE_DIR", Read, "The password store of aws-vault (~/.password-store).";
}
