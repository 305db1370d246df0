"""The platform's topics, as deploy/topics.yaml has them: one that is added there is collected and searched by itself."""

import pathlib

import yaml

DESCRIBED = pathlib.Path(__file__).resolve().parents[1] / "deploy" / "topics.yaml"
TOPICS = [topic["name"].removeprefix("redress.") for topic in yaml.safe_load(DESCRIBED.read_text())["topics"]]
