"""Holds Slipway's statistics against scipy, statsmodels and scikit-learn, to 1e-9.

Last line: "N passed, N failed".
"""

import json
import sys
from types import SimpleNamespace

import numpy as np
from scipy import stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

TOLERANCE = 1e-9

# Of the jackknife: on more rows than that it leaves out every hundredth row, from the first, the second, … on.
GROUPS = 100

with open(sys.argv[1]) as file:
    cases = json.load(file)
results = []


def check(name, own, peer, tolerance=TOLERANCE):
    """Relative for large numbers, absolute below one; tiny probabilities relative."""
    own, peer = np.asarray(own, dtype=float), np.asarray(peer, dtype=float)
    scale = np.maximum(np.abs(peer), 1e-300) if name.startswith("normal") else np.maximum(1, np.abs(peer))
    error = float(np.max(np.abs(own - peer) / scale)) if own.size else 0.0
    passed = error <= tolerance
    results.append(passed)
    print(f"{'ok' if passed else 'failed: statistics:'} {name}: largest error {error:.1e}")


points = cases["normal"]
check("normal cdf, scipy", [p["cdf"] for p in points], stats.norm.cdf([p["x"] for p in points]))
check("normal survival, scipy", [p["survival"] for p in points], stats.norm.sf([p["x"] for p in points]))
quantiles = [q for q in cases["quantiles"] if q["p"] != 0.5]
check("normal quantile, scipy", [q["x"] for q in quantiles], stats.norm.ppf([q["p"] for q in quantiles]))

for case in cases["discordant"]:
    b, c = case["b"], case["c"]
    pair = f"{b} against {c} discordant rows"
    if b + c == 0:
        check(f"{pair}: no evidence", [case["exact"], case["mid"]], [1, 1])
        continue
    check(f"{pair}, scipy binomtest", case["exact"], stats.binomtest(b, b + c, alternative="greater").pvalue)
    two_sided = min(1, 2 * case["exact"]) if b > c else None
    if two_sided is not None:
        check(f"{pair}, statsmodels mcnemar", two_sided, mcnemar([[0, b], [c, 0]], exact=True).pvalue)
    mid = stats.binom.sf(b, b + c, 0.5) + stats.binom.pmf(b, b + c, 0.5) / 2
    check(f"{pair}, mid-p of scipy's binomial", case["mid"], mid)

for family in cases["holm"]:
    check(f"Holm of {family['p']}, statsmodels", family["adjusted"], multipletests(family["p"], method="holm")[1])


def delong(labels, challenger, champion):
    """Variance of the difference of areas from all pairs of rows, as DeLong et al. wrote it."""
    positive = labels == 1
    parts = []
    for scores in (challenger, champion):
        better = np.sign(scores[positive][:, None] - scores[~positive][None, :]) / 2 + 0.5
        parts.append((better.mean(axis=1), better.mean(axis=0)))
    by_positive = np.cov(parts[0][0], parts[1][0])
    by_negative = np.cov(parts[0][1], parts[1][1])
    contrast = np.array([1, -1])
    covariance = by_positive / positive.sum() + by_negative / (~positive).sum()
    return contrast @ covariance @ contrast


for case in cases["comparisons"]:
    labels, challenger, champion = (np.array(case["scores"][k]) for k in ("labels", "challenger", "champion"))
    rule, found = case["rule"], case["found"]
    z = stats.norm.ppf(1 - rule["alpha"])
    bar = rule["margin"] if rule["rule"] == "superior" else -rule["margin"]
    name = f"{case['test']} {len(labels)} rows, {rule['rule']} by {rule['margin']}"
    if case["test"] == "delong":
        areas = [metrics.roc_auc_score(labels, scores) for scores in (challenger, champion)]
        check(f"{name}: areas, scikit-learn", [found["challenger"], found["champion"]], areas)
        error = np.sqrt(delong(labels, challenger, champion))
        estimate = areas[0] - areas[1]
        interval = [estimate - z * error, estimate + z * error]
        p = stats.norm.sf((estimate - bar) / error)
    else:
        right = [(scores >= 0.5) == (labels == 1) for scores in (challenger, champion)]
        b, c = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
        n = len(labels) + 2
        center = (b - c) / n
        error = np.sqrt(((b + c + 1) / n - center**2) / n)
        interval = [center - z * error, center + z * error]
        if bar == 0:
            mid = stats.binom.sf(b, b + c, 0.5) + stats.binom.pmf(b, b + c, 0.5) / 2
            p = stats.binomtest(b, b + c, alternative="greater").pvalue if b + c < 25 else mid
        else:
            p = stats.norm.sf((center - bar) / error)
    check(f"{name}: interval", found["interval"], interval)
    check(f"{name}: p", found["p_value"], p)


def metric_of(name):
    return {
        "log_loss": lambda y, s: metrics.log_loss(y, s, labels=[0, 1]),
        "f1": lambda y, s: metrics.f1_score(y, s >= 0.5),
        "roc_auc": metrics.roc_auc_score,
        "rmse": lambda y, s: np.sqrt(metrics.mean_squared_error(y, s)),
        "accuracy": lambda y, s: metrics.accuracy_score(y, s >= 0.5),
        "precision": lambda y, s: metrics.precision_score(y, s >= 0.5),
        "recall": lambda y, s: metrics.recall_score(y, s >= 0.5),
        "mae": metrics.mean_absolute_error,
        "r2": metrics.r2_score,
    }[name]


for case in cases["bootstraps"]:
    labels, challenger, champion = (np.array(case["scores"][k]) for k in ("labels", "challenger", "champion"))
    of, found = metric_of(case["metric"]), case["found"]

    group_of = np.arange(len(labels)) % min(GROUPS, len(labels))

    def difference(groups):
        rows = np.isin(group_of, np.asarray(groups, dtype=int))
        return of(labels[rows], challenger[rows]) - of(labels[rows], champion[rows])

    # scipy's own BCa interval of the same replicates; its jackknife leaves out a group of rows each time.
    groups = np.unique(group_of)
    replicates = np.array(case["replicates"])
    rule = case["rule"]
    about = f"of {case['metric']} on {len(labels)} rows"

    def interval(confidence):
        return stats.bootstrap(
            (groups,),
            difference,
            vectorized=False,
            method="BCa",
            n_resamples=0,
            confidence_level=confidence,
            bootstrap_result=SimpleNamespace(bootstrap_distribution=replicates),
        ).confidence_interval

    peer = interval(found["confidence"])
    check(f"BCa {about}, scipy", found["interval"], [peer.low, peer.high])
    check(f"estimate {about}, scikit-learn", found["estimate"], difference(groups))

    # The p-value is where the bound of that interval crosses what the rule demands.
    higher = rule["direction"] == "higher"
    bar = rule["margin"] if higher else -rule["margin"]

    def share(value):
        edge = 0.5 / (len(replicates) + 1)
        return np.clip(stats.percentileofscore(replicates, value, kind="mean") / 100, edge, 1 - edge)

    left_out = np.array([difference(groups[groups != group]) for group in groups])
    acceleration = stats.skew(left_out.mean() - left_out) / np.sqrt(len(groups)) / 6
    bias = stats.norm.ppf(share(found["estimate"]))
    w = stats.norm.ppf(share(bar)) - bias
    level = stats.norm.cdf(w / (1 + acceleration * w) - bias)
    check(f"bootstrap p {about}, scipy's parts", found["p_value"], level if higher else 1 - level)
    # Between two replicates any p-value is right: so near is the bound of scipy's interval.
    if 2 / len(replicates) < found["p_value"] < 0.5:
        bounds = interval(1 - 2 * found["p_value"])
        crossed = share(bounds.low if higher else bounds.high)
        check(f"bootstrap p {about}, scipy's interval", crossed, share(bar), 2 / len(replicates))

# Fisher's randomization test: exact by scipy on few rows, of 99,999 exchanges on more. Ours has 1,999 of them:
# both are within four standard errors of each other, a difference that one case in 16,000 exceeds.
LOSSES = {
    "log_loss": lambda y, s: -np.log(np.clip(np.where(y == 1, s, 1 - s), 1e-15, 1)),
    "rmse": lambda y, s: (s - y) ** 2,
    "accuracy": lambda y, s: (s >= 0.5) == (y == 1),
}

for case in cases["exchanges"]:
    labels, challenger, champion = (np.array(case["scores"][k]) for k in ("labels", "challenger", "champion"))
    of, total = LOSSES[case["metric"]], np.sqrt if case["metric"] == "rmse" else np.asarray

    def exchanged(own, other, axis):
        return total(own.mean(axis=axis)) - total(other.mean(axis=axis))

    peer = stats.permutation_test(
        (of(labels, challenger).astype(float), of(labels, champion).astype(float)),
        exchanged,
        permutation_type="samples",
        alternative="greater" if case["direction"] == "higher" else "less",
        n_resamples=99_999,
        vectorized=True,
        batch=5000,
        rng=np.random.default_rng(1),
    ).pvalue
    error = 4 * np.sqrt(peer * (1 - peer) / 1999) + 1 / 2000
    check(f"exchanges of {case['metric']} on {len(labels)} rows, p {peer:.4f} by scipy", case["p"], peer, error)

for case in cases["measured"]:
    labels, scores = np.array(case["scores"]["labels"]), np.array(case["scores"]["challenger"])
    for name, value in case["values"].items():
        check(f"{name} of {len(labels)} rows, scikit-learn", value, metric_of(name)(labels, scores))

print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
sys.exit(0 if all(results) else 1)
