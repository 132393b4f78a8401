"""The part of the form of a study on its budget: which trials, how many, how scored."""

import streamlit as st

from core.records.metric import METRICS, metrics_of
from core.records.project import Project
from core.records.study import PruningKind, SamplerKind, SpaceOutline, StudySpec
from core.records.training import EstimatorCard
from pages.shared import parts
from pages.shared.words import count, metric_title, sentence
from pages.train.study_words import PRUNING, SAMPLERS

TRIALS, FOLDS = 40, 5
FIELD = 150


def show(project: Project, outline: SpaceOutline) -> None:
    """Draw the fields; the size of a grid is told as it stands.

    They have no bounds: a browser drops what is out of them and sends the value before. The service refuses it.
    """
    given = st.session_state
    for name, value in (("metric", project.metric), ("sampler", SamplerKind.TPE), ("trials", TRIALS), ("folds", FOLDS),
                        ("outer", 0), ("pruning", PruningKind.MEDIAN), ("parallel", 1), ("seed", 0)):  # fmt: skip
        given.setdefault(f"tuning.{name}", value)
    names = [metric.name for metric in metrics_of(project.task)]
    if given["tuning.metric"] not in names:
        given["tuning.metric"] = project.metric
    st.selectbox("Judged by", names, key="tuning.metric", format_func=_direction)
    sampler = st.selectbox("Trials are chosen", list(SAMPLERS), format_func=SAMPLERS.__getitem__, key="tuning.sampler")
    is_grid = sampler is SamplerKind.GRID
    if is_grid:
        _grid(outline)
    with st.grid(2, min_column_width=FIELD):
        st.number_input(
            "Trials at most", value=None, step=10, key="tuning.trials",
            placeholder="the whole grid" if is_grid else "no limit",
        )  # fmt: skip
        st.number_input("Minutes at most", value=None, step=5.0, key="tuning.minutes", format="%.4g",
                        placeholder="no limit", help="Of work; time at rest does not count.")  # fmt: skip
        st.number_input("Folds", step=1, key="tuning.folds",
                        help="Each trial is scored on so many folds of the training rows.")  # fmt: skip
        st.number_input("Outer folds", step=1, key="tuning.outer",
                        help="0: none. With some, the whole search is made anew within each and its choice scored on "
                        "the rows kept back (nested cross-validation). It takes as many times longer.")  # fmt: skip
        st.number_input("Trials at once", step=1, key="tuning.parallel",
                        help="Each on a core of its own.")  # fmt: skip
        st.selectbox(
            "Given up early",
            list(PRUNING),
            format_func=PRUNING.__getitem__,
            key="tuning.pruning",
            help="A trial that does badly on its first folds is not scored on the others.",
        )
        st.number_input("Seed of the search", min_value=0, max_value=2**32 - 1, step=1, key="tuning.seed")


def _direction(name: str) -> str:
    return f"{metric_title(name)} · {'higher' if METRICS[name].higher_is_better else 'lower'} is better"


def _grid(outline: SpaceOutline) -> None:
    if outline.grid is None:
        return
    asked = st.session_state.get("tuning.trials")
    told = f"The grid has {count(outline.grid, 'combination')}."
    if asked and asked < outline.grid:
        told += f" {asked:,} of them are tried, picked by the seed."
    parts.note(told)


def fill(spec: StudySpec) -> None:
    """Put the budget of a study into the fields; call it before they are drawn."""
    given = st.session_state
    given["tuning.metric"] = spec.base.metric
    given["tuning.sampler"] = spec.sampler
    given["tuning.pruning"] = spec.pruning
    given["tuning.trials"] = spec.trials
    given["tuning.minutes"] = None if spec.seconds is None else spec.seconds / 60
    given["tuning.folds"] = spec.folds
    given["tuning.outer"] = spec.outer
    given["tuning.parallel"] = spec.parallel
    given["tuning.seed"] = spec.seed
    given["tuning.register"] = spec.register_best


def read(outline: SpaceOutline) -> dict[str, object]:
    """Return the fields of a study's spec that were entered; a grid without a budget is tried whole."""
    given = st.session_state
    minutes = given.get("tuning.minutes")
    is_endless = given.get("tuning.trials") is None and minutes is None and given["tuning.sampler"] is SamplerKind.GRID
    return {
        "sampler": given["tuning.sampler"],
        "pruning": given["tuning.pruning"],
        "trials": outline.grid if is_endless else given.get("tuning.trials"),
        "seconds": None if minutes is None else round(minutes * 60),
        "folds": int(given["tuning.folds"]),
        "outer": int(given["tuning.outer"]),
        "parallel": int(given["tuning.parallel"]),
        "seed": int(given["tuning.seed"]),
        "register_best": bool(given.get("tuning.register")),
    }


def told(outline: SpaceOutline, card: EstimatorCard) -> str:
    """Say in one line what the study will do."""
    given = st.session_state
    trials, minutes = given.get("tuning.trials"), given.get("tuning.minutes")
    if given["tuning.sampler"] is SamplerKind.GRID and outline.grid is not None:
        trials = min(trials or outline.grid, outline.grid)
    budget = [f"up to {count(trials, 'trial')}"] if trials else []
    budget += [f"{minutes:g} minutes"] if minutes else []
    if not budget:
        return "Give a number of trials, a number of minutes, or both."
    size = "" if outline.combinations is None else f" of {count(outline.combinations, 'possible combination')}"
    folds = count(int(given["tuning.folds"]), "fold")
    outer = int(given["tuning.outer"])
    anew = f", and anew within {count(outer, 'outer fold')}" if outer else ""
    return sentence(f"{' or '.join(budget)}{size} of {card.title}, each on {folds}{anew}")
