"""A gateway with an integration for every provider, and `hookgate send` to play them."""

import base64
import json
import subprocess

from installation import Installation

SECRET = "secret-of-the-simulator-in-tests"
STANDARD_SECRET = "whsec_c2VjcmV0LW9mLXRoZS1zaW11bGF0b3I="
SETTINGS = {"MAX_PROCESSING_RETRIES": "1", "SIMULATED_SECRET": SECRET, "SIMULATED_STANDARD_SECRET": STANDARD_SECRET,
            "OTHER_SECRET": "a-secret-that-is-not-the-integration's", "OLD_SECRET": "the-secret-of-the-integration-before"}
SQUARE = {"signature": {"header": "x-square-hmacsha256-signature", "encoding": "base64"}, "signed": "{url}{body}",
          "event": {"id": "/event_id", "type": "/type"}}
SYMMETRIC = ("acme", "generic_hmac", "github", "gitlab", "globex", "hubspot", "shopify", "slack", "standard_webhooks",
             "stripe", "twilio")
ASYMMETRIC = {"discord": ("-algorithm", "ed25519"), "sendgrid": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")}


def openssl(*arguments) -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


def key_pair(directory, provider: str):
    """A private key in a file, and its public key as DER."""
    private = directory / f"{provider}.pem"
    private.write_bytes(openssl("genpkey", *ASYMMETRIC[provider]))
    private.chmod(0o600)
    return private, openssl("pkey", "-in", str(private), "-pubout", "-outform", "DER")


class Simulated(Installation):
    """A gateway with an integration for every provider that the plugins offer."""

    def _integrations_file(self):
        self.private_keys, public_keys = {}, {}
        for provider in ASYMMETRIC:
            self.private_keys[provider], der = key_pair(self.directory, provider)
            public_keys[provider] = der[-32:].hex() if provider == "discord" else base64.b64encode(der).decode()
        integrations = []
        for provider in (*SYMMETRIC, *ASYMMETRIC):
            secret = {"env": "SIMULATED_STANDARD_SECRET" if provider == "standard_webhooks" else "SIMULATED_SECRET"}
            if provider in public_keys:
                path = self.directory / f"{provider}.pub"
                path.write_text(public_keys[provider])
                secret = {"file": str(path)}
            integrations.append({"provider": provider, "name": provider, "secrets": [secret],
                                 "callbackUrl": self.callbacks.url("/simulated"),
                                 **({"settings": SQUARE} if provider == "generic_hmac" else {})})
        integrations.append({"provider": "acme", "name": "before", "active": False, "callbackUrl": self.callbacks.url("/simulated"),
                             "secrets": [{"keyId": "of-last-year", "env": "OLD_SECRET", "development": "a-development-secret"}]})
        path = self.directory / "integrations.json"
        path.write_text(json.dumps(integrations))
        return path

    def hookgate_send(self, *arguments: str):
        return self.command("send", *arguments)

    def key_of(self, provider: str) -> tuple[str, ...]:
        return ("--private-key", str(self.private_keys[provider])) if provider in ASYMMETRIC else ()

    def sent(self, *arguments: str) -> subprocess.CompletedProcess:
        result = self.hookgate_send(*arguments)
        assert result.returncode == 0, f"{arguments}: {result.returncode} {result.stdout}{result.stderr}{self.log_tail()}"
        assert result.stderr == ""
        return result

    def types(self, provider: str) -> list[str]:
        return self.sent(provider, "--list").stdout.split()

    def stored_types(self, provider: str) -> list[str]:
        return [event["eventType"] for event in self.read("/events", provider=provider, pageSize=100)["data"]]
