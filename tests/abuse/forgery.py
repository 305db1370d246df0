"""Staff tokens that must open nothing, each wrong in one way."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import time

from nacl.signing import SigningKey
from stack_tests import mint


def encode(data):
    """base64url without padding, of bytes or of JSON."""
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part):
    """JSON from base64url."""
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def staff_key():
    """The stack's own signing key."""
    text = pathlib.Path(os.environ["REDRESS_STAFF_KEY_FILE"]).read_text().strip()
    return SigningKey(bytes.fromhex(text)[:32])


def sign(header, claims, key):
    """A token by this Ed25519 key."""
    signed = f"{encode(header)}.{encode(claims)}"
    return f"{signed}.{encode(key.sign(signed.encode()).signature)}"


def sign_symmetric(header, claims, secret):
    """A token by HS256."""
    signed = f"{encode(header)}.{encode(claims)}"
    return f"{signed}.{encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def forgeries(subject):
    """Name → Authorization header (None: absent), all for a user who could see everything."""
    head, payload, signature = mint(subject).split(".")
    header, claims = decode(head), decode(payload)
    key, stranger, now = staff_key(), SigningKey.generate(), int(time.time())
    public = bytes(key.verify_key)
    jwks = pathlib.Path(os.environ["REDRESS_STAFF_JWKS"]).read_bytes()
    own_key = {"kty": "OKP", "crv": "Ed25519", "x": encode(bytes(stranger.verify_key))}
    middle = len(signature) // 2
    flipped = signature[:middle] + ("A" if signature[middle] != "A" else "B") + signature[middle + 1:]
    hs256 = {**header, "alg": "HS256"}
    tokens = {
        "empty": "", "not a token": "x", "two parts": f"{head}.{payload}", "four parts": f"{head}.{payload}.{signature}.x",
        "expired": sign(header, {**claims, "exp": now - 60}, key),
        "without an end": sign(header, {name: value for name, value in claims.items() if name != "exp"}, key),
        "an end that is text": sign(header, {**claims, "exp": str(now + 3600)}, key),
        "not yet valid": sign(header, {**claims, "nbf": now + 120}, key),
        "another audience": sign(header, {**claims, "aud": "elsewhere"}, key),
        "no audience": sign(header, {name: value for name, value in claims.items() if name != "aud"}, key),
        "another issuer": sign(header, {**claims, "iss": "elsewhere"}, key),
        "another issuer's key, same kid": sign(header, claims, stranger),
        "another issuer's key, unknown kid": sign({**header, "kid": "elsewhere"}, claims, stranger),
        "another issuer's key, no kid": sign({"alg": "EdDSA"}, claims, stranger),
        "a key that it brings along": sign({**header, "jwk": own_key}, claims, stranger),
        "a key that it points to": sign({**header, "jku": "http://127.0.0.1:1/keys"}, claims, stranger),
        "alg none": f"{encode({'alg': 'none'})}.{payload}.",
        "alg none, same kid": f"{encode({**header, 'alg': 'none'})}.{payload}.{signature}",
        "alg nOnE": f"{encode({**header, 'alg': 'nOnE'})}.{payload}.",
        "HS256 by the public key": sign_symmetric(hs256, claims, public),
        "HS256 by the public key in base64": sign_symmetric(hs256, claims, encode(public).encode()),
        "HS256 by the key set": sign_symmetric(hs256, claims, jwks),
        "another algorithm": sign({**header, "alg": "ES256"}, claims, key),
        "a critical extension": sign({**header, "crit": ["exp"]}, claims, key),
        "a flipped signature": f"{head}.{payload}.{flipped}",
        "a cut signature": f"{head}.{payload}.{signature[:-8]}",
        "no signature": f"{head}.{payload}.",
        "other claims": f"{head}.{encode({**claims, 'sub': 'gao-min'})}.{signature}",
        "nobody": sign(header, {**claims, "sub": ""}, key),
        "the platform's own token": pathlib.Path(os.environ["REDRESS_STACK_DIR"], "keys", "service-token.secret").read_text().strip(),
    }
    found = {name: f"Bearer {token}" for name, token in tokens.items()}
    found["absent"] = None
    found["another scheme"] = f"Basic {head}.{payload}.{signature}"
    return found
