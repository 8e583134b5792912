"""Images of payloads in Chromium, under the strict policy."""

import struct
import zlib
from base64 import b64encode

from playwright.sync_api import Page, expect

from tests.browser.conftest import send
from tests.servers.service import PROJECT_ID, Service
from tests.web.examples import event


def png(width: int, height: int) -> bytes:
    """A picture of stripes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(
        b"\0" + b"".join(bytes((x % 256, y % 256, 128)) for x in range(width))
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )


def messages() -> list[dict[str, object]]:
    digits = b64encode(png(1200, 700)).decode()
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{digits}"}}
    page = b64encode(b"<script>window.broken=1</script>").decode()
    sound = {"type": "file", "mediaType": "text/html", "data": page, "filename": "page.html"}
    text = {"type": "text", "text": "What do you see here?"}
    return [{"role": "user", "content": [text, image, sound]}]


def test_an_image_is_seen_and_stays_within_its_bounds(
    reader: Page, running_service: Service
) -> None:
    send(running_service, [event("trace-create", id="media-1", name="seen", input=messages())])
    reader.goto(f"/project/{PROJECT_ID}/traces/media-1")
    image = reader.locator(".media img")
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    box = image.bounding_box()

    assert image.evaluate("each => [each.naturalWidth, each.naturalHeight]") == [1200, 700]
    assert box is not None
    assert box["width"] <= 400
    assert box["height"] <= 330


def test_a_page_in_a_payload_is_saved_and_not_run(reader: Page, running_service: Service) -> None:
    send(running_service, [event("trace-create", id="media-2", name="seen", input=messages())])
    reader.goto(f"/project/{PROJECT_ID}/traces/media-2")
    with reader.expect_download() as download:
        reader.locator(".media a", has_text="text/html").click()

    assert download.value.suggested_filename.endswith(".html")
    assert reader.evaluate("window.broken") is None
