"""What people call the steps of a preparation and the choices in them."""

from core.records.dataset import ColumnKind
from core.records.preparation import BinMethod, Encoding, Fill, Scaling

STEPS = {
    "derive": "Derived column",
    "dates": "Date parts",
    "impute": "Fill missing",
    "bins": "Bins",
    "group_rare": "Rare categories",
    "encode": "Encode text",
    "scale": "Scale",
    "type": "Change type",
    "rename": "Rename",
    "drop": "Leave out",
}
"""Each kind of step, in the order of the menu."""

KINDS = {kind.value: kind.value for kind in ColumnKind}

FILLS = {
    Fill.MEDIAN.value: "Median",
    Fill.MEAN.value: "Mean",
    Fill.MOST_FREQUENT.value: "Most frequent value",
    Fill.CONSTANT.value: "A constant",
}

BINS = {
    BinMethod.QUANTILE.value: "Equally many rows in each",
    BinMethod.UNIFORM.value: "Equal width",
    BinMethod.EDGES.value: "Edges that I give",
}

ENCODINGS = {
    Encoding.ONE_HOT.value: "One column for each category",
    Encoding.ORDINAL.value: "Its place in an order",
    Encoding.FREQUENCY.value: "How frequent the category is",
    Encoding.TARGET.value: "The mean answer of its rows, cross-fitted",
}

SCALES = {
    Scaling.STANDARD.value: "Standard: mean 0, deviation 1",
    Scaling.ROBUST.value: "Robust: median and quartiles",
    Scaling.MIN_MAX.value: "From 0 to 1",
    Scaling.QUANTILE.value: "Quantiles",
    Scaling.LOG.value: "Logarithm",
}

EXAMPLES = "`amount / income`, `month(signed_up)`, `if(age < 18, 'child', 'adult')`, `length(trim(city))`"
