"""Other people's libraries accept our credentials over HTTP, and refuse what was altered (needs npm packages; see the script's head)."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.production.cast import AT, town
from tiantou.production.services import place_hold
from tiantou.quality.services import issue_commitment, revoke_commitment

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
SCRIPT = Path(__file__).parent.parent / "quality/foreign/verify.mjs"
GOOD = {"dataIntegrity": True, "altered": False, "stolen": False, "expanded": 1, "joseAltered": False}


@pytest.fixture
def verifier(site, settings, tmp_path):
    """`verifier(commitment)` gives what the libraries say of its credential."""
    packages = Path(os.environ.get("TIANTOU_VERIFIER") or "/nowhere")
    if not (packages / "node_modules/@digitalbazaar/vc").is_dir() or not shutil.which("node"):
        pytest.skip(
            "no foreign verifier: install the packages named in verify.mjs and set TIANTOU_VERIFIER to their folder"
        )
    settings.BASE_URL = site
    script = tmp_path / "verify.mjs"
    shutil.copy(SCRIPT, script)
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")

    def ask(commitment):
        address = f"{site}/c/{commitment.number}/credential"
        command = ["node", str(script), address]
        out = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert out.returncode == 0, out.stderr[-3000:]
        return json.loads(out.stdout)

    return ask


def test_a_stranger_accepts_what_stands_and_sees_what_was_altered_revoked_or_held(verifier):
    here = town()
    made = [
        issue_commitment(by=here.grower, at=AT, lot=here.lot(), basis="质量安全控制符合要求", contact="13800001234")
        for _ in range(3)
    ]
    said = verifier(made[0])
    assert said.items() >= GOOD.items()
    assert said["jose"] == {"Ed25519": True, "EdDSA": True}
    assert said["statuses"] == {"revocation": False, "suspension": False}
    revoke_commitment(by=here.grower, at=AT, commitment=made[1], reason="写错了")
    assert verifier(made[1])["statuses"] == {"revocation": True, "suspension": False}
    place_hold(by=here.inspector, at=AT, lot=made[2].lot, reason="复检")
    assert verifier(made[2])["statuses"] == {"revocation": False, "suspension": True}
