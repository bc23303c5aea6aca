"""Datatypes are values: rules that hold them travel between processes."""

from __future__ import annotations

import pickle

import pytest

from vnetsim.netfilter.nft import datatype
from vnetsim.netfilter.nft.datatype import Datatype

ALL = [each for each in vars(datatype).values() if isinstance(each, Datatype)]


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_a_datatype_can_be_sent_to_another_process(each: Datatype) -> None:
    assert pickle.loads(pickle.dumps(each)).name == each.name
