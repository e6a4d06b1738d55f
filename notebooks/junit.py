"""A JUnit XML report of executed notebooks: a suite a notebook, a case a cell."""

import xml.etree.ElementTree as ET


def write(suites, target):
    """`suites` maps a notebook's path to cases of (name, seconds, why it failed or None)."""
    root = ET.Element("testsuites")
    for path, cases in suites.items():
        failures = sum(1 for _, _, failure in cases if failure)
        suite = ET.SubElement(root, "testsuite", name=path, tests=str(len(cases)), failures=str(failures), errors="0")
        suite.set("time", f"{sum(seconds for _, seconds, _ in cases):.3f}")
        for name, seconds, failure in cases:
            case = ET.SubElement(suite, "testcase", classname=path, name=_legal(name), time=f"{seconds:.3f}")
            if failure:
                ET.SubElement(case, "failure", message=_legal(failure.splitlines()[0])).text = _legal(failure)
    target.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)


def _legal(text):
    """Without the control characters that XML cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n" or letter >= " ")
