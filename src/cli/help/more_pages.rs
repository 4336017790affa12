//! What there is to say of the commands around sessions: servers, tokens, policies, shells. Pure.

use super::Page;
use super::files::{SESSION_FILES, STATE};

/// These commands, in the order of the help.
pub const PAGES: &[Page] = &[
    Page {
        name: "serve",
        examples: [
            ("awsx serve prod", "Print what a client needs, and serve until Ctrl-C"),
            ("awsx serve prod,test --port 4040", "Two profiles, each under its own path"),
            ("awsx serve prod --docker", "Print options for docker run"),
        ],
        files: SESSION_FILES,
        see_also: &["exec", "shell"],
    },
    Page {
        name: "token",
        examples: [
            ("awsx token eks prod --cluster blue", "What kubectl sends to prove who you are"),
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
        name: "console",
        examples: [
            ("awsx console prod", "Open the web console as prod"),
            ("awsx console prod --service ec2 --isolated", "EC2, in a browser profile of its own"),
            ("awsx console prod --stdout", "Print the URL that signs in"),
        ],
        files: SESSION_FILES,
        see_also: &["shell", "exec"],
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
