"""A session over jupyter_client: functions of the user's own, code that throws, never ends or gives the wrong type, a model, and a live query beside them."""

import re
import time
import unittest
from pathlib import Path

import report
from jupyter_client.manager import start_new_kernel

MODELS = Path(__file__).resolve().parents[2] / "test" / "ml" / "models"
WAIT_S = 60

CELL = """%%function
import { aggregate } from "weir-sql/udf"

/** Fahrenheit to Celsius. @example celsius(212) */
export function celsius(f: number): number {
  return (f - 32) / 1.8
}

function checked(x: number): number {
  if (x === 3) throw new RangeError("three is too many")
  return x
}
export function throws(x: number): number {
  return checked(x) + 1
}
export function wrong(x: number): number {
  return `${x}` as unknown as number
}
export function endless(x: number): number {
  while (x > -1) {}
  return x
}
export const total = aggregate({
  init: () => ({ sum: 0 }),
  add(state, x: number) { state.sum += x },
  value(state): number { return state.sum },
})
"""

STREAM = """CREATE STREAM readings (ts TIMESTAMP, fahrenheit DOUBLE, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
WITH (connector = 'generator', rows_per_second = 200)"""


class FunctionTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.manager, cls.client = start_new_kernel(kernel_name="weir")

    @classmethod
    def tearDownClass(cls):
        cls.client.stop_channels()
        cls.manager.shutdown_kernel(now=True)

    def run_cell(self, code, interrupt_after=None, allow_stdin=False):
        """The reply and the plain texts shown, with what an interrupt brings when the cell has run for a while."""
        message = self.client.execute(code, allow_stdin=allow_stdin)
        if interrupt_after is not None:
            time.sleep(interrupt_after)
            self.manager.interrupt_kernel()
        texts = []
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            shown = self.client.get_iopub_msg(timeout=WAIT_S)
            if shown["parent_header"].get("msg_id") != message:
                continue
            content = shown["content"]
            if shown["msg_type"] == "status" and content["execution_state"] == "idle":
                break
            if "data" in content:
                texts.append(content["data"].get("text/plain", ""))
        reply = self.client.get_shell_msg(timeout=WAIT_S)
        while reply["parent_header"].get("msg_id") != message:
            reply = self.client.get_shell_msg(timeout=WAIT_S)
        return reply["content"], "\n".join(texts)

    def answer(self, code, **options):
        reply, text = self.run_cell(code, **options)
        self.assertEqual(reply["status"], "ok", reply)
        return text

    def error(self, code, **options):
        reply, _ = self.run_cell(code, **options)
        self.assertEqual(reply["status"], "error", code)
        return re.sub(r"\x1b\[\d+m", "", "\n".join(reply["traceback"]))

    def rows_of_live_query(self):
        """Rows that the live query has given; it must be running."""
        text = self.answer("SHOW QUERIES")
        rows = [line.split() for line in text.splitlines() if "FROM readings" in line]
        self.assertEqual([row[1] for row in rows], ["running"], text)
        return int(re.search(r"FROM readings\s+\d+\s+(\d+)", text)[1])

    def wait_for_live(self, wanted):
        """Waits until a live output shows some text."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            shown = self.client.get_iopub_msg(timeout=WAIT_S)
            if shown["msg_type"] == "update_display_data" and wanted in shown["content"]["data"].get("text/plain", ""):
                return
        self.fail(f"no live output shows {wanted}")

    def test_session(self):
        shown = self.answer(CELL)
        for signature in ["celsius(f DOUBLE) → DOUBLE", "total(x DOUBLE) → DOUBLE"]:
            self.assertIn(signature, shown)
        self.assertIn("Fahrenheit to Celsius.", shown)
        self.answer(STREAM)
        self.answer("SELECT ts, celsius(fahrenheit) AS c FROM readings", allow_stdin=True)
        before = self.rows_of_live_query()

        with self.subTest("a throw names function, row, and both places"):
            text = self.error("SELECT throws(i::DOUBLE) FROM range(5) t(i)")
            self.assertIn("throws(3) failed for row 4: RangeError: three is too many (line 10 of the %%function cell)", text)
            self.assertIn("^^^^", text)
            self.assertRegex(text, r"at line 10 of the %%function cell, in checked: .*three is too many")
            self.assertRegex(text, r"at line 14 of the %%function cell, in throws: ")
        with self.subTest("a result of the wrong type"):
            self.assertIn("wrong(1) failed for row 1: it returned '1', and its signature says number", self.error("SELECT wrong(1)"))
        with self.subTest("an endless loop is interrupted"):
            self.assertIn("Interrupted", self.error("SELECT endless(1)", interrupt_after=1))
        with self.subTest("an endless loop ends by itself"):
            self.answer("SET function_timeout = '500ms'")
            text = self.error("SELECT endless(1)")
            self.assertIn('function "endless" took longer than function_timeout', text)
            self.assertIn("^^^^", text)
        with self.subTest("a module that never ends is not defined"):
            text = self.error("%%function\nwhile (true) {}\nexport function never(x: number): number { return x }")
            self.assertIn("the code of this module took longer than function_timeout", text)
            self.assertIn('function "never" does not exist', self.error("SELECT never(1)"))
        with self.subTest("a module that does not compile changes nothing"):
            text = self.error("%%function\nexport function celsius(f: number): number {\n  return (f - 32 / 1.8\n}")
            self.assertIn("(line 4, column 1)", text)

        with self.subTest("the state lives, and the live query ran on"):
            self.assertIn("100.0", self.answer("SELECT celsius(212) AS c"))
            self.assertIn("10.0", self.answer("SELECT total(i) AS s FROM range(5) t(i)"))
            self.assertGreater(self.rows_of_live_query(), before)
        with self.subTest("the live query takes a new definition"):
            self.answer("%%function\nexport function celsius(f: number): number { return -1000 }")
            self.wait_for_live("-1000.0")
            self.rows_of_live_query()
            self.answer("%stop")

    def test_model(self):
        self.answer(f"CREATE MODEL flowers WITH ('provider' = 'onnx', 'path' = '{MODELS / 'rf_iris.onnx'}')")
        self.assertIn("flowers", self.answer("SHOW MODELS"))
        self.assertIn("sha256", self.answer("DESCRIBE MODEL flowers"))
        labels = self.answer("SELECT predict('flowers', a, b, c, d) AS label FROM (VALUES (5.1, 3.5, 1.4, 0.2), (6.3, 3.3, 6.0, 2.5)) t(a, b, c, d)")
        self.assertEqual([line.strip() for line in labels.splitlines()[-2:]], ["0", "2"])
        self.assertIn('did you mean "flowers"?', self.error("SELECT predict('flower', 1, 2, 3, 4)"))
        self.client.inspect("SELECT predict('flowers', 5.1, ", 31)
        found = self.client.get_shell_msg(timeout=WAIT_S)["content"]
        self.assertIn("model flowers@1", found["data"]["text/plain"])
        self.client.complete("SELECT predict('flo", 19)
        self.assertEqual(self.client.get_shell_msg(timeout=WAIT_S)["content"]["matches"], ["flowers"])

    def test_installing_asks_first(self):
        self.assertIn("nobody can be asked here", self.error("INSTALL PACK 'no-such-pack'"))


report.run(FunctionTests)
