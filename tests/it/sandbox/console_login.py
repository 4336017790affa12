CALLBACK = "http://127.0.0.1:8912/oauth/callback"
CONFIRMATION = f"{URL}/v1/sessions/confirmation"
VERIFIER = "v" * 64


def error(key, body, header=None):
    """Its error: code, reason and status."""
    try:
        token(key, body, header)
    except ClientError as e:
        return e.response["Error"]["Code"], e.response["error"], e.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError("it worked")


def authorize(**change):
    query = {
        "response_type": "code",
        "client_id": SAME,
        "state": "a state",
        "code_challenge_method": "SHA-256",
        "scope": "openid",
        "redirect_uri": CALLBACK,
        "code_challenge": pkce(VERIFIER),
    } | change
    return f"{URL}/v1/authorize?" + urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})


def by_code(user="carol", **change):
    back = answered(decide(authorize(), user=user))
    same(back["state"], "a state")
    return {
        "clientId": SAME,
        "grantType": "authorization_code",
        "code": back["code"],
        "codeVerifier": VERIFIER,
        "redirectUri": CALLBACK,
    } | change


def refresh(got, **change):
    return {"clientId": SAME, "grantType": "refresh_token", "refreshToken": got["refreshToken"]} | change


def identity(got):
    keys = got["accessToken"]
    return {
        "aws_access_key_id": keys["accessKeyId"],
        "aws_secret_access_key": keys["secretAccessKey"],
        "aws_session_token": keys["sessionToken"],
    }


def subject(got):
    claims = got["idToken"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]


def clock(seconds):
    global OFFSET
    OFFSET = seconds
    ahead(seconds)


key, another = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
invalid = ("ValidationException", "INVALID_REQUEST", 400)
expired = ("AccessDeniedException", "TOKEN_EXPIRED", 400)

# What a browser may be sent with; where anything is wrong it stays.
for change in [
    {"client_id": "arn:aws:signin:::devtools/other"},
    {"redirect_uri": "http://localhost:8912/oauth/callback"},
    {"redirect_uri": "http://127.0.0.1:8912/other"},
    {"redirect_uri": CONFIRMATION},
    {"client_id": CROSS},
    {"client_id": CROSS, "redirect_uri": "http://127.0.0.1:1/v1/sessions/confirmation"},
    {"code_challenge_method": "S256"},
    {"code_challenge": pkce(VERIFIER) + "="},
    {"scope": "openid email"},
    {"scope": None},
    {"state": None},
    {"response_type": "token"},
]:
    status, headers, page = http("GET", authorize(**change))
    assert status == 400 and "Location" not in headers, (change, status, page)
same(answered(decide(authorize(), "deny", "carol"))["error"], "access_denied")

# Credentials for fifteen minutes that STS knows, and who it is.
got = token(key, by_code())
same((got["expiresIn"], got["tokenType"]), (900, "aws_sigv4"))
same(subject(got), f"arn:aws:iam::{ACCOUNT}:user/carol")
same(client("sts", identity(got)).get_caller_identity()["Arn"], f"arn:aws:iam::{ACCOUNT}:user/carol")
client("iam", identity(got)).get_user()
client("sts", identity(got)).assume_role(RoleArn=role("admin"), RoleSessionName="hop")
same(subject(token(key, by_code(user="alice"))), f"arn:aws:iam::{ACCOUNT}:user/engineering/alice")
same(subject(token(key, by_code(user=ROOT))), f"arn:aws:iam::{ACCOUNT}:root")
dave = identity(token(key, by_code(user="dave")))
same(client("iam", dave).get_user()["User"]["UserName"], "dave")
same(violations(), [])

# The proof of possession.
for header, what in [
    ("x", "DPoP: it has not three parts"),
    (proof(key, htm="GET"), "DPoP: htm is GET"),
    (proof(key, url=f"{URL}/v1/token?"), "DPoP: htu is"),
    (proof(key, url=f"{URL}/token"), "DPoP: htu is"),
    (proof(key, url=URL.replace("127.0.0.1", "localhost") + "/v1/token"), "DPoP: htu is"),
    (proof(key, iat=int(time.time()) - 400), "DPoP: iat is"),
    (proof(key, iat=int(time.time()) + 400), "DPoP: iat is"),
    (proof(key, exp=1), "DPoP: claims"),
    (".".join([*proof(key).split(".")[:2], proof(another).split(".")[2]]), "DPoP: the signature is not by that key"),
]:
    same(error(key, by_code(), header), invalid)
    found = violations()
    assert len(found) == 1 and what in found[0], (what, found)
once = proof(key)
token(key, by_code(), once)
same(error(key, by_code(), once), invalid)
same(violations(), ["signin: DPoP: jti was used again"])
plain = json.dumps(by_code()).encode()
request = urllib.request.Request(f"{URL}/v1/token", method="POST", data=plain, headers={"Content-Type": "application/json"})
try:
    raise AssertionError(urllib.request.urlopen(request))
except urllib.error.HTTPError as e:
    same((e.code, e.headers["x-amzn-errortype"]), (400, "ValidationException"))

# A code is good once, for its own client, address and verifier.
for change, reason in [
    ({"codeVerifier": "w" * 64}, invalid),
    ({"redirectUri": "http://127.0.0.1:8913/oauth/callback"}, invalid),
    ({"clientId": CROSS}, invalid),
    ({"code": "guessed"}, ("AccessDeniedException", "AUTHCODE_EXPIRED", 400)),
]:
    same((change, error(key, by_code(**change))), (change, reason))
violations()
body = by_code()
control("POST", "sign-ins", {"which": "all", "do": "expire_codes"})
same(error(key, body), ("AccessDeniedException", "AUTHCODE_EXPIRED", 400))
body = by_code()
got = token(key, body)
same(error(key, body), ("AccessDeniedException", "AUTHCODE_EXPIRED", 400))
same(violations(), ["signin: an authorization code was used again"])
same(error(key, refresh(got)), expired)

# Refresh: the same key, a new token each time, the same answer again for a minute, twelve hours at most.
one = token(key, by_code())
two = token(key, refresh(one))
assert two["refreshToken"] != one["refreshToken"] and "idToken" not in two, two
same(token(key, refresh(one))["refreshToken"], two["refreshToken"])
client("sts", identity(two)).get_caller_identity()
same(error(another, refresh(two)), invalid)
same(error(key, refresh(two, clientId=CROSS)), invalid)
same(violations(), ["signin: a refresh token was used with another key or client"] * 2)
clock(901)
same(refused(client("sts", identity(two)).get_caller_identity)[0], "SignatureDoesNotMatch")
same(error(key, refresh(one)), expired)
same(violations(), ["signin: an old refresh token was used again"])
same(error(key, refresh(two)), expired)
clock(0)
one = token(key, by_code())
clock(12 * 3600 - 100)
two = token(key, refresh(one))
assert 0 < two["expiresIn"] <= 100, two["expiresIn"]
clock(12 * 3600 + 1)
same(error(key, refresh(two)), expired)
clock(0)
one = token(key, by_code())
control("POST", "sign-ins", {"which": "carol", "do": "change_password"})
same(error(key, refresh(one)), ("AccessDeniedException", "USER_CREDENTIALS_CHANGED", 400))
one = token(key, by_code())
control("POST", "sign-ins", {"which": "carol", "do": "revoke"})
same(error(key, refresh(one)), expired)
control("POST", "settings", {"login_token_seconds": 60})
same(token(key, by_code())["expiresIn"], 60)
control("POST", "settings", {})

# Who may. Bob may not let a program sign in at all; frank may, but gets no token; gina may not from another device.
assert "bob is not authorized to perform: signin:AuthorizeOAuth2Access" in decide(authorize(), user="bob")
state = control("GET", "state")
allow = lambda action, resource: {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:signin:*:*:oauth2/public-client/{resource}"}
people = {
    "frank": [allow("signin:AuthorizeOAuth2Access", "*")],
    "gina": [allow("signin:*", "localhost")],
}
for name, statements in people.items():
    state["users"].append({"name": name, "policies": [{"Version": "2012-10-17", "Statement": statements}]})
control("POST", "state", state)
same(error(key, by_code(user="frank")), ("AccessDeniedException", "INSUFFICIENT_PERMISSIONS", 400))
token(key, by_code(user="gina"))
remote = authorize(client_id=CROSS, redirect_uri=CONFIRMATION)
assert "gina is not authorized" in decide(remote, user="gina")

# From another device: the page shows what is pasted.
to = decide(remote, user="carol")
assert to.startswith(CONFIRMATION + "?"), to
status, _, page = http("GET", to)
pasted = dict(urllib.parse.parse_qsl(base64.b64decode(re.search(">([A-Za-z0-9+/=]+)</textarea>", page)[1]).decode()))
same(pasted["state"], "a state")
got = token(key, by_code(clientId=CROSS, code=pasted["code"], redirectUri=CONFIRMATION))
same(subject(got), f"arn:aws:iam::{ACCOUNT}:user/carol")
status, _, page = http("GET", decide(remote, "deny", "carol"))
assert status == 400 and "denied" in page, page

# Faults.
fault = {"action": "signin:CreateOAuth2Token"}
control("POST", "faults", fault | {"kind": "error500"})
same(error(key, by_code()), ("InternalServerException", "server_error", 500))
control("POST", "faults", fault | {"kind": "throttle"})
same(error(key, by_code()), ("TooManyRequestsError", "rate_exceeded", 429))
control("POST", "faults", fault | {"kind": "error", "status": 400, "code": "AccessDeniedException/TOKEN_EXPIRED", "message": "m"})
same(error(key, by_code()), expired)

log = json.dumps(control("GET", "calls"))
for action in ["Authorize", "AuthorizeOAuth2Access", "Confirmation", "CreateOAuth2Token"]:
    assert f'"signin:{action}"' in log, action
for secret in [got["refreshToken"], got["accessToken"]["secretAccessKey"], VERIFIER, pasted["code"]]:
    assert secret not in log, secret
