"""From a training spec to a fitted, judged and registered model."""
