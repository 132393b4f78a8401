"""A model version at rest and in use."""

import numpy as np
import pytest

from core.errors import BlobCorrupt, UnsafeModel
from core.records.dataset import ColumnKind
from core.training import bundle, tables, trainer
from core.training.manifests import read_manifest
from storage.memory.blobs import MemoryBlobs
from tests.builders import START, dataset_version
from tests.core.training.tables import BINARY, COLUMNS, FEATURES, MULTICLASS, REGRESSION, customers, spec

TABLE = customers()


def packed(table=TABLE, blobs=None, **changes):
    blobs = MemoryBlobs() if blobs is None else blobs
    wanted = spec(**changes)
    columns = [column for column in COLUMNS if column.name in wanted.features]
    trained = trainer.train(table, columns, wanted)
    made = bundle.pack(
        blobs, trained, spec=wanted, version=dataset_version(), run_id="r1", packages={"numpy": "2"}, now=START
    )
    return blobs, made, trained


def test_manifest_and_model_come_back_from_the_store():
    blobs, made, trained = packed()
    manifest = read_manifest(blobs, made.sha256)
    assert manifest == made.manifest
    assert (manifest.classes, manifest.positive, manifest.threshold) == (("No", "Yes"), "Yes", 0.5)
    assert (str(manifest.dataset), manifest.packages, manifest.created_at) == ("customers@1", {"numpy": "2"}, START)
    frame = tables.align(manifest, TABLE)
    expected = trained.fitted.pipeline.predict_proba(frame)
    assert np.array_equal(bundle.load_pipeline(blobs, manifest).predict_proba(frame), expected)


@pytest.mark.parametrize(
    ("answers", "classes"),
    [
        (np.where(TABLE["churn"] == "Yes", 1, 0), (0, 1)),
        (TABLE["churn"] == "Yes", (False, True)),
        (TABLE["churn"], ("No", "Yes")),
    ],
)
def test_answers_are_the_values_of_the_data_and_survive_json(answers, classes):
    blobs, made, _ = packed(TABLE.assign(churn=answers), positive=None)
    manifest = read_manifest(blobs, made.sha256)
    assert [(value, type(value)) for value in manifest.classes] == [(value, type(value)) for value in classes]
    found = tables.score(manifest, bundle.load_pipeline(blobs, manifest), tables.align(manifest, TABLE))
    assert {(value, type(value)) for value in found.predictions} == {(value, type(value)) for value in classes}
    assert found.scores.shape == (len(TABLE), 2)


def test_probe_rows_answer_alike_after_a_round_trip():
    for changes in (BINARY, MULTICLASS, {**REGRESSION, "estimator": "ridge"}):
        blobs, made, _ = packed(**changes)
        manifest = read_manifest(blobs, made.sha256)
        frame = tables.to_frame(manifest, [row.features for row in manifest.probe])
        found = tables.score(manifest, bundle.load_pipeline(blobs, manifest), frame)
        assert found.predictions == [row.prediction for row in manifest.probe]
        scores = [()] * len(manifest.probe) if found.scores is None else [tuple(row) for row in found.scores]
        assert scores == [row.scores for row in manifest.probe]


def test_probe_holds_missing_values_an_unseen_category_and_an_empty_row():
    probe = packed()[1].manifest.probe
    assert len(probe) == bundle.PROBE_ROWS
    assert any(row.features["contract"] == bundle.UNSEEN for row in probe)
    assert any(None in row.features.values() and any(v is not None for v in row.features.values()) for row in probe)
    assert set(probe[-1].features.values()) == {None}
    assert all(type(row.features["tenure"]) in (int, type(None)) for row in probe)
    assert all(type(row.features["senior"]) in (bool, type(None)) for row in probe)


def test_threshold_of_the_version_decides_binary_answers():
    _, made, trained = packed()
    frame = tables.align(made.manifest, TABLE)
    strict = made.manifest.model_copy(update={"threshold": 0.9})
    found = tables.score(strict, trained.fitted.pipeline, frame)
    assert found.predictions == ["Yes" if p >= 0.9 else "No" for p in found.scores[:, 1]]


def test_records_and_dataset_rows_become_the_same_table():
    _, made, _ = packed()
    rows = TABLE[list(FEATURES)].astype(object)
    records = rows.where(rows.notna(), None).to_dict(orient="records")
    frame = tables.to_frame(made.manifest, records)
    assert frame.equals(tables.align(made.manifest, TABLE))
    assert frame.dtypes.astype(str).tolist() == ["float64", "float64", "object", "float64"]


def test_absent_fields_are_missing_and_foreign_ones_ignored():
    _, made, _ = packed()
    frame = tables.to_frame(made.manifest, [{"tenure": 3, "foreign": 1}])
    assert frame["tenure"].tolist() == [3.0]
    assert frame.drop(columns="tenure").isna().all(axis=None)
    assert list(frame) == list(FEATURES)


def test_no_record_gives_no_row():
    assert tables.to_frame(packed()[1].manifest, []).shape == (0, 4)


def test_inputs_carry_what_a_form_offers():
    inputs = {feature.column.name: feature for feature in packed()[1].manifest.features}
    assert set(inputs["contract"].categories) == {"monthly", "yearly", "long"}
    assert inputs["contract"].example == inputs["contract"].categories[0]
    assert inputs["tenure"].minimum <= inputs["tenure"].example <= inputs["tenure"].maximum
    assert isinstance(inputs["senior"].example, bool)
    assert inputs["charges"].column.kind is ColumnKind.NUMBER


def test_empty_training_column_has_no_example():
    _, made, _ = packed(TABLE.assign(charges=np.nan))
    assert {f.column.name: f.example for f in made.manifest.features}["charges"] is None


def test_swapped_model_bytes_are_never_loaded():
    blobs, made, _ = packed()
    other = made.manifest.model_copy(update={"model_sha256": blobs.put_bytes(b"something else")})
    with pytest.raises(UnsafeModel):
        bundle.load_pipeline(blobs, other)


def test_damaged_blob_is_never_loaded(tmp_path):
    from storage.blobs import FileBlobs

    blobs, made, _ = packed(blobs=FileBlobs(tmp_path))
    file = blobs.path(made.manifest.model_sha256)
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    with pytest.raises(BlobCorrupt):
        bundle.load_pipeline(blobs, made.manifest)
