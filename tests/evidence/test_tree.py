"""The tree against the definition of RFC 6962, written down naively, and against the vectors of Certificate Transparency."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.evidence.rules import tree

# The reference inputs and roots of Certificate Transparency's own tests (facts: eight inputs, the root over the first n of them).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSIONS = {  # (leaf, size): path
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCIES = {
    (1, 8): INCLUSIONS[0, 8],
    (3, 8): [
        "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
}


def sha(data):
    return hashlib.sha256(data).digest()


# RFC 6962, section 2.1, as it is written there.
def naive_root(data):
    if not data:
        return sha(b"")
    if len(data) == 1:
        return sha(b"\x00" + data[0])
    k = naive_split(len(data))
    return sha(b"\x01" + naive_root(data[:k]) + naive_root(data[k:]))


def naive_split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def naive_path(m, data):
    if len(data) == 1:
        return []
    k = naive_split(len(data))
    if m < k:
        return [*naive_path(m, data[:k]), naive_root(data[k:])]
    return [*naive_path(m - k, data[k:]), naive_root(data[:k])]


def naive_proof(m, data, whole=True):
    if m == len(data):
        return [] if whole else [naive_root(data)]
    k = naive_split(len(data))
    if m <= k:
        return [*naive_proof(m, data[:k], whole), naive_root(data[k:])]
    return [*naive_proof(m - k, data[k:], False), naive_root(data[:k])]


def grown(data, steps=()):
    """A tree grown in the given steps, written out and taken up again between them, as tiles."""
    tiles, growth = {}, tree.Growth()
    for start, end in pairwise([0, *steps, len(data)]):
        growth = tree.Growth.of(growth.size, tiles)
        growth.extend(tree.leaf_hash(each) for each in data[start:end])
        tiles |= growth.filled | growth.unfilled()
    return growth, tiles


def some(n):
    return [str(i).encode() for i in range(n)]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size):
    data = [bytes.fromhex(each) for each in INPUTS[:size]]
    growth, tiles = grown(data)
    assert growth.root().hex() == ROOTS[size]
    assert tree.root(size, tree.reader(tiles)).hex() == ROOTS[size]
    assert naive_root(data).hex() == ROOTS[size]


def test_the_proofs_are_those_of_certificate_transparency():
    _, tiles = grown([bytes.fromhex(each) for each in INPUTS])
    read = tree.reader(tiles)
    for (index, size), path in INCLUSIONS.items():
        assert [node.hex() for node in tree.inclusion(index, size, read)] == path
    for (first, second), proof in CONSISTENCIES.items():
        assert [node.hex() for node in tree.consistency(first, second, read)] == proof


sizes = st.integers(1, 700)


@given(size=sizes, at=st.data())
def test_any_growth_gives_the_tree_of_the_definition(size, at):
    data = some(size)
    steps = sorted(at.draw(st.lists(st.integers(0, size), max_size=4)))
    growth, tiles = grown(data, steps)
    read = tree.reader(tiles)
    assert growth.root() == tree.root(size, read) == naive_root(data)
    part = at.draw(st.integers(0, size))
    assert tree.root(part, read) == naive_root(data[:part])
    index = at.draw(st.integers(0, size - 1))
    path = tree.inclusion(index, size, read)
    assert path == naive_path(index, data)
    assert tree.root_of_inclusion(tree.leaf_hash(data[index]), index, size, path) == growth.root()
    if part:
        assert tree.consistency(part, size, read) == naive_proof(part, data)
    assert tree.is_consistent(part, size, naive_root(data[:part]), growth.root(), tree.consistency(part, size, read))


@given(size=st.integers(2, 300), at=st.data())
def test_one_flipped_bit_anywhere_is_refused(size, at):
    data = some(size)
    growth, tiles = grown(data)
    index = at.draw(st.integers(0, size - 1))
    path = tree.inclusion(index, size, tree.reader(tiles))
    leaf = tree.leaf_hash(data[index])
    which, bit = at.draw(st.integers(-1, len(path) - 1)), at.draw(st.integers(0, 255))
    flip = lambda node: (int.from_bytes(node, "big") ^ 1 << bit).to_bytes(32, "big")  # noqa: E731
    wrong_leaf = flip(leaf) if which == -1 else leaf
    wrong = [flip(node) if place == which else node for place, node in enumerate(path)]
    assert tree.root_of_inclusion(wrong_leaf, index, size, wrong) != growth.root()
    assert tree.root_of_inclusion(leaf, index, size, path[:-1]) != growth.root()
    assert tree.root_of_inclusion(leaf, index, size, [*path, leaf]) is None
    first = at.draw(st.integers(1, size - 1))
    proof = tree.consistency(first, size, tree.reader(tiles))
    old = naive_root(data[:first])
    assert not tree.is_consistent(first, size, flip(old), growth.root(), proof)
    assert not tree.is_consistent(first, size, old, flip(growth.root()), proof)
    assert not tree.is_consistent(first, size, old, growth.root(), proof[:-1])
    assert not tree.is_consistent(first, size, old, growth.root(), [*proof, old])


def test_a_proof_reads_few_tiles_and_exactly_those_that_it_foretells():
    data = some(70_000)
    _, tiles = grown(data)
    for index in (0, 255, 256, 33_333, 69_999):
        wanted = tree.places_for(lambda read, index=index: tree.inclusion(index, len(data), read))
        assert len(wanted) <= 2 * 3
        only = {place: tiles[place] for place in wanted}
        assert tree.inclusion(index, len(data), tree.reader(only)) == tree.inclusion(
            index, len(data), tree.reader(tiles)
        )
    assert len(tree.places_for(lambda read: tree.inclusion(1_234_567, 10_000_000, read))) <= 2 * 3


def test_a_growing_tree_rewrites_only_what_is_not_full():
    growth = tree.Growth()
    growth.extend(tree.leaf_hash(each) for each in some(256 * 3 + 5))
    assert sorted(growth.filled) == [(0, 0), (0, 1), (0, 2)]
    assert {place: len(hashes) // 32 for place, hashes in growth.unfilled().items()} == {(0, 3): 5, (1, 0): 3}


def test_a_missing_or_narrow_tile_is_not_passed_over():
    _, tiles = grown(some(300))
    with pytest.raises(KeyError):
        tree.root(300, tree.reader({**tiles, (0, 1): tiles[0, 1][:-32]}))
    with pytest.raises(KeyError):
        tree.Growth.of(300, {place: hashes for place, hashes in tiles.items() if place != (0, 1)})


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_that_is_not_there_has_no_path(index):
    with pytest.raises(ValueError, match=str(index)):
        tree.inclusion(index, 3, lambda level, at: b"")
    assert tree.root_of_inclusion(b"\0" * 32, index, 3, []) is None


@given(level=st.integers(0, 5), index=st.integers(0, 10**10), width=st.integers(1, 256))
def test_tile_paths_are_read_as_they_are_written(level, index, width):
    assert tree.parse_tile_path(tree.tile_path(level, index, width).removeprefix("tile/")) == (level, index, width)


def test_tile_paths_are_those_of_the_specification():
    assert tree.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tree.tile_path(3, 5, 10) == "tile/3/005.p/10"


@pytest.mark.parametrize("text", ["0/5", "0/0005", "0/001/005", "00/005", "0/005.p/256", "0/005.p/0", "0/x005", "a/005", "0", "0/005.p/", "0/٠٠٥", "0/x000/005"])  # fmt: skip
def test_any_other_spelling_of_a_tile_path_is_refused(text):
    with pytest.raises(ValueError, match=r"\S"):
        tree.parse_tile_path(text)
