import io
import zipfile

import numpy as np
import pytest

from core.errors import UnsafeModel
from core.training.compiled import engine, form
from core.training.compiled.form import Form


def test_a_form_comes_back_as_it_was_stored() -> None:
    found = form.load(form.dump(Form({"model": {"kind": "x"}}, {"a": np.array([1.5, np.nan])})))
    assert found.document == {"format": 1, "model": {"kind": "x"}}
    assert np.array_equal(found.arrays["a"], [1.5, np.nan], equal_nan=True)


def packed_zip() -> bytes:
    target = io.BytesIO()
    np.savez_compressed(target, document=np.zeros(9, dtype=np.uint8))
    return target.getvalue()


def with_objects() -> bytes:
    target = io.BytesIO()
    np.savez(target, document=np.frombuffer(b'{"format":1}', dtype=np.uint8), a=np.array([{}], dtype=object))
    return target.getvalue()


def with_texts() -> bytes:
    return form.dump(Form({}, {"a": np.array(["x"])}))


def foreign_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("document.npy", b"nothing")
    return target.getvalue()


@pytest.mark.parametrize("make", [lambda: b"", lambda: b"PK", packed_zip, with_objects, with_texts, foreign_zip])
def test_bytes_that_are_no_form_are_refused(make: object) -> None:
    with pytest.raises(UnsafeModel):
        form.load(make())


def test_a_form_of_another_format_is_refused() -> None:
    with pytest.raises(UnsafeModel, match="something unknown"):
        form.load(form.dump(Form({"format": 2}, {})))


@pytest.mark.parametrize("document", [{}, {"model": {"kind": "x"}}, {"model": {"kind": "bits"}, "preparation": {}}])
def test_a_form_that_is_not_complete_is_refused(document: dict) -> None:
    with pytest.raises(UnsafeModel, match="not complete"):
        engine.load(form.dump(Form(document, {})))
