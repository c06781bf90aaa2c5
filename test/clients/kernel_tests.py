"""jupyter_kernel_test against the installed kernel, every attribute filled."""

import report
from jupyter_kernel_test import KernelTests


class WeirTests(KernelTests):
    kernel_name = "weir"
    language_name = "sql"
    file_extension = ".sql"
    code_hello_world = "%echo hello, world"
    code_stderr = "%echo --stderr an error"
    completion_samples = [
        {"text": "SELEC", "matches": {"SELECT"}},
        {"text": "%%char", "matches": {"%%chart"}},
        {"text": "SELECT 1 ORDER B", "matches": {"BY"}},
    ]
    complete_code_samples = ["SELECT 1", "SELECT 1; SELECT 'a;b' -- c", "%tables", "%%chart bar\nSELECT 1 AS a"]
    incomplete_code_samples = ["SELECT", "SELECT (1 +", "SELECT 'a", "/* a", "%%chart bar", "%explain"]
    invalid_code_samples = ["SELEC 1", "SELECT 1 FROM WHERE", "%no_such_magic"]
    code_page_something = "%help chart"
    code_generate_error = "SELECT * FROM no_such_table"
    code_execute_result = [
        {"code": "SELECT 6 * 7 AS answer", "result": "1 row\n answer\nINTEGER\n───────\n     42"},
        {"code": "SELECT 'ä' AS t", "mime": "text/html"},
    ]
    code_display_data = [{"code": "SELECT 1; SELECT 2", "mime": "text/html"}]
    code_history_pattern = "SELECT 6*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "abs"
    code_clear_output = "%clear"


report.run(WeirTests)
