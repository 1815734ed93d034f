"""Options that several commands share: what they mean, and what is said of wrong ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from rendersdg.cli.options import asset_pairs, farm_options_of, frame_range, job_of, named, takes
from rendersdg.errors import BadArgument


@pytest.mark.parametrize(
    ("text", "frames"), [("3", range(3)), ("2:5", range(2, 5)), (":4", range(4)), (None, range(9))]
)
def test_frames_are_a_count_or_a_range(text: str | None, frames: range) -> None:
    assert frame_range(text, 9) == frames


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("few", "give a count"),
        ("3:", "both ends"),
        ("0", "holds no frame"),
        ("5:2", "holds no frame"),
        ("-2:3", "no frame"),
    ],
)
def test_other_frames_are_an_error(text: str, said: str) -> None:
    with pytest.raises(BadArgument, match=said):
        frame_range(text, 9)


def test_a_scene_without_end_asks_for_frames() -> None:
    with pytest.raises(BadArgument, match="give --frames N"):
        frame_range(None, None)


def test_assets_lie_in_folders_or_behind_urls(tmp_path: Path) -> None:
    pairs = asset_pairs([f"a={tmp_path}", f"b=file://{tmp_path}", "c=s3://bucket/library"])

    assert pairs == (("a", str(tmp_path)), ("b", str(tmp_path)), ("c", "s3://bucket/library"))
    with pytest.raises(BadArgument, match="a folder that exists"):
        asset_pairs([f"a={tmp_path / 'nowhere'}"])


def test_a_change_is_a_path_and_a_yaml_value() -> None:
    job = job_of(Path("scene.yaml"), 5, "raster", False, ["lamp.intensity=0", "box.scale=[1, 2, 3]"], None, threads=2)

    assert job.changes == (("lamp.intensity", 0), ("box.scale", [1, 2, 3])) and (job.seed, job.threads) == (5, 2)
    for change, said in (("lamp", "write group.argument=value"), ("a.b=[1", "not YAML")):
        with pytest.raises(BadArgument, match=said):
            job_of(Path("scene.yaml"), None, "raster", False, [change], None)


def test_options_of_a_farm_have_names() -> None:
    assert farm_options_of(["mem=6G", "setup=a=b"]) == {"mem": "6G", "setup": "a=b"}
    with pytest.raises(BadArgument, match="--farm-option 'mem': write NAME=VALUE"):
        named("mem", "--farm-option", "NAME=VALUE")


@dataclass(frozen=True, kw_only=True)
class Order:
    """Options of a command."""

    name: Annotated[str, typer.Argument(metavar="NAME", help="Which pizza.")]
    count: Annotated[int, typer.Option("--count", min=1)] = 1
    toppings: Annotated[list[str] | None, typer.Option("--topping")] = None


orders: list[Order] = []
app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
@takes(Order)
def order(options: Order) -> None:
    """Order pizzas."""
    orders.append(options)


def test_a_command_gets_one_object() -> None:
    orders.clear()
    done = CliRunner().invoke(app, ["margherita", "--count", "3", "--topping", "basil", "--topping", "olives"])
    plain = CliRunner().invoke(app, ["napoli"])

    assert done.exit_code == plain.exit_code == 0
    assert orders == [Order(name="margherita", count=3, toppings=["basil", "olives"]), Order(name="napoli")]


def test_what_typer_checks_it_checks_before_the_command_runs() -> None:
    orders.clear()

    assert CliRunner().invoke(app, ["margherita", "--count", "0"]).exit_code == 2
    assert CliRunner().invoke(app, []).exit_code == 2
    assert orders == []


def test_help_is_the_command_s_and_lists_the_fields_in_order() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output

    places = [shown.index(text) for text in ("NAME", "Order pizzas.", "--count", "--topping")]
    assert places == sorted(places)
