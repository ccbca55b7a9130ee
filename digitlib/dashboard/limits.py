"""Every limit of the dashboard's server and of its kernels, in one table.

`door` enforces what needs no token, `messages` what a page may send, `room` and `pool`
how many kernels there are, `pad`, `upload` and `kernel` what one visitor may keep. The
lessons of a class have some of these limits, and a few of their own. Tests attack each
of them: see `tests/dashboard/test_limits.py`.
"""

MEBIBYTE = 2**20

# Requests, with or without the token. The dashboard itself sends no body.
BODY_BYTES = 64 * 1024
BODY_SECONDS = 10
HEADER_SECONDS = 60  # for all headers of a request, also of the next on a connection

# Open files, of as many as the system grants: each visitor needs ten.
OPEN_FILES = 4096
FILES_PER_VISITOR = 10
CONNECTIONS = 0.25  # share of the files that connections may take
CONNECTIONS_OF_ONE = 0.5  # share of these connections for one address

# Messages on a websocket. A file is sent in several: see upload.js.
MESSAGE_BYTES = MEBIBYTE
MESSAGE_PARTS = 16
SOCKETS_OF_A_KERNEL = 3  # a page has one, and a second while it connects again
UNANSWERED_BYTES = 4 * MEBIBYTE  # that a kernel has not handled yet
UNANSWERED_SECONDS = 30  # after which the next message is passed on nevertheless
UNREAD_BYTES = 16 * MEBIBYTE  # that a page has not fetched yet, or misses while away

# Kernels. `voila.json` or `workshop` set how many there may be in all.
ROOM_OF_ONE = 0.5  # share of all kernels for one address
JOIN_SECONDS = 20  # since a page was last heard of that has not joined its kernel
KERNEL_BYTES = 1280 * MEBIBYTE  # of address space; libraries need half of it

# The lessons of a class: see `workshop.lab_seat`. A notebook is saved as one request.
LESSON_BODY_BYTES = 16 * MEBIBYTE
LESSON_KERNEL_BYTES = 4096 * MEBIBYTE  # of data; TensorFlow reserves more than it needs
LEFT_SECONDS = 1800  # after which a closed lesson's kernel ends, and then its server
SEATS_AT_ONCE = 4  # servers that start at the same time

# What a visitor's kernel keeps.
FILE_BYTES = 20 * MEBIBYTE  # of an opened file, as in the web app
UNDO_STATES = 200
UNDO_POINTS = 50_000  # of all strokes that undo and redo can bring back: 7 MB
