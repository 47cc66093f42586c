"""Files of dashboards: what is one, what is not and where, and that they are always written alike."""

import json
from typing import Any

import pytest

from paddles.dashboards import checks, definitions, sets
from paddles.dashboards.definitions import METRICS, OPERATORS, SOURCES, TYPES, Set
from paddles.errors import Invalid

PIE = {"slug": "pie", "type": "pie", "source": "builds", "group_by": [{"field": "build_result"}]}
PANEL = {"viz": "pie", "x": 0, "y": 0, "w": 12, "h": 8}
BOARD = {"slug": "board", "title": "Board", "panels": [PANEL]}


def document(**said: Any) -> dict[str, Any]:
    """Return a file with a dashboard of one panel."""
    return {"format": "paddles-dashboards", "version": 1, "dashboards": [BOARD], "visualizations": [PIE], **said}


def faults(**said: Any) -> list[str]:
    """Return what is wrong with a file, a line each."""
    with pytest.raises(Invalid) as raised:
        checked(document(**said))
    return str(raised.value).splitlines()


def checked(said: dict[str, Any]) -> Set:
    """Return the set of a file in which all can be shown."""
    found = definitions.read(json.dumps(said))
    checks.check(found, found)
    return found


def test_the_set_that_comes_with_the_service_is_kcings() -> None:
    """Nine dashboards, 29 visualisations and a search, all of which can be shown, written as an export would."""
    found = sets.default()

    checks.check(found, found)
    assert (9, 29, 1) == (len(found.dashboards), len(found.visualizations), len(found.searches))
    assert {"metric", "pie", "hbar", "bar", "donut", "table", "filters", "markdown"} == {
        viz.type for viz in found.visualizations
    }
    # These two were on no dashboard there, either, nor was the list of boots that failed.
    shown = {panel.viz for each in found.dashboards for panel in each.panels}
    assert {"boots-per-lab-per-board-per-tree", "test-list-top-20"} <= {v.slug for v in found.visualizations} - shown


def test_a_set_is_written_in_one_way_and_read_again() -> None:
    """Sorted keys, two blanks, what nobody said filled in; what is read from it is written so again."""
    shuffled = document(visualizations=[{**PIE, "slug": "z", "title": "\u00e4 <b>"}, PIE])
    written = definitions.written(definitions.read(shuffled))

    assert written == definitions.written(definitions.read(written))
    assert written == json.dumps(json.loads(written), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert ["pie", "z"] == [viz["slug"] for viz in json.loads(written)["visualizations"]]
    assert "\u00e4 <b>" in written


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_can_be_defined(type_: str) -> None:
    """Each with as many groups as it takes."""
    least = checks.GROUPED.get(type_, (1, 1))[0]
    viz = {**PIE, "type": type_, "group_by": [{"field": name} for name in ("job", "arch")[:least]]}

    assert type_ == checked(document(visualizations=[viz])).visualizations[0].type


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_can_be_shown(source: str) -> None:
    """As a table of its usual fields."""
    viz = {"slug": "pie", "type": "table", "source": source}

    assert checked(document(visualizations=[viz]))


@pytest.mark.parametrize("op", METRICS)
def test_every_metric_can_be_told(op: str) -> None:
    """Of a field, but for a count and a rate."""
    metric = {"op": op} if op in ("count", "pass_rate") else {"op": op, "field": "build_time"}

    assert checked(document(visualizations=[{**PIE, "metric": metric}]))


@pytest.mark.parametrize("op", OPERATORS)
def test_every_operator_can_be_asked_with(op: str) -> None:
    """With one value, or with several."""
    for value in ("true", ["true"]):
        asked = [{"field": "job", "op": op, "value": value}]
        assert checked(document(visualizations=[{**PIE, "filters": asked}]))


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"format": "other"}, "/format: Input should be 'paddles-dashboards'"),
    ({"version": 2}, "/version: Input should be 1"),
    ({"more": 1}, "/more: Extra inputs are not permitted"),
    ({"dashboards": [{**BOARD, "title": None}]}, "/dashboards/0/title: Input should be a valid string"),
    ({"dashboards": [{**BOARD, "slug": "A b"}]}, "/dashboards/0/slug: String should match pattern"),
    ({"dashboards": [{**BOARD, "slug": "../x"}]}, "/dashboards/0/slug: String should match pattern"),
    ({"dashboards": [{**BOARD, "time": "soon"}]}, "/dashboards/0/time: String should match pattern"),
    ({"dashboards": [BOARD, BOARD]}, "/dashboards/1/slug: board is there twice"),
    ({"dashboards": [{**BOARD, "panels": [{**PANEL, "viz": "x"}]}]}, "/dashboards/0/panels/0/viz: there is no x"),
    ({"dashboards": [{**BOARD, "panels": [{**PANEL, "x": 40}]}]}, "/dashboards/0/panels/0/w: the grid has 48 columns"),
    ({"dashboards": [{**BOARD, "panels": [{**PANEL, "y": -1}]}]}, "/dashboards/0/panels/0/y: Input should be greater"),
    ({"visualizations": [{**PIE, "type": "sunburst"}]}, "/visualizations/0/type: Input should be"),
    ({"visualizations": [{**PIE, "source": "cats"}]}, "/visualizations/0/source: Input should be"),
    ({"visualizations": [{**PIE, "source": ""}]}, "/visualizations/0/source: nothing cannot be shown"),
    ({"visualizations": [{**PIE, "group_by": []}]}, "/visualizations/0/group_by: pie has 1 to 3 of these"),
    (
        {"visualizations": [{**PIE, "group_by": [{"field": "build_result; DROP TABLE jobs"}]}]},
        "/visualizations/0/group_by/0/field: builds cannot be told apart by build_result; DROP TABLE jobs",
    ),
    (
        {"visualizations": [{**PIE, "group_by": [{"field": "job", "interval": "day"}]}]},
        "/visualizations/0/group_by/0/interval: job is no moment",
    ),
    (
        {"visualizations": [{**PIE, "group_by": [{"field": "host"}]}]},
        "/visualizations/0/group_by/0/field: builds cannot",
    ),
    ({"visualizations": [{**PIE, "metric": {"op": "sum"}}]}, "/visualizations/0/metric: Value error, names a field"),
    (
        {"visualizations": [{**PIE, "metric": {"op": "sum", "field": "job"}}]},
        "/visualizations/0/metric/field: sum is of numbers, which job is not",
    ),
    ({"visualizations": [{**PIE, "columns": ["nope"]}]}, "/visualizations/0/columns/0: builds have no nope"),
    (
        {"visualizations": [{**PIE, "filters": [{"field": "build_result", "value": "green"}]}]},
        "/visualizations/0/filters/0: build_result is one of",
    ),
    ({"visualizations": [{**PIE, "title": "a\0"}]}, "/visualizations/0/title: String should match pattern"),
    ({"visualizations": [{**PIE, "type": "metric"}]}, "/visualizations/0/group_by: metric has 0 to 0 of these"),
    (
        {"visualizations": [{**PIE, "source": "logs", "metric": {"op": "pass_rate"}, "group_by": [{"field": "lvl"}]}]},
        "/visualizations/0/metric/op: logs do not pass or fail",
    ),
    ({"searches": [{"slug": "s", "source": "boots", "query": "x"}]}, "/searches/0/source: boots cannot be searched"),
    ({"searches": [{"slug": "s", "source": "logs", "columns": ["x"]}]}, "/searches/0/columns/0: logs have no x"),
]


@pytest.mark.parametrize(("said", "fault"), FAULTS)
def test_a_fault_is_named_with_its_path(said: dict[str, Any], fault: str) -> None:
    """Whatever is wrong with a file, a line says where and what."""
    assert any(line.startswith(fault) for line in faults(**said)), faults(**said)


def test_all_faults_are_named_at_once() -> None:
    """A line each."""
    panels = [{**PANEL, "viz": "x"}, {**PANEL, "viz": "y"}]

    assert 2 == len(faults(dashboards=[{**BOARD, "panels": panels}]))


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "NaN", '{"x": NaN}', "[]", "1", "null", "\ud800", '{"format":1}']
)
def test_what_is_no_file_of_dashboards_is_refused(text: str) -> None:
    """However it is none."""
    with pytest.raises(Invalid, match=r"^/"):
        definitions.read(text)


def test_the_format_has_a_json_schema() -> None:
    """Whoever writes such files can have them checked elsewhere."""
    found = definitions.schema()

    assert {"dashboards", "visualizations", "searches", "format", "version"} == found["properties"].keys()
    assert not found["additionalProperties"]


def test_a_set_is_added_to_another_or_takes_its_place() -> None:
    """What is called alike is changed; only a replacement takes anything away."""
    was = definitions.read(document(visualizations=[PIE, {**PIE, "slug": "old"}]))
    given = definitions.read(document(visualizations=[{**PIE, "title": "T"}, {**PIE, "slug": "new"}]))

    added, replaced = (sets.plan_of(was, given, replace=replace) for replace in (False, True))

    assert ("+ visualizations/new", "~ visualizations/pie") == added.lines
    assert (*added.lines, "- visualizations/old") == replaced.lines
    assert {"pie", "old", "new"} == {viz.slug for viz in added.becomes.visualizations}
    assert definitions.written(given) == definitions.written(replaced.becomes)
