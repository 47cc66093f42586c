"""JUnit XML of many writers: suites, cases, and what is no JUnit."""

import pytest

from paddles.errors import Invalid
from paddles.ingest import junit
from paddles.ingest.facts import Case, Suite


def only(inside: str) -> Case:
    """Return the case of a suite that has one."""
    [suite] = junit.parse(f"<testsuite name='s'>{inside}</testsuite>".encode())
    [case] = suite.cases
    return case


@pytest.mark.parametrize(
    ("inside", "status", "waived", "output"),
    [
        ("", "pass", False, ""),
        ("words", "pass", False, ""),
        ("<passed/>", "pass", False, ""),
        ("<failure/>", "fail", False, ""),
        ("<failure message='m' type='t'/>", "fail", False, "m"),
        ("<failure message='m'>m at line 3</failure>", "fail", False, "m at line 3"),
        ("<failure message='m'>trace</failure>", "fail", False, "m\ntrace"),
        ("<error>e</error><error>f</error>", "error", False, "e\nf"),
        ("<error/><failure/>", "fail", False, ""),
        ("<skipped message='later'/>", "skip", False, "later"),
        ("<skipped><![CDATA[<b>]]></skipped>", "skip", False, "<b>"),
        ("<softfailure>known</softfailure>", "fail", True, "known"),
        ("<flakyFailure message='once'><stackTrace>s</stackTrace></flakyFailure>", "pass", False, "once\ns"),
        ("<failure>1</failure><rerunFailure>2</rerunFailure>", "fail", False, "1\n2"),
        ("<system-out>out</system-out><system-err>err</system-err>", "pass", False, "out\nerr"),
        ("<properties><property name='failure' value='x'/></properties>", "pass", False, ""),
        ("<failure>&lt;i&gt; &#65;&#x1b;[0m&#0;</failure>", "fail", False, "<i> A\ufffd[0m\ufffd"),
    ],
)
def test_what_a_case_holds_says_how_it_ended(inside: str, status: str, waived: bool, output: str) -> None:
    """A failure is graver than an error, an error than a skip; a failure that a rerun made good passes."""
    case = only(f"<testcase name='n'>{inside}</testcase>")

    assert (status, waived, output) == (case.status, case.waived, case.output)


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ("name='n'", "n"),
        ("name='n' classname='c.d'", "c.d.n"),
        ("name='n' classname='s'", "n"),
        ("classname='c'", "c.(?)"),
        ("name='' classname=''", "(?)"),
        ("name='a&#10;b'", "a b"),
        ("name='&lt;script&gt;'", "<script>"),
    ],
)
def test_a_case_is_called_by_class_and_name(attributes: str, name: str) -> None:
    """By name alone where the class says what the suite says; never by nothing."""
    assert name == only(f"<testcase {attributes}/>").name


@pytest.mark.parametrize(
    "attribute", ["status='notrun'", "result='skipped'", "result='Suppressed'", "status='disabled'"]
)
def test_what_was_not_run_is_skipped(attribute: str) -> None:
    """GoogleTest says it in an attribute."""
    assert "skip" == only(f"<testcase name='n' {attribute}/>").status


@pytest.mark.parametrize(("time", "duration"), [("1,200.5", 1200.5), ("", None), ("soon", None), ("-1", None)])
def test_a_time_is_a_duration(time: str, duration: float | None) -> None:
    """In seconds, or none."""
    assert duration == only(f"<testcase name='n' time='{time}'/>").duration_s


def test_suites_stand_by_themselves_however_they_nest() -> None:
    """Containers are none; what went wrong in a suite and in no case is a case; totals are not believed."""
    document = b"""<?xml version="1.0"?>
        <testsuites name="all" tests="99" failures="99">
          <testsuite name="outer"><testsuite name="a" time="1.5"><testcase name="x"/></testsuite>
            <testsuite name="b">
              <testsuite name="c"><error message="no set-up"/></testsuite><testcase name="y"/>
            </testsuite>
          </testsuite>
          <testsuite><testcase name="z"><skipped/></testcase></testsuite>
          <testsuite name="empty"/>
        </testsuites>"""

    assert [
        Suite("a", (Case("x", "pass"),), "pass", "junit", duration_s=1.5),
        Suite("b", (Case("y", "pass"),), "pass", "junit"),
        Suite("c", (Case("(suite)", "error", output="no set-up"),), "error", "junit"),
        Suite("given", (Case("z", "skip"),), "skip", "junit"),
        Suite("empty", (), "unknown", "junit"),
    ] == junit.parse(document, name="given")


def test_cases_without_a_suite_belong_to_the_document() -> None:
    """Some writers leave the suites out."""
    [suite] = junit.parse(b"<testsuites name='all'><testcase name='x'/></testsuites>")

    assert ("all", ["x"]) == (suite.name, [case.name for case in suite.cases])


def test_names_with_a_namespace_are_names() -> None:
    """As schemas have them."""
    [suite] = junit.parse(b"<testsuite xmlns='urn:x' name='s'><testcase name='x'><failure/></testcase></testsuite>")

    assert "fail" == suite.status


@pytest.mark.parametrize("encoding", [b"'iso-8859-1'", b'"WINDOWS-1252"'])
def test_the_declared_encoding_is_heeded(encoding: bytes) -> None:
    """As far as it is one of text."""
    document = b"<?xml version='1.0' encoding=" + encoding + b"?><testsuite name='caf\xe9'/>"

    assert "café" == junit.parse(document)[0].name


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("<testsuite name='é'/>".encode("utf-16"), "é"),
        (b"\xef\xbb\xbf<testsuite name='x'/>", "x"),
        (b"<?xml version='1.0' encoding='rot13'?><testsuite name='x'/>", "x"),
        (b"<?xml version='1.0' encoding='utf-16'?><testsuite name='x'/>", "x"),
        (b"<testsuite name='\xff\x00\x1b'/>", "\ufffd\ufffd\ufffd"),
        (b"\n <?xml version='1.0'?><testsuite name='x'/>", "x"),
        (b" \n<!-- <!DOCTYPE x> --><?pi <!DOCTYPE?><testsuite name='x'/>", "x"),
        (b"<testsuite name='x'><system-out><![CDATA[<!DOCTYPE html>]]></system-out></testsuite>", "x"),
    ],
)
def test_bytes_that_are_not_quite_xml_are_read(document: bytes, name: str) -> None:
    """Characters that XML does not have are replaced; a document type inside words is words."""
    assert name == junit.parse(document)[0].name


BOMB = b"<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;'>]><testsuite name='&c;'/>"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (BOMB, "a document type"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n" + BOMB, "a document type"),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><testsuite/>", "a document type"),
        (b"<!DOCTYPE a PUBLIC 'x' 'http://127.0.0.1/x'><testsuite/>", "a document type"),
        (BOMB.decode().encode("utf-16"), "a document type"),
        (b"<testsuite name='&b;'/>", "not XML: undefined entity"),
        (b"<testsuite>" * 101, "nest at most 100 levels"),
        (b"<testsuite>" * 100_000, "nest at most 100 levels"),
        (b"<testsuite><testcase></testsuite>", "not XML: mismatched tag: line 1"),
        (b"<testsuite a='1' a='2'/>", "not XML: duplicate attribute"),
        (b"<testsuite/><testsuite/>", "not XML: junk after document element"),
        (b"<testsuite", "not XML"),
        (b"ok 1 - TAP", "not XML: syntax error"),
        (b"{}", "not XML"),
        (b"<!--", "not XML"),
        (b"<valgrindoutput/>", "no JUnit document: its root is valgrindoutput"),
        (b"<html xmlns='urn:x'/>", "its root is html"),
        (b"<testsuite>" + b"<testcase/>" * 100_001 + b"</testsuite>", "at most 100000 cases"),
        (b"", "is empty"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_junit_is_refused(document: bytes, message: str) -> None:
    """With what is wrong; nothing is expanded, nothing is fetched."""
    with pytest.raises(Invalid, match=message):
        junit.parse(document)
