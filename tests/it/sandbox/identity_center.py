START = "https://awsx-sandbox.awsapps.com/start"
SCOPE = "sso:account:access"
CALLBACK = "http://127.0.0.1:8912/oauth/callback"
VERIFIER = "v" * 64
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
oidc, portal = unsigned("sso-oidc"), unsigned("sso")


def register(**change):
    wanted = {
        "clientName": "a <test>",
        "clientType": "public",
        "scopes": [SCOPE],
        "grantTypes": ["authorization_code", "refresh_token"],
        "redirectUris": ["http://127.0.0.1/oauth/callback"],
        "issuerUrl": START,
    } | change
    return {name: value for name, value in wanted.items() if value is not None}


def of(client):
    return {"clientId": client["clientId"], "clientSecret": client["clientSecret"]}


def authorize(client, **change):
    query = {
        "response_type": "code",
        "client_id": client["clientId"],
        "redirect_uri": CALLBACK,
        "state": "a state",
        "code_challenge_method": "S256",
        "scopes": SCOPE,
        "code_challenge": pkce(VERIFIER),
    } | change
    return f"{URL}/authorize?" + urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})


def by_code(given, client, **change):
    return of(client) | {
        "grantType": "authorization_code",
        "code": given,
        "codeVerifier": VERIFIER,
        "redirectUri": CALLBACK,
    } | change


def new_code(client):
    back = answered(decide(authorize(client)))
    same(back["state"], "a state")
    return back["code"]


def refresh(token, client):
    return of(client) | {"grantType": "refresh_token", "refreshToken": token}


def code_of(call, **arguments):
    return refused(call, **arguments)[0]


# Registration: 90 days, and only what a public client may have.
tool = oidc.register_client(**register())
same(tool["clientSecretExpiresAt"] - tool["clientIdIssuedAt"], 90 * 86400)
for change, error in [
    ({"clientType": "confidential"}, "InvalidClientMetadataException"),
    ({"clientName": ""}, "InvalidClientMetadataException"),
    ({"scopes": ["everything"]}, "InvalidScopeException"),
    ({"redirectUris": ["http://localhost/oauth/callback"]}, "InvalidRedirectUriException"),
    ({"redirectUris": ["https://example.com/oauth/callback"]}, "InvalidRedirectUriException"),
    ({"grantTypes": ["password"]}, "UnsupportedGrantTypeException"),
    ({"issuerUrl": "https://another.awsapps.com/start"}, "InvalidRequestException"),
    ({"issuerUrl": None}, "InvalidRequestException"),
    ({"redirectUris": None}, "InvalidRequestException"),
]:
    same((change, code_of(oidc.register_client, **register(**change))), (change, error))

# What a browser may be sent with. Where the address to go back to is not the client's, the browser stays.
for change, words in [
    ({"client_id": "nobody"}, "client_id is not registered"),
    ({"redirect_uri": "http://127.0.0.1:8912/other"}, "redirect_uri is not one"),
    ({"redirect_uri": "http://127.0.0.2:8912/oauth/callback"}, "redirect_uri is not one"),
    ({"redirect_uri": "http://localhost:8912/oauth/callback"}, "redirect_uri is not one"),
    ({"redirect_uri": "http://127.0.0.1.example.com/oauth/callback"}, "redirect_uri is not one"),
    ({"state": None}, "state is missing"),
    ({"response_type": "token"}, "response_type must be code"),
    ({"code_challenge": None}, "code_challenge is missing"),
    ({"code_challenge": pkce(VERIFIER) + "="}, "code_challenge is no SHA-256"),
    ({"code_challenge_method": "plain"}, "code_challenge_method must be S256"),
    ({"code_challenge_method": "SHA-256"}, "code_challenge_method must be S256"),
]:
    status, headers, page = http("GET", authorize(tool, **change))
    assert status == 400 and words in page and "Location" not in headers, (change, status, page)
same(answered(http("GET", authorize(tool, scopes="codewhisperer:analysis"))[1]["Location"])["error"], "invalid_scope")
status, headers, page = http("GET", authorize(tool))
assert "not AWS" in page and "a &lt;test&gt;" in page and "script" not in page, page
assert "default-src 'none'" in headers["Content-Security-Policy"], headers
assert http("GET", authorize(tool), Host="evil.example.com")[0] == 421

# The form is good once and from its own page only.
ticket = re.search('name="ticket" value="([^"]+)"', page)[1]
yes = {"ticket": ticket, "decision": "approve", "user": "erin"}
for form, fields, status in [
    (yes, {"Origin": "http://evil.example.com"}, 403),
    (yes, {"Origin": "null"}, 403),
    (yes, {"Sec-Fetch-Site": "cross-site"}, 403),
    (yes, {"Host": "evil.example.com"}, 421),
    (yes, {"Content-Type": "text/plain"}, 400),
    (yes | {"ticket": "guessed"}, {}, 400),
    (yes | {"user": "mallory"}, {}, 400),
    (yes | {"decision": "maybe"}, {}, 400),
    (yes, {"Origin": URL, "Sec-Fetch-Site": "same-origin"}, 302),
    (yes, {}, 400),
]:
    same((form, fields, http("POST", f"{URL}/decision", form, **fields)[0]), (form, fields, status))
back = answered(decide(authorize(tool), "deny"))
same((back["error"], back["state"]), ("access_denied", "a state"))
same(violations(), [])

# A code is good once, for its own client, address and verifier.
other = oidc.register_client(**register())
for change, error in [
    ({"codeVerifier": "w" * 64}, "InvalidGrantException"),
    ({"codeVerifier": "v" * 42}, "InvalidGrantException"),
    ({"redirectUri": "http://127.0.0.1/oauth/callback"}, "InvalidGrantException"),
    ({"redirectUri": "http://127.0.0.1:8913/oauth/callback"}, "InvalidGrantException"),
    (of(other), "InvalidGrantException"),
    ({"codeVerifier": ""}, "InvalidRequestException"),
    ({"clientSecret": "another"}, "InvalidClientException"),
    ({"clientId": "nobody"}, "InvalidClientException"),
    ({"grantType": DEVICE}, "UnauthorizedClientException"),
    ({"grantType": "password"}, "UnsupportedGrantTypeException"),
    ({"scope": ["openid"]}, "InvalidScopeException"),
    ({"code": "guessed"}, "InvalidGrantException"),
]:
    same((change, code_of(oidc.create_token, **by_code(new_code(tool), tool, **change))), (change, error))
control("DELETE", "violations")
code_ = new_code(tool)
first = oidc.create_token(**by_code(code_, tool))
same((first["tokenType"], first["expiresIn"]), ("Bearer", 3600))
same(len(portal.list_accounts(accessToken=first["accessToken"])["accountList"]), 3)
same(code_of(oidc.create_token, **by_code(code_, tool)), "InvalidGrantException")
same(violations(), ["sso-oauth: an authorization code was used again"])
same(code_of(portal.list_accounts, accessToken=first["accessToken"]), "UnauthorizedException")
control("POST", "settings", {"code_seconds": 0})
status, _, page = http("GET", authorize(tool))
control("POST", "settings", {})
late = new_code(tool)
control("POST", "sign-ins", {"which": "all", "do": "expire_codes"})
same(refused(oidc.create_token, **by_code(late, tool))[1].split(": ")[-1], "The authorization code has expired")

# Refresh tokens rotate; whoever comes with an old one ends the sign-in for everybody.
one = oidc.create_token(**by_code(new_code(tool), tool))
two = oidc.create_token(**refresh(one["refreshToken"], tool))
assert two["refreshToken"] != one["refreshToken"] and two["accessToken"] != one["accessToken"]
portal.list_accounts(accessToken=one["accessToken"])
same(code_of(oidc.create_token, **refresh(two["refreshToken"], other)), "InvalidGrantException")
same(code_of(oidc.create_token, **refresh(one["refreshToken"], tool)), "InvalidGrantException")
same(violations(), ["sso-oauth: an old refresh token was used again"])
same(code_of(oidc.create_token, **refresh(two["refreshToken"], tool)), "InvalidGrantException")
same(code_of(portal.list_accounts, accessToken=two["accessToken"]), "UnauthorizedException")
same(violations(), [])

# A token ends after its hour, the sign-in after its eight, and a registration after ninety days.
one = oidc.create_token(**by_code(new_code(tool), tool))
ahead(3601)
same(code_of(portal.list_accounts, accessToken=one["accessToken"]), "UnauthorizedException")
two = oidc.create_token(**refresh(one["refreshToken"], tool))
portal.list_accounts(accessToken=two["accessToken"])
ahead(7 * 3600 + 1800)
three = oidc.create_token(**refresh(two["refreshToken"], tool))
assert 1700 < three["expiresIn"] <= 1800, three["expiresIn"]
ahead(8 * 3600 + 1)
same(code_of(oidc.create_token, **refresh(three["refreshToken"], tool)), "InvalidGrantException")
ahead(91 * 86400)
same(code_of(oidc.create_token, **refresh(three["refreshToken"], tool)), "InvalidClientException")
ahead(0)

# Without scopes there is no refresh token, and the access token lives as long as the sign-in.
bare = oidc.register_client(clientName="bare", clientType="public")
start = oidc.start_device_authorization(**of(bare), startUrl=START + "/#/")
poll = of(bare) | {"grantType": DEVICE, "deviceCode": start["deviceCode"]}
same((start["interval"], start["expiresIn"]), (1, 600))
same(code_of(oidc.create_token, **poll), "AuthorizationPendingException")
same(code_of(oidc.create_token, **poll), "SlowDownException")
same(violations(), ["sso-oauth: polled faster than the interval"])
ahead(10)
page = http("GET", start["verificationUriComplete"])[2]
assert start["userCode"] in page and "bare" in page, page
assert 'name="user_code"' in http("GET", start["verificationUri"])[2]
typed = f"{start['verificationUri']}?user_code={start['userCode'].lower().replace('-', '')}"
assert "Request approved" in decide(typed)
token = oidc.create_token(**poll)
assert "refreshToken" not in token, token
same(token["expiresIn"], 8 * 3600)
ahead(20)
same(code_of(oidc.create_token, **poll), "InvalidGrantException")
same(violations(), ["sso-oauth: a device code was used again"])
same(http("GET", start["verificationUriComplete"])[0], 400)

start = oidc.start_device_authorization(**of(bare), startUrl=START)
assert "Request denied" in decide(start["verificationUriComplete"], "deny")
poll["deviceCode"] = start["deviceCode"]
same(code_of(oidc.create_token, **poll), "AccessDeniedException")
start = oidc.start_device_authorization(**of(bare), startUrl=START)
ahead(700)
poll["deviceCode"] = start["deviceCode"]
same(code_of(oidc.create_token, **poll), "ExpiredTokenException")
same(code_of(oidc.create_token, **poll | {"deviceCode": "guessed"}), "InvalidGrantException")
same(code_of(oidc.start_device_authorization, **of(bare), startUrl="https://x.awsapps.com/start"), "InvalidRequestException")
same(code_of(oidc.start_device_authorization, **of(tool), startUrl=START), "UnauthorizedClientException")
ahead(0)

# The portal: pages, names with spaces, and credentials that STS knows.
token = oidc.create_token(**by_code(new_code(tool), tool))["accessToken"]
control("POST", "settings", {"page_size": 2})
page = portal.list_accounts(accessToken=token)
same([a["accountName"] for a in page["accountList"]], ["Sandbox", "Data Team (staging)"])
page = portal.list_accounts(accessToken=token, nextToken=page["nextToken"])
same(([a["accountName"] for a in page["accountList"]], page.get("nextToken")), (["Production EU"], None))
same(code_of(portal.list_accounts, accessToken=token, nextToken="from-3"), "InvalidRequestException")
roles = portal.get_paginator("list_account_roles").paginate(accessToken=token, accountId="444455556666")
same([r["roleName"] for p in roles for r in p["roleList"]], ["ReadOnlyAccess", "data.team+etl"])
same(code_of(portal.list_account_roles, accessToken=token, accountId="888899990000"), "ForbiddenException")

wanted = {"accountId": "111122223333", "roleName": "AdministratorAccess", "accessToken": token}
got = portal.get_role_credentials(**wanted)["roleCredentials"]
assert abs(got["expiration"] / 1000 - time.time() - 14400) < 60, got["expiration"]
admin = {
    "aws_access_key_id": got["accessKeyId"],
    "aws_secret_access_key": got["secretAccessKey"],
    "aws_session_token": got["sessionToken"],
}
arn = client("sts", admin).get_caller_identity()["Arn"]
assert re.fullmatch(r"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_[0-9a-f]{16}/erin", arn), arn
client("sts", admin).assume_role(RoleArn=role("readonly"), RoleSessionName="hop")
same(len(client("s3", admin).list_buckets()["Buckets"]), 2)
for change in [{"accountId": "888899990000"}, {"accountId": "777788889999"}, {"roleName": "Nothing"}]:
    error = refused(portal.get_role_credentials, **wanted | change)
    same((error[0], error[2]), ("ForbiddenException", 403))
control("POST", "assignments", {"user": "erin", "account": ACCOUNT, "role": "AdministratorAccess", "assigned": False})
same(code_of(portal.get_role_credentials, **wanted), "ForbiddenException")
control("POST", "assignments", {"user": "erin", "account": ACCOUNT, "role": "AdministratorAccess", "assigned": True})
portal.get_role_credentials(**wanted)

# Faults, revocation, signing out.
control("POST", "faults", {"action": "sso-oauth:CreateToken", "kind": "error500"})
same(code_of(oidc.create_token, **by_code("x", tool)), "InternalServerException")
control("POST", "faults", {"action": "sso:*", "kind": "throttle"})
same(code_of(portal.list_accounts, accessToken=token), "TooManyRequestsException")
control("POST", "faults", {"action": "sso-oauth:CreateToken", "kind": "error", "status": 400, "code": "SlowDownException", "message": "m"})
same(code_of(oidc.create_token, **by_code("x", tool)), "SlowDownException")
control("POST", "sign-ins", {"which": "erin", "do": "expire_tokens"})
same(code_of(portal.list_accounts, accessToken=token), "UnauthorizedException")
fresh = oidc.create_token(**by_code(new_code(tool), tool))
portal.logout(accessToken=fresh["accessToken"])
same(code_of(portal.logout, accessToken=fresh["accessToken"]), "UnauthorizedException")
same(code_of(oidc.create_token, **refresh(fresh["refreshToken"], tool)), "InvalidGrantException")
fresh = oidc.create_token(**by_code(new_code(tool), tool))
control("POST", "sign-ins", {"which": "all", "do": "revoke"})
same(code_of(portal.list_accounts, accessToken=fresh["accessToken"]), "UnauthorizedException")
same({s["over"] for s in control("GET", "sign-ins")["identity_center"]} - {None}, {
    "its authorization code was used again",
    "an old refresh token was used again",
    "its device code was used again",
    "signed out",
    "revoked",
})

# The log shows every step and no secret.
log = json.dumps(control("GET", "calls"))
for action in ["RegisterClient", "Authorize", "Decide", "StartDeviceAuthorization", "VerifyDevice", "CreateToken"]:
    assert f'"sso-oauth:{action}"' in log, action
for secret in [tool["clientSecret"], first["accessToken"], first["refreshToken"], VERIFIER, code_, start["deviceCode"]]:
    assert secret not in log
