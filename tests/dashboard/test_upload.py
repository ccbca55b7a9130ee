"""A file comes in parts, and not too many of them."""

import pytest

from digitlib.dashboard.upload import Upload


@pytest.mark.limit("FILE_BYTES")
def test_a_file_is_taken_in_parts_up_to_the_limit():
    upload, taken = Upload(largest=10), []
    upload.on_file(taken.append)

    def send(content, buffers):
        upload._handle_custom_msg(content, list(map(memoryview, buffers)))

    send({"fits": True, "start": 0, "more": True}, [b"12345"])
    send({"fits": True, "start": 5, "more": False}, [b"67890"])
    send({"fits": True, "start": 0, "more": True}, [b"given up"])
    send({"fits": True}, [b"whole"])
    send({"fits": False}, [])
    send({"fits": True, "start": 0, "more": True}, [b"123456"])
    send({"fits": True, "start": 6, "more": True}, [b"123456"])
    assert taken == [b"1234567890", b"whole", None, None]
