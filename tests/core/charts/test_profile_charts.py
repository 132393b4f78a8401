"""Charts of a profile, of a difference and of the versions of a dataset."""

from core.charts import associations, differences, versions
from core.charts.data import column
from core.records.dataset import ColumnKind, ColumnProfile
from core.records.difference import Distribution
from core.records.profile import Associations, Outliers, TargetLink
from tests.builders import dataset_version

FOUND = Associations(
    rows=60,
    columns=("y", "<b>x</b>", "plan"),
    numeric=(True, True, False),
    matrix=((1.0, 0.9, 0.2), (0.9, 1.0, None), (0.2, None, 1.0)),
    pearson=((1.0, 0.8, None), (0.8, 1.0, None), (None, None, None)),
    left_out=0,
)


def test_the_matrix_is_drawn_once_below_its_diagonal_with_the_measure_of_each_cell() -> None:
    (trace,) = associations.heat_map(FOUND, "dark").data
    assert [list(row) for row in trace.z] == [[None] * 3, [0.9, None, None], [0.2, None, None]]
    assert trace.customdata[1][0] == "&lt;b&gt;x&lt;/b&gt;<br>y<br><b>Spearman 0.900</b>, Pearson 0.800"
    assert trace.customdata[2][0] == "plan<br>y<br><b>correlation ratio 0.200</b>"
    assert trace.customdata[2][1] == "not measured"


def test_suspects_are_drawn_in_another_colour_and_the_first_is_on_top() -> None:
    links = (TargetLink(name="leak", explained=1.0, suspicion="why"), TargetLink(name="x", explained=0.2))
    (trace,) = associations.links(links, "light").data
    assert [row[0] for row in trace.customdata] == ["x", "leak"]
    assert len(set(trace.marker.color)) == 2


def test_classes_are_drawn_with_their_shares() -> None:
    (trace,) = associations.classes((("No", 3), ("Yes", 1)), "light").data
    assert (list(trace.x), list(trace.text)) == ([1, 3], ["25.0%", "75.0%"])


def test_moments_are_binned_on_an_axis_of_dates_and_outliers_are_fenced_off() -> None:
    moments = ColumnProfile(
        name="day", kind=ColumnKind.DATETIME, nulls=0, distinct=9, edges=(0.0, 86_400.0), counts=(9,)
    )
    drawn = column(moments, "light")
    assert (drawn.layout.xaxis.type, drawn.data[0].x[0]) == ("date", 43_200_000)
    far = Outliers(low=-1.0, high=2.0, below=0, above=4)
    numbers = ColumnProfile(
        name="x", kind=ColumnKind.NUMBER, nulls=0, distinct=9, edges=(0.0, 9.0), counts=(9,), outliers=far
    )
    assert [shape.x0 for shape in column(numbers, "dark").layout.shapes] == [2.0]


def test_both_versions_of_a_column_stand_beside_each_other() -> None:
    shape = Distribution(labels=("a", "b"), before=(0.5, 0.5), after=(0.25, 0.75))
    drawn = differences.distributions(shape, ("t@1", "t@2"), "light")
    assert [(trace.name, list(trace.y)) for trace in drawn.data] == [("t@1", [0.5, 0.5]), ("t@2", [0.25, 0.75])]


def test_a_version_that_follows_an_older_one_has_a_lane_of_its_own() -> None:
    family = [dataset_version(number=number, parent=parent) for number, parent in ((1, None), (2, 1), (3, 1), (4, 2))]
    lines, points = versions.graph(family, 2, "light").data
    assert list(points.y) == [0, 0, -1, 0]
    assert [row[0] for row in points.customdata] == [1, 2, 3, 4]
    assert list(lines.x) == [0, 1, None, 0, 2, None, 1, 3, None]
