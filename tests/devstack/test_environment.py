import subprocess
from pathlib import Path

import pytest
from devstack.environment import application_values, brought_along, own_values, parse_env_file, render_exports
from devstack.state import new_secrets

SECRETS = new_secrets()
OWN = own_values({"postgres": 21432, "redis": 21379, "aws": 21580}, SECRETS, Path("/srv/ysh/var"))


def test_own_values():
    expected = {
        "DATABASE_URL": f"postgis://ysh:{SECRETS.postgres_app}@127.0.0.1:21432/ysh",
        "REDIS_URL": f"redis://:{SECRETS.redis}@127.0.0.1:21379/0",
        "CELERY_BROKER_URL": f"redis://:{SECRETS.redis}@127.0.0.1:21379/1",
        "DYNAMODB_ENDPOINT_URL": "http://127.0.0.1:21580",
        "S3_ENDPOINT_URL": "http://127.0.0.1:21580",
        "AWS_REGION": "sa-east-1",
        "AWS_ACCESS_KEY_ID": SECRETS.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": SECRETS.aws_secret_access_key,
        "LAKE_URL": "file:///srv/ysh/var/lake",
        "SECRET_KEY": SECRETS.secret_key,
    }
    assert expected == OWN


def test_local_credentials_cannot_be_taken_for_real_ones():
    assert SECRETS.aws_access_key_id.startswith("yshlocal")
    assert SECRETS.aws_access_key_id.isalnum()
    assert len(SECRETS.secret_key) >= 50


def test_nothing_set_means_everything_is_ours():
    assert brought_along({}, OWN) == set()
    assert application_values({}, OWN) == OWN


def test_empty_variables_count_as_not_set():
    assert application_values({"DATABASE_URL": "", "AWS_ACCESS_KEY_ID": ""}, OWN) == OWN


def test_an_evaluated_env_is_still_ours():
    assert brought_along(OWN, OWN) == set()
    assert application_values(OWN, OWN) == OWN


def test_another_database_of_our_server_is_ours_and_kept():
    url = OWN["DATABASE_URL"].replace("/ysh", "/ysh_other").replace("127.0.0.1", "localhost")
    assert brought_along({"DATABASE_URL": url}, OWN) == set()
    assert application_values({"DATABASE_URL": url}, OWN)["DATABASE_URL"] == url


@pytest.mark.parametrize(
    ("variable", "value", "service"),
    [
        ("DATABASE_URL", "postgis://a:b@db.internal:5432/x", "postgres"),
        ("DATABASE_URL", "postgis://a:b@127.0.0.1:5432/x", "postgres"),
        ("DATABASE_URL", "postgis://a:b@127.0.0.1:nonsense/x", "postgres"),
        ("REDIS_URL", "redis://cache.internal:6379/3", "redis"),
        ("DYNAMODB_ENDPOINT_URL", "http://127.0.0.1:8001", "dynamodb"),
        ("S3_ENDPOINT_URL", "http://minio:9000", "s3"),
    ],
)
def test_a_service_brought_along_is_used(variable, value, service):
    assert brought_along({variable: value}, OWN) == {service}
    assert application_values({variable: value}, OWN)[variable] == value


def test_a_foreign_redis_serves_the_broker_from_its_next_database():
    assert application_values({"REDIS_URL": "redis://h:6379/3"}, OWN)["CELERY_BROKER_URL"] == "redis://h:6379/4"
    assert application_values({"REDIS_URL": "rediss://u:p@h:6379"}, OWN)["CELERY_BROKER_URL"] == "rediss://u:p@h:6379/1"
    given = {"REDIS_URL": "redis://h:6379/3", "CELERY_BROKER_URL": "sqs://"}
    assert application_values(given, OWN)["CELERY_BROKER_URL"] == "sqs://"


def test_an_aws_account_replaces_the_local_server_and_our_credentials():
    given = {"AWS_ACCESS_KEY_ID": "theirs", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    assert brought_along(given, OWN) == {"dynamodb", "s3"}
    values = application_values(given, OWN)
    assert "DYNAMODB_ENDPOINT_URL" not in values
    assert "S3_ENDPOINT_URL" not in values
    assert (values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"], values["AWS_REGION"]) == (
        "theirs",
        "secret",
        "us-east-1",
    )


def test_an_aws_profile_is_not_overridden_by_our_credentials():
    values = application_values({"AWS_PROFILE": "work"}, OWN)
    assert "AWS_ACCESS_KEY_ID" not in values
    assert "AWS_SECRET_ACCESS_KEY" not in values


def test_exports_survive_a_shell():
    awkward = {"A": "plain", "B": 'it\'s "quoted" $HOME `id` \\ end', "C": "two\nlines", "D": "", "E": "á;&|"}
    script = render_exports(awkward) + 'printf "%s\\0" "$A" "$B" "$C" "$D" "$E"'
    printed = subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout
    assert printed.decode().split("\0")[:-1] == list(awkward.values())


def test_env_file():
    text = (
        "# comment\nA=1\nexport B = two words \nC='#quoted' # note\nD=\"x=y\"\nE=plain # note\nnot a line\nF=\n"
        "G=redis://:p#w@h/0\n"
    )
    assert parse_env_file(text) == {
        "A": "1",
        "B": "two words",
        "C": "#quoted",
        "D": "x=y",
        "E": "plain",
        "F": "",
        "G": "redis://:p#w@h/0",
    }
