# Whose signature it is, and what makes one wrong.
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

alice = key("alice")
me = client("sts", alice).get_caller_identity()
same(me["Arn"], f"arn:aws:iam::{ACCOUNT}:user/engineering/alice")
same((me["Account"], me["UserId"][:4]), (ACCOUNT, "AIDA"))
assert me["ResponseMetadata"]["RequestId"]
root = client("sts", key(ROOT)).get_caller_identity()
same((root["Arn"], root["UserId"]), (f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT))

INVALID = "The security token included in the request is invalid."
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
wrong = dict(alice, aws_secret_access_key="x" * 40)
unknown = dict(alice, aws_access_key_id="AKIAUNKNOWN222222222")
token = dict(alice, aws_session_token="nonsense")
inactive = [k for k in control("GET", "state")["access_keys"] if not k["active"]][0]
inactive = {"aws_access_key_id": inactive["id"], "aws_secret_access_key": inactive["secret"]}
same(refused(client("sts", wrong).get_caller_identity), ("SignatureDoesNotMatch", MISMATCH, 403))
same(refused(client("iam", wrong).get_user), ("SignatureDoesNotMatch", MISMATCH, 403))
same(refused(client("ssm", wrong).get_parameter, Name="x"), ("InvalidSignatureException", MISMATCH, 400))
same(refused(client("s3", wrong).list_buckets)[0], "SignatureDoesNotMatch")
for who in unknown, token, inactive:
    same(refused(client("sts", who).get_caller_identity), ("InvalidClientTokenId", INVALID, 403))
same(refused(client("ssm", unknown).get_parameter, Name="x"), ("UnrecognizedClientException", INVALID, 400))
same(refused(client("s3", unknown).list_buckets)[0], "InvalidAccessKeyId")

# A session's token belongs to its key.
one = client("sts", alice).get_session_token()["Credentials"]
two = client("sts", alice).get_session_token()["Credentials"]
swapped = dict(session(one), aws_session_token=two["SessionToken"])
same(refused(client("sts", swapped).get_caller_identity)[0], "InvalidClientTokenId")
bare = {k: v for k, v in session(one).items() if k != "aws_session_token"}
same(refused(client("sts", bare).get_caller_identity)[0], "InvalidClientTokenId")
same(client("sts", session(one)).get_caller_identity()["Arn"], me["Arn"])

# Regions and services are part of the signature.
same(refused(client("sts", alice, region="atlantis-1").get_caller_identity)[1],
     "Credential should be scoped to a valid region, not 'atlantis-1'. ")


def signed(service="sts", region="eu-west-1", body="Action=GetCallerIdentity&Version=2011-06-15", headers=None):
    headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    request = AWSRequest("POST", URL + "/", headers=headers, data=body)
    SigV4Auth(Credentials(alice["aws_access_key_id"], alice["aws_secret_access_key"]), service, region).add_auth(request)
    return request


def send(request, body=None, drop=(), headers=None):
    headers = {k: v for k, v in {**dict(request.headers), **(headers or {})}.items() if k not in drop}
    plain = urllib.request.Request(URL + "/", method="POST", headers=headers, data=(body or request.data).encode())
    try:
        return 200, urllib.request.urlopen(plain).read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


same(send(signed())[0], 200)
status, text = send(signed(), body="Action=GetSessionToken&Version=2011-06-15")
assert status == 403 and "SignatureDoesNotMatch" in text, text
status, text = send(signed(), drop=("Authorization",))
assert status == 403 and "MissingAuthenticationToken" in text, text
status, text = send(signed(), headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x"})
assert status == 403 and "IncompleteSignature" in text, text
status, text = send(signed(), headers={"X-Amz-Date": "20200101T000000Z"})
assert "Signature expired: 20200101T000000Z is now earlier than" in text, text
status, text = send(signed(), headers={"X-Amz-Security-Token": "x"})
assert "IncompleteSignature" in text and "x-amz-security-token" in text, text
status, text = send(signed(body="Action=GetCallerIdentity&Version=2010-05-08"))
assert status == 400 and "InvalidAction" in text, text
status, text = send(signed(body="Action=Fly&Version=2011-06-15"))
assert "Could not find operation Fly for version 2011-06-15" in text, text
status, text = send(signed(service="ec2"))
assert status == 501, text
status, text = send(signed(service="iam", headers={"X-Amz-Target": "AmazonSSM.GetParameter"}, body="{}"))
assert "Credential should be scoped to correct service: 'ssm'." in text, text

# The clock: five minutes either way.
for offset, says in (290, None), (-290, None), (310, "Signature expired: "), (-310, "Signature not yet current: "):
    ahead(offset)
    if says is None:
        client("sts", alice).get_caller_identity()
        continue
    sts_says = refused(client("sts", alice).get_caller_identity)
    same((sts_says[0], sts_says[1][: len(says)], sts_says[2]), ("SignatureDoesNotMatch", says, 403))
    same(refused(client("s3", alice).list_buckets)[0], "RequestTimeTooSkewed")
