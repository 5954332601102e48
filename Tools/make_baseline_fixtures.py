"""Makes the probabilities that classical classifiers are compared with: random texts of a small vocabulary, and what scikit-learn's
multinomial naive Bayes and logistic regression over TF-IDF say of them, at their minimum.

    pip install --requirement Tools/requirements.txt
    python Tools/make_baseline_fixtures.py        # Tests/ModelsTests/Fixtures/Baselines, committed
"""

import json
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer

FOLDER = Path(__file__).resolve().parent.parent / "Tests/ModelsTests/Fixtures/Baselines"
WORDS = ["fine", "dull", "film", "plot", "actor", "music", "slow", "bright", "warm", "cold", "long", "short", "new", "old", "no", "very"]
GRAMS = dict(tokenizer=str.split, token_pattern=None, lowercase=True, ngram_range=(1, 2))
REGRESSION = dict(C=1.0, tol=1e-10, max_iter=100_000)


def texts(random, count, classes, several):
    """Texts whose words lean towards their classes; the last ones are for asking."""
    taste = random.dirichlet(np.full(len(WORDS), 0.4), size=classes)
    share = random.dirichlet(np.full(classes, 3.0))
    made, labels = [], []
    for _ in range(count):
        own = [int(random.choice(classes, p=share))]
        if several:
            own = sorted({int(label) for label in random.choice(classes, size=random.integers(0, 3), p=share)})
        weights = taste[own].mean(axis=0) if own else np.full(len(WORDS), 1 / len(WORDS))
        words = random.choice(WORDS, size=random.integers(1, 12), p=0.7 * weights + 0.3 / len(WORDS))
        made.append(" ".join(word.capitalize() if random.random() < 0.2 else word for word in words))
        labels.append(own)
    return made, labels


def case(seed, classes, several=False, sublinear=False, balanced=False):
    random = np.random.default_rng(seed)
    train, labels = texts(random, 60, classes, several)
    test, _ = texts(random, 12, classes, several)
    test += ["", "unheard words", "fine unheard fine fine film"]
    weight = "balanced" if balanced else None
    linear = LogisticRegression(class_weight=weight, **REGRESSION)
    regression = make_pipeline(TfidfVectorizer(sublinear_tf=sublinear, **GRAMS), OneVsRestClassifier(linear) if several else linear)
    single = [own[0] if own else -1 for own in labels]
    regression.fit(train, MultiLabelBinarizer(classes=range(classes)).fit_transform(labels) if several else single)
    made = dict(classes=classes, several=several, sublinear=sublinear, balanced=balanced, train=train, labels=labels, test=test)
    made["regression"] = regression.predict_proba(test).tolist()
    if not several and not balanced:
        bayes = make_pipeline(CountVectorizer(**GRAMS), MultinomialNB(alpha=1.0)).fit(train, single)
        made["bayes"] = bayes.predict_proba(test).tolist()
    return made


def main():
    cases = [case(1, 2), case(2, 4), case(3, 3, sublinear=True), case(4, 2, balanced=True), case(5, 4, balanced=True),
             case(6, 4, several=True)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(cases, ensure_ascii=False, separators=(",", ":"))
    (FOLDER / "classifiers.json").write_text(text + "\n", encoding="utf-8")
    print(f"classifiers.json: {len(text):,} characters")


if __name__ == "__main__":
    main()
