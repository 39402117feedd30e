# SPDX-License-Identifier: MIT
"""Servers to which no token may come: stranger.py CERT KEY LOG writes on its
first line the URL of one by TLS, whose certificate nobody knows, of one that
leads on to a third (307, POST and body stay), of the third, and of one that
speaks no more than TLS 1.1. LOG gets a line for each request: which server,
what, and its Authorization."""
import http.server
import ssl
import sys
import threading

cert, key, log = sys.argv[1:]


def serve(name, location=None):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with open(log, 'a') as f:
                print(name, self.command, self.path,
                      self.headers.get('Authorization'), file=f)
            self.send_response(307 if location else 200)
            if location:
                self.send_header('Location', location + self.path)
            self.send_header('Content-Type', 'application/json')
            self.send_header('Content-Length', '2')
            self.end_headers()
            self.wfile.write(b'{}')

        do_POST = do_GET

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    if name in ('tls', 'old'):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if name == 'old':
            context.set_ciphers('ALL:@SECLEVEL=0')
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.load_cert_chain(cert, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever).start()
    return '%s://127.0.0.1:%d' % (
        'http' if name in ('leads', 'third') else 'https', server.server_port)


third = serve('third')
print(serve('tls'), serve('leads', third), third, serve('old'), flush=True)
