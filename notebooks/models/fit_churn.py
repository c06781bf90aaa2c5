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
from scores import show
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
pipeline.fit(fit[TEXTS + NUMBERS], fit.churned)
inputs = [(name, StringTensorType([None, 1])) for name in TEXTS] + [(name, FloatTensorType([None, 1])) for name in NUMBERS]
graph = to_onnx(pipeline, initial_types=inputs, target_opset=17)
(FOLDER / "churn.onnx").write_bytes(graph.SerializeToString())
show("churn", test.churned, pipeline.predict(test[TEXTS + NUMBERS]), pipeline.predict_proba(test[TEXTS + NUMBERS])[:, 1], "yes")


def numbers(frame: pd.DataFrame) -> np.ndarray:
    months = frame.contract.map({"monthly": 1, "one year": 12, "two years": 24})
    return np.column_stack([frame.tenure, months, frame.monthly_charge, frame.support_calls]).astype(np.float32)


boosted = lightgbm.LGBMClassifier(n_estimators=60, num_leaves=7, learning_rate=0.1, random_state=1, n_jobs=1, deterministic=True, verbose=-1)
boosted.fit(numbers(fit), (fit.churned == "yes").astype(int))
graph = convert_lightgbm(boosted.booster_, initial_types=[("features", LightgbmFloats([None, 4]))], target_opset=15)
(FOLDER / "churn-boosted.onnx").write_bytes(graph.SerializeToString())
show("churn-boosted", (test.churned == "yes").astype(int), boosted.predict(numbers(test)), boosted.predict_proba(numbers(test))[:, 1], 1)
