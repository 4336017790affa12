//! The SDKs: their names, and the variables that they read. Pure.

use crate::base::vars;

/// An SDK, or a program with rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sdk {
    /// AWS CLI, version 2.
    Cli2,
    /// AWS CLI, version 1.
    Cli1,
    /// boto3, the SDK for Python.
    Boto3,
    /// The SDK for Go, version 2.
    Go,
    /// The SDK for JavaScript, version 3.
    JavaScript,
    /// The SDK for Java, version 2.
    Java,
    /// The SDK for Rust.
    Rust,
    /// Terraform's AWS provider.
    Terraform,
}

impl Sdk {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Sdk; 8] =
        [Sdk::Cli2, Sdk::Cli1, Sdk::Boto3, Sdk::Go, Sdk::JavaScript, Sdk::Java, Sdk::Rust, Sdk::Terraform];

    /// Its name for a person.
    pub fn name(self) -> &'static str {
        match self {
            Sdk::Cli2 => "AWS CLI v2",
            Sdk::Cli1 => "AWS CLI v1",
            Sdk::Boto3 => "boto3",
            Sdk::Go => "Go v2",
            Sdk::JavaScript => "JavaScript v3",
            Sdk::Java => "Java v2",
            Sdk::Rust => "Rust",
            Sdk::Terraform => "Terraform",
        }
    }

    /// Its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Sdk::Cli2 => "aws-cli-v2",
            Sdk::Cli1 => "aws-cli-v1",
            Sdk::Boto3 => "boto3",
            Sdk::Go => "go-v2",
            Sdk::JavaScript => "javascript-v3",
            Sdk::Java => "java-v2",
            Sdk::Rust => "rust",
            Sdk::Terraform => "terraform",
        }
    }

    /// Whether botocore is what finds its credentials.
    pub fn is_botocore(self) -> bool {
        matches!(self, Sdk::Cli2 | Sdk::Cli1 | Sdk::Boto3)
    }

    /// The variables that select its profile, the first one first.
    pub fn profile_variables(self) -> &'static [&'static str] {
        match self {
            Sdk::Cli2 | Sdk::Go | Sdk::Terraform => &[vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE],
            Sdk::Cli1 | Sdk::Boto3 => &[vars::AWS_DEFAULT_PROFILE, vars::AWS_PROFILE],
            Sdk::JavaScript | Sdk::Java | Sdk::Rust => &[vars::AWS_PROFILE],
        }
    }

    /// The variables that say its region, the first one first.
    pub fn region_variables(self) -> &'static [&'static str] {
        match self {
            Sdk::Cli2 | Sdk::Go | Sdk::Terraform | Sdk::Rust => &[vars::AWS_REGION, vars::AWS_DEFAULT_REGION],
            Sdk::Cli1 | Sdk::Boto3 => &[vars::AWS_DEFAULT_REGION],
            Sdk::JavaScript | Sdk::Java => &[vars::AWS_REGION],
        }
    }

    /// Whether an empty variable that names a file or a profile is a name for it, and not as if it were not set.
    pub fn takes_empty(self) -> bool {
        self.is_botocore() || self == Sdk::Rust
    }
}
