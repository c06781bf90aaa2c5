"""Fits which flights arrive more than a quarter of an hour late, twice, and writes late-flights.onnx and late-flights-boosted.onnx.

Real data: three million domestic flights of the first half of 2001, from the U.S. Bureau of Transportation Statistics (public domain), as the package
vega-datasets has them. May is fitted on, the first full week of June is tested on. Both models know what is known when a plane takes off: hour, weekday,
distance, the airports, and how late the planes were that left the same airport three to six hours before.
"""

from pathlib import Path

import duckdb
import lightgbm
import numpy as np
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as LightgbmFloats
from scores import score, show
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

FOLDER = Path(__file__).parent
FLIGHTS = FOLDER.parent.parent / "node_modules" / "vega-datasets" / "data" / "flights-3m.parquet"

# The same view is in the notebook.
flights = duckdb.sql(f"""
    SELECT date, hour(date) AS hour, isodow(date) AS weekday, CAST(distance AS FLOAT) AS distance, origin, destination,
           CAST(avg(delay) OVER (
             PARTITION BY origin ORDER BY date RANGE BETWEEN INTERVAL 6 HOUR PRECEDING AND INTERVAL 3 HOUR PRECEDING
           ) AS FLOAT) AS recent_delay,
           CAST(delay > 15 AS BIGINT) AS late
    FROM '{FLIGHTS}'
    QUALIFY date >= TIMESTAMP '2001-05-01' AND date < TIMESTAMP '2001-06-11'
    ORDER BY date, origin, destination, distance, late, recent_delay
""").df()
fit = flights[flights.date < "2001-06-01"]
test = flights[flights.date >= "2001-06-04"]
print(f"{len(fit)} flights to fit on, {len(test)} to test on, {test.late.mean():.1%} of them late")

# Hours without flights before have no delay to tell of: scikit-learn gets 0 for them.
TEXTS, WHOLE, NUMBERS = ["origin", "destination"], ["hour", "weekday"], ["distance", "recent_delay"]
COLUMNS = TEXTS + WHOLE + NUMBERS
coders = [("texts", OneHotEncoder(handle_unknown="ignore"), TEXTS), ("whole", OneHotEncoder(handle_unknown="ignore"), WHOLE), ("scaled", StandardScaler(), NUMBERS)]
pipeline = Pipeline([("columns", ColumnTransformer(coders)), ("classifier", LogisticRegression(max_iter=300))])
filled = fit.fillna({"recent_delay": 0})
pipeline.fit(filled[COLUMNS], filled.late)
types = {**dict.fromkeys(TEXTS, StringTensorType), **dict.fromkeys(WHOLE, Int64TensorType), **dict.fromkeys(NUMBERS, FloatTensorType)}
graph = to_onnx(pipeline, initial_types=[(name, types[name]([None, 1])) for name in COLUMNS], target_opset=17)
(FOLDER / "late-flights.onnx").write_bytes(graph.SerializeToString())
given = test.fillna({"recent_delay": 0})[COLUMNS]
show("scikit-learn", test.late, pipeline.predict(given), pipeline.predict_proba(given)[:, 1], 1)
kinds = {**dict.fromkeys(TEXTS, str), **dict.fromkeys(WHOLE, np.int64), **dict.fromkeys(NUMBERS, np.float32)}
label, probabilities = score(FOLDER / "late-flights.onnx", {name: given[[name]].to_numpy(kinds[name]) for name in COLUMNS})
show("late-flights.onnx", test.late, label, [row[1] for row in probabilities], 1)

# LightGBM learns what a missing number means: it is given NaN.
FEATURES = ["hour", "weekday", "distance", "recent_delay"]
boosted = lightgbm.LGBMClassifier(n_estimators=80, num_leaves=31, learning_rate=0.1, random_state=1, n_jobs=1, deterministic=True, verbose=-1)
boosted.fit(fit[FEATURES].to_numpy(np.float32), fit.late)
graph = convert_lightgbm(boosted.booster_, initial_types=[("features", LightgbmFloats([None, len(FEATURES)]))], target_opset=15)
graph.graph.name = "late-flights-boosted"
(FOLDER / "late-flights-boosted.onnx").write_bytes(graph.SerializeToString())
given = test[FEATURES].to_numpy(np.float32)
show("LightGBM", test.late, boosted.predict(given), boosted.predict_proba(given)[:, 1], 1)
label, probabilities = score(FOLDER / "late-flights-boosted.onnx", {"features": given})
show("late-flights-boosted.onnx", test.late, label, [row[1] for row in probabilities], 1)
