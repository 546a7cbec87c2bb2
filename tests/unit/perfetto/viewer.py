#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Open a trace in the Perfetto UI, by a browser without a window, and ask its engine.

viewer.py UI TRACE QUERIES: UI is the folder of the UI, QUERIES the name of a file with a
JSON object of SQL by name. What the engine answers comes out as a JSON object of rows by name.
"""
import http.server
import os
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm",
         ".css": "text/css", ".json": "application/json"}
BROWSER = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
           "--no-first-run", "--disable-background-networking", "--disable-component-update",
           "--disable-sync", "--window-size=1400,400"]
SECONDS = 100


class Files(http.server.BaseHTTPRequestHandler):
    """Gives what the page needs, and takes what it found out."""

    def do_GET(self):
        path = self.path.split("?")[0]
        name = self.server.files.get(path)
        if path.startswith("/ui/") and ".." not in path:
            name = os.path.join(self.server.ui, path[len("/ui/"):])
        if not name or not os.path.isfile(name):
            self.send_error(404)
            return
        with open(name, "rb") as file:
            body = file.read()
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(os.path.splitext(name)[1], "text/plain"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.server.answers = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.server.answered.set()

    def log_message(self, *_):
        pass


def main():
    ui, trace, queries = sys.argv[1:4]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    server.ui = ui
    server.files = {"/": os.path.join(HERE, "page.html"), "/trace.json": trace,
                    "/queries.json": queries}
    server.answered = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            BROWSER + ["--user-data-dir=" + profile, "--remote-debugging-port=0",
                       "http://127.0.0.1:%d/" % server.server_port],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        answered = server.answered.wait(SECONDS)
        browser.kill()
        said = browser.communicate()[1]
    if not answered:
        sys.stderr.buffer.write(said)
        sys.exit("viewer.py: no answer in %d s" % SECONDS)
    sys.stdout.buffer.write(server.answers + b"\n")


if __name__ == "__main__":
    main()
