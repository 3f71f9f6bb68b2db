"""Sentences with made-up passport numbers, passwords in URLs and credentials, and others that look like them and are none.

Everything here is drawn at random in the forms that countries and services document; nothing belongs to anybody. The forms were
written down from those documents and not from the rules of the checks, and stay when a rule misses one. Whoever wrote the rules
wrote the sentences too: figures on them say whether the rules do what they should, and not how often people write so.
"""

import base64
import json
import random
import string
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

UPPER, DIGITS, MIXED = string.ascii_uppercase, string.digits, string.ascii_letters + string.digits
HEX: Final = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text; `secret` is what should be found in it, nothing where it only looks so; `kind` says what it is."""

    text: str
    secret: str
    kind: str


def drawn(source: random.Random, form: str) -> str:
    """A form with `A` for a capital and `9` for a digit."""
    return "".join(
        source.choice(UPPER) if sign == "A" else source.choice(DIGITS) if sign == "9" else sign for sign in form
    )


def token(source: random.Random, size: int, signs: str = MIXED) -> str:
    """Random signs."""
    return "".join(source.choice(signs) for _ in range(size))


def encoded(source: random.Random, size: int) -> str:
    """Random bytes in base64."""
    return base64.b64encode(source.randbytes(size)).decode()


# How passport numbers look, by country.
_PASSPORTS: Final = {
    "US": "999999999",
    "US new": "A99999999",
    "GB": "999999999",
    "DE": "C9AA9AA99",
    "FR": "99AA99999",
    "IT": "AA9999999",
    "ES": "AAA999999",
    "NL": "AA9AA9999",
    "IN": "A9999999",
    "CA": "AA999999",
    "AU": "A9999999",
    "JP": "AA9999999",
    "CN": "E99999999",
    "BR": "AA999999",
    "CH": "A9999999",
}
_WITH_PASSPORT: Final = {
    "behind the word": (
        "My passport number is {}.",
        "Passport No. {}, valid until 2031",
        "Passport: {}",
        "passport #{}",
        "please book for A. Smith, passport no {}",
        "PASSPORT NUMBER {}",
        "Passport Nr. {}",
        "my passport is {} and I was born in 1984",
        "Meine Reisepassnummer ist {}.",
        "Reisepass Nr. {}",
        "Mon passeport n° {}",
        "passeport numéro {}",
        "Número de pasaporte: {}",
        "Pasaporte {} de España",
        "Numero di passaporto: {}",
        "passaporto n. {}",
        "Paspoort nr. {}",
        "Número do passaporte: {}",
    ),
    "before the word, or far from it": (
        "{} is my passport number.",
        "Passport (issued in Bern): {}",
        "passport holder Jane Roe, document {}",
        "The number of my passport? It is {}.",
    ),
}
_NO_PASSPORT: Final = (
    "My passport expires on {}.{}.2031.",
    "Passport renewal costs {}{}0 dollars.",
    "passport photos are 35x45 mm, {} for {} euros",
    "Is passport control at gate {} open until 22:{}?",
    "Passport application reference {}{}{}",
    "We use passport.js 0.{}.{} for login",
    "The passport office is at {}{}00 Main Street",
    "Order {}{}{}, a passport cover",
    "Mein Reisepass ist seit {} Wochen beantragt, Antrag {}{}{}",
    "passport index 2026: {} countries, rank {}",
    "Call the passport hotline on 0800 {}{}{}",
    "Le passeport coûte {} euros, délai {} jours",
)


def passports(source: random.Random, each: int) -> Iterator[Sentence]:
    """Sentences with and without a passport number."""
    for kind, sentences in _WITH_PASSPORT.items():
        for sentence in sentences:
            for country in source.sample(sorted(_PASSPORTS), each):
                number = drawn(source, _PASSPORTS[country])
                yield Sentence(sentence.format(number), number, kind)
    for sentence in _NO_PASSPORT:
        for _ in range(each):
            numbers = [source.randrange(10, 99) for _ in range(sentence.count("{}"))]
            yield Sentence(sentence.format(*numbers), "", "none")


_SCHEMES: Final = (
    "postgres",
    "postgresql+psycopg",
    "mysql",
    "mongodb+srv",
    "amqp",
    "https",
    "ftp",
    "rediss",
    "smtp",
    "svn+ssh",
)
_HOSTS: Final = (
    "db.example.com",
    "10.0.0.7:5432",
    "localhost:27017",
    "[2001:db8::7]:5432",
    "mq.internal",
    "shop.example.org:8443",
)
_AROUND: Final = ("{}", "DATABASE_URL={}", 'url = "{}"', "I connect with {} and it times out.", "see ({})", "dsn: {}")
_NO_CREDENTIALS: Final = (
    "https://example.com:8080/a@b",
    "mailto:ann@example.com",
    "https://github.com/@ann",
    "postgres://localhost:5432/shop",
    "https://ann@example.com/inbox",
    "git@github.com:org/repo.git",
    "https://example.com/?q=a:b@c",
    "ssh://git@example.com:22/repo.git",
    "https://example.com/a:b/c@d",
    "redis://cache.internal:6379/0",
    "http://[2001:db8::1]:80/",
    "sip:ann@example.com:5060",
    "postgres://<user>:<password>@db.example.com/shop",
    "postgres://${USER}:${PASSWORD}@db/shop",
    "https://medium.com/@ann/a-b-c",
)


def urls(source: random.Random, each: int) -> Iterator[Sentence]:
    """URLs with and without a password."""
    passwords: Mapping[str, Callable[[], str]] = {
        "letters and digits": lambda: token(source, source.randrange(6, 24)),
        "with signs": lambda: token(source, 12, MIXED + "!$^*-_.~#?"),
        "percent-encoded": lambda: f"{token(source, 5)}%40{token(source, 4)}%2F{token(source, 3)}",
        "no user": lambda: token(source, 16),
        "with @ or / as they are": lambda: f"{token(source, 5)}{source.choice('@/')}{token(source, 5)}",
    }
    for kind, password in passwords.items():
        for _ in range(6 * each):
            user = "" if kind == "no user" else source.choice(("app", "root", "svc-reader", "ann.roe", "admin_1"))
            said = password()
            url = f"{source.choice(_SCHEMES)}://{user}:{said}@{source.choice(_HOSTS)}/{token(source, 4)}"
            yield Sentence(source.choice(_AROUND).format(url), said, kind)
    for url in _NO_CREDENTIALS:
        for around in source.sample(_AROUND, min(each, len(_AROUND))):
            yield Sentence(around.format(url), "", "none")


def _signed(source: random.Random) -> str:
    """A signed token (JWT)."""
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": token(source, 10), "iat": source.randrange(10**9, 2 * 10**9)}]
    said = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*said, token(source, 43, MIXED + "-_")])


def _block(source: random.Random, what: str) -> str:
    """A block of PEM."""
    lines = "\n".join(encoded(source, 48) for _ in range(6))
    return f"-----BEGIN {what}-----\n{lines}\n-----END {what}-----"


_SECRETS: Final[Mapping[str, Callable[[random.Random], str]]] = {
    "OpenAI": lambda s: f"sk-proj-{token(s, 48, MIXED + '-_')}",
    "Anthropic": lambda s: f"sk-ant-api03-{token(s, 93, MIXED + '-_')}AA",
    "AWS key id": lambda s: f"AKIA{token(s, 16, UPPER + '234567')}",
    "AWS secret": lambda s: encoded(s, 30),
    "Google": lambda s: f"AIza{token(s, 35, MIXED + '-_')}",
    "GitHub": lambda s: f"ghp_{token(s, 36)}",
    "GitLab": lambda s: f"glpat-{token(s, 20, MIXED + '-_')}",
    "Hugging Face": lambda s: f"hf_{token(s, 34, string.ascii_letters)}",
    "Slack": lambda s: f"xoxb-{token(s, 12, DIGITS)}-{token(s, 12, DIGITS)}-{token(s, 24)}",
    "Stripe": lambda s: f"sk_live_{token(s, 24)}",
    "SendGrid": lambda s: f"SG.{token(s, 22, MIXED + '-_')}.{token(s, 43, MIXED + '-_')}",
    "npm": lambda s: f"npm_{token(s, 36)}",
    "Azure storage": lambda s: encoded(s, 64),
    "Telegram bot": lambda s: f"{token(s, 10, DIGITS)}:AA{token(s, 33, MIXED + '-_')}",
    "Twilio": lambda s: f"SK{token(s, 32, HEX)}",
    "signed token (JWT)": _signed,
    "private key": lambda s: _block(s, s.choice(("PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY"))),
    "random, 40 characters": lambda s: token(s, 40),
    "random, hexadecimal": lambda s: token(s, 64, HEX),
}
_ASSIGNED: Final = (
    "password={}",
    'DB_PASSWORD="{}"',
    "password: {}",
    '"password": "{}"',
    "export API_KEY={}",
    "secret_key = '{}'",
    "access_token: {}",
    "pwd={};",
    "--password={}",
    "passphrase: {}",
)
_IN_PROSE: Final = ("my password is {}", "log in as ann with {}", "the pin for the safe is {}", "pw {} (do not share)")
_CARRIERS: Final = (
    "{}",
    "Here it is: {}",
    "key {} does not work any more",
    'client = Client("{}")',
    "- {}\n",
    "Authorization: Bearer {}",
)


def secrets(source: random.Random, each: int) -> Iterator[Sentence]:
    """Texts with and without credentials."""
    for kind, make in _SECRETS.items():
        for carrier in source.sample(_CARRIERS, min(each, len(_CARRIERS))):
            said = make(source)
            yield Sentence(carrier.format(said), said, kind)
    for kind, carriers in (("password, assigned", _ASSIGNED), ("password, in prose", _IN_PROSE)):
        for carrier in carriers:
            for _ in range(each):
                said = source.choice(("Winter", "blue", "Tr0ub4dor", "hunter")) + token(source, 4, MIXED + "!#$") + "7"
                yield Sentence(carrier.format(said), said, kind)
    for kind, examples in _harmless(source).items():
        for example in examples:
            for carrier in source.sample(_CARRIERS[:5], min(each, 5)):
                yield Sentence(carrier.format(example), "", f"none: {kind}")


def _harmless(source: random.Random) -> Mapping[str, Sequence[str]]:
    """What looks like a credential and is none, by kind."""
    return {
        "hashes and ids": (
            token(source, 40, HEX),
            f"sha256:{token(source, 64, HEX)}",
            str(uuid.UUID(bytes=source.randbytes(16))),
            token(source, 24, HEX),
            f"app@sha256:{token(source, 64, HEX)}",
            f"ISBN 978-3-16-{token(source, 6, DIGITS)}-0",
        ),
        "public keys, certificates, checksums in base64": (
            f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{encoded(source, 32)}",
            _block(source, "CERTIFICATE"),
            _block(source, "PUBLIC KEY"),
            f"sha512-{encoded(source, 64)}",
            f"data:image/png;base64,iVBORw0KGgo{encoded(source, 90)}",
        ),
        "ids of documents and videos": (
            f"https://docs.example.com/document/d/{token(source, 44)}/edit",
            f"https://video.example.com/watch?v={token(source, 11)}",
            f"https://example.com/s/{token(source, 22)}",
        ),
        "placeholders and code": (
            "password=<your password>",
            "password: ********",
            "api_key: ${API_KEY}",
            "token: str = None",
            "max_tokens=4096",
            "secret_key = os.environ['SECRET_KEY']",
            "getPassword(userName)",
            "PASSWORD_MIN_LENGTH = 12",
            "password = input()",
            "Use the key of the door.",
            "The secret: butter.",
        ),
        "long names": (
            "AbstractSingletonProxyFactoryBean2",
            "org/springframework/boot/autoconfigure/Web2",
            "theQuickBrownFoxJumpsOver13LazyDogs",
            "/usr/local/lib/python3/site-packages/Yaml",
            "Donaudampfschifffahrtsgesellschaft",
        ),
    }
