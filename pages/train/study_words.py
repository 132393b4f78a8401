"""What screens say of studies and trials."""

from core.charts.studies import shown
from core.records.study import Dimension, PruningKind, SamplerKind, Study, StudySpec, Trial
from core.records.training import ParameterValue
from core.training.tuning import space
from pages.shared.words import count, duration, metric_title, number

SAMPLERS = {
    SamplerKind.TPE: "Learning from trials before (TPE)",
    SamplerKind.RANDOM: "At random",
    SamplerKind.GRID: "Grid: every combination",
}
PRUNING = {
    PruningKind.MEDIAN: "Below the median",
    PruningKind.HALVING: "Successive halving",
    PruningKind.NONE: "Never",
}


def spelled(value: ParameterValue) -> str:
    """Return the value of a hyperparameter."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shown(value)


def score_of(trial: Trial, study: Study) -> str:
    """Say what a trial scored."""
    return f"{metric_title(study.metric)} {number(trial.value)} over {count(len(trial.scores), 'fold')}"


def limits(spec: StudySpec) -> str:
    """Return the budget of a study."""
    trials = [count(spec.trials, "trial")] if spec.trials else []
    return ", ".join(trials + ([duration(spec.seconds)] if spec.seconds else []))


def searched(study: Study) -> list[Dimension]:
    """Return the hyperparameters that take more than one value."""
    return [dimension for dimension in study.spec.space if space.is_searched(dimension)]
