"""Naive Bayes on numbers that are normal within a class: nothing of it is tuned."""

from mlestar_jupyter.families.base import Family

NAIVE_BAYES = Family(name="naive_bayes", title="Naive Bayes", calls=("sklearn.GaussianNB",))
