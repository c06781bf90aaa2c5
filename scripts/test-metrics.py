"""Writes test/aggregates/metrics.json: predictions, and what scikit-learn's metrics say of them.

    pip install scikit-learn==1.* && python scripts/test-metrics.py
"""

import json
import math
import random
import warnings
from pathlib import Path

import sklearn
from sklearn import metrics

warnings.filterwarnings("ignore")
random.seed(7)
KINDS = ["binary", "macro", "micro", "weighted"]


def number(value):
    """JSON has no NaN; where scikit-learn says NaN, SQL says NULL."""
    value = float(value)
    return None if math.isnan(value) else value


def classes(name, labels, predicted, positive=None):
    found = {"accuracy": number(metrics.accuracy_score(labels, predicted))}
    for average in KINDS:
        if average == "binary" and positive is None:
            continue
        options = {"average": average, "zero_division": 0}
        if average == "binary":
            options["pos_label"] = positive
        found[average] = {
            "precision": number(metrics.precision_score(labels, predicted, **options)),
            "recall": number(metrics.recall_score(labels, predicted, **options)),
            "f1": number(metrics.f1_score(labels, predicted, **options)),
        }
    names = sorted(set(labels) | set(predicted))
    matrix = metrics.confusion_matrix(labels, predicted, labels=names)
    found["matrix"] = [
        [a, b, int(matrix[i][j])] for i, a in enumerate(names) for j, b in enumerate(names) if matrix[i][j] > 0
    ]
    return {"name": name, "labels": labels, "predicted": predicted, "positive": positive, **found}


def noisy(labels, choices, wrong):
    return [random.choice(choices) if random.random() < wrong else label for label in labels]


def class_cases():
    coin = [random.randint(0, 1) for _ in range(200)]
    yield classes("two classes", coin, noisy(coin, [0, 1], 0.4), 1)
    rare = [1 if random.random() < 0.03 else 0 for _ in range(300)]
    yield classes("a rare class", rare, noisy(rare, [0, 1], 0.1), 1)
    yield classes("never predicted", [0, 1, 1, 0], [0, 0, 0, 0], 1)
    yield classes("never there", [0, 0, 0, 0], [0, 1, 1, 0], 1)
    yield classes("all right", [1, 0, 1], [1, 0, 1], 1)
    kinds = ["setosa", "versicolor", "virginica"]
    iris = [random.choice(kinds) for _ in range(250)]
    yield classes("three classes", iris, noisy(iris, kinds, 0.3))
    yield classes("a class that is only predicted", ["a", "b", "a"], ["a", "c", "b"])
    answers = [random.choice(["no", "yes"]) for _ in range(80)]
    yield classes("two texts", answers, noisy(answers, ["no", "yes"], 0.3), "yes")


def score_cases():
    def case(name, labels, scores, probabilities=True):
        found = {"name": name, "labels": labels, "scores": scores}
        both = len(set(labels)) == 2
        found["roc_auc"] = number(metrics.roc_auc_score(labels, scores)) if both else None
        found["log_loss"] = number(metrics.log_loss(labels, scores, labels=[0, 1])) if probabilities else None
        return found

    labels = [random.randint(0, 1) for _ in range(300)]
    yield case("scores", labels, [min(1, max(0, 0.3 * y + random.random() * 0.7)) for y in labels])
    yield case("ties", labels, [round(0.3 * y + random.random() * 0.7, 1) for y in labels])
    yield case("one score", [0, 1, 1, 0, 1], [0.5] * 5)
    yield case("certain and wrong", [0, 1, 1, 0], [1.0, 0.0, 1.0, 0.0])
    yield case("one class", [1, 1, 1], [0.2, 0.7, 0.9])
    yield case("scores that are no probabilities", labels, [random.gauss(y, 1.5) for y in labels], False)


def number_cases():
    def case(name, labels, predicted):
        return {
            "name": name,
            "labels": labels,
            "predicted": predicted,
            "rmse": number(metrics.mean_squared_error(labels, predicted) ** 0.5),
            "mae": number(metrics.mean_absolute_error(labels, predicted)),
            "mape": number(metrics.mean_absolute_percentage_error(labels, predicted)),
            "r2": number(metrics.r2_score(labels, predicted)),
        }

    prices = [random.lognormvariate(3, 1) for _ in range(200)]
    yield case("prices", prices, [price * random.uniform(0.8, 1.2) for price in prices])
    far = [1e9 + random.random() for _ in range(100)]
    yield case("far from zero", far, [value + random.gauss(0, 0.1) for value in far])
    yield case("worse than the mean", [1.0, 2.0, 3.0], [3.0, 1.0, -5.0])
    yield case("one number, met", [2.0, 2.0, 2.0], [2.0, 2.0, 2.0])
    yield case("one number, missed", [2.0, 2.0, 2.0], [2.0, 2.5, 2.0])
    yield case("zeros", [0.0, 1.0, -2.0], [0.5, 1.0, -1.0])
    yield case("one row", [1.5], [1.0])


def main():
    content = {
        "about": f"Written by scripts/test-metrics.py with scikit-learn {sklearn.__version__}.",
        "classes": list(class_cases()),
        "scores": list(score_cases()),
        "numbers": list(number_cases()),
    }
    path = Path(__file__).parent.parent / "test" / "aggregates" / "metrics.json"
    path.write_text(json.dumps(content) + "\n")


main()
