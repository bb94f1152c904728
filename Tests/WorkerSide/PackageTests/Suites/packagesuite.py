# Runs tests of a package, or of CPython, in this process, and prints the outcomes as one line of JSON: the number of tests,
# and for each one that did not pass its name, what it did, and the last line of the reason. PackageSuiteTests runs it as library
# code of a task, and in plain CPython.
import json
import sys


def report(count, others):
    print("\n" + json.dumps({"count": count, "others": others}))


def last_line(text):
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    # pytest marks the lines of the exception.
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    return (marked or lines or [""])[-1][:300]


def run_pytest(folder, names):
    """Runs test files or folders, given by their paths below a folder."""
    import pytest

    count = 0
    others = {}

    class Outcomes:
        def pytest_collectreport(self, report):
            if report.failed:
                others[report.nodeid] = ["error", last_line(report.longrepr)]

        def pytest_runtest_logreport(self, report):
            nonlocal count
            count += report.when == "call"
            if report.outcome != "passed":
                reason = "" if report.skipped else last_line(report.longrepr)
                others.setdefault(report.nodeid, [report.outcome, reason])

    try:
        import hypothesis
    except ImportError:
        pass
    else:
        # The same examples each time, and no time limit on a busy machine.
        checks = list(hypothesis.HealthCheck)
        hypothesis.settings.register_profile(
            "suite", derandomize=True, database=None, deadline=None, suppress_health_check=checks, print_blob=False)
        hypothesis.settings.load_profile("suite")
    # No plugin that writes files, measures time or watches threads.
    without = ["cacheprovider", "faulthandler", "terminal", "logging", "threadexception", "unraisableexception",
               "hypothesispytest"]
    options = ["--rootdir", folder, "-c", sys.modules[__name__].__file__[:-len("packagesuite.py")] + "pytest.ini",
               "--capture=sys", "--assert=plain", *(option for name in without for option in ("-p", "no:" + name))]
    sys.path.insert(0, folder)
    pytest.main(options + [folder + "/" + name for name in names], plugins=[Outcomes()])
    report(count, others)


def module_of_task(folder, name, execute):
    """Makes a module of a test's text, which a function of the task executes, so that its code is that of the task."""
    import types

    module = types.ModuleType(name)
    module.__file__ = folder + "/" + name + ".py"
    sys.modules[name] = module
    with open(module.__file__, encoding="utf-8") as file:
        execute(file.read(), "<" + name + ">", module.__dict__)
    return module


def run_unittest(folder, names, execute=None):
    """Runs modules of CPython's own tests, given by name. The folder is that of the package `test`. With `execute`, a function
    of the task, the tests are code of the task."""
    import unittest
    import test.support

    others = {}

    class Outcomes(unittest.TestResult):
        def note(self, test, outcome, reason=""):
            others.setdefault(test.id(), [outcome, last_line(reason)])

        def addError(self, test, error):
            self.note(test, "error", self._exc_info_to_string(error, test))

        def addFailure(self, test, error):
            self.note(test, "failed", self._exc_info_to_string(error, test))

        def addSubTest(self, test, subtest, error):
            if error is not None:
                self.note(test, "failed", self._exc_info_to_string(error, test))

        def addSkip(self, test, reason):
            self.note(test, "skipped", reason)

        def addExpectedFailure(self, test, error):
            self.note(test, "failed as expected")

        def addUnexpectedSuccess(self, test):
            self.note(test, "succeeded unexpectedly")

    sys.path.insert(0, folder)
    test.__path__.append(folder)
    test.support.TEST_HOME_DIR = folder
    test.support.TEST_DATA_DIR = folder + "/data"
    outcomes = Outcomes()
    # Some modules print, and what is printed is bounded.
    with test.support.captured_stdout(), test.support.captured_stderr():
        for name in names:
            try:
                if execute is None:
                    tests = unittest.defaultTestLoader.loadTestsFromName(name)
                    module = sys.modules[name]
                else:
                    module = module_of_task(folder, name, execute)
                    tests = unittest.defaultTestLoader.loadTestsFromModule(module)
                if hasattr(module, "test_main"):
                    # The module says itself which of its classes are tests.
                    test.support._run_suite = lambda suite: suite.run(outcomes)
                    module.test_main()
                else:
                    tests.run(outcomes)
            except Exception as error:
                others[name] = ["ended", str(error)]
    report(outcomes.testsRun, others)
