"""Runs a test case and prints one line a test; a skipped test counts as failed."""

import sys
import unittest


class Lines(unittest.TestResult):
    def addSuccess(self, test):
        print(f"passed {test.id()}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        print(f"failed {test.id()}: {self.failures[-1][1]}")

    def addError(self, test, err):
        super().addError(test, err)
        print(f"failed {test.id()}: {self.errors[-1][1]}")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            print(f"failed {subtest.id()}: {err[1]}")

    def addSkip(self, test, reason):
        print(f"failed {test.id()}: skipped, {reason}")


def run(case):
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(Lines())
    sys.stdout.flush()
