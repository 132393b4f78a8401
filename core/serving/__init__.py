"""Answers: from a request's record to a model's prediction, logged before it leaves."""
