# The habits of this repository. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# Testable imports would give every object file other flags, and each turn from building to testing would build all again.
# TRAITS=--disable-default-traits builds without Oniguruma.
TRAITS ?=
BUILD := swift build -c release $(TRAITS)
TEST := swift test -c release --disable-testable-imports $(TRAITS)
SEQUITUR := .build/release/sequitur
SWIFT_FILES := Package.swift Sources Tests Fuzz/Targets

# Any text of yours, what to write on from, and how the demonstration's model is trained.
DATA ?= Samples/tales.txt
PROMPT ?= One morning, Marta
DEMO_FLAGS ?= --layers 2 --width 256 --dropout 0.3 --batch 16 --learning-rate 0.003 --epochs 40 --maximum-minutes 1.5
TAGGING_FLAGS ?= --epochs 14 --batch 32 --word-dropout 0.3 --maximum-minutes 1.5
# How long each parser is fuzzed.
FUZZ_SECONDS ?= 60
FUZZ ?=
# What `make comparison` asks beyond its text.
COMPARISON_FLAGS ?= --maximum-minutes 2
export DATA PROMPT REQUEST DEMO_FLAGS TAGGING_FLAGS

.PHONY: help setup build demo test bench comparison fixtures tokenizers format docs check
.DEFAULT_GOAL := help

help: ## list these targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  %-10s %s\n' "$$name" "$$text"; done

setup: ## install what a build needs, or say what is missing
	@Tools/setup.sh $(TRAITS)

build: setup ## build the release executable
	$(BUILD) --product sequitur

# Without the traits that bring networking, which make a first build three times as long; aside, since traits change every module.
demo: ## a small language model of Samples/tales.txt, then tags and intents of Samples/requests.* (DATA=FILE or FOLDER: of yours)
	@Tools/setup.sh --disable-default-traits
	$(BUILD) --product sequitur --disable-default-traits --scratch-path .build/demo
	Tools/demo.sh .build/demo/release/sequitur

results-%: build ## what Documentation/Results.md says of NAME, with three seeds (DATASETS=../shared/data ENCODER=FOLDER)
	Tools/results.sh $*

test: setup ## run the tests (FILTER=NAME: only those whose name has it)
	$(TEST) $(if $(FILTER),--filter '$(FILTER)')

fuzz: setup ## give every parser of outside bytes random ones, FUZZ_SECONDS=60 each (FUZZ=NAME: that parser alone)
	Fuzz/run.sh "$(FUZZ_SECONDS)" $(FUZZ)

bench: build .venv/installed ## time training steps against PyTorch's, in turn (BENCH_FLAGS='--rounds 9')
	.venv/bin/python Benchmarks/compare.py $(BENCH_FLAGS)

comparison: build ## compare architectures on DATA=FILE and write Documentation/Comparison.md (COMPARISON_FLAGS='--parameters 2M')
	$(SEQUITUR) compare language-modeling --data "$$DATA" --output runs/comparison --overwrite $(COMPARISON_FLAGS) \
		--report Documentation/Comparison.md

fixtures: .venv/installed ## make the reference values in Tests/Fixtures and Samples/requests.* again
	.venv/bin/python Tools/make_fixtures.py
	.venv/bin/python Tools/make_generation_fixtures.py
	.venv/bin/python Tools/make_tokenizer_fixtures.py
	.venv/bin/python Tools/make_sentencepiece_fixtures.py
	.venv/bin/python Tools/make_folder_fixtures.py
	.venv/bin/python Tools/make_model_fixtures.py
	.venv/bin/python Tools/make_sentence_fixtures.py
	.venv/bin/python Tools/make_metric_fixtures.py
	.venv/bin/python Tools/make_baseline_fixtures.py
	.venv/bin/python Tools/make_requests.py

tokenizers: setup .venv/installed ## compare tokenizers with Python's on 29,000 lines with every assigned character
	rm -rf .build/tokenizers
	.venv/bin/python Tools/make_tokenizer_fixtures.py --large .build/tokenizers
	.venv/bin/python Tools/make_sentencepiece_fixtures.py --large .build/tokenizers
	SEQUITUR_TOKENIZER_FIXTURES=$(CURDIR)/.build/tokenizers $(TEST) --filter 'PipelineFixtureTests|SentencePieceTests|SubwordTokenizerTests'

# PyPI first; PyTorch's own index where PyPI has no build for the CPU alone.
.venv/installed: Tools/requirements.txt
	@command -v python3 >/dev/null || { echo 'Python 3.10 or later is needed for this target (never for building, testing or running)' >&2; exit 1; }
	python3 -m venv .venv || { echo 'python3 -m venv does not work here; on Debian and Ubuntu install python3-venv' >&2; exit 1; }
	.venv/bin/pip install --quiet --requirement Tools/requirements.txt || \
		.venv/bin/pip install --quiet --requirement Tools/requirements.txt --extra-index-url https://download.pytorch.org/whl/cpu
	touch .venv/installed

format: ## format every Swift file in place
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

docs: build ## check that what the documentation links to, and every command it shows, exists
	python3 Tools/check_documentation.py

check: setup ## lint, build everything with warnings counted as errors, look for files that must not be here
	Tools/check_tree.sh
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)
	Tools/check_warnings.sh
