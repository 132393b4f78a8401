"""The contract commands, from a first version to one that fails."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from core.cli.main import main

GOOD = "tenure,plan,churn\n" + "".join(f"{n},{'ab'[n % 2]},{'Yes' if n % 3 else 'No'}\n" for n in range(30))


def run(home: Path, *words: str, input: str | None = None) -> Result:
    return CliRunner().invoke(main, [*words, "--home", str(home)], input=input)


def answer(result: Result) -> dict[str, object]:
    return dict(json.loads(result.stdout))


def test_a_contract_is_inferred_set_shown_and_checked(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(GOOD)
    (tmp_path / "bad.csv").write_text(GOOD + "-5,c,Yes\n")
    home = tmp_path / "home"
    run(home, "project", "create", "phones", "--task", "binary", "--target", "churn", "--positive", "Yes")
    assert answer(run(home, "data", "add", "phones", str(tmp_path / "good.csv"), "--json"))["contract"] is None
    inferred = run(home, "contract", "infer", "phones", "good@1").stdout
    assert "values: {is: [a, b], severity: warn}" in inferred
    assert run(home, "contract", "show", "phones", "good").exit_code == 2
    kept = answer(run(home, "contract", "set", "phones", "good", "--note", "first", "--json", input=inferred))
    assert (kept["number"], kept["newest"]) == (1, {"outcome": "passes", "contract": 1, "checks": []})
    stricter = inferred.replace("range: {min: 0, max: 44, severity: warn}", "range: [0, 44]")
    assert run(home, "contract", "set", "phones", "good", input=stricter).exit_code == 0
    shown = run(home, "contract", "show", "phones", "good")
    assert shown.stdout.startswith("# good, contract 2, set by local")
    history = run(home, "contract", "show", "phones", "good", "--history").stdout
    assert "changed: tenure lies between 0 and 44 (fail)" in history

    checked = run(home, "contract", "check", "phones", "good", str(tmp_path / "bad.csv"))
    assert (checked.exit_code, checked.stdout.splitlines()) == (
        1,
        [
            "bad.csv fails: 9 of 11 checks passed",
            "x tenure lies between 0 and 44: 1 of 31 values break it (3.23%) (rows 31)",
            "! plan is one of a, b: 1 of 31 values break it (3.23%) (rows 31)",
        ],
    )
    added = answer(run(home, "data", "add", "phones", str(tmp_path / "bad.csv"), "--dataset", "good", "--json"))
    assert (added["version"], added["contract"]["outcome"], added["contract"]["contract"]) == (2, "fails", 2)  # type: ignore[index]
    assert run(home, "contract", "check", "phones", "good@1").exit_code == 0
    assert run(home, "contract", "check", "phones", "good").exit_code == 1


def test_a_contract_that_cannot_be_read_is_wrong_input(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(home, "project", "create", "phones", "--task", "binary", "--target", "churn", "--positive", "Yes")
    refused = run(home, "contract", "set", "phones", "good", input="columns:\n  a: {type: what}\n")
    assert (refused.exit_code, "line 2, columns.a.type" in refused.stderr) == (2, True)
