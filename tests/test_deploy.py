"""deploy/ without a container engine: the files parse, agree with each other and the project, and publish only web."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
PRODUCT = ("migrate", "web", "ingest", "worker", "beat")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
INSTRUCTIONS = re.sub(
    r"\\\n\s*", "", "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#"))
).splitlines()


def of_stage(name):
    """The instructions of one build stage."""
    starts = [index for index, line in enumerate(INSTRUCTIONS) if line.startswith("FROM ")]
    for start, end in zip(starts, [*starts[1:], len(INSTRUCTIONS)], strict=True):
        if INSTRUCTIONS[start].endswith(f" AS {name}"):
            return INSTRUCTIONS[start:end]
    raise AssertionError(f"no stage {name} in deploy/Dockerfile")


def test_folder_holds_what_it_should():
    assert sorted(path.name for path in DEPLOY.iterdir() if path.name != ".env") == [
        "Dockerfile",
        "cdk",
        "compose.yaml",
        "entrypoint",
        "redis.acl",
        "redis.conf",
    ]


def test_services():
    assert set(SERVICES) == {"postgres", "redis", "aws", *PRODUCT}


def test_only_web_is_published_and_only_on_loopback():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}
    assert not any(service.get("network_mode") or service.get("privileged") for service in SERVICES.values())


def test_stores_are_on_an_internal_network_only():
    assert COMPOSE["networks"]["services"] == {"internal": True}
    assert [SERVICES[name]["networks"] for name in ("postgres", "redis", "aws")] == [["services"]] * 3


def test_everything_waits_for_healthy_stores_and_finished_migrations():
    stores = {name: {"condition": "service_healthy"} for name in ("postgres", "redis", "aws")}
    assert SERVICES["migrate"]["depends_on"] == stores
    assert SERVICES["migrate"]["restart"] == "no"
    for name in ("web", "ingest", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == stores | {"migrate": {"condition": "service_completed_successfully"}}
    assert all("healthcheck" in SERVICES[name] for name in ("postgres", "redis", "aws", "web"))


def test_there_is_one_beat():
    assert [name for name, service in SERVICES.items() if service.get("command") == ["beat"]] == ["beat"]
    assert "deploy" not in SERVICES["beat"]


def test_no_secret_is_written_down():
    secret = re.compile(r"PASSWORD|SECRET|KEY|AUTH|_URL$")
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if secret.search(variable) and variable != "POSTGRES_INITDB_ARGS":
                plain = re.sub(r"\$\{[^}]*\}", "", str(value))
                assert not re.search(r":[^/@]+@", plain), f"{name}: {variable} holds a password"
                assert value.startswith(("${", "postgis://ysh:${", "redis://:${", "http://aws:")), f"{name}: {variable}={value}"


def test_required_secrets_have_no_default_and_are_explained():
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    header = text.split("\nname:")[0]
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "DATABASE_PASSWORD", "REDIS_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        assert f"${{{name}:?" in text, f"{name} is not required"
        assert f"${{{name}:-" not in text
        assert name in header
    documented = header + ((ROOT / ".env.example").read_text("utf-8") if (ROOT / ".env.example").exists() else "")
    for name in set(re.findall(r"(?<!\$)\$\{(\w+)", text)):
        assert name in documented or not (ROOT / ".env.example").exists(), f"{name} is explained nowhere"


def test_volumes_and_networks_are_declared():
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"], f"{name}: {volume}"
        assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_images_have_versions():
    images = [service["image"] for service in SERVICES.values()]
    images += [line.split()[1] for line in INSTRUCTIONS if line.startswith("FROM ") and ":" in line]
    assert all(":" in image and not image.endswith(":latest") for image in images)


def test_build_targets_exist():
    for service in SERVICES.values():
        if "build" in service:
            assert (DEPLOY / service["build"]["context"]).resolve() == ROOT
            assert (ROOT / service["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")
            assert of_stage(service["build"]["target"])


@pytest.mark.parametrize("stage", ["product", "aws"])
def test_images_do_not_run_as_root(stage):
    users = [line.split()[1] for line in of_stage(stage) if line.startswith("USER ")]
    assert users
    assert users[-1] not in ("root", "0")


def test_packages_are_installed_with_their_hashes_checked():
    installs = [line for line in INSTRUCTIONS if "pip install" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)
    assert "-r /build/requirements.txt" in installs[0]


def test_what_is_copied_from_the_project_exists():
    for line in INSTRUCTIONS:
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), line


def test_the_context_leaves_out_secrets_and_data():
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert {".*", "var", "tests"} <= set(ignored)  # .* covers .env, .git and .venv
    assert not any(line.startswith("!") for line in ignored)


def test_the_aws_stage_finds_its_package_in_the_lock():
    [step] = [line for line in of_stage("aws") if "awk" in line]
    command = re.search(r"awk .*?requirements-dev\.txt", step)[0].replace("/build/", f"{ROOT}/")
    entry = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout.splitlines()
    assert entry[0].startswith("roto-aws==")
    assert len(entry) >= 2
    assert all(line.strip().startswith("--hash=sha256:") for line in entry[1:])


def test_the_entrypoint_knows_every_role_of_compose():
    entrypoint = DEPLOY / "entrypoint"
    assert os.access(entrypoint, os.X_OK)
    subprocess.run(["sh", "-n", entrypoint], check=True)
    text = entrypoint.read_text("utf-8")
    for name in PRODUCT:
        assert SERVICES[name]["command"] == [name]
        assert re.search(rf"^  (\w+ \| )?{name}( \| \w+)?\)$", text, re.MULTILINE), f"no role {name} in deploy/entrypoint"
    assert SERVICES["web"]["healthcheck"]["test"] == ["CMD", "/app/deploy/entrypoint", "healthcheck"]


def test_the_entrypoint_refuses_what_it_does_not_know():
    done = subprocess.run([DEPLOY / "entrypoint", "dance"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "unknown role dance" in done.stderr


def test_the_database_script_is_valid_shell_and_names_the_stack_s_extensions():
    script = COMPOSE["configs"]["database"]["content"].replace("$$", "$")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    extensions = re.findall(r"CREATE EXTENSION (\w+);", script)
    stack = (ROOT / "script" / "devstack" / "postgres.py").read_text("utf-8")
    declared = re.search(r"EXTENSIONS = \((.*?)\)", stack)[1]
    assert extensions == re.findall(r'"(\w+)"', declared)
