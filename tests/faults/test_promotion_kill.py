"""A process that dies between any two steps of a promotion, over the real stores: the state after the restart."""

import os
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

import pytest

from core.bootstrap import build
from core.models import promotion
from core.platform import Platform
from core.records.access import LOCAL
from core.records.model import Alias
from core.settings import Settings
from tests import bundles

DIED = 9


def die(*given: object, **named: object) -> None:
    os._exit(DIED)


def after(call: Callable[..., Any]) -> Callable[..., Any]:
    """Do it, then die."""

    def do_and_die(*given: object, **named: object) -> None:
        call(*given, **named)
        os._exit(DIED)

    return do_and_die


def before_the_decision(platform: Platform) -> None:
    promotion.expected = die


def written_but_not_committed(platform: Platform) -> None:
    promotion.switch = after(promotion.switch)


def committed_but_no_alias(platform: Platform) -> None:
    platform.models._aliases.align = die


def alias_moved_but_the_challengers_left(platform: Platform) -> None:
    platform.tracking.set_alias = after(platform.tracking.set_alias)


def aliases_moved_but_not_noted(platform: Platform) -> None:
    platform.models._aliases._settle = die


STEPS = {
    before_the_decision: False,
    written_but_not_committed: False,
    committed_but_no_alias: True,
    alias_moved_but_the_challengers_left: True,
    aliases_moved_but_not_noted: True,
}
"""Where it dies, and whether the promotion stands then."""


def promote(settings: Settings, version: int, step: Callable[[Platform], None]) -> None:
    platform = build(settings)
    step(platform)
    platform.models.promote(LOCAL, "churn", version, "r", override=True)


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_store_aliases_and_trail_agree_after_a_death_at_any_step(platform: Platform) -> None:
    platform.projects.create(LOCAL, name="churn", task="binary", target="churn", positive="Yes", metric="roc_auc")
    for flipped in (False, True):
        bundles.registered(platform.store, platform.blobs, platform.tracking, platform.clock, flipped=flipped)
    platform.models.promote(LOCAL, "churn", 1, "first", override=True)
    serving, promotions = 1, 1
    for step, stands in STEPS.items():
        platform.close()
        child = get_context("fork").Process(target=promote, args=(platform.settings, 3 - serving, step))
        child.start()
        child.join(120)
        assert child.exitcode == DIED, step.__name__

        platform = build(platform.settings)
        serving, promotions = (3 - serving, promotions + 1) if stands else (serving, promotions)
        assert platform.models.champion("churn").version == serving, step.__name__
        assert platform.models.alias_move("churn") is None, step.__name__
        platform.models.reconcile()
        assert platform.tracking.alias("churn", Alias.CHAMPION) == serving, step.__name__
        assert platform.tracking.alias("churn", Alias.CHALLENGER) in (None, 3 - serving), step.__name__
        events = [event.subject for event in platform.audit.events(LOCAL, "churn") if event.action == "model.promote"]
        assert (len(events), events[0]) == (promotions, f"version {serving}"), step.__name__
        assert len(platform.models.history("churn")) == promotions, step.__name__
        assert platform.models.reconcile() == [], step.__name__
        assert platform.audit.verify(LOCAL) is None
    platform.close()
