"""The collector is out for a block only, whatever ends it."""

import gc

import pytest

from ysh.core.collecting import without_collecting


def test_the_collector_comes_back():
    with without_collecting():
        assert not gc.isenabled()
        with without_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_after_an_error_too():
    with pytest.raises(ValueError, match="off"), without_collecting():
        raise ValueError("off")
    assert gc.isenabled()
