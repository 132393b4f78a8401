import csv
import io

import pytest

from core.pipelines.demo import DEMOS, PartOfJob, table


def rows(demo, year=""):
    return list(csv.reader(io.StringIO(table(DEMOS[demo], year).decode())))


def test_the_churn_table_is_whole():
    header, *body = rows("churn")
    assert len(header) == 20
    assert len(body) == 7043


@pytest.mark.parametrize(("year", "hours"), [("2011", 8645), ("2012", 8734)])
def test_the_bike_table_is_cut_by_year_and_ordered_by_day(year, hours):
    header, *body = rows("bikes", year)
    days = [row[header.index("dteday")] for row in body]
    assert len(body) == hours
    assert days == sorted(days)
    assert {day[:4] for day in days} == {year}


def test_columns_that_add_up_to_the_target_are_left_out_of_the_bike_model():
    header, *body = rows("bikes", "2011")
    casual, registered, target = (header.index(name) for name in ("casual", "registered", "cnt"))
    assert all(int(row[casual]) + int(row[registered]) == int(row[target]) for row in body)
    assert DEMOS["bikes"].without == {"casual", "registered"}


def test_progress_of_a_step_is_its_share_of_the_whole_job():
    class Whole:
        job = clock = None
        said: list[tuple[str, float]] = []

        def progress(self, stage, fraction, message=""):
            self.said.append((stage, fraction))

    whole = Whole()
    PartOfJob(whole, 0.5, 0.7).progress("fit", 0.5)
    assert whole.said == [("fit", pytest.approx(0.6))]
