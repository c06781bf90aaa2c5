"""Executes one notebook with nbclient and says whether it ended without an error. Usage: run_notebook.py notebook output"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

source, target = Path(sys.argv[1]), Path(sys.argv[2])
notebook = nbformat.read(source, as_version=4)
client = NotebookClient(notebook, timeout=120, kernel_name="weir", resources={"metadata": {"path": str(source.parent)}})
client.execute()
nbformat.validate(notebook)
nbformat.write(notebook, target)
outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
if not outputs:
    sys.exit("the notebook has no outputs")
for output in outputs:
    if "application/vnd.vegalite.v5+json" in output.get("data", {}) and "image/png" not in output["data"]:
        sys.exit("a chart has no picture")
