"""Only what changed is checked again."""

import pytest

from lso.kinds import ConfigError
from lso.passed import Passed, check_once

ENTRY = {"kind": "rank", "k": 0.1}


class Check:
    """Counts what it checks; a k below 0 is wrong."""

    def __init__(self):
        self.checked = []
        self.__name__ = "check"

    def __call__(self, role, entry, where):
        self.checked.append(entry)
        if entry["k"] < 0:
            raise ConfigError(f"{where}: k")


def _passes(entry, before=(), code="code", where="here"):
    """Check an entry; return what passed and how often something was checked."""
    check, passed = Check(), Passed(before, lambda *names: code)
    passed.check(check, "weighting", entry, where)
    return passed.now, len(check.checked)


def test_what_passed_is_not_checked_again_until_it_or_its_code_changes():
    now, checked = _passes(ENTRY)
    assert checked == 1
    assert _passes(ENTRY, now, where="elsewhere") == (now, 0)
    assert _passes(ENTRY | {"k": 0.2}, now)[1] == 1
    assert _passes(ENTRY, now, code="edited")[1] == 1


def test_what_is_wrong_or_unknown_is_never_remembered():
    check, passed = Check(), Passed((), lambda *names: "code")
    with pytest.raises(ConfigError, match="here: k"):
        passed.check(check, "weighting", ENTRY | {"k": -1}, "here")
    assert not passed.now
    unknown = ENTRY | {"kind": "rnak"}
    assert [_passes(unknown, _passes(unknown)[0])[1] for _ in range(2)] == [1, 1]


def test_where_nothing_is_built_only_what_does_not_exist_is_refused():
    check, passed = Check(), Passed((), lambda *names: "code", builds=False)
    passed.check(check, "weighting", ENTRY | {"k": -1}, "here")
    assert not check.checked
    assert not passed.now  # it is checked as soon as something is built
    now, _ = _passes(ENTRY)
    passed = Passed(now, lambda *names: "code", builds=False)
    passed.check(check, "weighting", ENTRY, "here")
    assert passed.now == now
    passed.check(check, "weighting", {"kind": "rnak", "k": 1}, "here")
    assert check.checked


def test_a_config_is_checked_until_it_passes_and_again_after_an_edit(tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("x = 1\n")
    (tmp_path / "workflow/schemas").mkdir(parents=True)
    (tmp_path / "workflow/schemas/config.schema.yaml").write_text("type: object\n")
    (tmp_path / "checked.py").write_text(
        "def check(config, root, passed):\n"
        "    print('checked')\n"
        "    if config['wrong']:\n"
        "        raise ValueError('wrong')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("lso.passed.CHECK", "checked")

    def times(wrong=False, builds=True):
        before = len(calls)
        memory = tmp_path / "memory"
        check_once({"wrong": wrong}, tmp_path, memory, lambda *names: "code", builds)
        return len(calls) - before

    calls = []
    monkeypatch.setattr("builtins.print", lambda *_: calls.append(1))
    for _ in range(2):
        with pytest.raises(ValueError, match="wrong"):
            times(wrong=True)
    assert [times(), times()] == [1, 0]
    (tmp_path / "src/a.py").write_text("x = 2\n")
    assert [times(), times()] == [1, 0]
    assert [times(), times(builds=False), times(builds=False), times()] == [0, 1, 0, 1]
