"""config/README.md explains every key that the schema knows, in the schema's words."""

from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())


def keys(node: dict, place: str = "") -> Iterator[tuple[str, str | None]]:
    """Path and description of the keys of a mapping and of the mappings written inside it."""
    for key, entry in node.get("properties", {}).items():
        named = SCHEMA["$defs"].get(entry.get("$ref", "").rpartition("/")[2], {})
        yield f"{place}{key}", entry.get("description", named.get("description"))
        yield from keys(entry, f"{place}{key}.")
    for inner, mark in (("additionalProperties", "NAME."), ("items", "N.")):
        if isinstance(node.get(inner), dict):
            yield from keys(node[inner], place + mark)


def guide() -> str:
    """The section of config/README.md."""
    sections = {"the whole": SCHEMA} | {f"a {name}": d for name, d in SCHEMA["$defs"].items()}
    lines = []
    for name, node in sections.items():
        if rows := list(keys(node)):
            lines += [f"| **{name}** | {node.get('description', '')} |"]
            lines += [f"| `{path}` | {description} |" for path, description in rows]
    return "\n".join(["| key | what it says |", "| --- | --- |", *lines]) + "\n"


def test_the_guide_is_what_the_schema_says():
    text = (ROOT / "config/README.md").read_text()
    section = text.partition("## Keys\n\n")[2].partition("\n## ")[0]
    assert section == guide(), f"put this under ## Keys of config/README.md:\n\n{guide()}"


def test_every_key_is_described():
    assert "None" not in guide()
