//! The web console of each partition, and the URLs that sign in to it ([federation
//! endpoint](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html)).
//! Pure.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::aws::arn::{home_region, partition_of};
use crate::base::error::{Error, Result};
use crate::base::secret::{Credentials, Secret};

/// What may stand in a part of a query as it is (RFC 3986, unreserved).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Services whose address has another name than the service.
const ADDRESSES: [(&str, &str); 6] = [
    ("dynamodb", "dynamodbv2"),
    ("elb", "ec2"),
    ("sns", "sns/v3"),
    ("sqs", "sqs/v3"),
    ("ssm", "systems-manager"),
    ("stepfunctions", "states"),
];

/// Where one signs in, and where the console is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// `https://signin.aws.amazon.com`, or what stands in for it.
    pub sign_in: String,
    /// `console.aws.amazon.com`.
    domain: &'static str,
    region: String,
}

impl Site {
    /// The site for a region; `sign_in` is another place to sign in at.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for a partition whose console has no public address.
    pub fn of(region: &str, sign_in: Option<&str>) -> Result<Self> {
        let partition = partition_of(region);
        let (own, domain) = match partition {
            "aws" => ("https://signin.aws.amazon.com", "console.aws.amazon.com"),
            "aws-cn" => ("https://signin.amazonaws.cn", "console.amazonaws.cn"),
            "aws-us-gov" => ("https://signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
            "aws-eusc" => ("https://eusc-de-east-1.signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
            _ => {
                return Err(Error::config(format!("the console of partition {partition} has no public address"))
                    .hint("sign in there as your organization says"));
            }
        };
        let sign_in = sign_in.unwrap_or(own).trim_end_matches('/').to_owned();
        Ok(Site { sign_in, domain, region: region.to_owned() })
    }

    /// The page to show after the sign-in.
    pub fn destination(&self, service: Option<&str>, path: Option<&str>) -> String {
        let host = match home_region("aws-cn") {
            // The first region of China has no host of its own.
            Some(first) if first == self.region => self.domain.to_owned(),
            _ => format!("{}.{}", self.region, self.domain),
        };
        let address = |name: &str| {
            ADDRESSES.iter().find(|(known, _)| *known == name).map_or(name.to_owned(), |(_, at)| (*at).into())
        };
        let path = match (service, path) {
            (_, Some(path)) => path.trim_start_matches('/').to_owned(),
            (Some(service), None) => format!("{}/home", address(service)),
            (None, None) => "console/home".to_owned(),
        };
        let (before, fragment) = path.split_once('#').map_or((path.as_str(), None), |(page, rest)| (page, Some(rest)));
        let region = match before.split_once('?') {
            Some((_, query)) if query.split('&').any(|part| part.starts_with("region=")) => String::new(),
            Some(_) => format!("&region={}", self.region),
            None => format!("?region={}", self.region),
        };
        let fragment = fragment.map(|rest| format!("#{rest}")).unwrap_or_default();
        format!("https://{host}/{before}{region}{fragment}")
    }

    /// Where a sign-in token is asked for.
    pub fn federation(&self) -> String {
        format!("{}/federation", self.sign_in)
    }

    /// The URL that signs in and shows a page.
    pub fn login(&self, token: &Secret, destination: &str) -> Secret {
        Secret::new(format!(
            "{}?Action=login&Issuer=awsx&Destination={}&SigninToken={}",
            self.federation(),
            encoded(destination),
            encoded(token.expose())
        ))
    }

    /// The URL that ends the browser's session first. A browser that holds one can't begin another one.
    pub fn sign_out_first(&self, login: &Secret) -> Secret {
        Secret::new(format!("{}/oauth?Action=logout&redirect_uri={}", self.sign_in, encoded(login.expose())))
    }
}

/// The form that asks for a sign-in token. It goes into the body of the request, since addresses are logged.
pub fn token_request(credentials: &Credentials) -> Secret {
    let token = credentials.session_token.as_ref().map_or("", |token| token.expose());
    let session = Secret::new(
        json!({
            "sessionId": credentials.access_key_id,
            "sessionKey": credentials.secret_access_key.expose(),
            "sessionToken": token,
        })
        .to_string(),
    );
    Secret::new(format!("Action=getSigninToken&Session={}", encoded(session.expose())))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_with_a_public_console() {
        for (region, sign_in, console) in [
            ("eu-west-1", "https://signin.aws.amazon.com", "https://eu-west-1.console.aws.amazon.com"),
            ("cn-north-1", "https://signin.amazonaws.cn", "https://console.amazonaws.cn"),
            ("cn-northwest-1", "https://signin.amazonaws.cn", "https://cn-northwest-1.console.amazonaws.cn"),
            (
                "us-gov-west-1",
                "https://signin.amazonaws-us-gov.com",
                "https://us-gov-west-1.console.amazonaws-us-gov.com",
            ),
            (
                "eusc-de-east-1",
                "https://eusc-de-east-1.signin.amazonaws-eusc.eu",
                "https://eusc-de-east-1.console.amazonaws-eusc.eu",
            ),
        ] {
            let site = Site::of(region, None).unwrap();
            assert_eq!(site.sign_in, sign_in);
            assert_eq!(site.destination(None, None), format!("{console}/console/home?region={region}"));
        }
        for region in ["us-iso-east-1", "us-isob-east-1"] {
            assert!(Site::of(region, None).unwrap_err().what.contains("no public address"));
        }
        assert_eq!(
            Site::of("eu-west-1", Some("http://127.0.0.1:1/")).unwrap().federation(),
            "http://127.0.0.1:1/federation"
        );
    }

    #[test]
    fn pages() {
        let site = Site::of("eu-west-1", None).unwrap();
        for (service, path, end) in [
            (Some("ec2"), None, "ec2/home?region=eu-west-1"),
            (Some("dynamodb"), None, "dynamodbv2/home?region=eu-west-1"),
            (None, Some("/ec2/home#Instances:"), "ec2/home?region=eu-west-1#Instances:"),
            (None, Some("s3/buckets?tab=x"), "s3/buckets?tab=x&region=eu-west-1"),
            (None, Some("s3/buckets?region=us-east-1"), "s3/buckets?region=us-east-1"),
        ] {
            assert_eq!(site.destination(service, path), format!("https://eu-west-1.console.aws.amazon.com/{end}"));
        }
    }

    #[test]
    fn what_signs_in_is_encoded_and_secret() {
        let site = Site::of("eu-west-1", None).unwrap();
        let login = site.login(&Secret::new("a+/=".into()), "https://x/?a=b#c");
        assert_eq!(
            login.expose(),
            "https://signin.aws.amazon.com/federation?Action=login&Issuer=awsx&Destination=https%3A%2F%2Fx%2F%3Fa%3Db%23c&SigninToken=a%2B%2F%3D"
        );
        let out = site.sign_out_first(&login);
        assert!(
            out.expose()
                .starts_with("https://signin.aws.amazon.com/oauth?Action=logout&redirect_uri=https%3A%2F%2Fsignin")
        );
        let form = token_request(&Credentials {
            session_token: Some(Secret::new("t+".into())),
            ..Credentials::key_pair("ASIA1", Secret::new("s/".into()))
        });
        assert_eq!(
            form.expose(),
            "Action=getSigninToken&Session=%7B%22sessionId%22%3A%22ASIA1%22%2C%22sessionKey%22%3A%22s%2F%22%2C%22sessionToken%22%3A%22t%2B%22%7D"
        );
    }
}
