from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

SAME, CROSS = "arn:aws:signin:::devtools/same-device", "arn:aws:signin:::devtools/cross-device"
OFFSET = 0


def bare(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def proof(key, url=f"{URL}/v1/token", **change):
    """A DPoP header, right but for the changes."""
    point = key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": bare(point.x.to_bytes(32)), "y": bare(point.y.to_bytes(32))}
    jti = bare(os.urandom(16))
    claims = {"htm": "POST", "htu": url, "iat": int(time.time()) + OFFSET, "jti": jti} | change
    message = ".".join(bare(json.dumps(part).encode()) for part in ({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}, claims))
    r, s = decode_dss_signature(key.sign(message.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{message}.{bare(r.to_bytes(32) + s.to_bytes(32))}"


def token(key, body, header=None):
    """CreateOAuth2Token as botocore calls it, with a DPoP header."""
    signin = unsigned("signin")
    add = lambda params, **_: params["headers"].update({"DPoP": header or proof(key)})
    signin.meta.events.register("before-call.signin.CreateOAuth2Token", add)
    return signin.create_o_auth2_token(tokenInput=body)["tokenOutput"]
