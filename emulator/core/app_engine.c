/* SPDX-License-Identifier: MIT */
/* Source of the host: the REST reference, AppEngineRouting.host. */
#include "emulator/core/app_engine.h"

#include "common/buf.h"
#include "common/mem.h"

#define HOST_MAX 2048

static const char *text(const json_t *o, const char *key) {
	return json_string_value(json_object_get(o, key));
}

char *app_engine_host(const json_t *target, const char *project) {
	static const char *const parts[] = {"instance", "version", "service"};
	const json_t *routing = json_object_get(target, "appEngineRouting");
	auto_buf struct buf b;
	buf_init(&b, HOST_MAX);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		const char *part = text(routing, parts[i]);
		if (part)
			(void)buf_addf(&b, "%s.", part);
	}
	(void)buf_addf(&b, "%s.appspot.com", project);
	return b.failed ? NULL : mem_strdup(buf_str(&b));
}

void app_engine_note(struct emu *em, const struct sched_job *j,
	const json_t *target, const char *host) {
	journal_add(&em->journal, emu_now(em), "appEngine", "job", j->name,
		"method", text(target, "httpMethod"), "host", host, "path",
		text(target, "relativeUri"), "body", text(target, "body"),
		NULL);
}
