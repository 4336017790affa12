//! What the SDKs in a child are told of its profile ([`crate::base::sdk_settings`]). Pure.

use crate::base::env::Env;
use crate::base::sdk_settings::{ENDPOINT_URL_OF, SDK_SETTINGS, is_service};
use crate::base::vars;
use crate::profile::{Profile, Profiles, SectionKind};

/// A profile's settings as variables, and what has to be done against those of `[default]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sdk {
    /// Variables and their values.
    settings: Vec<(&'static str, String)>,
    /// The endpoint of all services.
    endpoint_url: Option<String>,
    /// The variables of single services' endpoints.
    services: Vec<(String, String)>,
    /// `[default]` has endpoints, and the profile has none.
    foreign_endpoints: bool,
}

impl Sdk {
    /// Reads them: of the profile itself, as the SDKs do.
    pub fn of(profiles: &Profiles, profile: &str) -> Self {
        let own = profiles.get(profile);
        // A profile is not overruled by itself.
        let default = if profile == DEFAULT { None } else { profiles.get(DEFAULT) };
        let value = |of: &Option<Profile>, key: &str| {
            of.as_ref().and_then(|p| p.get(key)).filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let mut settings: Vec<(&'static str, String)> = Vec::new();
        for it in SDK_SETTINGS {
            let neutral = || it.neutral.filter(|_| value(&default, it.key).is_some()).map(str::to_owned);
            settings.extend(value(&own, it.key).or_else(neutral).map(|value| (it.variable, value)));
        }
        let ignored = |of| value(of, "ignore_configured_endpoint_urls").map(|value| value.eq_ignore_ascii_case("true"));
        match (ignored(&own), ignored(&default)) {
            (Some(ignored), _) => settings.push((vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, ignored.to_string())),
            (None, Some(true)) => settings.push((vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, "false".into())),
            (None, _) => {}
        }
        let endpoint_url = value(&own, "endpoint_url");
        let services = own.as_ref().map(|own| services(profiles, own)).unwrap_or_default();
        let none = endpoint_url.is_none() && services.is_empty();
        let foreign_endpoints = none
            && ignored(&own).is_none()
            && (value(&default, "endpoint_url").is_some()
                || default.as_ref().is_some_and(|default| !self::services(profiles, default).is_empty()));
        Sdk { settings, endpoint_url, services, foreign_endpoints }
    }

    /// Variables for a child of `parent`; `own` says which of them the person has set.
    pub fn variables(&self, own: impl Fn(&str) -> bool, parent: &Env) -> impl Iterator<Item = (&str, &str)> {
        // The person's URL for all services goes before what a profile says of single ones.
        let services = if own(vars::AWS_ENDPOINT_URL) { &[] } else { self.services.as_slice() };
        // Nothing overrules one setting of `[default]` alone: it is none or all of them, the person's variables too.
        let of_a_service = |name: &str| name.starts_with(ENDPOINT_URL_OF) && own(name);
        let any = own(vars::AWS_ENDPOINT_URL) || parent.iter().any(|(name, _)| name.to_str().is_some_and(of_a_service));
        let shield = (self.foreign_endpoints && !any).then_some((vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, "true"));
        let settings = self.settings.iter().map(|(name, value)| (*name, value.as_str()));
        settings
            // Where both are there, the shield is what counts.
            .filter(move |(name, _)| shield.is_none_or(|(shield, _)| *name != shield))
            .chain(shield)
            .chain(self.endpoint_url.as_deref().map(|url| (vars::AWS_ENDPOINT_URL, url)))
            .chain(services.iter().map(|(name, url)| (name.as_str(), url.as_str())))
    }
}

const DEFAULT: &str = "default";

/// The variables of the endpoints in the `[services]` section that a profile names.
fn services(profiles: &Profiles, profile: &Profile) -> Vec<(String, String)> {
    let name = profile.get("services").filter(|name| !name.is_empty());
    let Some(section) = name.and_then(|name| profiles.section(SectionKind::Services, name)) else { return Vec::new() };
    let url = |service: &str| {
        let url = section.nested(service)?.get("endpoint_url").filter(|url| !url.is_empty())?;
        let key = service.to_ascii_uppercase();
        is_service(&key).then(|| (format!("{ENDPOINT_URL_OF}{key}"), url.clone()))
    };
    section.settings().filter_map(|(service, _)| url(service)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn sdk(config: &str, profile: &str, parent: &[(&str, &str)]) -> Vec<(String, String)> {
        let profiles = Profiles::parse(Some((Path::new("config"), config.into())), None).unwrap();
        let parent: Env = parent.iter().copied().collect();
        let sdk = Sdk::of(&profiles, profile);
        let all = sdk.variables(|name| parent.get(name).is_some(), &parent);
        let mut all: Vec<_> = all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        all.sort_unstable();
        all
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_setting_has_its_variable_and_what_only_default_says_is_overruled() {
        let all = SDK_SETTINGS.map(|it| format!("{} = x\n", it.key)).concat();
        let config = format!("[default]\n[profile p]\n{all}[profile q]\n");
        let want: Vec<(&str, &str)> = SDK_SETTINGS.iter().map(|it| (it.variable, "x")).collect();
        let mut want = pairs(&want);
        want.sort_unstable();
        assert_eq!(sdk(&config, "p", &[]), want);
        assert_eq!(sdk(&config, "q", &[]), []);
        let config = format!("[default]\n{all}[profile q]\n");
        let neutral: Vec<(&str, &str)> =
            SDK_SETTINGS.iter().filter_map(|it| Some((it.variable, it.neutral?))).collect();
        let mut neutral = pairs(&neutral);
        neutral.sort_unstable();
        assert_eq!(sdk(&config, "q", &[]), neutral);
        assert_eq!(sdk(&config, "default", &[]), want);
    }

    #[test]
    fn endpoints_are_those_of_the_profile() {
        const CONFIG: &str = "[default]\nendpoint_url = http://d\n[profile plain]\n\
            [profile p]\nendpoint_url = http://p\nservices = s\n\
            [services s]\nsts =\n  endpoint_url = http://sts\nelastic_beanstalk =\n  endpoint_url = http://eb\n\
            odd-name =\n  endpoint_url = http://odd\ns3 =\n  other = x\n\
            [profile off]\nignore_configured_endpoint_urls = TRUE\n";
        let all = [
            ("AWS_ENDPOINT_URL", "http://p"),
            ("AWS_ENDPOINT_URL_ELASTIC_BEANSTALK", "http://eb"),
            ("AWS_ENDPOINT_URL_STS", "http://sts"),
        ];
        assert_eq!(sdk(CONFIG, "p", &[]), pairs(&all));
        assert_eq!(sdk(CONFIG, "p", &[("AWS_ENDPOINT_URL", "http://mine")]), pairs(&all[..1]));
        let shield = pairs(&[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]);
        assert_eq!(sdk(CONFIG, "plain", &[]), shield);
        assert_eq!(sdk(CONFIG, "plain", &[("AWS_ENDPOINT_URL", "http://mine")]), []);
        assert_eq!(sdk(CONFIG, "plain", &[("AWS_ENDPOINT_URL_S3", "http://mine")]), []);
        assert_eq!(sdk(CONFIG, "off", &[]), shield);
        assert_eq!(sdk(CONFIG, "default", &[]), pairs(&[("AWS_ENDPOINT_URL", "http://d")]));
        let services = "[default]\nservices = s\n[profile plain]\n[services s]\ns3 =\n  endpoint_url = http://s3\n";
        assert_eq!(sdk(services, "plain", &[]), shield);
        let off = "[default]\nignore_configured_endpoint_urls = true\n[profile p]\nendpoint_url = http://p\n";
        let want = [("AWS_ENDPOINT_URL", "http://p"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")];
        assert_eq!(sdk(off, "p", &[]), pairs(&want));
    }
}
