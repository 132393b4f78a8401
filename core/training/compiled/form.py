"""A compiled model at rest: one JSON document and flat arrays in an uncompressed NPZ file; loading runs no code."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from core.errors import UnsafeModel
from core.records.base import JsonObject
from core.training.model_file import require_plain

Array = np.ndarray[Any, Any]

FORMAT = 1
DOCUMENT = "document"
KINDS = frozenset({"float64", "int64", "uint8", "uint32", "uint64"})
MAX_BYTES = 1 << 30


@dataclass(frozen=True)
class Form:
    """What a compiled model is made of: a document that names its arrays, and the arrays."""

    document: JsonObject
    arrays: Mapping[str, Array]


def dump(form: Form) -> bytes:
    """Return the bytes of ``form``; the same form gives the same bytes."""
    document = np.frombuffer(orjson.dumps({"format": FORMAT, **form.document}), dtype=np.uint8)
    target = io.BytesIO()
    np.savez(target, allow_pickle=False, **{DOCUMENT: document}, **form.arrays)
    return target.getvalue()


def load(content: bytes) -> Form:
    """Return the form in ``content``.

    Raises:
        UnsafeModel: it is not such a file, is packed or too large, or holds arrays of other kinds.
    """
    if len(content) > MAX_BYTES:
        raise UnsafeModel(problem=f"its compiled form is larger than {MAX_BYTES >> 30} GB.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            require_plain(archive.infolist(), len(content))
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        document = orjson.loads(arrays.pop(DOCUMENT).tobytes())
    except (zipfile.BadZipFile, AttributeError, KeyError, ValueError, EOFError) as error:
        raise UnsafeModel(problem="its compiled form is not readable.") from error
    strange = sorted({str(array.dtype) for array in arrays.values()} - KINDS)
    if strange or not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnsafeModel(problem="its compiled form holds something unknown.")
    return Form(document, arrays)
