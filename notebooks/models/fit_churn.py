"""Fits who leaves, twice, and writes churn.onnx and churn-boosted.onnx.

churn: a scikit-learn pipeline. Texts are coded, numbers scaled, a logistic regression decides. The graph takes one column an input, texts as texts, and
ends in a ZipMap, as skl2onnx makes it when it is not told otherwise.

churn-boosted: LightGBM on numbers alone, which the graph takes as one tensor of four columns.
"""

from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as LightgbmFloats
from scores import score, show
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

FOLDER = Path(__file__).parent
TEXTS = ["contract", "internet", "payment"]
NUMBERS = ["tenure", "monthly_charge", "support_calls"]

customers = pd.read_csv(FOLDER.parent / "data" / "customers.csv", keep_default_na=False)
customers["payment"] = customers["payment"].replace("", "unknown")
customers[NUMBERS] = customers[NUMBERS].astype(np.float32)
fit, test = customers[customers.part == "fit"], customers[customers.part == "test"]

pipeline = Pipeline([
    ("columns", ColumnTransformer([("texts", OneHotEncoder(handle_unknown="ignore"), TEXTS), ("numbers", StandardScaler(), NUMBERS)])),
    ("classifier", LogisticRegression(max_iter=1000)),
])
pipeline.fit(fit[TEXTS + NUMBERS], fit.outcome)
inputs = [(name, StringTensorType([None, 1])) for name in TEXTS] + [(name, FloatTensorType([None, 1])) for name in NUMBERS]
graph = to_onnx(pipeline, initial_types=inputs, target_opset=17)
(FOLDER / "churn.onnx").write_bytes(graph.SerializeToString())
show("scikit-learn", test.outcome, pipeline.predict(test[TEXTS + NUMBERS]), pipeline.predict_proba(test[TEXTS + NUMBERS])[:, 1], "lost")
columns = {name: test[[name]].to_numpy(np.float32 if name in NUMBERS else str) for name in TEXTS + NUMBERS}
label, probabilities = score(FOLDER / "churn.onnx", columns)
show("churn.onnx", test.outcome, label, [row["lost"] for row in probabilities], "lost")


def numbers(frame: pd.DataFrame) -> np.ndarray:
    months = frame.contract.map({"monthly": 1, "one year": 12, "two years": 24})
    return np.column_stack([frame.tenure, months, frame.monthly_charge, frame.support_calls]).astype(np.float32)


boosted = lightgbm.LGBMClassifier(n_estimators=60, num_leaves=7, learning_rate=0.1, random_state=1, n_jobs=1, deterministic=True, verbose=-1)
boosted.fit(numbers(fit), (fit.outcome == "lost").astype(int))
graph = convert_lightgbm(boosted.booster_, initial_types=[("features", LightgbmFloats([None, 4]))], target_opset=15)
graph.graph.name = "churn-boosted"
(FOLDER / "churn-boosted.onnx").write_bytes(graph.SerializeToString())
gone = (test.outcome == "lost").astype(int)
show("LightGBM", gone, boosted.predict(numbers(test)), boosted.predict_proba(numbers(test))[:, 1], 1)
label, probabilities = score(FOLDER / "churn-boosted.onnx", {"features": numbers(test)})
show("churn-boosted.onnx", gone, label, [row[1] for row in probabilities], 1)
