# SPDX-License-Identifier: MIT
"""Google's google-auth library gets tokens from the emulator, and uses them.

Usage: google_auth.py URL FOLDER FORM ...; each form prints a line. The newer
ones are not in every version of the library: those print "not here".
"""
import json
import os
import sys

import google.auth
import google.auth.exceptions
import google_auth_httplib2
import httplib2
from google.oauth2 import credentials, service_account

CLOUD = 'https://www.googleapis.com/auth/cloud-platform'
URL, FOLDER = sys.argv[1:3]
request = google_auth_httplib2.Request(httplib2.Http())


def path(name):
    return os.path.join(FOLDER, name)


def load(name):
    """The credentials of a file, as an application finds them."""
    os.environ['GOOGLE_APPLICATION_CREDENTIALS'] = path(name)
    found, project = google.auth.default(scopes=[CLOUD])
    return found


def said(token, kind='access_token'):
    """What the emulator says of a token."""
    response = request(url='%s/tokeninfo?%s=%s' % (URL, kind, token))
    return json.loads(response.data.decode())


def used(found):
    """Lists jobs with credentials: they get themselves a token on the way."""
    http = google_auth_httplib2.AuthorizedHttp(found, httplib2.Http())
    response, body = http.request(URL + '/v1/projects/p1/jobs')
    return '%s expired=%s' % (response.status, found.expired)


def service_account_access():
    return used(load('sa.json'))


def self_signed():
    found = load('sa.json')
    if not hasattr(found, 'with_always_use_jwt_access'):
        return 'not here'
    found = found.with_always_use_jwt_access(True)
    found._create_self_signed_jwt(None)
    return used(found)


def service_account_id():
    found = service_account.IDTokenCredentials.from_service_account_file(
        path('sa.json'), target_audience='https://fn.example/')
    found.refresh(request)
    info = said(found.token, 'id_token')
    return '%s %s' % (info['aud'], info['email'])


def refused():
    try:
        return used(load('stranger.json'))
    except google.auth.exceptions.RefreshError as e:
        return str(e.args[0])


def user():
    with open(path('jo.json')) as f:
        info = json.load(f)
    found = credentials.Credentials(
        None, refresh_token=info['refresh_token'],
        token_uri=info['token_uri'], client_id=info['client_id'],
        client_secret=info['client_secret'])
    line = used(found)
    return '%s %s' % (line, said(found.id_token, 'id_token')['email'])


def machine():
    os.environ.pop('GOOGLE_APPLICATION_CREDENTIALS', None)
    found, project = google.auth.default(scopes=[CLOUD])
    line = used(found)
    return '%s %s %s' % (project, found.service_account_email, line)


def machine_id():
    try:
        from google.oauth2.id_token import fetch_id_token
    except ImportError:
        return 'not here'
    os.environ.pop('GOOGLE_APPLICATION_CREDENTIALS', None)
    info = said(fetch_id_token(request, 'https://fn.example/'), 'id_token')
    return '%s %s' % (info['aud'], info['email'])


def from_file(name):
    try:
        import google.auth.identity_pool  # noqa: F401
    except ImportError:
        return 'not here'
    return used(load(name))


def external():
    return from_file('external.json')


def external_json():
    return from_file('external_json.json')


def external_url():
    return from_file('external_url.json')


def external_impersonated():
    return from_file('external_sa.json')


def impersonated():
    try:
        from google.auth import impersonated_credentials
    except ImportError:
        return 'not here'
    at = '%s/v1/projects/-/serviceAccounts/%s' % (URL, sys.argv[3])
    found = impersonated_credentials.Credentials(
        load('sa.json'), sys.argv[3], [CLOUD], lifetime=300,
        iam_endpoint_override=at + ':generateAccessToken')
    return used(found)


FORMS = [service_account_access, self_signed, service_account_id, refused,
         user, machine, machine_id, external, external_json, external_url,
         external_impersonated, impersonated]
for form in FORMS:
    print('%s: %s' % (form.__name__, form()))
