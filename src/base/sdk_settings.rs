//! Settings that the AWS SDKs and the AWS CLI take from a profile or from a variable. Pure.
//!
//! A child of a session has no profile, so its SDKs read `[default]`. Therefore the settings of the session's profile
//! are passed on in variables, and what only `[default]` sets is overridden with the default of the SDKs ([settings
//! reference](https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html)).
//!
//! Not here: settings that decide where credentials come from, and settings without a variable (`s3`,
//! `cli_binary_format` …).

use crate::base::vars;

/// A setting that has a variable.
#[derive(Debug, Clone, Copy)]
pub struct SdkSetting {
    /// Its key in a profile.
    pub key: &'static str,
    /// Its variable.
    pub variable: &'static str,
    /// The default of the SDKs, if there is a value for it.
    pub neutral: Option<&'static str>,
}

const fn setting(key: &'static str, variable: &'static str, neutral: Option<&'static str>) -> SdkSetting {
    SdkSetting { key, variable, neutral }
}

/// All of them but the region, the output format, the CA bundle and endpoint URLs, which have rules of their own.
pub const SDK_SETTINGS: [SdkSetting; 23] = [
    setting("use_fips_endpoint", vars::AWS_USE_FIPS_ENDPOINT, Some("false")),
    setting("use_dualstack_endpoint", vars::AWS_USE_DUALSTACK_ENDPOINT, Some("false")),
    setting("sts_regional_endpoints", vars::AWS_STS_REGIONAL_ENDPOINTS, Some("regional")),
    setting("retry_mode", vars::AWS_RETRY_MODE, Some("standard")),
    setting("max_attempts", vars::AWS_MAX_ATTEMPTS, Some("3")),
    setting("defaults_mode", vars::AWS_DEFAULTS_MODE, Some("legacy")),
    setting("account_id_endpoint_mode", vars::AWS_ACCOUNT_ID_ENDPOINT_MODE, Some("preferred")),
    setting("endpoint_discovery_enabled", vars::AWS_ENABLE_ENDPOINT_DISCOVERY, None),
    // botocore has another name for the same variable.
    setting("endpoint_discovery_enabled", vars::AWS_ENDPOINT_DISCOVERY_ENABLED, Some("auto")),
    setting("disable_host_prefix_injection", vars::AWS_DISABLE_HOST_PREFIX_INJECTION, Some("false")),
    setting("disable_request_compression", vars::AWS_DISABLE_REQUEST_COMPRESSION, Some("false")),
    setting("request_min_compression_size_bytes", vars::AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES, Some("10240")),
    setting("request_checksum_calculation", vars::AWS_REQUEST_CHECKSUM_CALCULATION, Some("when_supported")),
    setting("response_checksum_validation", vars::AWS_RESPONSE_CHECKSUM_VALIDATION, Some("when_supported")),
    setting("disable_clock_skew_correction", vars::AWS_DISABLE_CLOCK_SKEW_CORRECTION, Some("false")),
    setting("auth_scheme_preference", vars::AWS_AUTH_SCHEME_PREFERENCE, None),
    setting("sigv4a_signing_region_set", vars::AWS_SIGV4A_SIGNING_REGION_SET, None),
    setting("s3_use_arn_region", vars::AWS_S3_USE_ARN_REGION, Some("false")),
    setting("s3_us_east_1_regional_endpoint", vars::AWS_S3_US_EAST_1_REGIONAL_ENDPOINT, Some("legacy")),
    setting("s3_disable_multiregion_access_points", vars::AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS, Some("false")),
    setting("s3_disable_express_session_auth", vars::AWS_S3_DISABLE_EXPRESS_SESSION_AUTH, Some("false")),
    setting("sdk_ua_app_id", vars::AWS_SDK_UA_APP_ID, None),
    setting("cli_pager", vars::AWS_PAGER, None),
];

/// How the variables of single services' endpoints begin; the service's key in `[services]` follows in capitals.
pub const ENDPOINT_URL_OF: &str = "AWS_ENDPOINT_URL_";

/// Whether a session may set this variable from its profile's settings. Only such variables are restored when it ends.
pub fn is_from_profile(name: &str) -> bool {
    const OTHERS: [&str; 11] = [
        vars::AWS_REGION,
        vars::AWS_DEFAULT_REGION,
        vars::AWS_DEFAULT_OUTPUT,
        vars::AWS_ENDPOINT_URL,
        vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS,
        vars::AWS_CA_BUNDLE,
        vars::AWSX_SHIMS,
        vars::AWS_CONFIG_FILE,
        vars::AWS_SHARED_CREDENTIALS_FILE,
        vars::AWS_PROFILE,
        vars::AWS_EC2_METADATA_DISABLED,
    ];
    OTHERS.contains(&name)
        || SDK_SETTINGS.iter().any(|setting| setting.variable == name)
        || name.strip_prefix(ENDPOINT_URL_OF).is_some_and(is_service)
}

/// Whether this can follow [`ENDPOINT_URL_OF`] in the name of a variable.
pub fn is_service(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}
