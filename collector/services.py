"""The parts that requests, pages and jobs share, made once at start."""

import time
from dataclasses import dataclass, field

from collector.errors import Unavailable
from collector.media.addresses import Signer
from collector.media.moving import Mover
from collector.media.store import MediaStore
from collector.registry.registry import Registry
from collector.rejections import Rejections
from collector.settings import Settings
from collector.telemetry.reads import Reads
from collector.telemetry.store import Store


@dataclass(slots=True)
class Services:
    """Reached as `request.app.state.services`."""

    settings: Settings
    store: Store
    registry: Registry
    rejections: Rejections
    media: MediaStore
    mover: Mover
    signer: Signer
    started_at: float = field(default_factory=time.time)
    # From SIGTERM on: requests in flight are finished, new ones should go elsewhere.
    closing: bool = False
    # Why traces cannot be read, if they cannot.
    fault: str | None = None

    @property
    def reads(self) -> Reads:
        """Raises Unavailable until the store's files are open."""
        if not self.store.is_ready:
            raise Unavailable(self.fault or "the service is starting, ask again in a moment")
        return self.store.reads
