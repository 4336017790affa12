# GetSessionToken, codes, and what sessions may and may not do.
from datetime import datetime, timezone

alice, carol = key("alice"), key("carol")
sts = client("sts", alice)
BAD = ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ", 403)
UNABLE = (
    "AccessDenied",
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
    "associated with this user.",
    403,
)
HALF = (
    "AccessDenied",
    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
    403,
)

first = code(mfa("alice"))
made = sts.get_session_token(SerialNumber=mfa("alice"), TokenCode=first, DurationSeconds=900)["Credentials"]
left = (made["Expiration"] - datetime.now(timezone.utc)).total_seconds()
assert 880 < left <= 900, left
same(refused(sts.get_session_token, SerialNumber=mfa("alice"), TokenCode=first), BAD)  # replay
second = code(mfa("alice"))
assert first != second
sts.get_session_token(SerialNumber=mfa("alice"), TokenCode=second)
same(refused(sts.get_session_token, SerialNumber=mfa("alice"), TokenCode=first), BAD)  # older than the last one
same(refused(sts.get_session_token, SerialNumber=mfa("alice"), TokenCode="000000"), BAD)
same(refused(sts.get_session_token, SerialNumber=mfa("nobody"), TokenCode="123456"), UNABLE)
same(refused(sts.get_session_token, SerialNumber="GAHT12345678", TokenCode=code("GAHT12345678")), UNABLE)
same(refused(sts.get_session_token, SerialNumber=mfa("alice")), HALF)
same(refused(sts.get_session_token, TokenCode="123456"), HALF)
fido = [d["serial"] for d in control("GET", "state")["mfa_devices"] if d["kind"] == "fido"][0]
same(refused(client("sts", carol).get_session_token, SerialNumber=fido, TokenCode="123456"), UNABLE)
client("sts", carol).get_session_token(SerialNumber="GAHT12345678", TokenCode=code("GAHT12345678"))
client("sts", carol).get_session_token(SerialNumber=mfa("phones/carol"), TokenCode=code(mfa("phones/carol")))

# Constraints, checked by the server too.
loose = client("sts", alice, parameter_validation=False)
same(refused(loose.get_session_token, DurationSeconds=899),
     ("ValidationError", "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: "
      "Member must have value greater than or equal to 900", 400))
assert "less than or equal to 129600" in refused(loose.get_session_token, DurationSeconds=129601)[1]
assert refused(loose.get_session_token, SerialNumber=mfa("alice"), TokenCode="12x")[1].startswith("2 validation errors")
sts.get_session_token(DurationSeconds=129600)

# Sessions don't make sessions; without MFA they are nothing to IAM; the policy wants MFA for work.
mfa_session, plain = session(made), session(sts.get_session_token()["Credentials"])
CANNOT = ("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
same(refused(client("sts", mfa_session).get_session_token), CANNOT)
same(refused(client("sts", plain).get_session_token), CANNOT)
same(refused(client("iam", plain).get_user)[0], "InvalidClientTokenId")
same(client("iam", mfa_session).get_user()["User"]["UserName"], "alice")
same(len(client("s3", mfa_session).list_buckets()["Buckets"]), 2)
DENIED = "with an explicit deny in an identity-based policy"
assert refused(client("s3", plain).list_buckets)[1].endswith(DENIED)
assert refused(client("s3", alice).list_buckets)[1].endswith(DENIED)
assert refused(client("iam", alice).list_access_keys)[1] == (
    f"User: arn:aws:iam::{ACCOUNT}:user/engineering/alice is not authorized to perform: iam:ListAccessKeys on resource: "
    f"user alice {DENIED}"
)
same(client("iam", alice).get_user()["User"]["Path"], "/engineering/")

# The owner: an hour, whatever is asked.
owner = client("sts", key(ROOT)).get_session_token(DurationSeconds=36000)["Credentials"]
assert (owner["Expiration"] - datetime.now(timezone.utc)).total_seconds() <= 3600

# Ends: by time, by expiry on request, by revocation.
short = session(sts.get_session_token(DurationSeconds=900)["Credentials"])
control("POST", "expire", {"sessions": [short["aws_access_key_id"]]})
EXPIRED = "The security token included in the request is expired"
same(refused(client("sts", short).get_caller_identity), ("ExpiredToken", EXPIRED, 403))
same(refused(client("ssm", short).get_parameter, Name="x"), ("ExpiredTokenException", EXPIRED, 400))
same(refused(client("s3", short).list_buckets)[0], "ExpiredToken")
control("POST", "revoke", {"sessions": "all"})
same(refused(client("sts", plain).get_caller_identity)[0], "InvalidClientTokenId")

# All temporary credentials can be made to end soon, by the sandbox's clock.
control("POST", "settings", {"session_seconds": 30})
made = [
    sts.get_session_token(DurationSeconds=900),
    client("sts", key("dave")).assume_role(RoleArn=role("team/deploy"), RoleSessionName="me"),
]
soon = [answer["Credentials"] for answer in made]
for credentials in soon:
    assert 20 < (credentials["Expiration"] - datetime.now(timezone.utc)).total_seconds() <= 30
    client("sts", session(credentials)).get_caller_identity()
ahead(31)
for credentials in soon:
    same(refused(client("sts", session(credentials)).get_caller_identity), ("ExpiredToken", EXPIRED, 403))
