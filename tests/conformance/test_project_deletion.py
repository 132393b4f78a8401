from datetime import timedelta

from core.ports.unit_of_work import Store
from core.records.model import Alias
from tests.builders import START, dataset_version, job_request
from tests.conformance import test_rules as rules
from tests.conformance.actors import event
from tests.conformance.test_alerts import alert, step
from tests.conformance.test_alerts import rule as alert_rule
from tests.conformance.test_channels import channel, message
from tests.conformance.test_differences import difference
from tests.conformance.test_labels import label
from tests.conformance.test_preparations import preparation
from tests.conformance.test_presets import preset
from tests.conformance.test_reports import report, review, rule
from tests.conformance.test_schedules import firing, schedule
from tests.conformance.test_traffic import tally, traffic


def test_deleting_a_project_takes_all_its_rows_and_no_others(store: Store) -> None:
    with store.write() as work:
        for name in ("churn", "bikes"):
            work.datasets.add(dataset_version(project=name))
            work.jobs.add(job_request(project=name), "local", START)
            work.schedules.add(schedule(id=f"s-{name}", project=name))
            work.schedules.record(firing(schedule_id=f"s-{name}", project=name))
            work.rules.add(rules.rule(id=f"r-{name}", project=name))
            work.rules.record(rules.evaluation(id=f"e-{name}", project=name))
            work.rules.signal(rules.signal(project=name))
            work.deployments.open(name, Alias.CHAMPION, 1, "run", "b" * 64, "ann", "first", START)
            work.preparations.add(preparation(project=name))
            work.differences.keep(difference(id=f"d-{name}", project=name))
            work.reports.add(report(id=f"r-{name}", project=name))
            work.drift_rules.add(rule(project=name))
            work.drift_reviews.add(review(id=f"v-{name}", project=name))
            work.alerts.add_rule(alert_rule(id=f"r-{name}", project=name))
            work.alerts.add(alert(id=f"a-{name}", project=name))
            work.alerts.record(step(alert_id=f"a-{name}", project=name))
            work.channels.add(channel(id=f"c-{name}", project=name))
            work.channels.post(message(id=f"m-{name}", project=name, channel_id=f"c-{name}"))
            work.presets.save(preset(project=name))
            work.labels.add(name, [label(project=name)])
            work.traffic.open(traffic(project=name))
            work.tallies.put([tally(project=name)])
        work.events.append(event(1))
        work.projects.delete("churn")
        work.commit()
    with store.read() as work:
        assert [work.datasets.find("churn"), work.jobs.find("churn"), work.schedules.find("churn")] == [[], [], []]
        assert [work.schedules.firings("churn"), work.reports.find("churn")] == [[], []]
        assert [work.drift_rules.history("churn"), work.drift_reviews.find("churn")] == [[], []]
        assert len(work.drift_rules.history("bikes")) == len(work.drift_reviews.find("bikes")) == 1
        assert [work.presets.find("churn"), work.presets.find("bikes")] == [[], [preset(project="bikes")]]
        assert [work.labels.count("churn"), work.labels.count("bikes")] == [0, 1]
        assert [work.rules.find("churn"), work.rules.evaluations("churn"), work.rules.signals("churn")] == [[], [], []]
        assert len(work.rules.find("bikes")) == len(work.rules.evaluations("bikes")) == 1
        assert len(work.rules.signals("bikes")) == 1
        for name, left in (("churn", 0), ("bikes", 1)):
            assert [len(work.alerts.rules(name)), work.alerts.count(name), len(work.alerts.changes(name))] == [left] * 3
            assert [len(work.channels.find(name)), len(work.channels.messages(name))] == [left] * 2
        assert [len(work.traffic.history(name)) for name in ("churn", "bikes")] == [0, 1]
        assert [len(work.tallies.find(name, START)) for name in ("churn", "bikes")] == [0, 1]
        assert work.preparations.find("churn") == []
        assert len(work.preparations.find("bikes")) == 1
        assert [len(work.differences.find(name)) for name in ("churn", "bikes")] == [0, 1]
        assert work.deployments.history("churn", Alias.CHAMPION) == []
        assert len(work.events.find("churn")) == 1
        assert (
            len(work.datasets.find("bikes")) == len(work.jobs.find("bikes")) == len(work.schedules.find("bikes")) == 1
        )
        assert len(work.schedules.firings("bikes")) == len(work.reports.find("bikes")) == 1
        assert [item.project for item in work.deployments.live()] == ["bikes"]
        assert work.schedules.due(START + timedelta(days=1))[0].project == "bikes"
