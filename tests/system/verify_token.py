# SPDX-License-Identifier: MIT
"""Google's own verifier (google-auth) on an ID token: prints its header and
claims as one JSON object, or "refused: " and why.

verify_token.py CERTS-URL AUDIENCE TOKEN; AUDIENCE may be "-" for any."""
import json
import sys

import google.auth.jwt
import google.oauth2.id_token
import google_auth_httplib2
import httplib2

certs_url, audience, token = sys.argv[1:]
try:
    claims = google.oauth2.id_token.verify_token(
        token,
        google_auth_httplib2.Request(httplib2.Http()),
        audience=None if audience == '-' else audience,
        certs_url=certs_url)
except ValueError as why:
    sys.exit(print('refused:', why) or 1)
print(json.dumps({'header': google.auth.jwt.decode_header(token),
                  'claims': dict(claims)}))
