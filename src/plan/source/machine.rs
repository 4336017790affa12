//! What a `credential_source` needs: the variables that a machine, a container or an instance has. Pure.

use super::{Container, ContainerToken, Environment, Instance};
use crate::base::error::{Error, Result};
use crate::base::saved_env::SavedEnv;
use crate::base::secret::Secret;
use crate::base::url::host;
use crate::base::vars;
use crate::plan::endpoint::{check_url, endpoint};
use crate::plan::{Inputs, place};
use crate::profile::Profile;

/// The variables, as far as they are no secret.
pub fn environment(inputs: &Inputs, profile: &Profile) -> Result<Environment> {
    let env = inputs.env;
    let missing = |name: &str| {
        Error::config(format!("profile {} starts from the environment, and {name} is not set", profile.name))
            .cause(format!("it has credential_source = Environment{}", place(profile, "credential_source")))
            .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a source_profile instead")
    };
    let key_id = env.get(vars::AWS_ACCESS_KEY_ID).ok_or_else(|| missing(vars::AWS_ACCESS_KEY_ID))?;
    env.get(vars::AWS_SECRET_ACCESS_KEY).ok_or_else(|| missing(vars::AWS_SECRET_ACCESS_KEY))?;
    // Inside a session of this profile, the variables hold that session. What it was made from is gone.
    let own = env.get(vars::AWSX_SESSION).and_then(|session| session.split(':').next()) == Some(key_id);
    if own && env.get(vars::AWSX_PROFILE) == Some(&inputs.request.profile) {
        return Err(Error::config(format!("the environment no longer holds what {} starts from", profile.name))
            .cause("its variables hold the session that was made from it")
            .hint("leave this session (`exit`, `awsx off`) and start it again"));
    }
    let session = env.first(&[vars::AWS_SESSION_TOKEN, "AWS_SECURITY_TOKEN"]).is_some();
    Ok(Environment { key_id: key_id.to_owned(), session })
}

/// Where the agent of Amazon ECS answers.
const ECS: &str = "http://169.254.170.2";
/// Hosts besides loopback that credentials are taken from without TLS: the agents of ECS and EKS.
const AGENTS: [&str; 4] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"];

/// The endpoint that this container was given.
pub fn container(inputs: &Inputs, profile: &Profile) -> Result<Container> {
    let env = inputs.env;
    let named = |name: &str, value: &str| {
        Error::config(format!("{name} is no URL that credentials can come from")).cause(format!("it says {value:?}"))
    };
    let url = match (env.get(RELATIVE), env.get(FULL)) {
        (Some(path), _) if path.starts_with('/') => format!("{ECS}{path}"),
        (Some(path), _) => return Err(named(RELATIVE, path).hint("it must start with a slash")),
        (None, Some(url)) => url.to_owned(),
        (None, None) => {
            return Err(Error::config(format!("profile {} starts from the role of a container", profile.name))
                .cause(format!("neither {RELATIVE} nor {FULL} is set, so this is no container that has a role"))
                .hint("leave credential_source = EcsContainer to containers; name a source_profile elsewhere"));
        }
    };
    check_url(&url, FULL)?;
    if !url.starts_with("https://") && !trusted(host(&url)) {
        return Err(named(FULL, &url).hint("it must be https, or an address of this machine"));
    }
    let token = match (env.path(TOKEN_FILE), env.get(TOKEN)) {
        (Some(path), _) => Some(ContainerToken::File(path)),
        (None, Some(token)) => Some(ContainerToken::Value(Secret::new(token.to_owned()))),
        (None, None) => None,
    };
    let ca_bundle = endpoint(env, inputs.profiles, profile, "sts", None)?.ca_bundle;
    Ok(Container { url, token, ca_bundle })
}

const RELATIVE: &str = vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
const FULL: &str = vars::AWS_CONTAINER_CREDENTIALS_FULL_URI;
const TOKEN: &str = vars::AWS_CONTAINER_AUTHORIZATION_TOKEN;
const TOKEN_FILE: &str = vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;

/// Whether credentials may come from there without TLS.
fn trusted(host: &str) -> bool {
    AGENTS.contains(&host) || host.parse::<core::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The instance metadata service.
pub fn instance(inputs: &Inputs, profile: &Profile) -> Result<Instance> {
    let env = inputs.env;
    // A session around may have disabled it for programs that are not awsx.
    let outer = SavedEnv::of(env);
    let setting = outer.own(env, vars::AWS_EC2_METADATA_DISABLED);
    let disabled = setting.is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if disabled {
        return Err(Error::config(format!("profile {} starts from the role of an EC2 instance", profile.name))
            .cause(format!("{} turns the instance metadata service off", vars::AWS_EC2_METADATA_DISABLED))
            .hint("unset it on an instance; elsewhere name a source_profile instead of credential_source"));
    }
    let setting = |variable: &'static str, key: &str| match env.get(variable) {
        Some(value) => Some((value.to_owned(), variable.to_owned())),
        None => profile.get(key).filter(|value| !value.is_empty()).map(|value| {
            let where_it_is = format!("{key} of profile {}{}", profile.name, place(profile, key));
            (value.to_owned(), where_it_is)
        }),
    };
    if let Some((url, named)) = setting(vars::AWS_EC2_METADATA_SERVICE_ENDPOINT, "ec2_metadata_service_endpoint") {
        return Ok(Instance { url: check_url(&url, &named)?.trim_end_matches('/').to_owned() });
    }
    let mode = setting(vars::AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE, "ec2_metadata_service_endpoint_mode");
    let url = match mode {
        None => "http://169.254.169.254",
        Some((mode, _)) if mode.eq_ignore_ascii_case("ipv4") => "http://169.254.169.254",
        Some((mode, _)) if mode.eq_ignore_ascii_case("ipv6") => "http://[fd00:ec2::254]",
        Some((mode, named)) => {
            return Err(Error::config(format!("{named} can't be {mode:?}")).hint("it is IPv4 or IPv6"));
        }
    };
    Ok(Instance { url: url.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_come_from_this_machine_or_over_tls() {
        for url in [
            "http://127.0.0.1:80/x",
            "http://127.9.9.9",
            "http://[::1]:8/",
            "http://localhost/x",
            "http://169.254.170.2/x",
            "http://169.254.170.23",
            "http://[fd00:ec2::23]/v1",
        ] {
            assert!(trusted(host(url)), "{url}");
        }
        for url in ["http://169.254.169.254/x", "http://10.0.0.1", "http://localhost.evil.test", "http://127.0.0.1.x"] {
            assert!(!trusted(host(url)), "{url}");
        }
    }
}
