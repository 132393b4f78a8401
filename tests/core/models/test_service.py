import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from core.errors import (
    AlreadyChampion,
    AppError,
    BlobCorrupt,
    BundleMismatch,
    ChampionChanged,
    Denied,
    NeverChampion,
    NoEarlierChampion,
    ParityFailed,
    ProjectNotFound,
    ReasonMissing,
    RunHasNoModel,
    RunNotFound,
    VersionNotFound,
)
from core.models.promotion import NO_CHAMPION
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.model import Alias, ModelVersion
from core.training.manifests import read_manifest
from tests import bundles
from tests.builders import START
from tests.core.models.house import ANN, BOB, House


def test_a_promotion_moves_the_alias_opens_the_interval_and_records_the_event(house: House) -> None:
    house.register()
    deployment = house.models.promote(ANN, "churn", 1, " better than nothing ", override=True)
    assert (deployment.version, deployment.actor, deployment.reason) == (1, "ann", "better than nothing")
    assert house.models.champion("churn") == deployment
    assert house.aliases() == {Alias.CHAMPION: 1, Alias.CHALLENGER: None}
    assert house.events() == [("ann", "model.promote", "version 1")]


def test_a_promotion_leaves_another_challenger_alone(house: House) -> None:
    house.register()
    house.register(flipped=True)
    house.models.promote(ANN, "churn", 1, "first", override=True)
    assert house.aliases() == {Alias.CHAMPION: 1, Alias.CHALLENGER: 2}
    assert [(one.version, one.aliases) for one in house.models.versions("churn")] == [
        (2, (Alias.CHALLENGER,)),
        (1, (Alias.CHAMPION,)),
    ]


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_override_or_a_rollback_without_a_reason_is_refused(house: House, reason: str) -> None:
    house.register()
    with pytest.raises(ReasonMissing, match="An override needs a reason"):
        house.models.promote(ANN, "churn", 1, reason, override=True)
    house.register()
    house.models.promote(ANN, "churn", 1, "first", override=True)
    house.models.promote(ANN, "churn", 2, "second", override=True)
    with pytest.raises(ReasonMissing, match="A rollback needs a reason"):
        house.models.rollback(ANN, "churn", reason)


def test_promoting_a_version_that_does_not_exist_names_those_that_do(house: House) -> None:
    house.register()
    with pytest.raises(VersionNotFound, match=r"has no model version 9. It has: 1"):
        house.models.promote(ANN, "churn", 9, "r", override=True)


def test_promoting_in_a_project_that_does_not_exist_is_refused(house: House) -> None:
    with pytest.raises(ProjectNotFound):
        house.models.promote(ANN, "nope", 1, "r", override=True)


def test_promoting_the_champion_again_changes_nothing(house: House) -> None:
    house.register()
    house.models.promote(ANN, "churn", 1, "r", override=True)
    with pytest.raises(AlreadyChampion):
        house.models.promote(BOB, "churn", 1, "r", override=True)
    assert len(house.models.history("churn")) == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_only_those_who_may_promote_or_roll_back(house: House, role: Role) -> None:
    house.register()
    eve = Actor(name="eve", role=role)
    with pytest.raises(Denied):
        house.models.promote(eve, "churn", 1, "r", override=True)
    with pytest.raises(Denied):
        house.models.rollback(eve, "churn", "r")
    with pytest.raises(Denied):
        house.models.register(eve, "churn", "x")


def _nothing_happened(house: House, error: type[AppError]) -> None:
    with pytest.raises(error):
        house.models.promote(ANN, "churn", 2, "r", override=True)
    assert house.models.champion("churn") is None
    assert house.events() == [("ann", "model.refuse", "version 2")]


def test_altered_model_bytes_are_not_promoted(house: House) -> None:
    house.register()
    second = house.register(flipped=True)
    house.blobs.overwrite(second.model_sha256, b"altered")
    _nothing_happened(house, BlobCorrupt)


def test_a_model_that_fails_its_probe_is_not_promoted(house: House) -> None:
    first = house.register()
    run_id = bundles.tracked(house.blobs, house.tracking, flipped=True)
    manifest = read_manifest(house.blobs, house.tracking.run("churn", run_id).bundle_sha256)
    swapped = manifest.model_copy(update={"model_sha256": first.model_sha256})
    sha256 = house.blobs.put_bytes(swapped.model_dump_json().encode())
    house.tracking.set_tags(run_id, {"pilothouse.bundle_sha256": sha256})
    house.models.register(LOCAL, "churn", run_id)
    _nothing_happened(house, ParityFailed)


def test_a_bundle_of_another_run_is_not_promoted(house: House) -> None:
    first = house.register()
    run_id = bundles.tracked(house.blobs, house.tracking)
    house.tracking.set_tags(run_id, {"pilothouse.bundle_sha256": first.bundle_sha256})
    house.models.register(LOCAL, "churn", run_id)
    _nothing_happened(house, BundleMismatch)


def test_who_decided_against_another_champion_is_told_who_was_first(house: House) -> None:
    for _ in range(3):
        house.register()
    house.models.promote(ANN, "churn", 1, "r", expected=NO_CHAMPION, override=True)
    house.models.promote(BOB, "churn", 2, "r", expected=1, override=True)
    with pytest.raises(ChampionChanged, match="bob made version 2 the champion"):
        house.models.promote(ANN, "churn", 3, "r", expected=1, override=True)
    with pytest.raises(ChampionChanged, match="bob made version 2 the champion"):
        house.models.rollback(ANN, "churn", "r", to=1, expected=NO_CHAMPION)


def test_of_people_who_promote_at_once_only_one_wins_and_the_others_know(house: House) -> None:
    for _ in range(4):
        house.register()
    start = threading.Barrier(4)
    won: list[int] = []
    lost: list[AppError] = []

    def promote(version: int) -> None:
        start.wait()
        try:
            won.append(house.models.promote(ANN, "churn", version, "r", expected=NO_CHAMPION, override=True).version)
        except ChampionChanged as error:
            lost.append(error)

    threads = [threading.Thread(target=promote, args=(version,)) for version in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 3)
    assert [one.version for one in house.models.history("churn")] == won
    assert house.aliases()[Alias.CHAMPION] == won[0]


def test_a_rollback_puts_the_champion_before_back_and_the_next_undoes_it(house: House) -> None:
    house.register()
    house.register(flipped=True)
    house.models.promote(ANN, "churn", 1, "first", override=True)
    house.models.promote(ANN, "churn", 2, "second", override=True)
    back = house.models.rollback(BOB, "churn", "second is worse")
    assert (back.version, back.actor, back.reason) == (1, "bob", "second is worse")
    assert house.aliases()[Alias.CHAMPION] == 1
    assert house.models.rollback(BOB, "churn", "it was not").version == 2
    assert [event[1] for event in house.events()] == ["model.promote"] * 2 + ["model.rollback"] * 2


def test_a_rollback_to_a_named_version(house: House) -> None:
    for _ in range(3):
        house.register()
    for version in (1, 2, 3):
        house.models.promote(ANN, "churn", version, "r", override=True)
    assert house.models.rollback(ANN, "churn", "r", to=1).version == 1
    with pytest.raises(AlreadyChampion):
        house.models.rollback(ANN, "churn", "r", to=1)
    with pytest.raises(NeverChampion):
        house.models.rollback(ANN, "churn", "r", to=9)


def test_without_an_earlier_champion_there_is_no_rollback(house: House) -> None:
    house.register()
    with pytest.raises(NoEarlierChampion):
        house.models.rollback(ANN, "churn", "r")
    house.models.promote(ANN, "churn", 1, "r", override=True)
    with pytest.raises(NoEarlierChampion):
        house.models.rollback(ANN, "churn", "r")


def test_a_rollback_to_altered_bytes_is_refused_and_the_champion_stays(house: House) -> None:
    first = house.register()
    house.register(flipped=True)
    house.models.promote(ANN, "churn", 1, "r", override=True)
    house.models.promote(ANN, "churn", 2, "r", override=True)
    house.blobs.overwrite(first.model_sha256, b"altered")
    with pytest.raises(BlobCorrupt):
        house.models.rollback(ANN, "churn", "r")
    assert house.models.champion("churn").version == 2


def test_a_run_is_registered_once_and_becomes_challenger(house: House) -> None:
    run_id = bundles.tracked(house.blobs, house.tracking)
    first = house.models.register(LOCAL, "churn", run_id)
    assert (first.version, first.aliases) == (1, (Alias.CHALLENGER,))
    assert house.models.register(LOCAL, "churn", run_id).version == 1


def test_a_run_without_a_model_or_one_that_does_not_exist_cannot_be_registered(house: House) -> None:
    with pytest.raises(RunNotFound):
        house.models.register(LOCAL, "churn", "0" * 32)
    bare = house.tracking.start_run(bundles.spec(), "r", {})
    with pytest.raises(RunHasNoModel):
        house.models.register(LOCAL, "churn", bare)
    with pytest.raises(ProjectNotFound):
        house.models.register(LOCAL, "nope", bare)


def test_history_tells_who_served_when(house: House) -> None:
    house.register()
    house.register(flipped=True)
    house.models.promote(ANN, "churn", 1, "r", override=True)
    house.clock.advance(60)
    house.models.promote(BOB, "churn", 2, "r", override=True)
    history = house.models.history("churn")
    assert [(one.version, one.actor, one.since, one.until) for one in history] == [
        (2, "bob", START + timedelta(seconds=60), None),
        (1, "ann", START, START + timedelta(seconds=60)),
    ]
    assert house.models.at("churn", START + timedelta(seconds=59)) == history[1]
    assert house.models.at("churn", START + timedelta(seconds=60)) == history[0]
    assert house.models.at("churn", START - timedelta(seconds=1)) is None


def test_the_manifest_of_a_version_is_that_of_its_bundle(house: House) -> None:
    version = house.register()
    assert house.models.manifest(version).run_id == version.run_id


def test_a_version_is_compared_with_the_champion_on_the_same_rows(house: House) -> None:
    house.register()
    house.register(estimator="random_forest", params={"n_estimators": 5})
    house.models.promote(ANN, "churn", 1, "r", override=True)
    made = house.models.compare("churn", 2)
    assert (made.version, made.champion, made.same_holdout) == (2, 1, True)
    assert made.rows[0][0] == "roc_auc"
    _, old, new, difference, higher = made.rows[0]
    assert (difference, higher) == (new - old, True)


def test_a_version_is_compared_with_nothing_before_the_first_promotion(house: House) -> None:
    house.register()
    made = house.models.compare("churn", 1)
    assert (made.champion, made.same_holdout) == (None, False)
    with pytest.raises(VersionNotFound):
        house.models.compare("churn", 2)
    with pytest.raises(ProjectNotFound):
        house.models.compare("nope", 1)


def test_the_whole_life_over_the_real_stores_and_mlflow(platform: Platform) -> None:
    platform.projects.create(LOCAL, name="churn", task="binary", target="churn", positive="Yes", metric="roc_auc")
    make: Callable[..., ModelVersion] = lambda **changes: bundles.registered(  # noqa: E731
        platform.store, platform.blobs, platform.tracking, platform.clock, **changes
    )
    make()
    make(flipped=True)
    models = platform.models
    models.promote(LOCAL, "churn", 1, "first", override=True)
    models.promote(LOCAL, "churn", 2, "second", expected=1, override=True)
    assert platform.tracking.alias("churn", Alias.CHAMPION) == 2
    assert platform.tracking.alias("churn", Alias.CHALLENGER) is None
    assert models.compare("churn", 1).same_holdout
    assert models.rollback(LOCAL, "churn", "worse").version == 1
    platform.tracking.set_alias("churn", Alias.CHAMPION, 2)
    assert "adopt that, or restore the alias" in models.reconcile()[0]
    assert models.restore_alias(LOCAL, "churn") == ["churn: alias champion moved from 2 to version 1, which serves"]
    [answer] = platform.serving.predict(LOCAL, "churn", [bundles.RECORD])
    assert (answer.prediction, answer.model_version) == ("Yes", 1)
    assert platform.audit.verify(LOCAL) is None
