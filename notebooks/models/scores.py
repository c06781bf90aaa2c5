"""What ML_EVALUATE gives, by scikit-learn: of the estimators, and of the graphs as onnxruntime runs them.

The two can differ in the last rows: a graph compares in 32 bits where LightGBM compares in 64, so that a number that lies on a threshold may go the
other way.
"""

import onnxruntime
from sklearn import metrics


def score(path, inputs):
    """Outputs of a graph: labels and, for each row, the probability of each label."""
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, inputs)


def show(name, label, predicted, probability, positive):
    is_positive = label == positive
    print(
        f"{name}: accuracy {metrics.accuracy_score(label, predicted):.6f}"
        f", precision {metrics.precision_score(label, predicted, pos_label=positive):.6f}"
        f", recall {metrics.recall_score(label, predicted, pos_label=positive):.6f}"
        f", f1_score {metrics.f1_score(label, predicted, pos_label=positive):.6f}"
        f", roc_auc {metrics.roc_auc_score(is_positive, probability):.6f}"
        f", log_loss {metrics.log_loss(is_positive, probability):.6f}"
    )
