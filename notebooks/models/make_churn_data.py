"""Writes ../data/customers.csv and ../data/account-events.csv: customers of a telephone company that does not exist.

The data is made up, by the rules below and a fixed seed: the same bytes every time. It has the shape that such tables have (new customers on monthly
contracts who call the support leave more often), and it says nothing about any real company. Public domain.
"""

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent.parent / "data"
CUSTOMERS = 3000
random = np.random.default_rng(2024)


def customers() -> pd.DataFrame:
    contract = random.choice(["monthly", "one year", "two years"], CUSTOMERS, p=[0.55, 0.25, 0.2])
    internet = random.choice(["fiber", "dsl", "none"], CUSTOMERS, p=[0.45, 0.35, 0.2])
    payment = random.choice(["card", "transfer", "check"], CUSTOMERS, p=[0.4, 0.35, 0.25])
    longest = np.where(contract == "monthly", 40, 72)
    tenure = np.minimum(np.floor(random.gamma(1.3, 18, CUSTOMERS)), longest).astype(int)
    base = np.select([internet == "fiber", internet == "dsl"], [75.0, 50.0], 22.0)
    charge = np.round(base + random.normal(0, 8, CUSTOMERS), 2)
    calls = random.poisson(np.where(internet == "fiber", 1.4, 0.8))
    frame = pd.DataFrame({"customer": [f"C{i:04}" for i in range(CUSTOMERS)], "tenure": tenure, "contract": contract, "internet": internet,
                          "payment": payment, "monthly_charge": charge, "support_calls": calls})
    frame["outcome"] = np.where(random.random(CUSTOMERS) < probability(frame), "lost", "kept")
    frame["part"] = np.where(random.random(CUSTOMERS) < 0.7, "fit", "test")
    # Three customers in a hundred never said how they pay.
    frame.loc[random.random(CUSTOMERS) < 0.03, "payment"] = None
    return frame


def probability(frame: pd.DataFrame) -> np.ndarray:
    """How likely a customer leaves: calls weigh more the newer the customer is, which no sum of separate weights can say."""
    score = (
        -2.1
        + np.select([frame.contract == "monthly", frame.contract == "one year"], [1.3, 0.1], -1.2)
        + np.select([frame.internet == "fiber", frame.internet == "dsl"], [0.5, 0.0], -0.5)
        + np.where(frame.payment == "check", 0.4, 0.0)
        + 0.012 * (frame.monthly_charge - 55)
        - 0.025 * frame.tenure
        + 0.25 * frame.support_calls
        + 0.45 * frame.support_calls * (frame.tenure < 12)
    )
    return (1 / (1 + np.exp(-score))).to_numpy()


def account_events(frame: pd.DataFrame) -> pd.DataFrame:
    """Four weeks of what happens to the accounts of the test customers: calls of the support and new prices. Rows come up to half an hour late."""
    test = frame[frame.part == "test"].reset_index(drop=True)
    start = pd.Timestamp("2024-03-04")
    rows = []
    for day in range(28):
        # From the third Monday on, prices rise for customers with fiber, and the telephones of the support ring.
        rise = day >= 14
        for at in np.flatnonzero(random.random(len(test)) < np.where((test.internet == "fiber") & rise, 0.1, 0.04)):
            account = test.loc[at]
            if rise and account.internet == "fiber":
                test.loc[at, "monthly_charge"] = round(account.monthly_charge * 1.08, 2)
            test.loc[at, "support_calls"] += random.poisson(1.5 if rise and account.internet == "fiber" else 0.3)
            ts = start + pd.Timedelta(days=day, seconds=int(random.integers(8 * 3600, 20 * 3600)))
            arrives = ts + pd.Timedelta(seconds=int(random.exponential(240)) if random.random() < 0.8 else int(random.integers(0, 1800)))
            rows.append((arrives, ts, account.customer, test.loc[at, "monthly_charge"], test.loc[at, "support_calls"]))
    rows.sort(key=lambda row: row[0])
    return pd.DataFrame([row[1:] for row in rows], columns=["ts", "customer", "monthly_charge", "support_calls"])


if __name__ == "__main__":
    table = customers()
    events = account_events(table)
    table.to_csv(FOLDER / "customers.csv", index=False, lineterminator="\n")
    events.to_csv(FOLDER / "account-events.csv", index=False, lineterminator="\n")
    print(f"{len(table)} customers, {(table.outcome == 'lost').mean():.1%} lost; {len(events)} events")
