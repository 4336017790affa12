//! What there is to say of the commands for sessions, keys and profiles. Pure.

use super::files::{CONFIG, CREDENTIALS, KEYS, SESSION_FILES, SESSIONS, SIGN_IN_FILES, STATE};
use super::{Page, import};

/// These commands, in the order of the help.
pub const PAGES: &[Page] = &[
    Page {
        name: "",
        examples: [
            ("awsx add prod", "Store the keys of prod in the keychain"),
            ("awsx shell prod", "Open a shell with a session of prod"),
            ("awsx exec prod -- terraform plan", "Run one command with it"),
        ],
        files: SESSION_FILES,
        see_also: &["shell", "exec", "add", "list", "explain"],
    },
    Page {
        name: "shell",
        examples: [
            ("awsx shell prod", "Open a shell with a session of prod"),
            ("awsx shell prod -d 2h", "The same, for two hours"),
            ("awsx shell 123456789012", "The only profile of this account"),
        ],
        files: SESSION_FILES,
        see_also: &["exec", "use", "refresh", "status"],
    },
    Page {
        name: "exec",
        examples: [
            ("awsx exec prod -- terraform plan", "Run one command with a session of prod"),
            ("awsx exec prod --readonly -- aws s3 ls", "With a read-only session of its role"),
            ("awsx exec -- env", "With a session of AWS_PROFILE, or of default"),
        ],
        files: SESSION_FILES,
        see_also: &["shell", "aws", "explain"],
    },
    Page {
        name: "each",
        examples: [
            ("awsx each 'prod-*' -- aws s3 ls", "For every profile whose name or tag begins with prod-"),
            ("awsx each 111122223333 -j 8 -- terraform plan", "For those of an account, eight at once"),
            ("awsx each team-x --list", "Only show which profiles these are"),
        ],
        files: SESSION_FILES,
        see_also: &["exec", "list"],
    },
    Page {
        name: "login",
        examples: [
            ("awsx login prod", "Ask now for what a session of prod needs, and not later"),
            ("awsx login prod --device-code", "Sign in with a code, in a browser on any machine"),
            ("awsx login dev --console", "Sign in to the web console, and write the profile dev for it"),
        ],
        files: SIGN_IN_FILES,
        see_also: &["logout", "exec", "explain"],
    },
    Page {
        name: "logout",
        examples: [
            ("awsx logout prod", "End the sign-in that prod starts from"),
            ("awsx logout --all", "End every sign-in"),
            ("awsx explain prod", "See whether somebody is signed in"),
        ],
        files: SIGN_IN_FILES,
        see_also: &["login", "clear"],
    },
    Page {
        name: "refresh",
        examples: [
            ("awsx-refresh", "Renew the session of this shell (a function that awsx defines)"),
            ("eval \"$(awsx refresh)\"", "The same where there is no such function"),
            ("eval \"$(awsx refresh --min-ttl 1h)\"", "Only if less than an hour is left"),
        ],
        files: SESSION_FILES,
        see_also: &["shell", "use", "init"],
    },
    Page {
        name: "aws",
        examples: [
            ("awsx aws s3 ls", "The AWS CLI with the profile of this shell, or default"),
            ("awsx aws --profile prod s3 ls", "With a session of prod"),
            ("awsx --debug aws sts get-caller-identity", "Options of awsx stand before aws"),
        ],
        files: SESSION_FILES,
        see_also: &["exec", "shell"],
    },
    Page {
        name: "env",
        examples: [
            ("eval \"$(awsx env prod)\"", "Credentials of prod for this shell (fish: awsx env prod | source)"),
            ("awsx env prod --format dotenv > .env", "For a program that reads such a file"),
            ("awsx env prod --copy --clear-after 1m", "On the clipboard, for one minute"),
        ],
        files: SESSION_FILES,
        see_also: &["unset", "exec", "use", "credential-process"],
    },
    Page {
        name: "unset",
        examples: [
            ("awsx unset", "Show what is set, and ask (with `awsx init` in the start-up file)"),
            ("eval \"$(awsx unset)\"", "Remove it from this shell (fish: awsx unset | source)"),
            ("awsx unset --format powershell", "Code for PowerShell"),
        ],
        files: &[],
        see_also: &["env", "off", "status"],
    },
    Page {
        name: "credential-process",
        examples: [
            ("awsx credential-process prod", "Credentials of prod as JSON, for any AWS SDK"),
            ("credential_process = awsx credential-process prod", "In ~/.aws/config, in a profile of another name"),
            ("awsx credential-process prod --min-ttl 30m", "Renew the session if less than 30 minutes are left"),
        ],
        files: SESSION_FILES,
        see_also: &["env", "exec", "explain"],
    },
    Page {
        name: "use",
        examples: [
            ("awsx use prod", "Switch this shell to prod"),
            ("awsx use -", "Go back to the profile before"),
            ("awsx use --here prod", "Make prod the profile of this folder and those below"),
        ],
        files: SESSION_FILES,
        see_also: &["off", "init", "shell", "list"],
    },
    Page {
        name: "off",
        examples: [
            ("awsx use prod", "Switch this shell to prod"),
            ("awsx off", "Put back what was there before"),
            ("awsx status", "See what this shell has"),
        ],
        files: &[],
        see_also: &["use", "init"],
    },
    Page {
        name: "add",
        examples: [
            ("awsx add prod", "Type or paste the keys"),
            ("awsx add prod --csv accessKeys.csv", "From the file that the AWS console gives"),
            ("awsx add prod --env", "From AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ],
        files: &[CONFIG, STATE, KEYS],
        see_also: &["remove", "provision-mfa", "list"],
    },
    import::IMPORT,
    import::IMPORT_CREDENTIALS,
    import::IMPORT_CSV,
    import::IMPORT_AWS_VAULT,
    import::IMPORT_SSO,
    Page {
        name: "remove",
        examples: [
            ("awsx remove prod", "Remove the keys of prod, and every session made from them"),
            ("awsx remove prod -y", "Without a question"),
            ("awsx clear prod", "Only the sessions"),
        ],
        files: &[CONFIG, SESSIONS, STATE, KEYS],
        see_also: &["add", "clear"],
    },
    Page {
        name: "rotate",
        examples: [
            ("awsx rotate prod", "Replace the access key of prod; ask for one MFA code"),
            ("awsx rotate prod -y --code 123456", "Without a question"),
            ("awsx rotate prod --abort", "Undo a rotation that was interrupted, after a question"),
        ],
        files: SESSION_FILES,
        see_also: &["add", "remove", "policy"],
    },
    Page {
        name: "provision-mfa",
        examples: [
            ("awsx provision-mfa prod", "Show a QR code, ask for two codes, write mfa_serial"),
            ("awsx provision-mfa prod --store-seed", "Store the seed too: awsx then computes the codes itself"),
            ("awsx provision-mfa bob --as admin", "An administrator enrols the device of bob"),
        ],
        files: SESSION_FILES,
        see_also: &["mfa", "policy", "add"],
    },
    Page {
        name: "mfa",
        examples: [
            ("awsx mfa status prod", "List the devices"),
            ("awsx mfa resync prod", "Repair a device whose codes are refused"),
            ("awsx mfa code prod", "Print a code, if the seed is stored"),
        ],
        files: SESSION_FILES,
        see_also: &["mfa status", "mfa remove", "mfa resync", "mfa code", "provision-mfa"],
    },
    Page {
        name: "mfa status",
        examples: [
            ("awsx mfa status prod", "The devices of the user of prod"),
            ("awsx mfa status prod --json", "For programs"),
            ("awsx mfa status bob --as admin", "With the rights of an administrator"),
        ],
        files: SESSION_FILES,
        see_also: &["mfa remove", "mfa resync", "provision-mfa"],
    },
    Page {
        name: "mfa remove",
        examples: [
            ("awsx mfa remove prod", "Deactivate and delete the device of prod"),
            ("awsx mfa remove prod --deactivate-only", "Keep the device, to use it again"),
            ("awsx mfa remove bob --as admin", "Bob has lost the phone; an administrator removes it"),
        ],
        files: SESSION_FILES,
        see_also: &["mfa status", "provision-mfa"],
    },
    Page {
        name: "mfa resync",
        examples: [
            ("awsx mfa resync prod", "Ask for two codes in a row"),
            (
                "awsx mfa resync prod --mfa-serial arn:aws:iam::123456789012:mfa/alice",
                "The device, if there are several",
            ),
            ("awsx mfa resync bob --as admin", "With the rights of an administrator"),
        ],
        files: SESSION_FILES,
        see_also: &["mfa status", "mfa code"],
    },
    Page {
        name: "mfa code",
        examples: [
            ("awsx mfa code prod", "Print a code, for example to sign in to the console"),
            ("awsx mfa code prod --mfa-serial arn:aws:iam::123456789012:mfa/alice", "The device, if there are several"),
            ("awsx provision-mfa prod --store-seed", "Enrol a device and store its seed"),
        ],
        files: &[CONFIG, STATE, KEYS],
        see_also: &["provision-mfa", "mfa status"],
    },
    Page {
        name: "list",
        examples: [
            ("awsx list", "Every profile, and the time left of its session"),
            ("awsx ls", "The same"),
            ("awsx list --folders", "The folders that are bound to a profile"),
        ],
        files: SESSION_FILES,
        see_also: &["explain", "status", "shell"],
    },
    Page {
        name: "status",
        examples: [
            ("awsx status", "The session of this shell"),
            ("awsx status --json", "For programs"),
            ("awsx exec prod -- awsx status", "What a command gets"),
        ],
        files: &[CONFIG, CREDENTIALS, SESSIONS, STATE],
        see_also: &["whoami", "refresh", "list"],
    },
    Page {
        name: "whoami",
        examples: [
            ("awsx whoami prod", "Account, alias and ARN of prod, as AWS sees it"),
            ("awsx whoami", "Of the credentials in this shell"),
            ("awsx whoami prod --json", "For programs"),
        ],
        files: SESSION_FILES,
        see_also: &["status", "explain"],
    },
    Page {
        name: "explain",
        examples: [
            ("awsx explain prod", "Each step to a session of prod, and why"),
            ("awsx explain prod -d 4h", "What a session of four hours would take"),
            ("awsx explain prod --json", "For programs"),
        ],
        files: SESSION_FILES,
        see_also: &["list", "whoami"],
    },
    Page {
        name: "doctor",
        examples: [
            ("awsx doctor", "What is wrong in the AWS files and on this machine"),
            ("awsx doctor --json", "For programs"),
            ("awsx doctor --fix", "Mend what is safe to mend, after a question"),
        ],
        files: SESSION_FILES,
        see_also: &["doctor env", "explain", "list"],
    },
    Page {
        name: "doctor env",
        examples: [
            ("awsx doctor env", "Whose the credentials in this environment are, and what each SDK would take"),
            ("AWS_PROFILE=dev awsx doctor env", "The same with another variable"),
            ("awsx doctor env --json", "For programs"),
        ],
        files: &[CONFIG, CREDENTIALS, SESSIONS, STATE],
        see_also: &["doctor", "status"],
    },
    Page {
        name: "clear",
        examples: [
            ("awsx clear", "Forget every cached session"),
            ("awsx clear prod", "Those of prod, and those made from its keys"),
            ("awsx clear --expired", "Those that have expired, also in the AWS files"),
        ],
        files: &[CONFIG, CREDENTIALS, SESSIONS, STATE],
        see_also: &["remove", "list", "persist"],
    },
    import::PERSIST,
];
