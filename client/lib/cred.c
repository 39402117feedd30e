/* SPDX-License-Identifier: MIT */
/* Where a request's credentials come from: a file with an access token. The
 * token goes into no message. */
#include <stdio.h>
#include <string.h>

#include "client/lib/cred.h"
#include "common/mem.h"

/* The token without white space at its end; anything else that is not a
 * visible ASCII character could end the header early, so it is refused. */
static int check_token(
	char *token, size_t len, const char *path, struct err *e) {
	while (len && strchr(" \t\r\n", token[len - 1]))
		len--;
	token[len] = '\0';
	if (!len)
		return err_set(
			e, ERR_SHAPE, "access token file '%s' is empty", path);
	return cred_token_check(token, len, NULL)
		       ? err_set(e, ERR_SHAPE,
				 "access token file '%s' holds more than a "
				 "token",
				 path)
		       : 0;
}

int cred_header(const struct train_target *t, char **ret, struct err *e) {
	if (!t->token_file) {
		*ret = NULL;
		return 0;
	}
	FILE *f = fopen(t->token_file, "re");
	if (!f)
		return err_errno(e, "access token file '%s'", t->token_file);
	char token[CRED_TOKEN_MAX + 1];
	size_t n = fread(token, 1, sizeof token, f);
	int bad = ferror(f);
	(void)fclose(f);
	if (bad)
		return err_set(e, ERR_IO,
			"access token file '%s' cannot be read", t->token_file);
	if (n > CRED_TOKEN_MAX || memchr(token, '\0', n))
		return err_set(e, ERR_SHAPE,
			"access token file '%s' holds more than a token",
			t->token_file);
	int rc = check_token(token, n, t->token_file, e);
	if (rc)
		return rc;
	char *header = mem_printf("Authorization: Bearer %s", token);
	if (!header)
		return err_nomem(e);
	*ret = header;
	return 0;
}
