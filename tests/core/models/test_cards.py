"""Model cards on real stores: the facts, the texts, the files."""

import io
import re

import pytest

from core.errors import Denied, VersionNotFound
from core.jobs.run import run_here
from core.models import card_draft, card_rendering
from core.models.card_rendering import safe_html, to_html, to_markdown
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.card import CardSection, ModelCard
from core.records.project import Task
from core.training_errors import CardChanged, InvalidCard
from tests.core.training.test_service import csv

EVIL = "<script>alert(1)</script> | **bold** [x](javascript:alert(1))"


@pytest.fixture
def churn(platform: Platform) -> Platform:
    project = platform.projects.create(
        LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes", description="Who leaves."
    )
    platform.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(csv()), "customers.csv", note=EVIL)
    spec = platform.training.spec(project, dataset=None, estimator="logistic_regression")
    assert run_here(platform, platform.training.submit(LOCAL, spec).id).result["version"] == 1
    return platform


def section(card: ModelCard, title: str) -> CardSection:
    return next(section for section in card.sections if section.title == title)


def test_a_card_is_drafted_from_what_the_stores_hold(churn: Platform):
    card = churn.cards.card("churn", 1)
    version = churn.models.version("churn", 1)
    run = churn.training.run("churn", version.run_id)
    data = churn.datasets.resolve("churn", None)
    assert (card.title, card.subtitle) == ("churn, version 1", "logistic regression on customers@1")
    about = dict(section(card, "What it is").facts)
    assert (about["Task"], about["Predicts"], about["Positive class"]) == ("binary", "churn", "Yes")
    assert about["Model SHA-256"] == version.model_sha256
    assert section(card, "What it is").prose == "Who leaves."
    facts = dict(section(card, "Data").facts)
    assert (facts["Dataset version"], facts["Content SHA-256"], facts["Rows"]) == ("customers@1", data.sha256, "240")
    columns = {row[0]: row for row in section(card, "Data").tables[0].rows}
    assert columns["contract"][1] == "text"
    figures = {row[0]: row for row in section(card, "Performance").tables[0].rows}
    assert figures["ROC AUC"][1] == f"{run.metrics['roc_auc']:.4g}"
    assert figures["ROC AUC"][3] == f"{run.metrics['train_roc_auc']:.4g}"
    params = dict(section(card, "Training").tables[0].rows)
    assert (params["C"], params["class_weight"]) == ("1.0", "none")
    lock = churn.training.environment(run)
    assert dict(section(card, "Environment").facts)["Training code SHA-256"] == lock.code.sha256
    assert section(card, "Intended use").notes[0].startswith("Not filled in yet.")
    assert section(card, "In service").notes == ("This version never served.",)


def test_service_and_reruns_appear_on_the_card(churn: Platform):
    churn.models.promote(LOCAL, "churn", 1, "first", override=True)
    run_id = churn.models.version("churn", 1).run_id
    run_here(churn, churn.training.reproduce(LOCAL, "churn", run_id).id)
    card = churn.cards.card("churn", 1)
    assert section(card, "In service").tables[0].rows[0][1:] == ("still serving", "local", "first")
    checks = section(card, "Checks")
    assert checks.tables[0].rows[0][2] == "identical"
    assert dict(checks.facts)["Answers to known rows"] == "passed"


def test_the_same_facts_give_the_same_files(churn: Platform):
    one, two = churn.cards.card("churn", 1), churn.cards.card("churn", 1)
    assert to_html(one) == to_html(two)
    assert to_markdown(one) == to_markdown(two)


def test_texts_are_kept_state_by_state_with_their_author(churn: Platform):
    first = churn.cards.write(LOCAL, "churn", 1, {"intended_use": "  Retention calls.  "})
    ann = Actor(name="ann", role=Role.APPROVER)
    second = churn.cards.write(ann, "churn", 1, {"limits": "None known."}, expected=1)
    assert (first.number, second.number, second.author) == (1, 2, "ann")
    assert second.fields == {"intended_use": "Retention calls.", "limits": "None known."}
    assert churn.cards.texts("churn", 1) == [second, first]
    card = churn.cards.card("churn", 1)
    assert section(card, "Intended use").prose == "Retention calls."
    assert "Written by ann" in section(card, "About these texts").notes[0]
    events = [event for event in churn.audit.events(LOCAL, "churn") if event.action == "card.write"]
    assert [(event.actor, event.subject) for event in events] == [("ann", "version 1"), ("local", "version 1")]


def test_bad_texts_are_refused(churn: Platform):
    churn.cards.write(LOCAL, "churn", 1, {"limits": "x"})
    for error, wish in (
        (CardChanged, lambda: churn.cards.write(LOCAL, "churn", 1, {"limits": "y"}, expected=0)),
        (InvalidCard, lambda: churn.cards.write(LOCAL, "churn", 1, {"poem": "y"})),
        (InvalidCard, lambda: churn.cards.write(LOCAL, "churn", 1, {"limits": "y" * 20_001})),
        (VersionNotFound, lambda: churn.cards.write(LOCAL, "churn", 9, {"limits": "y"})),
        (Denied, lambda: churn.cards.write(Actor(name="v", role=Role.VIEWER), "churn", 1, {"limits": "y"})),
    ):
        with pytest.raises(error):
            wish()
    assert len(churn.cards.texts("churn", 1)) == 1


def test_nothing_from_the_data_or_from_people_becomes_markup(churn: Platform):
    churn.cards.write(LOCAL, "churn", 1, {"intended_use": f"{EVIL}\n\n<img src=x onerror=alert(1)>"})
    page = to_html(churn.cards.card("churn", 1))
    assert "<script" not in page
    assert not re.search(r"<[^>]*\bonerror", page)
    assert not re.search(r"<[^>]*javascript:", page)
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<strong>bold</strong>" in page
    note = dict(section(churn.cards.card("churn", 1), "Data").facts)["Note"]
    assert note == EVIL
    text = to_markdown(churn.cards.card("churn", 1))
    assert r"\<script\>alert\(1\)\<\/script\>".replace(r"\/", "/") in text


def test_peoples_markdown_keeps_its_structure():
    assert safe_html("**a** [b](https://example.org)\n\n- c") == (
        '<p><strong>a</strong> <a href="https://example.org" rel="noopener noreferrer">b</a></p>\n'
        "<ul>\n<li>c</li>\n</ul>\n"
    )
    assert safe_html("  ") == ""
    assert "<table>" in safe_html("| a |\n|---|\n| b |")


def test_the_page_fetches_nothing():
    card = ModelCard(project="p", version=1, title="a <b>", subtitle="&", sections=())
    page = card_rendering.to_html(card)
    assert "<title>a &lt;b&gt;</title>" in page
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=", page)


def test_slices_groups_and_intervals_are_drawn_when_the_evaluation_has_them(churn: Platform, monkeypatch):
    found = {
        "metrics": {"roc_auc": 0.8},
        "intervals": {"roc_auc": [0.75, 0.85]},
        "rows_train": 10,
        "rows_test": 5,
        "slices": [
            {
                "feature": "plan",
                "value": "a",
                "rows": 3,
                "error": 0.5,
                "interval": [0.1, 0.9],
                "others": 0.1,
                "p_value": 0.01,
            }
        ],
        "fairness": [{"column": "sex", "group": "f", "rows": 4, "figures": {"recall": 0.5}}],
        "warnings": ["Suspicious."],
    }
    monkeypatch.setattr(type(churn.cards), "_document", lambda *_: found)
    card = churn.cards.card("churn", 1)
    assert section(card, "Performance").tables[0].rows == (("ROC AUC", "0.8", "0.75 to 0.85", "", ""),)
    assert section(card, "Where it is worst").tables[0].rows == (
        ("plan is a", "3", "0.5", "0.1 to 0.9", "0.1", "0.01"),
    )
    assert section(card, "Groups").tables[0].rows == (("sex", "f", "4", "0.5"),)
    assert section(card, "Limits found in the figures").notes == ("Suspicious.",)


def test_figures_are_short_and_finite():
    assert [card_draft._figure(value) for value in (0.123456, 1, float("inf"), None, "x")] == [
        "0.1235",
        "1",
        "",
        "",
        "x",
    ]
