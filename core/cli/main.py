"""The entry of the `pilothouse` command."""

import click

from core.cli import (
    alerts,
    approvals,
    batch,
    cards,
    contract,
    data,
    drift_rule,
    gates,
    jobs,
    labels,
    models,
    monitor,
    past,
    people,
    performance,
    plan,
    prepare,
    presets,
    processes,
    project,
    recipes,
    rule,
    schedule,
    serve,
    simulate,
    traffic,
    train,
    tune,
    upkeep,
)
from core.settings import silence_telemetry


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="pilothouse")
def main() -> None:
    """Pilothouse: the whole life of tabular machine-learning models.

    Every command takes --json (one JSON document on stdout) and --home DIR. Exit codes: 0 done, 1 the answer is no,
    2 wrong usage or input, 3 something needed is unavailable.
    """
    silence_telemetry()


ROOMS = (
    processes,
    project,
    data,
    contract,
    prepare,
    train,
    tune,
    presets,
    recipes,
    models,
    past,
    gates,
    approvals,
    cards,
    serve,
    traffic,
    batch,
    labels,
    drift_rule,
    monitor,
    performance,
    alerts,
    schedule,
    rule,
    plan,
    simulate,
    jobs,
    people,
    upkeep,
)
"""The modules that bring the commands, in the order of the help page."""

for module in ROOMS:
    module.add_to(main)


if __name__ == "__main__":
    main(prog_name="pilothouse")
