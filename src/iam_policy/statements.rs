//! The statements that the documents are made of. Pure.

use serde_json::{Map, Value, json};

use crate::iam_policy::Statement;
use crate::iam_policy::Writer;

/// What enrolment does without MFA, because a new user has no device yet. To enrol a second device AWS itself wants
/// MFA, so a stolen key can't add one.
const ENROL_DEVICE: [&str; 2] = ["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"];
const ENROL_USER: [&str; 3] = ["iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"];
const LOOK_AROUND: [&str; 2] = ["iam:ListAccountAliases", "iam:ListVirtualMFADevices"];

/// What makes or changes a credential of a user. AssumeRoot gives root's rights over a member account of an
/// organization, and with them a new password.
const CREDENTIALS: [&str; 15] = [
    "iam:ChangePassword",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:DeactivateMFADevice",
    "iam:DeleteAccessKey",
    "iam:DeleteLoginProfile",
    "iam:DeleteServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateAccessKey",
    "iam:UpdateLoginProfile",
    "iam:UpdateServiceSpecificCredential",
    "iam:*SSHPublicKey",
    "iam:*SigningCertificate",
    "sts:AssumeRoot",
];

/// What users may do to their own credentials, with MFA. UpdateLoginProfile is not among them: it sets a password
/// without the old one, which ChangePassword asks for.
const OWN_CREDENTIALS: [&str; 17] = [
    "iam:ChangePassword",
    "iam:CreateAccessKey",
    "iam:DeactivateMFADevice",
    "iam:DeleteAccessKey",
    "iam:DeleteSSHPublicKey",
    "iam:DeleteSigningCertificate",
    "iam:GetAccessKeyLastUsed",
    "iam:GetLoginProfile",
    "iam:GetSSHPublicKey",
    "iam:ListAccessKeys",
    "iam:ListSSHPublicKeys",
    "iam:ListServiceSpecificCredentials",
    "iam:ListSigningCertificates",
    "iam:UpdateAccessKey",
    "iam:UpdateSSHPublicKey",
    "iam:UploadSSHPublicKey",
    "iam:UploadSigningCertificate",
];

/// Actions that give rights, to oneself or to a new identity. Without a limit on them the rest would be of no use.
/// Identity providers are among them because roles trust them, and tags because policies may depend on them.
const RIGHTS: [&str; 29] = [
    "iam:AcceptDelegationRequest",
    "iam:AcquireRole",
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:AddUserToGroup",
    "iam:Attach*Policy",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateSAMLProvider",
    "iam:CreateUser",
    "iam:Delete*PermissionsBoundary",
    "iam:Delete*Policy",
    "iam:DeletePolicyVersion",
    "iam:Detach*Policy",
    "iam:PassRole",
    "iam:Put*PermissionsBoundary",
    "iam:Put*Policy",
    "iam:RemoveUserFromGroup",
    "iam:SendDelegationToken",
    "iam:SetDefaultPolicyVersion",
    "iam:TagRole",
    "iam:TagUser",
    "iam:UntagRole",
    "iam:UntagUser",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateOpenIDConnectProviderThumbprint",
    "iam:UpdateSAMLProvider",
    "iam:UpdateUser",
];

/// What a console login does ([permissions of AWS
/// Sign-In](https://docs.aws.amazon.com/signin/latest/userguide/command-line-sign-in.html)).
const SIGN_IN: [&str; 2] = ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"];

/// What rotates an access key.
const ROTATE: [&str; 5] = [
    "iam:CreateAccessKey",
    "iam:DeleteAccessKey",
    "iam:GetAccessKeyLastUsed",
    "iam:ListAccessKeys",
    "iam:UpdateAccessKey",
];

impl Writer<'_> {
    pub(super) fn enforce_mfa(&self) -> Vec<Statement> {
        let mut statements = self.own_everything();
        let mut without: Vec<&str> = [&ENROL_DEVICE[..], &ENROL_USER, &LOOK_AROUND].concat();
        without.extend(["iam:GetUser", "sts:GetCallerIdentity", "sts:GetSessionToken"]);
        without.sort_unstable();
        statements.push(self.others_devices());
        statements.push(statement(
            "EverythingElseNeedsMfa",
            format!(
                "Denies everything without {}, except enrolment and the call that makes the MFA session. It overrides what \
                 other policies allow. Long-lived keys carry no MFA condition key at all, which is why it says IfExists.",
                self.mfa.in_words()
            ),
            &[
                ("Effect", json!("Deny")),
                ("NotAction", json!(without)),
                ("Resource", json!("*")),
                ("Condition", self.mfa.missing()),
            ],
        ));
        statements
    }

    pub(super) fn allow_mfa(&self) -> Vec<Statement> {
        let mut statements = self.own_everything();
        statements.push(self.others_devices());
        let actions = [&CREDENTIALS[..], &RIGHTS].concat();
        statements.push(statement(
            "CredentialsAndRightsNeedMfa",
            format!(
                "Denies every change of anybody's credentials and rights without {}, also where another policy allows it. So \
                 a stolen key can't create another one or remove this policy. Everything else is left to the other policies.",
                self.mfa.in_words()
            ),
            &[
                ("Effect", json!("Deny")),
                ("Action", json!(actions)),
                ("Resource", json!("*")),
                ("Condition", self.mfa.missing()),
            ],
        ));
        statements
    }

    pub(super) fn open_mfa(&self) -> Vec<Statement> {
        self.own_everything()
    }

    pub(super) fn self_provision(&self) -> Vec<Statement> {
        let mut statements = self.enrolment();
        statements.push(allow(
            "TakeOwnDeviceAway",
            format!(
                "Deactivating a device needs {}. Otherwise a stolen key could remove the device and enrol another. Deleting a \
                 device comes after that and is allowed above.",
                self.mfa.in_words()
            ),
            &["iam:DeactivateMFADevice"],
            &json!(self.own_user()),
            Some(self.mfa.required()),
        ));
        statements
    }

    pub(super) fn session_user(&self) -> Vec<Statement> {
        let ssm = format!("arn:{}:ssm:*:*:parameter/unencrypted/*", self.partition);
        let roles = format!("arn:{}:iam::*:role/*", self.partition);
        vec![
            allow(
                "FindOwnDevice",
                "Finds the user's MFA device where the config names none.".into(),
                &["iam:ListMFADevices"],
                &json!(self.own_user()),
                None,
            ),
            allow(
                "MakeSessions",
                "Says who the caller is and makes the session. AWS asks no permission for either; it is written down so \
                 that the document is complete."
                    .into(),
                &["sts:GetCallerIdentity", "sts:GetSessionToken"],
                &json!("*"),
                None,
            ),
            allow(
                "ReadAdvertisedLimits",
                "Reads the advertised session lengths. Without it awsx uses its defaults.".into(),
                &["ssm:GetParameters"],
                &json!(ssm),
                None,
            ),
            allow(
                "ReadRoleLimits",
                "Reads how long a role's sessions may be. Without it awsx uses one hour.".into(),
                &["iam:GetRole"],
                &json!(roles),
                Some(self.mfa.required()),
            ),
            allow(
                "ShowAlias",
                "Shows the account by its alias.".into(),
                &["iam:ListAccountAliases"],
                &json!("*"),
                None,
            ),
            allow(
                "RotateOwnKey",
                format!("Lets the user replace the access key, with {}.", self.mfa.in_words()),
                &ROTATE,
                &json!(self.own_user()),
                Some(self.mfa.required()),
            ),
        ]
    }

    pub(super) fn boundary(&self) -> Vec<Statement> {
        let mut statements = vec![statement(
            "EverythingWithMfa",
            format!(
                "A boundary grants nothing; it is the most that the user's policies can give. With {} that is everything.",
                self.mfa.in_words()
            ),
            &[
                ("Effect", json!("Allow")),
                ("Action", json!("*")),
                ("Resource", json!("*")),
                ("Condition", self.mfa.required()),
            ],
        )];
        statements.extend(self.enrolment());
        statements.push(allow(
            "MakeSessions",
            "Says who the caller is and makes the MFA session.".into(),
            &["sts:GetCallerIdentity", "sts:GetSessionToken"],
            &json!("*"),
            None,
        ));
        statements.push(statement(
            "KeepOwnBoundary",
            "Users can't remove or replace their own boundary, with MFA or without.".into(),
            &[
                ("Effect", json!("Deny")),
                ("Action", json!(["iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"])),
                ("Resource", json!(self.own_user())),
            ],
        ));
        statements
    }

    pub(super) fn sign_in(&self) -> Vec<Statement> {
        let client = |name: &str| json!(format!("arn:{}:signin:*:*:oauth2/public-client/{name}", self.partition));
        vec![
            allow(
                "BrowserOnThisMachine",
                "Lets a program that runs where the browser is get credentials of whoever is signed in to the console, and \
                 refresh them."
                    .into(),
                &SIGN_IN,
                &client("localhost"),
                None,
            ),
            allow(
                "BrowserOnAnotherMachine",
                "The same with a code that is carried from the browser to another machine. A person can be \
                 talked into giving that code away, so leave this out where nobody needs it."
                    .into(),
                &SIGN_IN,
                &client("remote"),
                None,
            ),
        ]
    }

    /// What `awsx provision-mfa`, `awsx mfa status` and `awsx mfa resync` do, without MFA.
    fn enrolment(&self) -> Vec<Statement> {
        vec![
            allow(
                "LookAround",
                "Finds devices that an interrupted enrolment left behind, and the alias that the app shows. AWS takes no \
                 narrower resource for either."
                    .into(),
                &LOOK_AROUND,
                &json!("*"),
                None,
            ),
            allow(
                "MakeOwnDevice",
                "Makes virtual devices with the user's own name, and deletes them while they are not in use, because an \
                 interrupted enrolment is undone. Without MFA, since there is none yet."
                    .into(),
                &ENROL_DEVICE,
                &json!(self.own_devices()),
                None,
            ),
            allow(
                "EnrolSelf",
                "Lists the user's devices, enables one, and resynchronises it with codes that only the device can show. AWS \
                 wants MFA for a second device, so a stolen key can't use this."
                    .into(),
                &ENROL_USER,
                &json!(self.own_user()),
                None,
            ),
        ]
    }

    /// Enrolment without MFA, and the user's own credentials with it.
    fn own_everything(&self) -> Vec<Statement> {
        let mut statements = self.enrolment();
        statements.push(allow("SeeSelf", "Shows the user.".into(), &["iam:GetUser"], &json!(self.own_user()), None));
        statements.push(allow(
            "SeePasswordRules",
            "Says what a new password must look like.".into(),
            &["iam:GetAccountPasswordPolicy"],
            &json!("*"),
            None,
        ));
        statements.push(allow(
            "OwnCredentialsWithMfa",
            format!(
                "The user's own password, keys, certificates and devices, with {}. Without it nobody can create a key or \
                 remove the MFA device.",
                self.mfa.in_words()
            ),
            &OWN_CREDENTIALS,
            &json!(self.own_user()),
            Some(self.mfa.required()),
        ));
        statements
    }

    /// Nobody enrols devices for another user without MFA, whatever other policies say.
    fn others_devices(&self) -> Statement {
        let mut actions = [&ENROL_DEVICE[..], &["iam:EnableMFADevice", "iam:ResyncMFADevice"]].concat();
        actions.sort_unstable();
        let own = [self.own_user(), self.own_devices()].concat();
        statement(
            "OthersDevicesNeedMfa",
            format!(
                "Denies enrolment for other users without {}, also where another policy allows it. So a stolen key of an \
                 administrator can't enrol a device for somebody else.",
                self.mfa.in_words()
            ),
            &[
                ("Effect", json!("Deny")),
                ("Action", json!(actions)),
                ("NotResource", json!(own)),
                ("Condition", self.mfa.missing()),
            ],
        )
    }

    fn own_user(&self) -> Vec<String> {
        self.iam(&["user/${aws:username}", "user/*/${aws:username}"])
    }

    fn own_devices(&self) -> Vec<String> {
        self.iam(&["mfa/${aws:username}", "mfa/${aws:username}/*"])
    }

    fn iam(&self, resources: &[&str]) -> Vec<String> {
        resources.iter().map(|resource| format!("arn:{}:iam::*:{resource}", self.partition)).collect()
    }
}

fn allow(sid: &'static str, why: String, actions: &[&str], resource: &Value, condition: Option<Value>) -> Statement {
    let mut body = vec![("Effect", json!("Allow")), ("Action", json!(actions)), ("Resource", resource.clone())];
    body.extend(condition.map(|condition| ("Condition", condition)));
    statement(sid, why, &body)
}

fn statement(sid: &'static str, why: String, body: &[(&str, Value)]) -> Statement {
    let body: Map<String, Value> =
        [("Sid", json!(sid))].iter().chain(body).map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    Statement { sid, why, body }
}
