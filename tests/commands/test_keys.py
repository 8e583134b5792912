"""`understudy keys`, handed over and alone."""

import json
from pathlib import Path

from tests.commands.conftest import Shell
from tests.servers.fixtures import StartService
from tests.servers.service import PROJECT_ID, PUBLIC_KEY


def test_a_key_is_made_listed_and_revoked(shell: Shell) -> None:
    made = json.loads(shell("keys", "create", "--note", "for CI", "--json").out)["created"]
    listed = shell("keys", "list", "--project", PROJECT_ID)
    revoked = shell("keys", "revoke", made["publicKey"])
    again = shell("keys", "revoke", made["publicKey"])
    left = json.loads(shell("keys", "list", "--json").out)["keys"]

    assert made["secretKey"].startswith("sk-lf-")
    assert made["publicKey"] in listed.out
    assert made["secretKey"] not in listed.out
    assert (revoked.code, revoked.out) == (0, f"revoked {made['publicKey']}\n")
    assert (again.code, again.err) == (1, f"understudy keys: there is no key {made['publicKey']}\n")
    assert [key["publicKey"] for key in left] == [PUBLIC_KEY]


def test_an_organisation_has_keys_too(shell: Shell) -> None:
    organisation = "organisation-under-test"
    made = shell("keys", "create", "--organisation", organisation)
    listed = json.loads(shell("keys", "list", "--organization", organisation, "--json").out)

    assert made.code == 0
    assert [key["organisationId"] for key in listed["keys"]] == [organisation]


def test_a_given_pair_is_taken(shell: Shell) -> None:
    pair = ("--public-key", "pk-lf-mine", "--secret-key", "sk-lf-mine")
    made = shell("keys", "create", *pair)
    again = shell("keys", "create", *pair)

    assert made.out.splitlines()[:2] == [
        "LANGFUSE_PUBLIC_KEY=pk-lf-mine",
        "LANGFUSE_SECRET_KEY=sk-lf-mine",
    ]
    assert again.code == 1
    assert "is taken" in again.err


def test_a_key_needs_an_owner_that_exists(shell: Shell) -> None:
    done = shell("keys", "create", "--project", "nowhere")

    assert (done.code, done.err) == (1, "understudy keys: there is no project nowhere\n")


def test_half_a_pair_is_refused(bare: Shell) -> None:
    done = bare("keys", "create", "--public-key", "pk-lf-mine")

    assert done.code == 1
    assert "given together or not at all" in done.err


def test_the_first_command_on_an_empty_folder_tells_what_it_made(bare: Shell) -> None:
    first = bare("keys", "list")
    second = bare("keys", "list")

    assert "LANGFUSE_SECRET_KEY=sk-lf-" in first.err
    assert "password" in first.err
    assert (second.code, second.err) == (0, "")
    assert second.out == first.out


def test_keys_made_and_revoked_count_at_once_in_the_service(start_service: StartService) -> None:
    service = start_service()
    shell = Shell(service.environ())
    made = json.loads(shell("keys", "create", "--json").out)["created"]
    service.public_key, service.secret_key = made["publicKey"], made["secretKey"]
    before = service.status("/api/public/projects")
    shell("keys", "revoke", made["publicKey"])

    assert (before, service.status("/api/public/projects")) == (200, 401)


def test_handing_over_imports_nothing_but_the_standard_library(
    start_service: StartService, tmp_path: Path
) -> None:
    service = start_service()
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys\n"
        "def tell():\n"
        "    known = set(sys.stdlib_module_names) | {'collector', 'sitecustomize', '__main__'}\n"
        "    loaded = {name.partition('.')[0] for name in sys.modules} - known\n"
        "    others = [n for n in loaded if not n.startswith('_') and 'site' not in n]\n"
        "    sys.stderr.write('others: ' + ' '.join(sorted(others)))\n"
        "atexit.register(tell)\n"
    )
    done = Shell(service.environ())("keys", "list", PYTHONPATH=str(tmp_path))

    assert done.code == 0
    assert done.err in ("others: ", "others: distutils-precedence")
