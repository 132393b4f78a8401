"""The steps of a preparation as scikit-learn transformers, from table to table.

What they learn is in plain attributes. The tables are those of :func:`core.training.preprocessing.model_frame`: numbers
and booleans are float64, text is object, moments are datetime64[us]; missing values are NaN or NaT.
"""
