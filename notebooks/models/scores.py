"""What ML_EVALUATE gives, by scikit-learn."""

from sklearn import metrics


def show(name, label, predicted, probability, positive):
    is_positive = label == positive
    print(
        f"{name}: accuracy {metrics.accuracy_score(label, predicted):.6f}"
        f", precision {metrics.precision_score(label, predicted, pos_label=positive):.6f}"
        f", recall {metrics.recall_score(label, predicted, pos_label=positive):.6f}"
        f", f1 {metrics.f1_score(label, predicted, pos_label=positive):.6f}"
        f", roc_auc {metrics.roc_auc_score(is_positive, probability):.6f}"
        f", log_loss {metrics.log_loss(is_positive, probability):.6f}"
    )
