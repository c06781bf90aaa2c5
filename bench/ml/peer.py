"""Scores columns with onnxruntime: the other side of run.ts.

Reads one JSON line a request from standard input and answers with one. `load`: a model and the files of its columns (float64, or int32 codes into a
list of texts). `run`: scores all rows in batches, one thread, makes the model's tensors from the columns, fetches only the tensors asked for; answers
with the milliseconds, and those of processor time. `answers`: the same, and writes the outputs to files.
"""

import json
import sys
import time

import numpy as np
import onnxruntime

model = None


class Model:
    def __init__(self, request):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(request["path"], options, providers=["CPUExecutionProvider"])
        self.rows = request["rows"]
        self.batch = request["batch"]
        self.columns = [self.column(spec) for spec in request["columns"]]
        self.inputs = [i.name for i in self.session.get_inputs()]

    @staticmethod
    def column(spec):
        if spec["kind"] == "float64":
            return np.fromfile(spec["file"], dtype=np.float64)
        texts = np.array(spec["texts"], dtype=object)
        return texts[np.fromfile(spec["file"], dtype=np.int32)]

    def tensors(self, start, end):
        if len(self.inputs) == 1:
            return {self.inputs[0]: np.column_stack([column[start:end] for column in self.columns]).astype(np.float32)}
        parts = zip(self.inputs, (column[start:end] for column in self.columns))
        return {name: (part if part.dtype == object else part.astype(np.float32)).reshape(-1, 1) for name, part in parts}

    def score(self, outputs):
        return [self.session.run(outputs, self.tensors(at, min(at + self.batch, self.rows))) for at in range(0, self.rows, self.batch)]


for line in sys.stdin:
    request = json.loads(line)
    answer = {}
    if request["do"] == "load":
        model = Model(request)
    elif request["do"] == "run":
        started = time.perf_counter()
        cpu = time.process_time()
        model.score(request["outputs"])
        answer["cpu_ms"] = (time.process_time() - cpu) * 1000
        answer["ms"] = (time.perf_counter() - started) * 1000
    elif request["do"] == "answers":
        for i, parts in enumerate(zip(*model.score(request["outputs"]))):
            np.concatenate(parts).tofile(request["files"][i])
    print(json.dumps(answer), flush=True)
