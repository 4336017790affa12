import json, os, urllib.request
import boto3, botocore
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

URL = os.environ["AWS_ENDPOINT_URL"]
ACCOUNT = "111122223333"
ROOT = "<root_account>"


def control(method, what, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/_sandbox/{what}", method=method, data=data)
    return json.load(urllib.request.urlopen(request))


def key(user):
    found = [k for k in control("GET", "state")["access_keys"] if k["user"] == user and k["active"]]
    return {"aws_access_key_id": found[0]["id"], "aws_secret_access_key": found[0]["secret"]}


def session(credentials):
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def client(service, who, region="eu-west-1", attempts=1, **config):
    config = Config(retries={"total_max_attempts": attempts, "mode": "standard"}, **config)
    return boto3.client(service, endpoint_url=URL, region_name=region, config=config, **who)


def ahead(seconds):
    control("POST", "time", {"offset": seconds})


def code(serial):
    fresh = control("GET", f"code?ahead=1&serial={serial}")["code"]
    assert fresh, "no fresh code: move the clock"
    return fresh


def mfa(name):
    return f"arn:aws:iam::{ACCOUNT}:mfa/{name}"


def role(name, account=ACCOUNT):
    return f"arn:aws:iam::{account}:role/{name}"


def refused(call, **arguments):
    """Error code, message and HTTP status of a call that must fail."""
    try:
        answer = call(**arguments)
    except ClientError as e:
        error = e.response["Error"]
        return error["Code"], error["Message"], e.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError(f"it worked: {answer}")


def same(got, want):
    assert got == want, f"\n got {got}\nwant {want}"
