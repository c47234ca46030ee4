"""The emulated org that every history of this process begins anew on."""

from tests.services.conftest import org_process

__all__ = ["org_process"]
