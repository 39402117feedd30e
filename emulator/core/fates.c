/* SPDX-License-Identifier: MIT */
#include "emulator/core/fates.h"

#include <fnmatch.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/input.h"

#define FILE_MAX (4u << 20)
#define COUNT_MAX 1000000

/* What a rule goes by, as columns of its row. */
struct rule {
	int64_t id;
	const char *job, *label, *image; /* NULL: any */
	int64_t count;			 /* STORE_NULL: no bound */
	const char *body;		 /* the other members */
};

static void read_rule(struct store_rows *r, struct rule *ret) {
	*ret = (struct rule){.id = store_i64(r, 0),
		.job = store_text(r, 1),
		.label = store_text(r, 2),
		.image = store_text(r, 3),
		.count = store_i64(r, 4),
		.body = store_text(r, 5)};
}

static int parse_rule(const json_t *o, struct rule *ret, struct err *e) {
	struct fate f;
	struct rule r = {0};
	int rc;
	if ((rc = fate_parse(o, &f, e)) ||
		(rc = jsn_str_opt(o, "", "jobId", &r.job, e)) ||
		(rc = jsn_str_opt(o, "", "label", &r.label, e)) ||
		(rc = jsn_str_opt(o, "", "image", &r.image, e)) ||
		(rc = jsn_i64_opt(o, "", "count", STORE_NULL, &r.count, e)))
		return rc;
	const char *eq = r.label ? strchr(r.label, '=') : NULL;
	if (r.label && (!eq || eq == r.label))
		return err_set(e, ERR_USAGE,
			"label must be KEY=VALUE, not '%.60s'", r.label);
	if (r.count != STORE_NULL && (r.count < 1 || r.count > COUNT_MAX))
		return err_set(
			e, ERR_RANGE, "count must be 1 to %d", COUNT_MAX);
	*ret = r;
	return 0;
}

/* The members that are no columns, as text; NULL when memory ran out. */
static char *body_text(const json_t *o) {
	static const char *const columns[] = {FATE_MATCHERS};
	auto_json json_t *body = json_copy((json_t *)o);
	if (!body)
		return NULL;
	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		(void)json_object_del(body, columns[i]);
	return jsn_compact(body);
}

static int add(struct emu *em, const json_t *o, bool of_file, struct err *e) {
	struct rule r;
	int rc = parse_rule(o, &r, e);
	if (rc)
		return rc;
	int64_t len = 0;
	(void)store_one_i64(em->store, Q_FATE_LEN, &len, "");
	if (len >= FATES_MAX)
		return err_set(e, ERR_TOOBIG,
			"there are %d fates, which is as many as can be",
			FATES_MAX);
	auto_free char *body = body_text(o);
	if (!body)
		return err_nomem(e);
	(void)store_run(em->store, Q_FATE_ADD, "tttiti", r.job, r.label,
		r.image, r.count, body, (int64_t)of_file);
	em->may_have_fates = true;
	return 0;
}

int fates_add(struct emu *em, const json_t *o, struct err *e) {
	return add(em, o, false, e);
}

/* The rule as it would be given now. */
static json_t *rule_json(const struct rule *r) {
	auto_json json_t *o = json_object();
	auto_json json_t *body =
		jsn_parse(r->body, strlen(r->body), false, NULL);
	auto_json json_t *head = json_pack("{s:s*, s:s*, s:s*}", "jobId",
		r->job, "label", r->label, "image", r->image);
	if (!o || !body || json_object_update(o, head) ||
		json_object_update(o, body))
		return NULL;
	if (r->count != STORE_NULL &&
		json_object_set_new(o, "count", json_integer(r->count)))
		return NULL;
	return json_incref(o);
}

json_t *fates_list(struct emu *em) {
	json_t *a = json_array();
	struct store_rows *r = store_query(em->store, Q_FATE_LIST, "");
	while (a && store_next(r)) {
		struct rule rule;
		read_rule(r, &rule);
		if (json_array_append_new(a, rule_json(&rule))) {
			json_decref(a);
			a = NULL;
		}
	}
	store_end(r);
	return a;
}

void fates_clear(struct emu *em) {
	(void)store_run(em->store, Q_FATE_CLEAR, "i", (int64_t)0);
}

static json_t *load_file(const char *path, struct err *e) {
	auto_buf struct buf text;
	buf_init(&text, FILE_MAX);
	if (buf_add_file(&text, path, e))
		return NULL;
	return jsn_parse(buf_str(&text), text.len, true, e);
}

int fates_load(const char *path, json_t **ret, struct err *e) {
	auto_json json_t *root = load_file(path, e);
	if (!root)
		return err_wrap(e, "'%.200s'", path);
	json_t *list = json_object_get(root, "fates");
	if (!json_is_array(list) || json_object_size(root) != 1)
		return err_set(e, ERR_SHAPE,
			"'%.200s': not an object with the one member 'fates', "
			"an array",
			path);
	if (json_array_size(list) > FATES_MAX)
		return err_set(e, ERR_TOOBIG, "'%.200s': more than %d fates",
			path, FATES_MAX);
	size_t i;
	json_t *o;
	struct rule r;
	json_array_foreach (list, i, o)
		if (parse_rule(o, &r, e))
			return err_wrap(e, "'%.200s': fates[%zu]", path, i);
	*ret = json_incref(list);
	return 0;
}

int fates_restart(struct emu *em, struct err *e) {
	(void)store_run(em->store, Q_FATE_CLEAR, "i", (int64_t)1);
	int64_t len = 0;
	(void)store_one_i64(em->store, Q_FATE_LEN, &len, "");
	em->may_have_fates |= len > 0;
	size_t i;
	json_t *o;
	json_array_foreach (em->fates_file, i, o) {
		int rc = add(em, o, true, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* A label as KEY=PATTERN. */
static bool label_matches(const char *label, const json_t *labels) {
	size_t len = strcspn(label, "=");
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)labels, key, v)
		if (strlen(key) == len && !strncmp(key, label, len))
			return fnmatch(label + len + 1, json_string_value(v),
				       0) == 0;
	return false;
}

/* A job's labels and input, read when a rule asks for them. */
struct subject {
	const struct job *job;
	json_t *labels;
	struct input input;
	bool failed; /* memory ran out */
};

static bool matches(struct subject *s, const struct rule *r) {
	const struct job *j = s->job;
	if (r->job && fnmatch(r->job, j->job_id, 0) != 0)
		return false;
	if (r->label && j->labels && !s->labels)
		s->failed |= !(s->labels = jsn_parse(j->labels,
				       strlen(j->labels), false, NULL));
	if (r->label && !label_matches(r->label, s->labels))
		return false;
	if (r->image && !s->input.root)
		s->failed |= input_read(j->input, &s->input) != 0;
	return !s->failed &&
	       (!r->image || fnmatch(r->image, s->input.image, 0) == 0);
}

static void use(struct emu *em, const struct rule *r) {
	if (r->count == 1)
		(void)store_run(em->store, Q_FATE_DEL, "i", r->id);
	else if (r->count != STORE_NULL)
		(void)store_run(em->store, Q_FATE_USE, "i", r->id);
}

int fates_find(struct emu *em, const struct job *j, char **ret) {
	struct subject s = {.job = j};
	struct rule rule;
	bool found = false;
	char *text = NULL;
	struct store_rows *r = store_query(em->store, Q_FATE_LIST, "");
	while (!found && !s.failed && store_next(r)) {
		read_rule(r, &rule);
		found = matches(&s, &rule);
	}
	if (found) {
		text = mem_strdup(rule.body);
		use(em, &rule);
	}
	store_end(r);
	json_decref(s.labels);
	input_done(&s.input);
	if (s.failed || (found && !text))
		return ERR_NOMEM;
	*ret = text;
	return 0;
}
