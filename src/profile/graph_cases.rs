//! Graphs and where they lead: every situation of the AWS SDKs' public assume-role cases, and some of our own, in one
//! table for the tests of the graph and of the plan.
//!
//! The SDK's file (`aws-config/test-data/assume-role-tests.json` in smithy-rs) is not in the published crate, so its
//! cases are written here again as config text, in the same order.

use std::path::Path;

use super::Profiles;

/// A graph and what is right for it. The profile asked for is always `A`.
pub(crate) struct Case {
    pub about: &'static str,
    pub config: &'static str,
    /// Profiles whose keys the keychain holds.
    pub stored: &'static [&'static str],
    pub expect: Expect,
}

/// What must come of a case.
pub(crate) enum Expect {
    /// The hops from the start to `A`, each written as `step profile`.
    Hops(&'static [&'static str]),
    /// The same hops, but there are no keys to start from, neither in the files nor in the keychain. The graph is valid, and
    /// running it is an error with the hint `awsx add`.
    NoKeys(&'static [&'static str]),
    /// An error of the graph whose text contains this.
    Error(&'static str),
}

impl Case {
    pub fn profiles(&self) -> Profiles {
        Profiles::parse(Some((Path::new("config"), self.config.to_owned())), None).unwrap()
    }
}

const fn case(about: &'static str, config: &'static str, expect: Expect) -> Case {
    Case { about, config, stored: &[], expect }
}

/// The situations of the SDK's file.
pub(crate) const SDK: [Case; 21] = [
    case(
        "a role over static keys",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\nsource_profile = B\n\
         [profile B]\naws_access_key_id = abc\naws_secret_access_key = def\n",
        Expect::Hops(&["Keys B", "Role A"]),
    ),
    case(
        "own keys don't count where another source is named",
        "[profile A]\naws_access_key_id = no\naws_secret_access_key = no\nrole_arn = arn:aws:iam::123456789012:role/RoleA\n\
         source_profile = B\n[profile B]\naws_access_key_id = ghi\naws_secret_access_key = jkl\n",
        Expect::Hops(&["Keys B", "Role A"]),
    ),
    case(
        "role_session_name is kept",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\nrole_session_name = name\nsource_profile = B\n\
         [profile B]\naws_access_key_id = abc\naws_secret_access_key = def\n",
        Expect::Hops(&["Keys B", "Role A"]),
    ),
    case(
        "external_id is kept",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\nexternal_id = id\nsource_profile = B\n\
         [profile B]\naws_access_key_id = abc\naws_secret_access_key = def\n",
        Expect::Hops(&["Keys B", "Role A"]),
    ),
    case(
        "a profile that is its own source",
        "[profile A]\naws_access_key_id = abc\naws_secret_access_key = def\n\
         role_arn = arn:aws:iam::123456789012:role/RoleA\nsource_profile = A\n",
        Expect::Hops(&["Keys A", "Role A"]),
    ),
    case(
        "credential_source",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\ncredential_source = Ec2InstanceMetadata\n",
        Expect::Hops(&["Source A", "Role A"]),
    ),
    case(
        "a role without any source",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\n",
        Expect::Error("add source_profile"),
    ),
    case(
        "source_profile and credential_source",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\ncredential_source = Environment\n\
         source_profile = B\n[profile B]\naws_access_key_id = 123\naws_secret_access_key = 456\n",
        Expect::Error("both source_profile and credential_source"),
    ),
    case(
        "half a key pair: no secret",
        "[profile A]\nrole_arn = arn:foo\nsource_profile = B\n[profile B]\naws_access_key_id = abc\n",
        Expect::Error("no aws_secret_access_key"),
    ),
    case(
        "half a key pair: no ID",
        "[profile A]\nrole_arn = arn:foo\nsource_profile = B\n[profile B]\naws_secret_access_key = abc\n",
        Expect::Error("no aws_access_key_id"),
    ),
    // The SDK's error; for us the keys may be in the keychain.
    case(
        "an empty source profile",
        "[profile A]\nrole_arn = arn:foo\nsource_profile = B\n[profile B]\n",
        Expect::NoKeys(&["Keys B", "Role A"]),
    ),
    case(
        "a source profile that does not exist",
        "[profile A]\nrole_arn = arn:foo\nsource_profile = B\n",
        Expect::Error("source_profile B that does not exist"),
    ),
    case("no such profile", "", Expect::Error("no profile A")),
    case(
        "a role over a role",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\nsource_profile = B\n\
         [profile B]\nrole_arn = arn:aws:iam::123456789012:role/RoleB\nsource_profile = C\n\
         [profile C]\naws_access_key_id = mno\naws_secret_access_key = pqr\n",
        Expect::Hops(&["Keys C", "Role B", "Role A"]),
    ),
    case(
        "a source with keys starts the chain, even if it names a role",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\naws_access_key_id = no\n\
         aws_secret_access_key = no\nsource_profile = B\n\
         [profile B]\nrole_arn = arn:aws:iam::123456789012:role/RoleB\nsource_profile = C\naws_access_key_id = b\n\
         aws_secret_access_key = b\n[profile C]\naws_access_key_id = no\naws_secret_access_key = no\n",
        Expect::Hops(&["Keys B", "Role A"]),
    ),
    case(
        "a loop",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\nsource_profile = B\n\
         [profile B]\nrole_arn = arn:aws:iam::123456789012:role/RoleB\nsource_profile = A\n",
        Expect::Error("A → B → A"),
    ),
    case(
        "a loop, although A has keys",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\naws_access_key_id = no\n\
         aws_secret_access_key = no\nsource_profile = B\n\
         [profile B]\nrole_arn = arn:aws:iam::123456789012:role/RoleB\nsource_profile = A\n",
        Expect::Error("A → B → A"),
    ),
    case(
        "web identity",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\nweb_identity_token_file = /var/token.jwt\n",
        Expect::Hops(&["WebIdentity A"]),
    ),
    case(
        "web identity with a session name",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\nweb_identity_token_file = /var/token.jwt\n\
         role_session_name = name\n",
        Expect::Hops(&["WebIdentity A"]),
    ),
    case(
        "web identity without a role",
        "[profile A]\nweb_identity_token_file = /var/token.jwt\n",
        Expect::Error("no role_arn"),
    ),
    case(
        "web identity as the source of a role",
        "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\nsource_profile = B\n\
         [profile B]\nrole_arn = arn:aws:iam::123456789012:role/RoleB\nweb_identity_token_file = /var/token.jwt\n\
         role_session_name = name\n",
        Expect::Hops(&["WebIdentity B", "Role A"]),
    ),
];

/// What the SDK's file does not tell apart.
pub(crate) const OURS: [Case; 16] = [
    Case {
        about: "a role over stored keys that names no source",
        config: "[profile A]\nrole_arn = arn:aws:iam::123456789012:role/RoleA\n",
        stored: &["A"],
        expect: Expect::Hops(&["Keys A", "Role A"]),
    },
    Case {
        about: "a source with stored keys starts the chain",
        config: "[profile A]\nrole_arn = a\nsource_profile = B\n[profile B]\nrole_arn = b\nsource_profile = A\n",
        stored: &["B"],
        expect: Expect::Hops(&["Keys B", "Role A"]),
    },
    Case {
        about: "stored keys come before a credential_process that asks awsx for them",
        config: "[profile A]\ncredential_process = awsx credential-process A\n",
        stored: &["A"],
        expect: Expect::Hops(&["Keys A"]),
    },
    case("a profile with nothing", "[profile A]\n", Expect::NoKeys(&["Keys A"])),
    case("credential_process", "[profile A]\ncredential_process = /bin/x\n", Expect::Hops(&["Process A"])),
    case(
        "login_session",
        "[profile A]\nlogin_session = arn:aws:iam::123456789012:user/x\n",
        Expect::Hops(&["Login A"]),
    ),
    case(
        "SSO under a role",
        "[profile A]\nrole_arn = a\nsource_profile = B\n[profile B]\nsso_session = s\nsso_account_id = 1\n\
         sso_role_name = r\n[sso-session s]\nsso_region = r\nsso_start_url = u\n",
        Expect::Hops(&["Sso B", "Role A"]),
    ),
    case(
        "a web identity token that a program prints",
        "[profile A]\nrole_arn = a\nsource_profile = B\n\
         [profile B]\nrole_arn = b\nweb_identity_token_process = oidc token\nsource_profile = A\n",
        Expect::Hops(&["WebIdentity B", "Role A"]),
    ),
    case(
        "a program for the token, without a role",
        "[profile A]\nweb_identity_token_process = oidc token\n",
        Expect::Error("config:2: profile A has a web_identity_token_process and no role_arn"),
    ),
    case(
        "two places for one token",
        "[profile A]\nrole_arn = a\nweb_identity_token_process = oidc token\nweb_identity_token_file = /t\n",
        Expect::Error("config:3: profile A sets both web_identity_token_file and web_identity_token_process"),
    ),
    case(
        "two places for one token, by an included profile",
        "[profile A]\nrole_arn = a\nweb_identity_token_process = oidc token\ninclude_profile = B\n\
         [profile B]\nweb_identity_token_file = /t\n",
        Expect::Error("sets both web_identity_token_file and web_identity_token_process"),
    ),
    case(
        "an unknown credential_source",
        "[profile A]\nrole_arn = a\ncredential_source = Moon\n",
        Expect::Error("config:3: profile A sets credential_source to Moon"),
    ),
    case(
        "a loop further down",
        "[profile A]\nrole_arn = a\nsource_profile = B\n[profile B]\nrole_arn = b\nsource_profile = C\n\
         [profile C]\nrole_arn = c\nsource_profile = B\n",
        Expect::Error("A → B → C → B"),
    ),
    case("an include that does not exist", "[profile A]\ninclude_profile = B\n", Expect::Error("config:2: profile A")),
    case(
        "includes in a loop",
        "[profile A]\ninclude_profile = B\n[profile B]\ninclude_profile = A\n",
        Expect::Error("config:4: profile B closes a loop"),
    ),
    case(
        "a role from an included profile",
        "[profile A]\ninclude_profile = B\n[profile B]\nrole_arn = b\nsource_profile = C\n[profile C]\n",
        Expect::NoKeys(&["Keys C", "Role A"]),
    ),
];
