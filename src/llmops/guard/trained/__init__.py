"""Classifiers of attacks: trained on labelled texts, kept as skops files, measured on texts that they were not trained on."""
