"""Writes test/ml-sql/expected.json and test/ml-sql/*.onnx: models, rows, and what scikit-learn's metrics say of the models' answers.

Labels of some rows are wrong on purpose, so that no figure is 0 or 1. Data sets are those that scikit-learn ships (iris, breast cancer, diabetes).
Needs scikit-learn, skl2onnx and onnxruntime.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn import datasets, metrics
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDER = Path(__file__).parent.parent / "test" / "ml-sql"
random = np.random.default_rng(5)


def rows_of(x):
    return [[float(value) for value in row] for row in x]


def noisy(y, classes):
    return np.where(random.random(len(y)) < 0.15, random.choice(classes, len(y)), y)


def classifier(name, data, names):
    x = data.data[:, :4].astype(np.float32)
    y = np.array(names)[data.target]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(x, y)
    graph = to_onnx(model, x[:1], target_opset=15)
    (FOLDER / f"{name}.onnx").write_bytes(graph.SerializeToString())
    picked = random.choice(len(x), 60, replace=False)
    rows, label = x[picked], noisy(y[picked], names)
    predicted, maps = onnxruntime.InferenceSession(graph.SerializeToString()).run(None, {"X": rows})
    probabilities = np.array([[row[key] for key in sorted(row)] for row in maps], dtype=np.float64)
    classes = sorted(names)
    is_binary = len(classes) == 2
    average = {"average": "binary", "pos_label": classes[1]} if is_binary else {"average": "macro"}
    area = metrics.roc_auc_score(label == classes[1], probabilities[:, 1]) if is_binary else metrics.roc_auc_score(label, probabilities, multi_class="ovr")
    confusion = metrics.confusion_matrix(label, predicted, labels=classes)
    return {
        "rows": rows_of(rows),
        "label": list(label),
        "predicted": list(predicted),
        "metrics": {
            "accuracy": metrics.accuracy_score(label, predicted),
            "precision": metrics.precision_score(label, predicted, **average),
            "recall": metrics.recall_score(label, predicted, **average),
            "f1_score": metrics.f1_score(label, predicted, **average),
            "roc_auc": area,
            "log_loss": metrics.log_loss(label, probabilities, labels=classes),
        },
        "confusion": [
            [classes[i], classes[j], int(confusion[i][j])] for i in range(len(classes)) for j in range(len(classes)) if confusion[i][j] > 0
        ],
    }


def regressor(name, data):
    x = data.data[:, :4].astype(np.float32)
    model = LinearRegression().fit(x, data.target)
    graph = to_onnx(model, x[:1], target_opset=15)
    (FOLDER / f"{name}.onnx").write_bytes(graph.SerializeToString())
    picked = random.choice(len(x), 60, replace=False)
    [predicted] = onnxruntime.InferenceSession(graph.SerializeToString()).run(None, {"X": x[picked]})
    label, predicted = data.target[picked], predicted[:, 0].astype(np.float64)
    return {
        "rows": rows_of(x[picked]),
        "label": [float(value) for value in label],
        "predicted": [float(value) for value in predicted],
        "metrics": {
            "rmse": metrics.root_mean_squared_error(label, predicted),
            "mae": metrics.mean_absolute_error(label, predicted),
            "mse": metrics.mean_squared_error(label, predicted),
            "r2": metrics.r2_score(label, predicted),
        },
    }


expected = {
    "iris": classifier("iris", datasets.load_iris(), ["setosa", "versicolor", "virginica"]),
    "tumours": classifier("tumours", datasets.load_breast_cancer(), ["malignant", "benign"]),
    "diabetes": regressor("diabetes", datasets.load_diabetes()),
}
# A second version of the same inputs and outputs, whose answers are 1000 higher.
diabetes = datasets.load_diabetes()
inputs = diabetes.data[:, :4].astype(np.float32)
shifted = to_onnx(LinearRegression().fit(inputs, diabetes.target + 1000), inputs[:1], target_opset=15)
(FOLDER / "diabetes-shifted.onnx").write_bytes(shifted.SerializeToString())

(FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
for name, one in expected.items():
    print(name, one["metrics"])
