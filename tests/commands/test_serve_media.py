"""A bucket that never answers holds up neither what is written nor the end."""

import json
import socket
import urllib.request
from base64 import b64encode

from tests.servers.fixtures import StartService

NOON = "2026-11-20T14:00:00.000Z"


def test_a_bucket_that_hangs_does_not_keep_the_service_from_ending(
    start_service: StartService,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        service = start_service(
            LANGFUSE_S3_MEDIA_UPLOAD_BUCKET="silent",
            LANGFUSE_S3_MEDIA_UPLOAD_ACCESS_KEY_ID="a",
            LANGFUSE_S3_MEDIA_UPLOAD_SECRET_ACCESS_KEY="b",
            LANGFUSE_S3_MEDIA_UPLOAD_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}",
        )
        uri = f"data:image/png;base64,{b64encode(b'bytes of an image').decode()}"
        trace = {"id": "t", "timestamp": NOON, "input": uri}
        event = {"id": "e", "type": "trace-create", "timestamp": NOON, "body": trace}
        headers = {"Authorization": service.authorization, "Content-Type": "application/json"}
        body = json.dumps({"batch": [event]}).encode()
        url = service.base_url + "/api/public/ingestion"
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            status = answer.status
        connection, _ = silent.accept()
        code = service.stop(seconds=20)
        connection.close()

    assert (status, code) == (207, 0)
