"""Registries keep order and refuse a second entry of a name."""

from dataclasses import dataclass

import pytest

from common.registry import DuplicateNameError, Registry


@dataclass(frozen=True)
class Entry:
    name: str


def test_entries_come_in_the_order_they_were_added():
    registry = Registry[Entry]("things")
    for name in ("b", "a", "c"):
        registry.add(Entry(name))
    assert [entry.name for entry in registry] == ["b", "a", "c"]
    assert "a" in registry
    assert len(registry) == 3


def test_a_second_entry_of_a_name_is_refused_and_the_first_stays():
    registry = Registry[Entry]("things")
    first = registry.add(Entry("a"))
    with pytest.raises(DuplicateNameError):
        registry.add(Entry("a"))
    assert registry["a"] is first
