"""Every verb is called by keyword, takes who and when, lives in its package's services, and says what is true afterwards."""

import inspect
import typing
from datetime import datetime

import pytest

from tiantou.config import discovery
from tiantou.kernel.actor import Actor
from tiantou.kernel.verbs import VERBS

discovery.modules("services")
OURS = {name: function for name, function in VERBS.items() if function.__module__.startswith("tiantou.")}


def faults(function):
    parameters = inspect.signature(function).parameters
    found = [f"{name} is not keyword-only" for name, p in parameters.items() if p.kind is not p.KEYWORD_ONLY]
    found += [f"has no {name}" for name in ("by", "at") if name not in parameters]
    hints = typing.get_type_hints(inspect.unwrap(function))
    wanted = {"by": Actor, "at": datetime}
    found += [
        f"{name} is not {kind.__name__}" for name, kind in wanted.items() if name in hints and hints[name] is not kind
    ]
    if "key" in parameters and parameters["key"].default != "":
        found.append('key has another default than ""')
    return found


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_verb_is_called_by_keyword_and_takes_who_and_when(name):
    assert faults(OURS[name]) == []


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_verb_lives_in_services_and_says_what_is_true_afterwards(name):
    assert OURS[name].__module__.split(".")[2].startswith("services"), OURS[name].__module__
    assert (OURS[name].__doc__ or "").strip(), "write what is true afterwards"


def test_the_check_itself():
    def verb(by: str, *, at: datetime, key: str = "x"): ...

    assert faults(verb) == ["by is not keyword-only", "by is not Actor", 'key has another default than ""']
