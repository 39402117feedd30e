# SPDX-License-Identifier: MIT
"""Answers that are no set of keys, though one is behind each of them:
keys_server.py GOOD-URL writes its own URL on its first line. /redirect leads
to the good one; /large has 300 KiB, /bomb 64 MiB when inflated. Other paths
have the good keys."""
import http.server
import json
import sys
import urllib.request
import zlib

KEYS = json.load(urllib.request.urlopen(sys.argv[1]))


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b'', **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == '/redirect':
            self.answer(302, Location=sys.argv[1])
        elif self.path == '/large':
            self.answer(200, json.dumps(
                {**KEYS, 'filler': 'x' * (300 << 10)}).encode())
        elif self.path == '/bomb':
            z = zlib.compressobj(9, zlib.DEFLATED, 31)
            text = z.compress(json.dumps(KEYS).encode())
            for _ in range(64):
                text += z.compress(b' ' * (1 << 20))
            self.answer(200, text + z.flush(), Content_Encoding='gzip')
        else:
            self.answer(200, json.dumps(KEYS).encode())

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
print('http://127.0.0.1:%d' % server.server_port, flush=True)
server.serve_forever()
