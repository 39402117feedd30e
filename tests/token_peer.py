#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays Google's token servers and an API, and notes each request as a line of
JSON in the file that is its argument. The first line on standard output is its
address. Answers are the same for everybody; /control/NAME/VALUE changes them:
refuse/N: the next N requests to the API are answered 401; deny/N: the next N
for a token are answered 400."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOG = open(sys.argv[1], 'a', buffering=1)
LEFT = {'refuse': 0, 'deny': 0}
KEPT = ('authorization', 'content-type', 'metadata-flavor', 'x-auth', 'x-two',
        'x-goog-user-project')
COUNT = [0]


class Peer(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def answer(self, status, body, kind='application/json', **headers):
        data = body.encode() if isinstance(body, str) else json.dumps(
            body).encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.end_headers()
        self.wfile.write(data)

    def metadata(self, path):
        if self.headers.get('Metadata-Flavor') != 'Google':
            return self.answer(403, 'Missing Metadata-Flavor:Google header.')
        account = '/instance/service-accounts/default/'
        texts = {'/project/project-id': 'metadata-project'}
        if path.endswith('/token'):
            return self.token()
        if path == account:
            return self.answer(200, {'aliases': ['default'], 'email': 'default',
                'scopes': ['https://www.googleapis.com/auth/cloud-platform']},
                Metadata_Flavor='Google')
        if path in texts:
            return self.answer(200, texts[path], 'application/text',
                               Metadata_Flavor='Google')
        return self.answer(404, '', Metadata_Flavor='Google')

    def token(self):
        if LEFT['deny']:
            LEFT['deny'] -= 1
            return self.answer(400, {
                'error': 'invalid_grant',
                'error_description': 'Token has been revoked: '
                '1//SECRET-refresh'})
        COUNT[0] += 1
        return self.answer(200, {
            'access_token': 'ya29.peer-%d' % COUNT[0], 'expires_in': 3599,
            'issued_token_type':
            'urn:ietf:params:oauth:token-type:access_token',
            'token_type': 'Bearer'}, Metadata_Flavor='Google')

    def serve(self):
        size = int(self.headers.get('Content-Length') or 0)
        body = self.rfile.read(size).decode()
        path = self.path.split('?')[0]
        if path.startswith('/control/'):
            name, value = path.split('/')[2:]
            LEFT[name] = int(value)
            return self.answer(200, {})
        LOG.write(json.dumps({
            'method': self.command, 'path': self.path, 'body': body,
            'headers': {k.lower(): v for k, v in self.headers.items()
                        if k.lower() in KEPT}}) + '\n')
        if path.startswith('/computeMetadata/v1'):
            return self.metadata(path[len('/computeMetadata/v1'):])
        if path in ('/token', '/v1/token'):
            return self.token()
        if path.endswith(':generateAccessToken'):
            return self.answer(200, {'accessToken': 'ya29.lent',
                                     'expireTime': '2099-01-01T00:00:00Z'})
        if path == '/subject':
            return self.answer(200, {'access_token': 'subject-of-url'})
        if path == '/':
            return self.answer(200, 'computeMetadata/\n', 'application/text',
                               Metadata_Flavor='Google')
        if LEFT['refuse']:
            LEFT['refuse'] -= 1
            return self.answer(401, {'error': {
                'code': 401, 'message': 'Request had invalid authentication '
                'credentials.', 'status': 'UNAUTHENTICATED'}})
        return self.answer(200, {})

    do_GET = do_POST = serve


server = ThreadingHTTPServer(('127.0.0.1', 0), Peer)
server.daemon_threads = True
print('ready http://127.0.0.1:%d' % server.server_address[1], flush=True)
server.serve_forever()
