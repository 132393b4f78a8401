"""The screens of retraining by itself: plan, suggestions, rules, effect, simulator."""

from datetime import timedelta

from core.records.access import LOCAL
from core.records.dataset import DatasetRef
from core.records.job import JobKind
from core.records.plan import DataChoice, RetrainingOutcome
from core.records.rule import Condition, QuietHours, RuleDraft, RuleMode, Sign
from pages.shared.words import plain
from tests.conformance.test_plans import retraining, simulation
from tests.pages.acting import screen, sound, texts


def suggested(platform):
    draft = RuleDraft(conditions=(Condition(sign=Sign.WEBHOOK),), mode=RuleMode.SUGGEST)
    platform.rules.add(LOCAL, "phones", draft)
    platform.rules.signal(LOCAL, "phones", note="loaded")
    platform.rules.look(platform.clock.now() + timedelta(seconds=1))


def test_the_plan_is_said_in_words_and_changed(grown):
    at = screen("retraining")
    assert "all rows of the newest version of the champion" in texts(at)
    at.button(key="plan.change").click().run()
    at.selectbox(key="plan.data").set_value(DataChoice.LABELLED)
    at.number_input(key="plan.trials").set_value(5)
    sound(at.button(key="plan.save").click().run())
    plan = grown.plans.plan("phones")
    assert (plan.data, plan.trials, plan.changed_by) == (DataChoice.LABELLED, 5, "local")
    assert "the best of 5 trials on the logged predictions" in texts(screen("retraining"))


def test_a_plan_that_cannot_be_kept_is_explained(grown):
    at = screen("retraining")
    at.button(key="plan.change").click().run()
    at.selectbox(key="plan.data").set_value(DataChoice.WINDOW)
    at.button(key="plan.save").click().run()
    assert "no time column" in " ".join(error.value for error in at.error)
    assert grown.plans.plan("phones").changed_by == ""


def test_a_suggestion_is_accepted_with_one_button(grown):
    suggested(grown)
    (waiting,) = grown.rules.suggestions("phones")
    at = screen("retraining")
    assert "A retraining is suggested" in texts(at)
    sound(at.button(key=f"suggestion.accept.{waiting.id}").click().run())
    assert grown.rules.suggestions("phones") == []
    assert any(job.cause and job.cause.id == waiting.id for job in grown.queue.find("phones", kinds=(JobKind.RETRAIN,)))
    assert "A retraining is suggested" not in texts(at)


def test_a_suggestion_is_dismissed(grown):
    suggested(grown)
    (waiting,) = grown.rules.suggestions("phones")
    at = screen("retraining")
    sound(at.button(key=f"suggestion.dismiss.{waiting.id}").click().run())
    assert grown.rules.suggestions("phones") == []


def test_a_rule_is_added_and_chosen_by_its_address(grown):
    at = screen("retraining")
    at.button(key="rule.new").click().run()
    at.multiselect(key="rule.signs").set_value([Sign.DRIFT, Sign.LABELS])
    sound(at.button(key="rule.add").click().run())
    (rule,) = grown.rules.rules("phones")
    assert ([item.sign for item in rule.conditions], rule.needed) == ([Sign.DRIFT, Sign.LABELS], 1)
    at = screen("retraining", rule=rule.id)
    sound(at.button(key="rule.switch").click().run())
    assert not grown.rules.rule(rule.id).enabled
    sound(at.button(key="rule.remove").click().run())
    assert grown.rules.rules("phones") == []


def test_a_rule_is_edited_with_its_limits(grown):
    quiet = QuietHours(start="23:00", end="05:30", timezone="Europe/Berlin")
    signs = (Condition(sign=Sign.WEBHOOK, of="nightly"), Condition(sign=Sign.LABELS, amount=7))
    draft = RuleDraft(name="often", conditions=signs, needed=2, mode=RuleMode.ACT, quiet=quiet, per_day=3)
    rule = grown.rules.add(LOCAL, "phones", draft)
    at = screen("retraining", rule=rule.id)
    at.button(key="rule.edit").click().run()
    sound(at.button(key="rule.add").click().run())
    assert grown.rules.rule(rule.id).draft == draft
    at = screen("retraining", rule=rule.id)
    at.button(key="rule.edit").click().run()
    at.number_input(key="rule.rest").set_value(6.0)
    at.toggle(key="rule.quiet").set_value(False)
    at.multiselect(key="rule.signs").set_value([Sign.LABELS, Sign.ESTIMATED])
    sound(at.button(key="rule.add").click().run())
    changed = grown.rules.rule(rule.id)
    assert (changed.cooldown_s, changed.quiet, changed.per_day) == (6 * 3600, None, 3)
    assert [(item.sign, item.amount) for item in changed.conditions] == [(Sign.LABELS, 7), (Sign.ESTIMATED, 5)]


def test_a_suggestion_is_accepted_on_the_overview(grown):
    suggested(grown)
    (waiting,) = grown.rules.suggestions("phones")
    at = screen("overview")
    assert "Suggestion" in texts(at)
    sound(at.button(key=f"suggestion.accept.{waiting.id}").click().run())
    assert grown.rules.suggestions("phones") == []


def test_the_effect_of_retrainings_is_shown(grown):
    with grown.store.write() as work:
        for name, value in (("a", 0.7), ("b", 0.8)):
            one = retraining(id=name, project="phones", value=value, champion_value=0.7, metric="roc_auc")
            work.plans.keep(one.model_copy(update={"outcome": RetrainingOutcome.KEPT}))
        work.commit()
    at = sound(screen("retraining"))
    assert "Effect" in texts(at)
    sound(at.toggle(key="retraining.real").set_value(True).run())
    assert "every labelled answer was given by the same version" in texts(at)


def test_a_simulation_is_shown_and_made_the_plan(grown):
    at = sound(screen("simulator"))
    assert "no time column" in texts(at)
    made = simulation(project="phones", summary="Recommended: retrain.")
    request = made.request.model_copy(update={"dataset": DatasetRef(name="customers", number=1)})
    with grown.store.write() as work:
        work.plans.keep_simulation(made.model_copy(update={"request": request}))
        work.commit()
    at = sound(screen("simulator"))
    assert at.info[0].value == plain("Recommended: retrain.")
    at.button(key="simulator.adopt").click().run()
    assert "no time column" in " ".join(error.value for error in at.error)
