"""Search tokens: what a person may type to find a Chinese name."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.kernel import search

HAN = st.text(alphabet="奉节脐橙涪陵榨菜石柱辣椒永川秀芽巫山李重庆城口老腊肉示例合作社", min_size=1, max_size=12)


def finds(q, name):
    """Whether the stored tokens of a name answer a query, as the database decides it."""
    stored = set(search.tokens(name))
    words = search.query_tokens(q)
    return bool(words) and all(any(stored.issuperset(reading) for reading in readings) for readings in words)


@pytest.mark.parametrize(
    "q",
    [
        "脐橙",
        "橙",
        "奉节脐橙",
        "qicheng",
        "fengjie",
        "fengjieqicheng",
        "fengjieqich",
        "fjqc",
        "qc",
        "QICHENG",
        "ｑｉｃｈｅｎｇ",
        "奉节 脐橙",
        "脐橙 fj",
    ],
)
def test_a_name_is_found_by_words_pinyin_and_initials(q):
    assert finds(q, "奉节脐橙")


@pytest.mark.parametrize("q", ["榨菜", "zhacai", "flzc", "", " ", "!!", "脐橙 榨菜", "节奉"])
def test_what_is_not_in_the_name_does_not_find_it(q):
    assert not finds(q, "奉节脐橙")


@pytest.mark.parametrize(
    ("q", "name"), [("chongqing", "重庆市"), ("xian", "西安"), ("changshou", "长寿区"), ("zhangan", "张安镇")]
)
def test_characters_are_read_by_their_phrase(q, name):
    assert finds(q, name)


def test_latin_words_are_found_whole_and_by_their_beginning():
    assert finds("navel", "Fengjie navel orange")
    assert finds("oran", "Fengjie navel orange")
    assert not finds("range", "Fengjie navel orange")


@given(name=HAN, data=st.data())
def test_every_piece_of_a_name_finds_it(name, data):
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert finds(name[start:end], name)


@given(name=HAN)
def test_every_name_is_found_by_its_pinyin_and_initials(name):
    from pypinyin import lazy_pinyin

    syllables = lazy_pinyin(name)
    assert finds("".join(syllables), name)
    assert finds("".join(syllable[0] for syllable in syllables), name) or len(name) == 1


@given(st.text(max_size=300))
def test_any_text_gives_tokens_that_fit_the_column(text):
    assert all(0 < len(token) <= search.TOKEN_LENGTH for token in search.tokens(text))
    assert len(search.query_tokens(text)) <= 8


def test_letters_that_were_never_pinyin_are_read_in_bounded_work():
    begin = time.process_time()
    search.segmentations("ao" * 20 + "vv")
    search.segmentations("an" * 20 + "q")
    assert time.process_time() - begin < 1
