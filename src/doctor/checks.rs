//! Every check of `awsx doctor`, documented once. The table of docs/reference.md is compared with this one. Pure.

use super::finding::{Check, Severity};

macro_rules! checks {
    ($($id:ident = $name:literal, $severity:ident, $about:literal;)*) => {
        $(
            #[doc = $about]
            pub const $id: Check = Check { id: $name, severity: Severity::$severity, about: $about };
        )*
        /// All of them, in the order of the documentation.
        pub const ALL: &[Check] = &[$($id),*];
    };
}

checks! {
    UNREADABLE_FILE = "unreadable-file", Error, "A file that can't be read, or is no regular file.";
    DANGLING_LINK = "dangling-link", Error, "A symbolic link that leads nowhere.";
    NOT_UTF8 = "not-utf8", Error, "A line that is not UTF-8; the AWS CLI refuses the file.";
    BYTE_ORDER_MARK = "byte-order-mark", Error, "A byte order mark at the start; the AWS CLI refuses the file.";
    READABLE_BY_OTHERS = "readable-by-others", Warning, "A file with secrets that other users can read.";
    WRITABLE_BY_OTHERS = "writable-by-others", Error, "A file or folder that other users can write: they could have their own programs run.";
    FOREIGN_OWNER = "foreign-owner", Warning, "A file or folder that belongs to another user.";
    BAD_LINE = "bad-line", Error, "A line that is neither header nor setting; the AWS CLI refuses the file.";
    SETTING_BEFORE_SECTION = "setting-before-section", Error, "A setting above the first section; the AWS CLI refuses the file.";
    UNCLOSED_HEADER = "unclosed-header", Error, "A section header without its closing bracket.";
    DUPLICATE_SECTION = "duplicate-section", Error, "A section that stands in the file twice; the AWS CLI refuses the file, other SDKs join the two.";
    BLANK_IN_HEADER = "blank-in-header", Warning, "Blanks or tabs around the name of a section, or more than one between its words.";
    TEXT_BEHIND_HEADER = "text-behind-header", Warning, "Text or a comment behind the bracket of a header.";
    BAD_HEADER = "bad-header", Error, "A `[profile]` without a name, or with several words and no quotes.";
    MISSPELT_HEADER = "misspelt-header", Warning, "A header like `[Profile x]`, `[profiles x]` or `[Default]`.";
    MISSING_PREFIX = "missing-profile-prefix", Warning, "A profile in the config whose header is `[x]` and not `[profile x]`.";
    PREFIX_IN_CREDENTIALS = "profile-prefix-in-credentials", Warning, "`[profile x]` in the credentials file, where it has to be `[x]`.";
    SECTION_IN_CREDENTIALS = "section-in-credentials", Warning, "`[sso-session x]` or `[services x]` in the credentials file.";
    UNKNOWN_SECTION = "unknown-section", Info, "A section of the config that is no profile and not known.";
    UPPERCASE_DEFAULT = "uppercase-default", Warning, "`[DEFAULT]`, which the AWS CLI adds to every section.";
    TWO_HEADERS = "two-headers", Warning, "A profile with two headers, like `[default]` and `[profile default]`.";
    INDENTED_SETTING = "indented-setting", Warning, "A setting that is indented, without one above that it could belong to.";
    CONTINUED_LINE = "continued-line", Error, "An indented setting or header that is read as a part of the value above.";
    MISPLACED_NESTED = "misplaced-nested", Error, "A setting of a profile among the indented lines of another one.";
    DUPLICATE_KEY = "duplicate-key", Error, "A key that stands in a section twice; the AWS CLI refuses the file, other SDKs take the last one.";
    MISSPELT_KEY = "misspelt-key", Warning, "A key that nothing reads and that is like one that is known.";
    UNKNOWN_KEY = "unknown-key", Info, "A key that neither awsx, the AWS CLI, the SDKs nor aws-vault know.";
    SETTING_IN_CREDENTIALS = "setting-in-credentials", Warning, "Settings in the credentials file, where only keys belong.";
    ROLE_IN_CREDENTIALS = "role-in-credentials", Warning, "A role in the credentials file.";
    KEYS_IN_CONFIG = "keys-in-config", Warning, "Keys in the config.";
    BAD_VALUE = "bad-value", Error, "A value that its key can't have.";
    COMMENT_IN_VALUE = "comment-in-value", Error, "A comment behind a value; the AWS CLI takes it for a part of the value.";
    BAD_ARN = "bad-arn", Error, "A `role_arn`, `mfa_serial` or `mfa_arn` that can't be one, in any partition.";
    SOURCE_LOOP = "source-loop", Error, "Source profiles that lead back to where they began.";
    PROCESS_LOOP = "process-loop", Error, "A `credential_process` that asks awsx for its own profile, directly or by way of others.";
    MISSING_PROGRAM = "missing-program", Warning, "A `credential_process`, `mfa_process` or `web_identity_token_process` whose program is not there.";
    MISSING_FILE = "missing-file", Warning, "A `web_identity_token_file` or `ca_bundle` that is not there.";
    MISSING_SOURCE = "missing-source", Error, "A `source_profile` that does not exist. On a terminal `--fix` lets you pick another one.";
    ROLE_WITHOUT_SOURCE = "role-without-source", Error, "A role with nothing to assume it with. On a terminal `--fix` lets you pick a source.";
    TWO_SOURCES = "two-sources", Error, "A role with both `source_profile` and `credential_source`, or a web identity token with two places to come from.";
    INCLUDE_LOOP = "include-loop", Error, "Profiles whose `include_profile` leads back to where it began.";
    MISSING_INCLUDE = "missing-include", Error, "An `include_profile` that does not exist.";
    TOKEN_WITHOUT_ROLE = "token-without-role", Error, "A web identity token without a role.";
    HALF_KEY_PAIR = "half-key-pair", Error, "Half a key pair.";
    MISSING_SSO_SESSION = "missing-sso-session", Error, "An `sso_session` that does not exist.";
    MISSING_SERVICES = "missing-services", Error, "A `services` that does not exist.";
    INCOMPLETE_SSO = "incomplete-sso", Error, "A profile of IAM Identity Center that lacks something, or disagrees with its `sso-session`.";
    UNUSED_SECTION = "unused-section", Info, "An `sso-session` or `services` section that no profile refers to.";
    OPEN_ENDPOINT = "open-endpoint", Warning, "An endpoint URL that is not encrypted and leads to another machine.";
    PLAINTEXT_KEYS = "plaintext-keys", Warning, "Keys in plain text.";
    EXPIRED_SESSION = "expired-session", Info, "A session in the credentials file that has expired.";
    ORPHANED_SESSION = "orphaned-session", Info, "A session in the credentials file whose profile is gone.";
    NO_REGION = "no-region", Warning, "A profile without a region, and nothing to take one from.";
    UNKNOWN_REGION = "unknown-region", Warning, "A region that isn't known.";
    NO_CREDENTIALS = "no-credentials", Info, "A profile without anything that credentials could come from.";
    SELECTED_PROFILE_MISSING = "selected-profile-missing", Error, "`AWSX_PROFILE`, `AWS_PROFILE` or `AWS_DEFAULT_PROFILE` with the name of a profile that does not exist.";
    FOLDER_PROFILE_MISSING = "folder-profile-missing", Error, "A folder that is bound to a profile that does not exist.";
    TWO_SELECTORS = "two-selectors", Warning, "`AWS_PROFILE` and `AWS_DEFAULT_PROFILE` with different names.";
    NO_PROFILES = "no-profiles", Info, "No profile at all.";
    NO_DEFAULT_PROFILE = "no-default-profile", Info, "No profile `default`, and no variable that names another one.";
    CUSTOM_FILES = "custom-files", Info, "AWS files in another place, by `AWS_CONFIG_FILE` or `AWS_SHARED_CREDENTIALS_FILE`.";
    RELATIVE_FILE = "relative-file", Warning, "`AWS_CONFIG_FILE` or `AWS_SHARED_CREDENTIALS_FILE` with a relative path, which means another file in each folder.";
    STALE_TOKEN = "stale-token", Error, "`AWS_SECURITY_TOKEN` with another token than `AWS_SESSION_TOKEN`.";
    KEYS_AND_PROFILE = "keys-and-profile", Warning, "Keys and `AWS_PROFILE` in one environment.";
    OTHER_TOOL = "other-tool", Info, "`AWS_VAULT` of another tool's session, or left behind by one.";
    AGENT_IN_SESSION = "agent-in-session", Warning, "An AI agent in an environment with the credentials of a session that was not made for it.";
    EXPIRED_IN_ENVIRONMENT = "expired-in-environment", Warning, "A session in the environment that has expired.";
    KEYCHAIN_UNREACHABLE = "keychain-unreachable", Warning, "A keychain that can't be used.";
    KEYCHAIN_LOCKED = "keychain-locked", Info, "A keychain that is locked.";
    KEYS_WITHOUT_PROFILE = "keys-without-profile", Warning, "Keys in the keychain whose profile is gone.";
    KEYS_GONE = "keys-gone", Error, "Keys that awsx remembers and the keychain doesn't hold.";
    UNFINISHED_ROTATION = "unfinished-rotation", Warning, "A rotation that was begun and has not ended.";
    RUNTIME_FOLDER = "runtime-folder", Error, "A runtime folder that can't be trusted with sessions.";
    NOTHING_REMEMBERED = "nothing-remembered", Warning, "Neither a kernel keyring nor a folder in memory for the key of cached sessions.";
    CLOCK_OFFSET = "clock-offset", Error, "A clock that is wrong by more than 45 seconds, compared with AWS's if that can be reached.";
    AWS_CLI_ABSENT = "aws-cli-absent", Info, "No AWS CLI on the `PATH`.";
    AWS_CLI_BROKEN = "aws-cli-broken", Warning, "An AWS CLI that doesn't say its version.";
    AWS_CLI_OLD = "aws-cli-old", Warning, "Version 1 of the AWS CLI, or a version 2 that can't do what a profile needs.";
    NO_INTEGRATION = "no-integration", Info, "No start-up file of `$SHELL` that loads awsx.";
    INTEGRATION_NOT_LOADED = "integration-not-loaded", Info, "A start-up file that loads awsx, and a shell that hasn't done so.";
    SHADOWED = "shadowed", Warning, "An alias or a function `aws` in the place of awsx's.";
    HOOK_GONE = "hook-gone", Warning, "A prompt whose hook of awsx was taken away.";
    KUBECONFIG_USER = "kubeconfig-user", Info, "A user of kubectl whose tokens `aws eks get-token` or aws-iam-authenticator makes; shows the lines for `awsx token eks`.";
}
