"""Who may change a node."""

import pytest

from paddles.accounts.access import NOBODY, Principal
from paddles.errors import Unauthenticated
from paddles.nodes import editors


@pytest.mark.parametrize(
    ("groups", "superuser", "owner", "user_groups", "runtime", "may"),
    [
        ((), False, "ann", (), None, True),
        ((), False, "bob", (), None, False),
        ((), True, "bob", (), None, True),
        (("lab",), False, "bob", ("lab",), None, True),
        (("lab",), False, "bob", ("other",), None, False),
        (("node:edit:any",), False, "bob", (), None, True),
        (("runtime:lava-x:node-editor",), False, "bob", (), "lava-x", True),
        (("runtime:lava-x:node-admin",), False, "bob", (), "lava-x", True),
        (("runtime:lava-x:node-editor",), False, "bob", (), "lava-y", False),
        (("runtime::node-editor",), False, "bob", (), "", False),
        (("runtime:None:node-editor",), False, "bob", (), None, False),
    ],
)
def test_who_may_change_a_node(
    groups: tuple[str, ...], superuser: bool, owner: str, user_groups: tuple[str, ...], runtime: str | None, may: bool
) -> None:
    """Its owner, members of its groups, superusers, and the editors of all nodes or of its runtime."""
    ann = Principal(id="1", username="ann", groups=groups, is_superuser=superuser)

    assert may is editors.may_edit(ann, owner, user_groups, runtime)
    if not may:
        with pytest.raises(Unauthenticated, match="Unauthorized to complete the operation"):
            editors.check(ann, owner, user_groups, runtime)


def test_nobody_owns_nothing() -> None:
    """Who is nobody may not even change the node of an owner without a name."""
    assert not editors.may_edit(NOBODY, "", (), None)
    with pytest.raises(Unauthenticated, match=r"^Unauthorized$"):
        editors.check(NOBODY, "", (), None)
