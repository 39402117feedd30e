# SPDX-License-Identifier: MIT
"""A menu of ID tokens, good and bad, signed by OpenSSL: one a line, as name,
token, verdict (good, bad, foreign or unknown) and a part of the reason.

forge_token.py KEY OTHER NOW SLACK AUDIENCE SENDER: two RSA keys as PEM files,
of which the first is published as "k1"; seconds since 1970, and how much later
the tokens are used at most."""
import base64
import hashlib
import hmac
import json
import subprocess
import sys

key, other, now, slack, audience, sender = sys.argv[1:]
now, slack = int(now), int(slack)


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def part(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return b64(text.encode())


def rsa(said, pem=key, digest='sha256', *options):
    return subprocess.run(['openssl', 'dgst', '-' + digest, '-sign', pem,
                           *options], input=said.encode(), check=True,
                          stdout=subprocess.PIPE).stdout


def public_pem():
    return subprocess.run(['openssl', 'pkey', '-in', key, '-pubout'],
                          check=True, stdout=subprocess.PIPE).stdout


HEAD = {'alg': 'RS256', 'kid': 'k1', 'typ': 'JWT'}
CLAIMS = {'aud': audience, 'azp': '113774264463038321964', 'email': sender,
          'sub': '113774264463038321964', 'email_verified': True,
          'exp': now + 3600, 'iat': now, 'iss': 'https://accounts.google.com'}


def token(head=None, claims=None, sign=rsa):
    """The members that are None are left out; a text stands for a part."""
    def lay(base, over):
        if isinstance(over, str):
            return over
        return {k: v for k, v in {**base, **(over or {})}.items()
                if v is not None}
    said = part(lay(HEAD, head)) + '.' + part(lay(CLAIMS, claims))
    return said + '.' + b64(sign(said))


def says(**claims):
    return token(claims=claims)


def headed(**head):
    return token(head=head)


good = token()
head, body, sig = good.split('.')
root = part({**CLAIMS, 'email': 'root@p1.iam.gserviceaccount.com'})
pss = ('-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest')


def hmac_with(secret):
    return lambda said: hmac.new(secret, said.encode(), hashlib.sha256).digest()


# the last character of a signature of 256 bytes has four bits to spare
ABC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
loose = good[:-1] + ABC[ABC.index(good[-1]) + 1]

MENU = [
    ('as Google makes them', good, 'good', ''),
    ("Google's other name", says(iss='accounts.google.com'), 'good', ''),
    ('a list of one audience', says(aud=[audience]), 'good', ''),
    ('no typ', headed(typ=None), 'good', ''),
    ('typ in lower case', headed(typ='jwt'), 'good', ''),
    ('other members', token({'x5t': 'x'}, {'google': {'a': 1}}), 'good', ''),
    ('a time with a fraction', says(iat=now - 0.5), 'good', ''),
    ('an hour old, all but a second', says(iat=now - 3599, exp=now + 1),
     'good', ''),
    ('expired within the skew', says(exp=now - 59 + slack), 'good', ''),
    ('made within the skew', says(iat=now + 60), 'good', ''),
    ('nbf within the skew', says(nbf=now + 60), 'good', ''),

    ('unsigned', head + '.' + body + '.', 'bad', 'not signed'),
    ('alg none', part({**HEAD, 'alg': 'none'}) + '.' + body + '.', 'bad',
     'not signed'),
    ('alg none with a signature', headed(alg='none'), 'bad', "alg is 'none'"),
    ('alg NoNe', headed(alg='NoNe'), 'bad', "alg is 'NoNe'"),
    ('alg rs256', headed(alg='rs256'), 'bad', "alg is 'rs256'"),
    ('ES256', headed(alg='ES256'), 'bad', "alg is 'ES256'"),
    ('no alg', headed(alg=None), 'bad', 'alg'),
    ('alg a list', headed(alg=['RS256']), 'bad', 'alg'),
    ('HMAC with the public key', token({'alg': 'HS256'}, None,
                                       hmac_with(public_pem())),
     'bad', "alg is 'HS256'"),
    ('HMAC that says RS256', token(None, None, hmac_with(public_pem())),
     'bad', "the signature is not the key's"),
    ('HMAC without a secret', token({'alg': 'HS256'}, None, hmac_with(b'')),
     'bad', "alg is 'HS256'"),
    ('RS512', token({'alg': 'RS512'}, None,
                    lambda said: rsa(said, key, 'sha512')),
     'bad', "alg is 'RS512'"),
    ('SHA-512 that says RS256', token(None, None,
                                      lambda said: rsa(said, key, 'sha512')),
     'bad', "the signature is not the key's"),
    ('PSS that says RS256', token(None, None, lambda said: rsa(
        said, key, 'sha256', *pss)), 'bad', "the signature is not the key's"),
    ('another key', token(None, None, lambda said: rsa(said, other)), 'bad',
     "the signature is not the key's"),
    ('an unknown key', token({'kid': 'k2'}, None,
                             lambda said: rsa(said, other)), 'unknown', "'k2'"),
    ('no kid', headed(kid=None), 'bad', 'kid'),
    ('a kid of 129', headed(kid='k' * 129), 'bad', 'kid is over 128'),
    ('a kid of 128', headed(kid='k' * 128), 'unknown', 'unknown key'),
    ('a key of its own', token({'kid': 'mine', 'jwk': {'kty': 'RSA'},
                                'jku': 'http://127.0.0.1:1/keys'}, None,
                               lambda said: rsa(said, other)),
     'unknown', "'mine'"),
    ('keys elsewhere', token({'kid': 'mine', 'x5u': 'http://127.0.0.1:1/x',
                              'x5c': ['MIIB'], 'jwk': 'k1'}, None,
                             lambda said: rsa(said, other)),
     'unknown', "'mine'"),
    ('a kid that is a path', headed(kid='../../../dev/zero'), 'unknown',
     "'../../../dev/zero'"),
    ('a kid of two lines', headed(kid='k1\n{"severity":"INFO"}'), 'unknown',
     "'k1 {"),
    ('a kid of none', headed(kid=''), 'unknown', "''"),
    ('a kid with a NUL', token('{"alg":"RS256","kid":"k1\\u0000"}'), 'bad',
     'header'),
    ('tampered claims', head + '.' + root + '.' + sig, 'bad',
     "the signature is not the key's"),
    ('tampered header', part({**HEAD, 'a': 1}) + '.' + body + '.' + sig, 'bad',
     "the signature is not the key's"),
    ('tampered signature', head + '.' + body + '.' +
     ('B' if sig[0] == 'A' else 'A') + sig[1:], 'bad',
     "the signature is not the key's"),
    ('a signature cut short', good[:-2], 'bad', "the signature is not the key's"),
    ('loose bits', loose, 'bad', ''),
    ('padded', good + '==', 'bad', 'not a JWT'),
    ('another alphabet', head + '.' + body + '.' + '+/' + sig[2:], 'bad',
     'not a JWT'),
    ('two signatures', good + '.' + sig, 'bad', 'not a JWT'),
    ('a blank after it', good + ' x', 'bad', 'not a JWT'),
    ('a dot after it', good + '.', 'bad', 'not a JWT'),
    ('a dot before it', '.' + good, 'bad', 'not a JWT'),
    ('percent-encoded', good.replace('.', '%2e'), 'bad', 'not a JWT'),
    ('two parts', head + '.' + sig, 'bad', 'not a JWT'),
    ('no claims', head + '..' + sig, 'bad', 'not a JWT'),
    ('no header', '.' + body + '.' + sig, 'bad', 'not a JWT'),
    ('nothing', '', 'bad', 'not a JWT'),
    ('an access token', 'ya29.abc', 'bad', 'not a JWT'),
    ('garbage for a header', b64(b'\xff\xfe{') + '.' + body + '.' + sig, 'bad',
     'header'),
    ('a header of text', token('"RS256"'), 'bad', 'header'),
    ('a header with alg twice',
     token('{"alg":"none","alg":"RS256","kid":"k1"}'), 'bad', 'header'),
    ('garbage for claims', token(None, '{"iss":'), 'bad', 'claims'),
    ('claims of a list', token(None, '[]'), 'bad', 'claims'),
    ('claims with aud twice', token(None, json.dumps(CLAIMS)[:-1] +
                                    ',"aud":"x"}'), 'bad', 'claims'),
    ('claims nested deep', token(None, '[' * 3000), 'bad', 'claims'),
    ('claims with a list nested deep', token(None, json.dumps(CLAIMS)[:-1] +
                                             ',"x":' + '[' * 2100 + ']' * 2100
                                             + '}'), 'bad', 'claims'),
    ('claims in UTF-16', head + '.' + b64(json.dumps(CLAIMS).encode('utf-16'))
     + '.' + sig, 'bad', "the signature is not the key's"),
    ('claims after a BOM', token(None, '\ufeff' + json.dumps(CLAIMS)), 'bad',
     'claims'),
    ('claims and more', token(None, json.dumps(CLAIMS) + '{}'), 'bad',
     'claims'),
    ('a member twice, escaped', token(None, json.dumps(CLAIMS)[:-1] +
                                      ',"a\\u0075d":"x"}'), 'bad', 'claims'),
    ('typ at+jwt', headed(typ='at+jwt'), 'bad', "typ is 'at+jwt'"),
    ('typ a number', headed(typ=1), 'bad', 'typ'),
    ('crit', headed(crit=['exp']), 'bad', 'crit'),
    ('crit b64', headed(crit=['b64'], b64=False), 'bad', 'crit'),

    ('another issuer', says(iss='https://accounts.google.com.evil.example'),
     'bad', 'iss'),
    ('an issuer with a slash', says(iss='https://accounts.google.com/'), 'bad',
     'iss'),
    ('an issuer in capitals', says(iss='HTTPS://ACCOUNTS.GOOGLE.COM'), 'bad',
     'iss'),
    ('a list of issuers', says(iss=['https://accounts.google.com']), 'bad',
     'iss'),
    ('the sender as issuer', says(iss=sender), 'bad', 'iss'),
    ('no issuer', says(iss=None), 'bad', 'iss'),
    ('another audience', says(aud='https://other.example/'), 'bad', 'aud'),
    ('an audience that begins so', says(aud=audience + 'x'), 'bad', 'aud'),
    ('two audiences', says(aud=[audience, 'https://other.example/']), 'bad',
     'its aud is a list of 2'),
    ('a list of no audience', says(aud=[]), 'bad', 'its aud is a list of 0'),
    ('a list in a list', says(aud=[[audience]]), 'bad', 'aud'),
    ('an object', says(aud={audience: audience}), 'bad', 'aud'),
    ('an audience in capitals', says(aud=audience.upper()), 'bad', 'aud'),
    ('a list of a number', says(aud=[1]), 'bad', 'aud'),
    ('no audience', says(aud=None), 'bad', 'aud'),
    ('expired', says(iat=now - 7200, exp=now - 3600), 'bad', 'expired 36'),
    ('expired with the skew', says(exp=now - 60), 'bad', 'expired '),
    ('no exp', says(exp=None), 'bad', 'no exp'),
    ('exp as text', says(exp=str(now + 3600)), 'bad', 'exp is not a number'),
    ('exp negative', says(exp=-now), 'bad', 'expired '),
    ('exp nothing', says(exp=0), 'bad', 'expired '),
    ('exp true', says(exp=True), 'bad', 'exp is not a number'),
    ('exp a list', says(exp=[now + 3600]), 'bad', 'exp is not a number'),
    ('exp NaN', says(exp=float('nan')), 'bad', 'claims'),
    ('exp without end', says(exp=float('inf')), 'bad', 'claims'),
    ('exp of 400 digits', token(None, json.dumps(CLAIMS).replace(
        str(now + 3600), '9' * 400)), 'bad', 'claims'),
    ('exp 1e400', token(None, json.dumps(CLAIMS).replace(
        str(now + 3600), '1e400')), 'bad', 'claims'),
    ('iat 1e300', says(iat=1e300), 'bad', 'made '),
    ('nbf 1e300', says(nbf=1e300), 'bad', 'begins '),
    ('nbf as text', says(nbf='0'), 'bad', 'nbf is not a number'),
    ('not yet valid', says(nbf=now + 61 + slack), 'bad', 'begins '),
    ('made in the future', says(iat=now + 61 + slack), 'bad', 'made '),
    ('no iat', says(iat=None), 'bad', 'no iat'),
    ('iat null', token(None, json.dumps({**CLAIMS, 'iat': None})), 'bad',
     'iat is not a number'),
    ('oversized', says(filler='x' * 8192), 'bad', 'over 8192 bytes'),

    ('another e-mail', says(email='other@p1.iam.gserviceaccount.com'),
     'foreign', 'email'),
    ('an e-mail that begins so', says(email=sender + '.evil.example'),
     'foreign', 'email'),
    ('an e-mail in capitals', says(email=sender.upper()), 'foreign', 'email'),
    ('an e-mail with a blank', says(email=sender + ' '), 'foreign', 'email'),
    ('an e-mail with a zero width space', says(email=sender + '\u200b'),
     'foreign', 'email'),
    ('an e-mail in wide letters', says(email=sender.replace('p', '\uff50', 1)),
     'foreign', 'email'),
    ('an e-mail with a NUL', token(None, json.dumps(CLAIMS).replace(
        sender, sender + '\\u0000.evil')), 'bad', 'claims'),
    ('a list of e-mails', says(email=[sender]), 'foreign', 'email'),
    ('no e-mail', says(email=None), 'foreign', 'email'),
    ('an unverified e-mail', says(email_verified=False), 'foreign',
     'not verified'),
    ('verified as text', says(email_verified='true'), 'foreign',
     'not verified'),
    ('verified 1', says(email_verified=1), 'foreign', 'not verified'),
    ('verified by nobody', says(email_verified=None), 'foreign',
     'not verified'),
    ('a newline in a claim', says(email='a\nb'), 'foreign', "email is 'a b'"),
    ('all of it wrong', says(iss='x', aud='y', exp=1, email='z'), 'bad',
     "its iss is 'x'"),
    ('without its signature', head + '.' + body +
     '.SIGNATURE_REMOVED_BY_GOOGLE', 'bad', 'removed by Google'),
]

for name, text, verdict, reason in MENU:
    print(name, text, verdict, reason, sep='\t')
