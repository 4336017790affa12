//! Amazon Resource Names
//! ([format](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)), and the partitions they name. Pure.

/// An ARN in its parts: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. None of them is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn` …
    pub partition: &'a str,
    /// `iam`, `sts` …
    pub service: &'a str,
    /// Empty for what is global.
    pub region: &'a str,
    /// Twelve digits, or `aws` for a managed policy.
    pub account: &'a str,
    /// `role/PATH/NAME`, `root` …
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN; `None` for text that is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let mut part = || parts.next();
        Some(Arn { partition: part()?, service: part()?, region: part()?, account: part()?, resource: part()? })
    }

    /// The name, without its path, of a resource of this type: `role`, `user`, `mfa`.
    pub fn name(&self, of: &str) -> Option<&'a str> {
        let path = self.resource.strip_prefix(of)?.strip_prefix('/')?;
        path.rsplit('/').next().filter(|name| !name.is_empty())
    }
}

/// Whether a serial number is that of a security key (FIDO). STS takes no codes of those.
pub fn is_security_key(serial: &str) -> bool {
    Arn::parse(serial).is_some_and(|arn| arn.resource.starts_with("u2f/"))
}

/// The partition of a region.
pub fn partition_of(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// The region of a partition's global services; `None` for a partition that this version doesn't know.
pub fn home_region(partition: &str) -> Option<&'static str> {
    Some(match partition {
        "aws" => "us-east-1",
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_names() {
        let arn = Arn::parse("arn:aws-cn:iam::123456789012:role/a/b/ops").unwrap();
        assert_eq!((arn.partition, arn.service, arn.region, arn.account), ("aws-cn", "iam", "", "123456789012"));
        assert_eq!((arn.name("role"), arn.name("user"), arn.name("rol")), (Some("ops"), None, None));
        assert_eq!(Arn::parse("arn:aws:iam::1:role/").unwrap().name("role"), None);
        // A resource may hold colons.
        assert_eq!(Arn::parse("arn:aws:logs:us-east-1:1:group:a:b").unwrap().resource, "group:a:b");
        for text in ["", "arn", "arn:aws:iam::1", "role/ops", "urn:aws:iam::1:role/x"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn security_keys() {
        assert!(is_security_key("arn:aws:iam::123456789012:u2f/user/alice/key-X"));
        for serial in
            ["arn:aws:iam::123456789012:mfa/alice", "arn:aws:iam::123456789012:mfa/u2f/x", "GAHT12345678", ":u2f/"]
        {
            assert!(!is_security_key(serial), "{serial}");
        }
    }

    #[test]
    fn every_partition_knows_its_region() {
        for partition in ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"] {
            assert_eq!(partition_of(home_region(partition).unwrap()), partition);
        }
    }
}
