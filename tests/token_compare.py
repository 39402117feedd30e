#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Google's own library asks for a token, and whether ours asks the same.

  token_compare.py ask FILE PEER      makes the requests of google-auth, all of
                                      them to the peer: not all URLs of a file
                                      are looked at
  token_compare.py show LOG [CERT]    prints the requests in a log of
                                      token_peer.py, a line each, in a form
                                      that does not depend on who made them;
                                      with CERT, google-auth judges the JWTs
  token_compare.py has NAME           whether google-auth has that module
"""
import importlib
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

import google.auth
from google.auth import jwt, transport

SCOPES = ['https://www.googleapis.com/auth/cloud-platform']


class Answer(transport.Response):
    def __init__(self, status, headers, data):
        self._all = status, headers, data

    status = property(lambda self: self._all[0])
    headers = property(lambda self: self._all[1])
    data = property(lambda self: self._all[2])


class Request(transport.Request):
    def __call__(self, url, method='GET', body=None, headers=None,
                 timeout=None, **kwargs):
        if not url.startswith(sys.argv[3]):
            path = urllib.parse.urlsplit(url).path
            lends = path.endswith(':generateAccessToken')
            url = sys.argv[3] + (path if lends else '/token')
        if isinstance(body, str):
            body = body.encode()
        rq = urllib.request.Request(url, data=body, method=method,
                                    headers=headers or {})
        try:
            with urllib.request.urlopen(rq, timeout=20) as res:
                return Answer(res.status, res.headers, res.read())
        except urllib.error.HTTPError as e:
            return Answer(e.code, e.headers, e.read())


def load(path):
    with open(path) as f:
        kind = json.load(f)['type']
    if kind == 'external_account':
        # google.auth.default would ask for the project too
        from google.auth import identity_pool
        return identity_pool.Credentials.from_file(path, scopes=SCOPES)
    if hasattr(google.auth, 'load_credentials_from_file'):
        # a user's own scopes are those that were agreed to
        scopes = None if kind == 'authorized_user' else SCOPES
        return google.auth.load_credentials_from_file(path, scopes=scopes)[0]
    from google.auth import _default
    creds, _ = _default._load_credentials_from_file(path)
    if getattr(creds, 'requires_scopes', False):
        creds = creds.with_scopes(SCOPES)
    return creds


def ask(path):
    creds = load(path)
    creds.refresh(Request())
    assert creds.token.startswith('ya29.')


def read_jwt(token, cert):
    if cert:
        # raises when the signature or the times are not good
        jwt.decode(token, certs=open(cert).read(), verify=True)
    header = jwt.decode_header(token)
    claims = jwt.decode(token, verify=False)
    assert claims['exp'] - claims['iat'] == 3600, claims
    # google-auth before 2.0 names the token_uri
    assert claims['aud'].endswith('/token'), claims
    for key in ('iat', 'exp', 'aud'):
        del claims[key]
    return {'header': header, 'claims': claims}


def show(log, cert):
    for line in open(log):
        rq = json.loads(line)
        if rq['path'].startswith('/v1/projects/p1/jobs'):
            continue
        headers = rq['headers']
        kind = headers.get('content-type', '')
        if kind.startswith('application/x-www-form-urlencoded'):
            body = dict(urllib.parse.parse_qsl(rq['body'],
                                               strict_parsing=True))
            if 'options' in body:
                # google-auth encodes it twice, its siblings once
                body['options'] = json.loads(
                    urllib.parse.unquote(body['options']))
            if 'assertion' in body:
                body['assertion'] = read_jwt(body['assertion'], cert)
        else:
            body = json.loads(rq['body']) if rq['body'] else None
        if isinstance(body, dict):
            body = {k: v for k, v in body.items() if v is not None}
        if headers.get('authorization', '').startswith('Bearer ya29.peer-'):
            headers['authorization'] = 'Bearer of the step before'
        if kind:
            headers['content-type'] = kind.split(';')[0]
        rq['body'] = body
        print(json.dumps(rq, sort_keys=True))


if sys.argv[1] == 'ask':
    ask(sys.argv[2])
elif sys.argv[1] == 'show':
    show(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
else:
    importlib.import_module(sys.argv[2])
