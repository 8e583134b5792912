"""Media on the page of a trace."""

import json

import pytest

from tests.api.media import CONTENT, DIGITS, OF_OBJECT, OF_URI, PNG, URI, part
from tests.web.examples import event
from tests.web.reader import Reader, links, tags

PAGE = "/project/project-a/traces/m"
HTML = OF_URI.replace("image/png", "text/html")
SVG = OF_URI.replace("image/png", "image/svg+xml")


def images(html: str) -> list[dict[str, str | None]]:
    """All but the service's own mark."""
    return [attributes for _, attributes in tags(html, "img") if attributes.get("class") != "mark"]


async def sent(anna: Reader, **body: object) -> str:
    await anna.sends([event("trace-create", id="m", **body)])
    return await anna.page(PAGE)


async def test_an_image_of_a_message_is_drawn(anna: Reader) -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "What is it?"}, part()]}
    html = await sent(anna, input=[message])
    (image,) = images(html)
    found = await anna.get(image["src"] or "")

    assert (image["src"] or "").startswith(f"{CONTENT}/content?")
    assert (image["loading"], image["decoding"]) == ("lazy", "async")
    assert (found.status_code, found.content) == (200, PNG)
    assert '<div class="words">What is it?</div>' in html
    assert DIGITS not in html


@pytest.mark.parametrize("value", [URI, OF_URI, f"see {URI}", {"a": [URI]}, [OF_OBJECT, OF_OBJECT]])
async def test_an_image_of_any_payload_is_drawn_once_beside_it(anna: Reader, value: object) -> None:
    assert len(images(await sent(anna, input=value))) == 1
    assert len(images(await sent(anna, output=value))) == 2


async def test_an_image_of_metadata_is_drawn(anna: Reader) -> None:
    assert len(images(await sent(anna, metadata={"a": {"b": [URI]}}))) == 1


@pytest.mark.parametrize("reference", [HTML, SVG])
async def test_what_is_no_plain_image_is_a_link(anna: Reader, reference: str) -> None:
    html = await sent(anna, input=reference)

    assert images(html) == []
    assert len([link for link in links(html) if link.startswith(CONTENT)]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "@@@langfuseMedia:type=image/png|id=../../etc|source=bytes@@@",
        '@@@langfuseMedia:type=image/png|id="onload="|source=bytes@@@',
        "@@@langfuseMedia:type=<script>|id=aaaaaaaaaaaaaaaaaaaaaa|source=bytes@@@",
        "@@@langfuseMedia:type=image/png@@@",
        "@@@langfuseMedia:",
    ],
)
async def test_what_only_looks_like_a_reference_is_text(anna: Reader, text: str) -> None:
    html = await sent(anna, input=text)

    assert images(html) == []
    assert not [link for link in links(html) if link.startswith("/api/")]


async def test_only_so_many_are_drawn(anna: Reader) -> None:
    many = [OF_URI.replace("SXeQ", f"{number:04}") for number in range(50)]

    assert len(images(await sent(anna, input=many))) == 20


async def test_a_preview_names_the_type(anna: Reader) -> None:
    await sent(anna, name="with an image", input=f"Look: {URI}")
    html = await anna.page("/project/project-a/traces")

    assert "Look: [image/png]" in html
    assert "@@@langfuse" not in html


async def test_images_come_from_here_only(anna: Reader) -> None:
    await sent(anna, input=URI)
    policy = (await anna.get(PAGE)).headers["content-security-policy"]

    assert "img-src 'self';" in policy


async def test_the_page_as_data_has_the_references(anna: Reader) -> None:
    await sent(anna, input={"image": URI})

    assert json.loads((await anna.data(PAGE))["trace"]["input"]) == {"image": OF_URI}
