# Signs in at both services, and leaves what the AWS CLI leaves in the folders that every SDK reads. Both tokens are about to
# end, so whoever uses them has to refresh them first.
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

START, SCOPE = "https://awsx-sandbox.awsapps.com/start", "sso:account:access"
CALLBACK, VERIFIER = "http://127.0.0.1:8912/oauth/callback", "v" * 64


def rfc3339(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def leave(folder, name, token):
    path = os.path.join(os.environ["HOME"], ".aws", folder, "cache")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name + ".json"), "w") as file:
        json.dump(token, file)


def identity_center():
    oidc = unsigned("sso-oidc")
    tool = oidc.register_client(
        clientName="signed-in",
        clientType="public",
        scopes=[SCOPE],
        grantTypes=["authorization_code", "refresh_token"],
        redirectUris=["http://127.0.0.1/oauth/callback"],
        issuerUrl=START,
    )
    who = {"clientId": tool["clientId"], "clientSecret": tool["clientSecret"]}
    query = {
        "response_type": "code",
        "client_id": tool["clientId"],
        "redirect_uri": CALLBACK,
        "state": "s",
        "code_challenge_method": "S256",
        "scopes": SCOPE,
        "code_challenge": pkce(VERIFIER),
    }
    code = answered(decide(f"{URL}/authorize?" + urllib.parse.urlencode(query)))["code"]
    token = oidc.create_token(**who, grantType="authorization_code", code=code, codeVerifier=VERIFIER, redirectUri=CALLBACK)
    leave("sso", hashlib.sha1(b"sandbox").hexdigest(), who | {
        "startUrl": START,
        "region": "eu-west-1",
        "accessToken": token["accessToken"],
        "expiresAt": rfc3339(time.time() + 60),
        "refreshToken": token["refreshToken"],
        "registrationExpiresAt": rfc3339(tool["clientSecretExpiresAt"]),
    })


def console():
    key = ec.generate_private_key(ec.SECP256R1())
    query = {
        "response_type": "code",
        "client_id": SAME,
        "state": "s",
        "code_challenge_method": "SHA-256",
        "scope": "openid",
        "redirect_uri": CALLBACK,
        "code_challenge": pkce(VERIFIER),
    }
    code = answered(decide(f"{URL}/v1/authorize?" + urllib.parse.urlencode(query), user="carol"))["code"]
    got = token(key, {
        "clientId": SAME,
        "grantType": "authorization_code",
        "code": code,
        "codeVerifier": VERIFIER,
        "redirectUri": CALLBACK,
    })
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    session = f"arn:aws:iam::{ACCOUNT}:user/carol"
    leave("login", hashlib.sha256(session.encode()).hexdigest(), {
        "accessToken": got["accessToken"] | {"accountId": ACCOUNT, "expiresAt": rfc3339(time.time() + 30)},
        "tokenType": "aws_sigv4",
        "clientId": SAME,
        "refreshToken": got["refreshToken"],
        "idToken": got["idToken"],
        "dpopKey": pem.decode(),
    })


identity_center()
console()
