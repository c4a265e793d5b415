"""The offline verifiers take what is genuine and refuse what is not: the script here, the one-file page in `tests/pages`."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evidence.conftest import event
from tests.evidence.test_log import append, sign
from tests.evidence.test_receipts import text_of
from tiantou.evidence import queries, services
from tiantou.evidence.offline import verify_receipt
from tiantou.evidence.rules import receipts
from tiantou.kernel.actor import STRANGER, SYSTEM

pytestmark = pytest.mark.django_db
SCRIPT = Path(verify_receipt.__file__)


@pytest.fixture
def log():
    """A log of seven leaves under a checkpoint."""
    made = [event(number) for number in range(7)]
    append()
    sign()
    return made


def run(tmp_path, text, *arguments):
    """The script as people run it: a copy alone in a folder, in a process that knows nothing of us."""
    script, file = tmp_path / "verify_receipt.py", tmp_path / "receipt.json"
    script.write_bytes(SCRIPT.read_bytes())
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    command = [sys.executable, "-I", str(script), str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"PYTHONUTF8": "1"})


def test_a_genuine_receipt_is_proven_by_the_script_alone(log, tmp_path):
    done = run(tmp_path, text_of(log))
    assert (done.returncode, done.stderr) == (0, "")
    assert "PROVEN" in done.stdout
    assert queries.origin() in done.stdout
    assert "示例果园 6" in done.stdout


def test_only_the_trusted_key_is_taken(log, tmp_path):
    [key] = queries.all_keys()
    assert run(tmp_path, text_of(log), "--key", str(key.verifier)).returncode == 0
    services.rotate_key(by=SYSTEM, at=key.at)
    [other, _] = queries.all_keys()
    assert run(tmp_path, text_of(log), "--key", str(other.verifier)).returncode == 1


def test_a_sealed_receipt_is_proven_and_tells_nothing(log, tmp_path):
    done = run(tmp_path, text_of(log, STRANGER))
    assert done.returncode == 0
    assert done.stdout.count("sealed") == 7


def test_one_flipped_byte_is_refused_by_the_script(log, tmp_path):
    raw = bytearray(text_of(log).encode())
    at = raw.index("示例果园".encode()) + 1
    raw[at] ^= 1
    done = run(tmp_path, bytes(raw))
    assert done.returncode == 1
    assert "REFUSED" in done.stderr


@pytest.mark.parametrize("text", ["", "[]", "{}", b"\xff\xfe", "[" * 3000])
def test_what_is_no_receipt_is_unreadable(log, tmp_path, text):
    done = run(tmp_path, text)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def verdict(text):
    try:
        verify_receipt.check(text)
    except (verify_receipt.Refused, verify_receipt.Unreadable):
        return False
    return True


def test_the_script_and_the_platform_agree_on_anything(log):
    text = text_of(log[:3])
    dice = random.Random(6962)  # noqa: S311 - a seed, so that a failure is found again
    assert verdict(text) is receipts.verify(text).good is True
    for _ in range(400):
        raw = bytearray(text.encode())
        for _ in range(dice.randint(1, 2)):
            raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        wrong = raw.decode("utf-8", "replace")
        assert verdict(wrong) is receipts.verify(wrong).good, wrong


def test_a_receipt_pieced_together_of_two_is_refused(log):
    one, other = json.loads(text_of(log[:2])), json.loads(text_of(log[2:4]))
    event(9)
    append()
    sign()
    later = json.loads(text_of(log[:2]))
    for wrong in (
        {**one, "checkpoint": later["checkpoint"]},
        {**one, "leaves": [{**one["leaves"][0], "event": other["leaves"][0]["event"]}]},
        {**one, "leaves": [{**one["leaves"][0], "index": 1}]},
        {**one, "leaves": [one["leaves"][0], {**one["leaves"][1], "path": one["leaves"][1]["path"][:-1]}]},
    ):
        assert not verdict(json.dumps(wrong))
        assert not receipts.verify(json.dumps(wrong)).good
