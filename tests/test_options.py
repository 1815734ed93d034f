"""A command's options are one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from rendersdg.cli.options import takes


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
