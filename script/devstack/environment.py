"""Which variables the application gets, and which services the caller brought along (those are used and not started)."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from devstack.ports import LOOPBACK
from devstack.postgres import DATABASE, ROLE
from devstack.state import Secrets

REGION = "sa-east-1"
SERVICE_URLS = {"postgres": "DATABASE_URL", "redis": "REDIS_URL", "dynamodb": "DYNAMODB_ENDPOINT_URL", "s3": "S3_ENDPOINT_URL"}


def caller_environment(root: Path) -> dict[str, str]:
    """What the caller has set: the process's environment over the project's .env, which ysh/env.py reads the same way."""
    file = root / ".env"
    return {**(parse_env_file(file.read_text("utf-8")) if file.is_file() else {}), **os.environ}


def parse_env_file(text: str) -> dict[str, str]:
    """NAME=value lines; `export`, comments and one pair of quotes around the value are understood."""
    values = {}
    for line in text.splitlines():
        found = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$", line)
        if found:
            value = found[2]
            quoted = re.match(r"""(['"])(.*?)\1""", value)
            values[found[1]] = quoted[2] if quoted else re.sub(r"\s+#.*$", "", value)
    return values


def own_values(ports: Mapping[str, int], secrets: Secrets, var: Path) -> dict[str, str]:
    """The variables that point at the private stack, in the order they are printed."""
    redis = f"redis://:{secrets.redis}@{LOOPBACK}:{ports['redis']}"
    aws = f"http://{LOOPBACK}:{ports['aws']}"
    return {
        "DATABASE_URL": f"postgis://{ROLE}:{secrets.postgres_app}@{LOOPBACK}:{ports['postgres']}/{DATABASE}",
        "REDIS_URL": f"{redis}/0",
        "CELERY_BROKER_URL": f"{redis}/1",
        "DYNAMODB_ENDPOINT_URL": aws,
        "S3_ENDPOINT_URL": aws,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": secrets.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": secrets.aws_secret_access_key,
        "LAKE_URL": f"{var.as_uri()}/lake",
        "SECRET_KEY": secrets.secret_key,
    }


def brought_along(given: Mapping[str, str], own: Mapping[str, str]) -> set[str]:
    """Services the caller has: postgres, redis, dynamodb, s3. A URL at our own address (an evaluated `env`) counts as ours."""
    services = {
        name for name, variable in SERVICE_URLS.items() if given.get(variable) and not same_server(given[variable], own[variable])
    }
    if has_aws_account(given, own):
        services |= {name for name in ("dynamodb", "s3") if not given.get(SERVICE_URLS[name])}
    return services


def has_aws_account(given: Mapping[str, str], own: Mapping[str, str]) -> bool:
    """Whether the caller's environment holds AWS credentials other than the local server's."""
    key = given.get("AWS_ACCESS_KEY_ID")
    return bool(given.get("AWS_PROFILE")) or bool(key and key != own["AWS_ACCESS_KEY_ID"])


def same_server(url: str, own: str) -> bool:
    """Whether both URLs name the same host and port."""
    right = urlsplit(own)
    try:
        left = urlsplit(url)
        host, port = left.hostname, left.port
    except ValueError:  # a port that is no number
        return False
    return (LOOPBACK if host == "localhost" else host, port) == (right.hostname, right.port)


def application_values(given: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Our variables, each replaced by the caller's where that is set.

    With the caller's AWS credentials and no endpoint, our endpoint and credentials are left out: boto3 then finds the real one.
    With the caller's Redis and no broker, Celery gets the next database of the same Redis.
    """
    services = brought_along(given, own)
    values = {name: given.get(name) or value for name, value in own.items()}
    for service in ("dynamodb", "s3"):
        variable = SERVICE_URLS[service]
        if service in services and not given.get(variable):
            del values[variable]
    if has_aws_account(given, own):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
            if not given.get(name) and name != "AWS_REGION":
                del values[name]
    if "redis" in services and not given.get("CELERY_BROKER_URL"):
        values["CELERY_BROKER_URL"] = next_database(values["REDIS_URL"])
    return values


def next_database(url: str) -> str:
    """The URL of the following database of the same Redis: .../0 or no path becomes .../1."""
    parts = urlsplit(url)
    number = parts.path.strip("/")
    if number and not number.isdecimal():
        return url
    return parts._replace(path=f"/{int(number or 0) + 1}").geturl()


def render_exports(values: Mapping[str, str]) -> str:
    """`export NAME=value` lines, quoted for a POSIX shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())
