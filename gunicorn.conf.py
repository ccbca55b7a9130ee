"""How gunicorn serves the app: `gunicorn` alone, in this folder.

Everything here can be overruled on its command line or in GUNICORN_CMD_ARGS.
"""

import os

from digitlib.workshop.memory import share_one_arena

share_one_arena()  # workers inherit it
wsgi_app = "app:create_app()"
bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", os.cpu_count() or 1))
# A visitor who sends slowly holds a thread, and 200 of them may meet one worker; a
# thread costs nothing until it is needed. Reading takes turns all the same.
worker_class = "app.gunicorn_worker.Worker"
threads = 256
os.environ.setdefault("DIGITLIB_READERS", "1")  # pictures at once in each worker
# A worker that died or hangs is replaced; what was cut off is asked for again.
timeout = 30
graceful_timeout = 15  # seconds; a request may take ten
keepalive = 5
limit_request_line = 4094
limit_request_field_size = 16 * 1024
# The app writes the log, one line a request, without addresses: gunicorn none.
accesslog = None
loglevel = "error"  # its warnings name the address of whoever sends what is malformed
# Workers report that they live through a file: in memory where there is such a place.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True
