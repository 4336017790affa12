//! What there is to say of each command. Pure.

use super::Page;
use super::files::{CONFIG, CREDENTIALS, KEYS, SESSION_FILES, SESSIONS, STATE};

/// Every command, in the order of the help.
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
            ("awsx clean prod", "The same"),
        ],
        files: &[CONFIG, SESSIONS, STATE],
        see_also: &["remove", "list"],
    },
    Page {
        name: "token",
        examples: [
            ("awsx token eks prod --cluster blue", "What kubectl wants to know who you are"),
            ("awsx token rds prod --host DB --port 5432 --user app", "A password for a database"),
            ("awsx token eks --cluster blue --no-cache", "With a session made for this token alone"),
        ],
        files: SESSION_FILES,
        see_also: &["exec", "explain"],
    },
    Page {
        name: "token eks",
        examples: [
            ("awsx token eks prod --cluster blue", "A token for the cluster blue"),
            ("awsx token eks prod --cluster blue --region eu-west-1", "Signed for STS in this region"),
            ("awsx token eks --cluster blue", "With the profile of this shell"),
        ],
        files: SESSION_FILES,
        see_also: &["token rds", "explain"],
    },
    Page {
        name: "token rds",
        examples: [
            ("awsx token rds prod --host DB --port 5432 --user app", "A password for the user app, for 15 minutes"),
            ("awsx token rds --host DB --port 3306 --user app", "With the profile of this shell"),
            (
                "awsx token rds prod --host DB --port 5432 --user app --region eu-west-1",
                "Where the host's name has no region",
            ),
        ],
        files: SESSION_FILES,
        see_also: &["token eks", "exec"],
    },
    Page {
        name: "whence",
        examples: [
            ("awsx whence ASIA2EXAMPLE", "The profile and the program behind a key in CloudTrail"),
            ("awsx whence --last 5", "The latest five sessions"),
            ("awsx whence --json", "For programs"),
        ],
        files: &[STATE],
        see_also: &["status", "list"],
    },
    Page {
        name: "advertise",
        examples: [
            ("awsx advertise show admin", "What the account of admin advertises"),
            ("awsx advertise set admin --mfa-length 9h", "MFA sessions of its users last 9 hours"),
            ("awsx advertise delete admin --mfa-length", "Stop advertising that"),
        ],
        files: SESSION_FILES,
        see_also: &["advertise show", "advertise set", "advertise delete", "policy", "explain"],
    },
    Page {
        name: "advertise show",
        examples: [
            ("awsx advertise show", "What the account of AWS_PROFILE, or of default, advertises"),
            ("awsx advertise show admin", "That of admin"),
            ("awsx advertise show admin --json", "For programs"),
        ],
        files: SESSION_FILES,
        see_also: &["advertise set", "explain"],
    },
    Page {
        name: "advertise set",
        examples: [
            ("awsx advertise set admin --mfa-length 9h", "MFA sessions of the account's users last 9 hours"),
            (
                "awsx advertise set admin --role 123456789012/ops --role-length 2h --role-mfa true",
                "Sessions of a role, in this or another account",
            ),
            ("awsx advertise set admin --account 123456789012 --alias acme-prod", "The alias of an account"),
        ],
        files: SESSION_FILES,
        see_also: &["advertise show", "advertise delete", "policy"],
    },
    Page {
        name: "advertise delete",
        examples: [
            ("awsx advertise delete admin --mfa-length", "The length of MFA sessions"),
            ("awsx advertise delete admin --role 123456789012/ops", "All that is advertised for a role"),
            ("awsx advertise delete admin --account 123456789012 --alias -y", "An alias, without a question"),
        ],
        files: SESSION_FILES,
        see_also: &["advertise show", "advertise set"],
    },
    Page {
        name: "policy",
        examples: [
            ("awsx policy", "List the policies"),
            ("awsx policy enforce-mfa --max-age 4h", "Refuse everything without a code of the last four hours"),
            ("awsx policy self-provision --explain", "What each statement is for"),
        ],
        files: &[],
        see_also: &["provision-mfa"],
    },
    Page {
        name: "init",
        examples: [
            ("eval \"$(awsx init bash)\"", "In ~/.bashrc"),
            ("eval \"$(awsx init zsh)\"", "In ~/.zshrc"),
            ("awsx init fish | source", "In ~/.config/fish/config.fish"),
        ],
        files: &[],
        see_also: &["use", "off", "completions", "prompt"],
    },
    Page {
        name: "prompt",
        examples: [
            ("awsx prompt", "The prompt fragment for this shell's session"),
            ("set -g status-right '#(awsx prompt)'", "In tmux.conf"),
            ("awsx prompt --color always", "With colours, for another prompt"),
        ],
        files: &[],
        see_also: &["init", "status"],
    },
    Page {
        name: "completions",
        examples: [
            ("eval \"$(awsx completions bash)\"", "In ~/.bashrc"),
            ("eval \"$(awsx completions zsh)\"", "In ~/.zshrc, behind compinit"),
            ("awsx completions fish > ~/.config/fish/completions/awsx.fish", "Once, for fish"),
        ],
        files: &[],
        see_also: &["init", "man"],
    },
    Page {
        name: "man",
        examples: [
            ("awsx man exec | man -l -", "Read the page of a command"),
            ("awsx man mfa status", "Print the page of a subcommand"),
            ("awsx man --dir ~/.local/share/man/man1", "Install every page"),
        ],
        files: &[],
        see_also: &["completions"],
    },
];
