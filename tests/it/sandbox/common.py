import base64, hashlib, json, os, re, time, urllib.error, urllib.parse, urllib.request
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


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def http(method, url, form=None, **headers):
    """Status, header fields and body; redirects are not followed."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, method=method, data=data, headers=headers)
    try:
        answer = urllib.request.build_opener(NoRedirect).open(request)
    except urllib.error.HTTPError as e:
        answer = e
    return answer.status, answer.headers, answer.read().decode()


def decide(url, decision="approve", user="erin"):
    """What a person at a browser gets: where it is sent on to, or the page."""
    status, _, page = http("GET", url)
    assert status == 200, page
    ticket = re.search('name="ticket" value="([^"]+)"', page)[1]
    _, headers, page = http("POST", f"{URL}/decision", {"ticket": ticket, "user": user, "decision": decision})
    return headers.get("Location") or page


def answered(location):
    """The parameters with which a browser comes back."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query, strict_parsing=True))


def pkce(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def unsigned(service, **config):
    return client(service, {}, signature_version=botocore.UNSIGNED, **config)


def violations():
    found = [v["what"] for v in control("GET", "violations")]
    control("DELETE", "violations")
    return found
