"""Where the kinds live that a config names.

`kind: rank` under the role `weighting` is the class `Rank` of `lso/weighting.py`;
`kind: prior_sampling` under the role `methods` is the class `PriorSampling` of
`lso/methods/prior_sampling.py`. Planning a workflow imports this and none of them.
"""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
# the setting under which a component may be nested in another, and where its kinds live
ROLES = {
    "inner": "methods",
    "objective": "objectives",
    "optimiser": "optimisers",
    "region": "regions",
    "representation": "representations",
    "score": "latent_scores",
    "surrogate": "surrogates",
    "user": "users",
    "weighting": "weighting",
}


class ConfigError(ValueError):
    """A config entry names something unknown or gives a setting a wrong value."""


def module_name(role: str, kind: str) -> str:
    """Return the module that defines a kind; raises ConfigError naming the known kinds."""
    folder = SOURCE / "lso" / role
    if folder.is_dir():
        known = sorted(p.stem for p in folder.glob("[!_]*.py"))
        name = f"lso.{role}.{kind}"
    else:
        tree = ast.parse(folder.with_suffix(".py").read_text())
        known = sorted(snake(node.name) for node in tree.body if isinstance(node, ast.ClassDef))
        name = f"lso.{role}"
    if kind not in known:
        raise ConfigError(f"no {role} component {kind!r}; known: {', '.join(known)}")
    return name


def snake(name: str) -> str:
    """`PriorSampling` -> `prior_sampling`."""
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
