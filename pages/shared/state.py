"""The names of everything kept in the session or the URL."""

PROJECT = "project"
"""The project all screens show; said in the URL as ``?project=``."""

NOTICE = "shared.notice"
"""What the last action did, shown once."""

PROBLEM = "shared.problem"
"""Why the last action failed, shown once."""

JOB = "job"
"""URL: the job a screen shows live."""

DATASET = "dataset"
"""URL: the dataset version in detail, ``name@number``."""

ADD = "add"
"""URL: the way in for new data that is open: ``upload``."""

UPLOAD = "upload"
"""URL: the upload that is looked into before it is kept."""

RUN = "run"
"""URL: the run in detail."""

STUDY = "study"
"""URL: the study in detail, or the form of a new one."""

NEW = "new"
"""What ``?study=`` says for the form of a new study."""

BASE = "tuning.base"
"""The training whose values the form of a study starts with, handed over by the form of a training."""

TRIAL = "trial"
"""URL: the trial of a study in detail, by its number."""

COMPARE = "compare"
"""URL: the runs compared, separated by commas, the baseline first where none is named."""

AT = "at"
"""URL: the moment a screen looks back to."""

OF = "of"
"""URL: the thing whose lineage is shown, as ``version:3``."""

BASE_RUN = "base"
"""URL: the run all others are compared with; the champion when it does not say."""

OTHER = "other"
"""URL: the run whose single answers are set beside those of the baseline."""

X = "x"
"""URL: what a chart shows across."""

Y = "y"
"""URL: what a chart shows upwards."""

METRIC = "metric"
"""URL: the figure a chart shows."""

PICKED = "pick"
"""URL: the runs picked in the list, separated by commas."""

QUERY = "q"
"""URL: the query a list is asked with."""

SEARCH = "search"
"""URL: the words a list is searched for."""

COLUMNS = "columns"
"""URL: the columns a list shows, separated by commas."""

ORDER = "order"
"""URL: what orders a list; with a minus before it, the other way."""

GROUP = "group"
"""URL: what groups the rows of a list."""

ALSO = "also"
"""URL: what a list shows beside the usual: ``archived``, ``nested``, separated by commas."""

VERSION = "version"
"""URL: the model version in detail."""

REPORT = "report"
"""URL: the monitor report in detail."""

COLUMN = "column"
"""URL: the column in detail."""

TRACK = "track"
"""URL: the windows whose drift is reviewed, by their series or ``ref:`` and their reference."""

WINDOW = "window"
"""URL: the window of a drift review in detail, by its report."""

SCHEDULE = "schedule"
"""URL: the schedule in detail."""

DATA = "data"
"""URL: the dataset version to train on."""

PREPARATION = "preparation"
"""URL: the preparation a screen shows or trains with, by its number."""

ESTIMATOR = "estimator"
"""URL: the estimator of a new training."""

THRESHOLD = "threshold"
"""URL: the threshold a cloned training starts with."""

CLONE = "clone"
"""URL: the run whose values a new training starts with."""

MODEL = "model"
"""URL: the model version to try out."""

WITH = "with"
"""URL: the dataset version that the one in detail is compared with, ``name@number``."""

TAB = "tab"
"""URL: the side of a thing in detail that is shown."""

PAGE = "page"
"""URL: which page of a long table is shown, from 1."""

VIEW = "view"
"""URL: which way of looking is chosen, where there are several."""

ALERT = "alert"
"""URL: the alert in detail."""

ALERT_RULE = "alert_rule"
"""URL: the alert rule in detail, or ``new``."""

CHANNEL = "channel"
"""URL: the channel in detail, or ``new``."""

MONTH = "month"
"""URL: the month a calendar shows, such as ``2026-03``."""

WINDOW = "window"
"""URL: how far back is looked."""

PREDICTION = "prediction"
"""URL: the prediction whose story is shown, by its id."""

RULE = "rule"
"""URL: the retraining rule that is chosen."""
