//! Tokens that are presigned requests: what is signed for EKS and RDS, and how the result is written. Pure.

use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::ports::{Endpoint, ToPresign};

/// For how many seconds EKS may take a request to be fresh; it refuses more than 15 minutes.
const EKS_SIGNED_FOR: u32 = 60;
/// EKS takes a token for 15 minutes after it was signed, whatever the request says. The last one is for clocks that
/// differ
/// ([aws-iam-authenticator](https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster)).
const EKS_VALID: i64 = 14 * 60;
/// RDS takes a password for 15 minutes
/// ([IAM database authentication](https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html)).
const RDS_VALID: u32 = 15 * 60;

/// The query that proves to EKS who somebody is.
pub const EKS_QUERY: [(&str, &str); 2] = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];

/// The request whose URL is a token for a cluster, by the headers that name the cluster.
pub fn for_eks<'a>(cluster: &'a [(&'static str, &'a str)], now: Timestamp) -> ToPresign<'a> {
    ToPresign { service: "sts", query: &EKS_QUERY, headers: cluster, at: now, valid: EKS_SIGNED_FOR }
}

/// The
/// [ExecCredential](https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins)
/// of a signed URL. `asked` is what kubectl has put into `KUBERNETES_EXEC_INFO`: the answer has its version. It
/// counts as expired when EKS no longer takes it, or when the session behind it ends if that is earlier.
pub fn exec_credential(url: &Secret, asked: Option<&str>, now: Timestamp, session_ends: Option<Timestamp>) -> Secret {
    let version = asked.and_then(version).unwrap_or("v1beta1");
    let token = data_encoding::BASE64URL_NOPAD.encode(url.expose().as_bytes());
    let ends = now.plus(EKS_VALID);
    let ends = session_ends.map_or(ends, |session| session.min(ends));
    Secret::new(format!(
        r#"{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/{version}","spec":{{}},"status":{{"expirationTimestamp":"{ends}","token":"k8s-aws-v1.{token}"}}}}"#
    ))
}

/// The version that kubectl asks for, if there is such a version.
fn version(info: &str) -> Option<&'static str> {
    let info: serde_json::Value = serde_json::from_str(info).ok()?;
    let asked = info.get("apiVersion")?.as_str()?.strip_prefix("client.authentication.k8s.io/")?;
    ["v1", "v1beta1", "v1alpha1"].into_iter().find(|known| *known == asked)
}

/// The request whose URL, without its scheme, is a password for a database; `query` is that of [`rds_query`].
pub fn for_rds<'a>(query: &'a [(&'static str, &'a str)], now: Timestamp) -> ToPresign<'a> {
    ToPresign { service: "rds-db", query, headers: &[], at: now, valid: RDS_VALID }
}

/// The query for a user of the database.
pub fn rds_query(user: &str) -> [(&'static str, &str); 2] {
    [("Action", "connect"), ("DBUser", user)]
}

/// Where such a request would go. The region is the one in the database's own name, where it has one.
pub fn rds_endpoint(host: &str, port: u16, region: Option<&str>, otherwise: Endpoint) -> Endpoint {
    let region = region.or_else(|| region_of(host)).map(str::to_owned);
    Endpoint {
        region: region.unwrap_or(otherwise.region),
        url: Some(format!("https://{host}:{port}")),
        ..Endpoint::default()
    }
}

/// The region in `db.c1a2b3.eu-west-1.rds.amazonaws.com`. A name that somebody else gave has none.
fn region_of(host: &str) -> Option<&str> {
    let (before, _) = host.rsplit_once(".rds.").filter(|(_, domain)| domain.starts_with("amazonaws.com"))?;
    before.rsplit_once('.').map(|(_, region)| region)
}

/// The password: the URL without its scheme.
pub fn rds_password(url: &Secret) -> &str {
    url.expose().trim_start_matches("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600);

    #[test]
    fn kubectl_gets_the_version_that_it_asks_for() {
        let of = |asked: Option<&str>, ends: Option<Timestamp>| {
            let text = exec_credential(&Secret::new("https://x/?a".into()), asked, NOW, ends);
            let json: serde_json::Value = serde_json::from_str(text.expose()).unwrap();
            assert_eq!((&json["kind"], &json["spec"]), (&"ExecCredential".into(), &serde_json::json!({})));
            assert_eq!(json["status"]["token"], "k8s-aws-v1.aHR0cHM6Ly94Lz9h");
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let version = text(&json["apiVersion"]).split_once('/').unwrap().1.to_owned();
            (version, text(&json["status"]["expirationTimestamp"]))
        };
        let info = |version: &str| format!(r#"{{"apiVersion":"client.authentication.k8s.io/{version}","spec":{{}}}}"#);
        for (asked, want) in [("v1", "v1"), ("v1beta1", "v1beta1"), ("v1alpha1", "v1alpha1"), ("v9\",", "v1beta1")] {
            assert_eq!(of(Some(&info(asked)), None).0, want);
        }
        assert_eq!(of(None, None), ("v1beta1".into(), "2026-01-01T00:14:00Z".into()));
        assert_eq!(of(None, Some(NOW.plus(300))).1, "2026-01-01T00:05:00Z");
        assert_eq!(of(None, Some(NOW.plus(3600))).1, "2026-01-01T00:14:00Z");
    }

    #[test]
    fn a_database_says_its_region() {
        let of = |host: &str, said| {
            let at = rds_endpoint(host, 5432, said, Endpoint { region: "us-east-1".into(), ..Endpoint::default() });
            (at.region, at.url.unwrap())
        };
        let db = "db.c1a2b3.eu-west-1.rds.amazonaws.com";
        assert_eq!(of(db, None), ("eu-west-1".into(), format!("https://{db}:5432")));
        assert_eq!(of("x.proxy-c1.cn-north-1.rds.amazonaws.com.cn", None).0, "cn-north-1");
        assert_eq!(of(db, Some("eu-west-2")).0, "eu-west-2");
        for own in ["db.example.test", "db.main.rds.example.test"] {
            assert_eq!(of(own, None).0, "us-east-1", "{own}");
        }
    }
}
