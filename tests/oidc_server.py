"""An OpenID Connect provider of our own on localhost, real to the portal: discovery, codes, PKCE, signed tokens.

What it answers can be bent, to see what the portal makes of it: `claims` are its words of the next person, `forged`
signs with a key it does not publish, `replies` replaces an answer by path.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "portal", "between the two of us"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider(ThreadingHTTPServer):
    """The provider; `with Provider() as provider` runs it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.key, self.other_key = new_key(), new_key()
        self.url = f"http://localhost:{self.server_port}"
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.forged = False
        self.algorithm = "RS256"
        self.replies: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}

    def __enter__(self) -> "Provider":
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.shutdown()
        self.server_close()

    def authorize(self, address: str) -> str:
        """What the browser does there: the person agrees at once, and is sent back with a code."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, form: dict[str, str]) -> tuple[int, Any]:
        """A code for a token, once, to who proves by secret and PKCE to be the one who asked."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_client = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if not asked or not is_client or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": self.token()}

    def token(self) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        key: Any = self.other_key if self.forged else self.key
        if self.algorithm == "HS256":  # the public key as if it were a shared secret
            key = json.dumps(self.published()["keys"][0])
        if self.algorithm == "none":
            key = None
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": "one"})

    def published(self) -> dict[str, Any]:
        made = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**made, "kid": "one", "alg": "RS256", "use": "sig"}]}

    def discovery(self) -> dict[str, Any]:
        paths = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "keys",
        }
        return {
            "issuer": self.url,
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **{name: f"{self.url}/{path}" for name, path in paths.items()},
        }


class Handler(BaseHTTPRequestHandler):
    """The provider's answers."""

    server: Provider

    def log_message(self, *_words: object) -> None:
        """Says nothing on the terminal."""

    def do_GET(self) -> None:
        answers = {
            "/.well-known/openid-configuration": self.server.discovery,
            "/keys": self.server.published,
            "/userinfo": lambda: self.server.userinfo,
        }
        self.answer(200, answers[self.path]())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(*self.server.exchange(dict(parse_qsl(body))))

    def answer(self, status: int, body: Any) -> None:
        self.server.asked.append(self.path)
        raw = json.dumps(body).encode()
        status, raw = self.server.replies.get(self.path, (status, raw))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
