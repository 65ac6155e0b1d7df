# The two commands that matter: `make run` and `make test`. `make help` lists the others.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
# Keys and passwords come from the environment; `make run` makes a key of its own once.
WITH_KEY := source scripts/environment &&

.PHONY: help setup setup-gateway setup-dev setup-rasa run train check-config agent test test-all \
	lint requirements models bench-text bench-knowledge bench-diet bench-desk bench-coding bench-causes \
	bench-register bench-channels bench-speaking bench-recording bench-calls bench-hearing bench-media pack clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

setup: setup-gateway setup-rasa ## make both environments

setup-gateway:
	@scripts/setup gateway

setup-dev: setup-gateway
	@scripts/setup dev

setup-rasa:
	@scripts/setup rasa

train: setup ## train the NLU model if its data changed
	@$(PY) -m bot train

run: train ## serve on http://127.0.0.1:8080
	@$(WITH_KEY) exec $(PY) -m bot serve

check-config: setup-gateway ## list everything wrong with the configuration
	@$(WITH_KEY) $(PY) -m bot check

agent: setup-gateway ## add an agent: make agent LOGIN=wang NAME=小王 [ROLES=officer,approver] [TEAM=信用卡]
	@$(WITH_KEY) $(PY) -m bot agent "$(LOGIN)" "$(NAME)" --roles "$(or $(ROLES),agent)" \
		$(if $(TEAM),--team "$(TEAM)")

models: setup-gateway ## fetch the model by which calls and voice notes are heard (44 MB)
	@$(PY) -m bot models

test: setup-dev train ## set up and run the tests
	@$(PY) -m pytest -n 2 --dist loadfile -m "not slow"

test-all: test ## the tests, and those that take longer
	@$(PY) -m pytest -m slow

lint: setup-dev ## format, lint, types, articles
	@scripts/lint

pack: setup-gateway ## a month's report for the committee: make pack MONTH=2026-10 [OUT=folder]
	@$(WITH_KEY) $(PY) -m bot pack "$(MONTH)" --out "$(or $(OUT),.)"

bench-text: setup-dev train ## speed of a text turn beside bare Rasa
	@$(PY) bench/text.py

bench-knowledge: setup-dev train ## intents of held-out sentences, and the speed of a search
	@$(PY) bench/answers.py

bench-diet: setup-dev train ## our pipeline beside Rasa's default one, on the same sentences
	@$(PY) bench/diet.py

bench-desk: setup-dev train ## waiting and delivery with 500 open customers and 20 agents
	@$(PY) bench/desk.py

bench-coding: setup-dev ## how often the classification of complaints is suggested rightly
	@$(PY) -m bench.coding

bench-causes: setup-dev ## how long complaints take to be compared, and the monthly pack
	@$(PY) -m bench.causes

bench-register: setup-dev ## a register of 100,000 complaints: search, what is due, new ones a second
	@$(PY) bench/register.py

bench-channels: setup-dev train ## WeChat messages a second, and how soon they are answered
	@$(PY) bench/channels.py

bench-speaking: setup-dev ## first sound from recordings and voices, and what failing ones cost
	@$(PY) bench/speaking.py

bench-recording: setup-dev ## what recording a call costs; VOSK_FIXTURE names a folder with speech
	@$(PY) -m bench.recording

bench-calls: setup-dev train ## the hotline under load, beside Pipecat (first: scripts/setup pipecat)
	@$(PY) bench/calls.py

bench-hearing: setup-dev ## how well, how soon and at what price speech is heard
	@$(PY) -m bench.hearing

bench-media: setup-dev ## calls that speak and listen at once: late frames, CPU of the media path
	@$(PY) bench/media.py

requirements: ## pin the requirements anew from requirements/*.in
	@scripts/requirements

clean: ## remove the environments; the data stays
	rm -rf .venv .venv-rasa .venv-pipecat .tools
