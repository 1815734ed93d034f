"""The deployment kit says what the command line understands, and what its own tools accept."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from rendersdg.cli import app
from tests.conftest import ROOT

KIT = ROOT / "docs" / "deployment"


def understood(arguments: list[str]) -> dict[str, Any]:
    """Parse the arguments of `rendersdg`, without running anything;
    an unknown option or a value of another type is an error.
    """
    group: Any = typer.main.get_command(app)
    command = group.commands[arguments[0]]
    return dict(command.make_context(arguments[0], list(arguments[1:])).params)


def filled(text: str) -> str:
    """Return a compose value with the defaults of its variables."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def test_compose_renders_mixes_trains_and_serves_in_one_folder() -> None:
    services = yaml.safe_load((KIT / "compose.yaml").read_text())["services"]
    given = {name: understood([filled(a) for a in service["command"]]) for name, service in services.items()}

    assert list(given) == ["render", "mix", "train", "serve"]
    assert (ROOT / given["render"]["scene"]).is_file()
    assert given["mix"]["synthetic"].split(":")[-1] == given["render"]["out"]
    assert given["train"]["data"] == str(given["mix"]["out"]) and given["serve"]["model"] == given["train"]["out"]
    assert given["serve"]["host"] == "0.0.0.0" and "?" in services["serve"]["environment"]["RENDERSDG_TOKEN"]
    assert [list(s.get("depends_on", {})) for s in services.values()] == [[], ["render"], ["mix"], ["train"]]


def test_kubernetes_pods_render_ranges_of_their_own() -> None:
    job, deployment, service = yaml.safe_load_all((KIT / "kubernetes.yaml").read_text())
    [container] = job["spec"]["template"]["spec"]["containers"]
    values = {e["name"]: e["value"] for e in container["env"]}
    shell = (
        container["args"][0]
        .replace('$(printf %04d "$JOB_COMPLETION_INDEX")', "0007")
        .replace("$((first + FRAMES))", "80000")
    )
    command = shlex.split(shell.split("exec rendersdg ")[1].replace("$OUT", values["OUT"]).replace("$first", "70000"))
    given = understood(command)

    assert given["out"] == "s3://bucket/set/0007" and given["frames"] == "70000:80000" and given["resume"]
    assert int(values["FRAMES"]) == 80000 - 70000
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    served = understood(container["args"])
    assert {p["name"] for p in service["spec"]["ports"]} == {p["name"] for p in container["ports"]}
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > served["grace"]
    names = {e["name"] for e in container["env"]}
    assert served["host"] == "0.0.0.0" and served["token"] is None and "RENDERSDG_TOKEN" in names
    assert container["readinessProbe"]["httpGet"]["path"] == "/v2/health/ready"  # which needs no token
    assert service["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


@pytest.mark.extra
def test_kubernetes_own_schemas_accept_it() -> None:
    validate = pytest.importorskip("kubernetes_validate")
    for document in yaml.safe_load_all((KIT / "kubernetes.yaml").read_text()):
        validate.validate(document, "1.31", strict=True)


@pytest.mark.extra
@pytest.mark.parametrize("name", ["gpu-machine", "slurm-cluster"])
def test_terraform_parses_and_refers_to_what_is_there(name: str) -> None:
    hcl2 = pytest.importorskip("hcl2")
    text = (KIT / name / "main.tf").read_text()
    with (KIT / name / "main.tf").open() as file:
        read = hcl2.load(file)

    variables = {key.strip('"') for block in read["variable"] for key in block}
    resources = {
        f"{kind}.{title}".replace('"', "")
        for block in read["resource"]
        for kind, inner in block.items()
        for title in inner
    }
    assert set(re.findall(r"\bvar\.(\w+)", text)) == variables
    assert set(re.findall(r"(?<!data\.)\b((?:aws|local)_\w+\.\w+)\.", text)) <= resources
    assert not re.search(r"AKIA|secret_key|0\.0\.0\.0/0\"\]\s*\n\s*from_port\s*=\s*22", text)


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.cuda"])
def test_images_copy_what_is_there_and_install_extras_that_are(name: str) -> None:
    text = (KIT / name).read_text()
    known = re.findall(
        r"^(\w+) = \[",
        (ROOT / "pyproject.toml").read_text().split("[project.optional-dependencies]")[1].split("[project.scripts]")[0],
        re.M,
    )

    assert set(re.search(r"ARG EXTRAS=(\S+)", text)[1].split(",")) <= set(known)  # type: ignore[index]
    for line in re.findall(r"^COPY (.+)$", text, re.M):
        assert all((ROOT / source).exists() for source in line.split()[:-1])
    assert re.search(r"^USER user$", text, re.M) and 'ENTRYPOINT ["rendersdg"]' in text


def test_the_kit_is_described() -> None:
    told = (KIT / "README.md").read_text()
    for path in KIT.rglob("*"):
        if path.is_file() and path.name != "README.md":
            assert str(path.relative_to(KIT)) in told, path
    assert Path(KIT / "slurm-cluster" / "main.tf").is_file()
