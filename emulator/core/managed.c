/* SPDX-License-Identifier: MIT */
#include "emulator/core/managed.h"

#include <stdio.h>

#include "common/mem.h"

static int make(struct emu *em, const char *email, struct rsa **ret,
	char ret_id[static KEY_ID_LEN + 1], struct err *e) {
	int64_t count = 0;
	auto_free char *pem = NULL;
	struct rsa *key = NULL;
	(void)store_one_i64(em->store, Q_MANAGED_COUNT, &count, "");
	if (count >= MANAGED_MAX)
		return err_set(e, ERR_TOOBIG,
			"%d accounts have signed something already",
			MANAGED_MAX);
	int rc = rsa_make(&key, e);
	if (!rc)
		rc = rsa_pem(key, &pem, e);
	if (!rc)
		rc = key_name(key, ret_id, e);
	if (!rc && store_run(em->store, Q_MANAGED_ADD, "ttti", email, ret_id,
			   pem, clock_now_us(&clock_real)))
		rc = err_set(e, ERR_IO, "the state cannot be written");
	if (rc)
		rsa_free(key);
	else
		*ret = key;
	return rc;
}

int managed_signing(struct emu *em, const char *email, struct rsa **ret,
	char ret_id[static KEY_ID_LEN + 1], struct err *e) {
	struct store_rows *r = store_query(em->store, Q_MANAGED_OF, "t", email);
	bool found = store_next(r);
	int rc = found ? rsa_load(store_text(r, 1), ret, e) : 0;
	if (found)
		(void)snprintf(ret_id, KEY_ID_LEN + 1, "%s", store_text(r, 0));
	store_end(r);
	return found ? rc : make(em, email, ret, ret_id, e);
}
