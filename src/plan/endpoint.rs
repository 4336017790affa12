//! Where a call goes: from the environment and the profile, in the order of the AWS SDKs
//! ([endpoints](https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html),
//! [FIPS and dual-stack](https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html)). Pure.
//!
//! Two things differ from the SDKs, because the endpoint is part of a session's name in the cache, and the session
//! must be found again from everywhere:
//! - The profile's region takes precedence over `AWS_REGION`. `--region` is for the child and doesn't change the endpoint of
//!   STS. The `region` argument below is for services that exist in one region only.
//! - Inside a session of awsx, variables that awsx has set from that session's profile don't count. The user's own values
//!   from before do ([`SavedEnv`]).

use std::path::PathBuf;

use crate::aws::arn::{Arn, home_region, partition_of};
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::saved_env::SavedEnv;
use crate::base::sdk_settings::ENDPOINT_URL_OF;
use crate::base::url::authority;
use crate::base::vars;
use crate::ports::Endpoint;
use crate::profile::{Profile, Profiles, SectionKind, bad_value};

/// Regions whose `legacy` STS endpoint is the global one
/// ([STS regional endpoints](https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html)).
const LEGACY_STS: [&str; 16] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "aws-global",
];

/// Where calls of `profile` to `service` (`sts`, `iam`, `ssm`, `sso`, `sso_oidc`, `signin`) go.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for an endpoint that is not a URL, naming where it is set.
pub fn endpoint(
    env: &Env,
    profiles: &Profiles,
    profile: &Profile,
    service: &str,
    region: Option<&str>,
) -> Result<Endpoint> {
    let around = Around { env, outer: SavedEnv::of(env), profiles, profile };
    let region = region.map_or_else(|| around.region(), ToOwned::to_owned);
    if !is_region(&region) {
        return Err(around.bad_region(&region));
    }
    let url = around.url(service)?;
    // A configured URL has no FIPS or dual-stack variant; the SDK refuses the combination.
    let variant = |variable, key| url.is_none() && around.switch(variable, key);
    let (fips, dualstack) = (
        variant(vars::AWS_USE_FIPS_ENDPOINT, "use_fips_endpoint"),
        variant(vars::AWS_USE_DUALSTACK_ENDPOINT, "use_dualstack_endpoint"),
    );
    let ca_bundle = around.ca_bundle();
    let legacy = service == "sts" && url.is_none() && !fips && !dualstack && around.legacy_sts();
    if legacy && LEGACY_STS.contains(&region.as_str()) {
        let url = Some("https://sts.amazonaws.com".into());
        return Ok(Endpoint { region: "us-east-1".into(), url, ca_bundle, fips, dualstack });
    }
    Ok(Endpoint { region, url, ca_bundle, fips, dualstack })
}

/// Everything that an endpoint depends on.
struct Around<'a> {
    env: &'a Env,
    outer: SavedEnv,
    profiles: &'a Profiles,
    profile: &'a Profile,
}

impl Around<'_> {
    fn setting(&self, key: &str) -> Option<&str> {
        self.profile.get(key).filter(|value| !value.is_empty())
    }

    /// The user's own value of a variable.
    fn variable(&self, variable: &str) -> Option<&str> {
        self.outer.own(self.env, variable)
    }

    fn region(&self) -> String {
        let stated = self.profiles.inherited(&self.profile.name, "region").or_else(|| {
            self.variable(vars::AWS_REGION).or(self.variable(vars::AWS_DEFAULT_REGION)).map(ToOwned::to_owned)
        });
        let arn = self.setting("role_arn").or(self.profile.mfa_serial()).or(self.setting("login_session"));
        let home = arn.and_then(Arn::parse).and_then(|arn| home_region(arn.partition));
        match (stated, home) {
            (Some(region), Some(home)) if partition_of(&region) != partition_of(home) => home.into(),
            (Some(region), _) => region,
            (None, home) => home.unwrap_or("us-east-1").into(),
        }
    }

    /// The error for a region that can't be one, with the place that sets it.
    fn bad_region(&self, region: &str) -> Error {
        let sets_it = |profile: &Profile| profile.get("region") == Some(region);
        let mut next = Some(self.profile.clone());
        for _ in 0..self.profiles.names().len() {
            let Some(profile) = next else { break };
            if sets_it(&profile) {
                return bad_value(&profile, "region", WANTS);
            }
            next = profile.get("source_profile").and_then(|source| self.profiles.get(source));
        }
        if let Some(default) = self.profiles.get("default").filter(sets_it) {
            return bad_value(&default, "region", WANTS);
        }
        let variables = [vars::AWS_REGION, vars::AWS_DEFAULT_REGION];
        let from = variables.into_iter().find(|name| self.variable(name) == Some(region)).unwrap_or("the region");
        Error::config(format!("{from} can't be {region:?}")).hint(format!("a region is {WANTS}"))
    }

    fn url(&self, service: &str) -> Result<Option<String>> {
        if self.switch(vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, "ignore_configured_endpoint_urls") {
            return Ok(None);
        }
        let own = format!("{ENDPOINT_URL_OF}{}", service.to_ascii_uppercase());
        let checked = |url: &str, place: String| check_url(url, &place).map(Some);
        if let Some(url) = self.variable(&own) {
            return checked(url, own);
        }
        if let Some(url) = self.variable(vars::AWS_ENDPOINT_URL) {
            return checked(url, vars::AWS_ENDPOINT_URL.into());
        }
        let services = self.setting("services");
        let section = services.and_then(|name| self.profiles.section(SectionKind::Services, name));
        if let (Some(url), Some(name)) =
            (section.as_ref().and_then(|s| s.nested(service)?.get("endpoint_url")), services)
        {
            return checked(url, format!("endpoint_url of {service} in [services {name}]"));
        }
        match self.setting("endpoint_url") {
            Some(url) => checked(url, format!("endpoint_url of [profile {}]", self.profile.name)),
            None => Ok(None),
        }
    }

    fn switch(&self, variable: &str, key: &str) -> bool {
        match self.variable(variable) {
            Some(value) => value.eq_ignore_ascii_case("true"),
            None => self.setting(key).is_some_and(|value| value.eq_ignore_ascii_case("true")),
        }
    }

    fn legacy_sts(&self) -> bool {
        self.variable(vars::AWS_STS_REGIONAL_ENDPOINTS).or(self.setting("sts_regional_endpoints")) == Some("legacy")
    }

    fn ca_bundle(&self) -> Option<PathBuf> {
        let path = self.variable(vars::AWS_CA_BUNDLE).or(self.setting("ca_bundle"))?;
        Some(self.env.expand(path).into())
    }
}

/// What a region is, in words.
const WANTS: &str = "a name like eu-west-1: letters, digits and hyphens";

/// A region is part of a host's name.
fn is_region(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Checks a URL for calls. One with a password is refused, because an error could show it.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`].
pub fn check_url(url: &str, place: &str) -> Result<String> {
    let host = authority(url);
    if !(url.starts_with("https://") || url.starts_with("http://"))
        || host.is_empty()
        || host.contains('@')
        || url.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return Err(Error::config(format!("{place} is not a URL that AWS can be called at"))
            .hint("write it like https://host:port, without user and password"));
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const CONFIG: &str = "
[default]
region = eu-central-1
[profile plain]
[profile prod]
region = eu-west-1
endpoint_url = https://prod.test
ca_bundle = ~/prod.pem
use_fips_endpoint = true
[profile role]
role_arn = arn:aws:iam::123456789012:role/ops
source_profile = prod
[profile china]
role_arn = arn:aws-cn:iam::123456789012:role/ops
[profile china-login]
login_session = arn:aws-cn:iam::123456789012:user/alice
[profile gov]
region = us-gov-east-1
mfa_serial = arn:aws-us-gov:iam::123456789012:mfa/alice
[profile local]
services = here
endpoint_url = http://127.0.0.1:1
[services here]
sts =
  endpoint_url = http://127.0.0.1:2
[profile fips]
use_fips_endpoint = TRUE
use_dualstack_endpoint = true
[profile legacy]
region = eu-west-1
sts_regional_endpoints = legacy
[profile legacy-new]
region = eu-south-2
sts_regional_endpoints = legacy
[profile off]
endpoint_url = http://127.0.0.1:1
ignore_configured_endpoint_urls = true
[profile bad]
endpoint_url = ftp://host
";

    fn of(profile: &str, service: &str, variables: &[(&str, &str)]) -> Result<Endpoint> {
        let profiles = Profiles::parse(Some((Path::new("config"), CONFIG.into())), None).unwrap();
        let env: Env = variables.iter().copied().chain([("HOME", "/home/alice")]).collect();
        endpoint(&env, &profiles, &profiles.get(profile).unwrap(), service, None)
    }

    fn region(profile: &str, variables: &[(&str, &str)]) -> String {
        of(profile, "sts", variables).unwrap().region
    }

    fn url(profile: &str, service: &str, variables: &[(&str, &str)]) -> Option<String> {
        of(profile, service, variables).unwrap().url
    }

    #[test]
    fn the_profile_says_the_region_wherever_the_command_runs() {
        let outside = [("AWS_REGION", "ap-south-1")];
        let inside = [("AWS_REGION", "ap-south-1"), ("AWSX_SETTINGS", r#"{"AWS_REGION":["ap-south-1",null]}"#)];
        for variables in [&[][..], &outside, &inside] {
            assert_eq!(region("prod", variables), "eu-west-1");
            assert_eq!(region("role", variables), "eu-west-1");
            assert_eq!(region("plain", variables), "eu-central-1");
        }
        let profiles = Profiles::parse(Some((Path::new("config"), "[profile x]".into())), None).unwrap();
        let x = profiles.get("x").unwrap();
        let of = |variables: &[(&str, &str)]| {
            endpoint(&variables.iter().copied().collect(), &profiles, &x, "sts", None).unwrap().region
        };
        assert_eq!(of(&[]), "us-east-1");
        assert_eq!(of(&outside), "ap-south-1");
        assert_eq!(of(&[("AWS_DEFAULT_REGION", "ap-south-2")]), "ap-south-2");
        assert_eq!(of(&inside), "us-east-1");
    }

    #[test]
    fn a_region_of_another_partition_can_not_be_meant() {
        assert_eq!(region("china", &[]), "cn-north-1");
        assert_eq!(region("china-login", &[]), "cn-north-1");
        assert_eq!(region("gov", &[]), "us-gov-east-1");
    }

    #[test]
    fn a_service_that_lives_in_one_region() {
        let profiles = Profiles::parse(Some((Path::new("config"), CONFIG.into())), None).unwrap();
        let at = endpoint(&Env::default(), &profiles, &profiles.get("plain").unwrap(), "ssm", Some("us-west-2"));
        assert_eq!(at.unwrap().region, "us-west-2");
    }

    #[test]
    fn urls_in_the_order_of_the_sdks() {
        let all = ("AWS_ENDPOINT_URL", "http://127.0.0.1:8");
        let sts = ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
        assert_eq!(url("local", "sts", &[all, sts]).as_deref(), Some("http://127.0.0.1:9"));
        assert_eq!(url("local", "iam", &[all, sts]).as_deref(), Some("http://127.0.0.1:8"));
        assert_eq!(url("local", "sts", &[]).as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(url("local", "iam", &[]).as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(url("plain", "sts", &[]), None);
        assert_eq!(url("role", "sts", &[]), None, "as in the SDKs, a source profile's endpoint is its own");
        assert_eq!(url("off", "sts", &[]), None);
        assert_eq!(url("local", "sts", &[all, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]), None);
    }

    #[test]
    fn what_awsx_set_for_the_session_around_does_not_count() {
        let session = [
            ("AWSX_SETTINGS", r#"{"AWS_ENDPOINT_URL":["https://prod.test",null],"AWS_CA_BUNDLE":["~/prod.pem",null]}"#),
            ("AWS_ENDPOINT_URL", "https://prod.test"),
            ("AWS_CA_BUNDLE", "~/prod.pem"),
        ];
        let plain = of("plain", "sts", &session).unwrap();
        assert_eq!((plain.url, plain.ca_bundle), (None, None));
        let prod = of("prod", "sts", &session).unwrap();
        assert_eq!(
            (prod.url.as_deref(), prod.ca_bundle),
            (Some("https://prod.test"), Some("/home/alice/prod.pem".into()))
        );
        let own = [
            ("AWSX_SETTINGS", r#"{"AWS_REGION":["eu-west-1","ap-south-1"]}"#),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:8"),
            ("AWS_CA_BUNDLE", "/mine.pem"),
        ];
        let plain = of("plain", "sts", &own).unwrap();
        assert_eq!((plain.url.as_deref(), plain.ca_bundle), (Some("http://127.0.0.1:8"), Some("/mine.pem".into())));
        // A profile without a region of its own has the same one as outside of the session.
        let profiles = Profiles::parse(Some((Path::new("config"), "[profile x]".into())), None).unwrap();
        let inside = own.into_iter().collect();
        let at = endpoint(&inside, &profiles, &profiles.get("x").unwrap(), "sts", None).unwrap();
        assert_eq!(at.region, "ap-south-1");
    }

    #[test]
    fn variants() {
        let at = of("fips", "sts", &[]).unwrap();
        assert!(at.fips && at.dualstack);
        let at = of("fips", "sts", &[("AWS_USE_FIPS_ENDPOINT", "false")]).unwrap();
        assert!(!at.fips && at.dualstack);
        let at =
            of("plain", "sts", &[("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")]).unwrap();
        assert!(at.fips && at.dualstack);
        assert!(!of("prod", "sts", &[]).unwrap().fips, "a URL of one's own has no variants");
    }

    #[test]
    fn the_legacy_sts_endpoint() {
        let at = of("legacy", "sts", &[]).unwrap();
        assert_eq!((at.region.as_str(), at.url.as_deref()), ("us-east-1", Some("https://sts.amazonaws.com")));
        assert_eq!(of("legacy", "sts", &[("AWS_STS_REGIONAL_ENDPOINTS", "regional")]).unwrap().region, "eu-west-1");
        assert_eq!(of("legacy", "iam", &[]).unwrap().url, None);
        let at = of("legacy-new", "sts", &[]).unwrap();
        assert_eq!((at.region.as_str(), at.url), ("eu-south-2", None));
    }

    #[test]
    fn what_is_no_url_is_named_and_not_shown() {
        let error = of("bad", "sts", &[]).unwrap_err();
        assert!(error.what.contains("[profile bad]"), "{error}");
        for bad in ["sts.test", "https://", "https://user:hunter2@sts.test", "http://a b", "file:///x"] {
            let error = of("plain", "sts", &[("AWS_ENDPOINT_URL_STS", bad)]).unwrap_err();
            assert!(error.what.contains("AWS_ENDPOINT_URL_STS") && !error.to_string().contains("hunter2"), "{error}");
        }
    }
}
