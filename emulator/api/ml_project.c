/* SPDX-License-Identifier: MIT */
/* ml.googleapis.com v1, what a project has beside its jobs: getConfig, the
 * locations, and the operations, of which jobs have none. */
#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/filter_json.h"
#include "emulator/api/list.h"
#include "emulator/api/rules_ml.h"
#include "emulator/api/schema_google.h"
#include "emulator/api/schema_ml.h"
#include "emulator/core/project.h"

#define PAGE 100	/* the default and the most */
#define FILTER_MAX 2000 /* characters */

int ml_get_config(struct call *c) {
	char number[PROJECT_NUMBER_MAX];
	project_number(c->param[0], number);
	(void)buf_addf(&c->out,
		"{\"serviceAccount\":\"service-%s@cloud-ml.google.com"
		".iam.gserviceaccount.com\",\"serviceAccountProject\":\"%s\","
		"\"config\":{\"tpuServiceAccount\":"
		"\"service-%s@cloud-tpu.iam.gserviceaccount.com\"}}",
		number, number, number);
	return ST_OK;
}

static int begin(struct list *l, struct call *c, const char *key) {
	int size;
	int rc = rules_page(
		call_query(c, "pageSize"), PAGE, PAGE, &size, &c->st);
	if (rc || list_begin(l, c, key, size))
		return rc;
	return rules_bad_page_token(&c->st);
}

/* What a location shows. The path is that of several services: a host of
 * Google's says which is meant, and any other is shown all there is. */
enum { SHOW_ID = 1, SHOW_CAPABILITIES = 2 };

static unsigned shown_to(const struct call *c) {
	static const char google[] = ".googleapis.com";
	const char *host = req_header(c->req, "Host");
	size_t n = host ? strcspn(host, ":") : 0, tail = sizeof google - 1;
	if (n <= tail || strncasecmp(host + n - tail, google, tail) != 0)
		return SHOW_ID | SHOW_CAPABILITIES;
	/* ml, ml.mtls, REGION-ml */
	size_t first = strcspn(host, ".");
	bool ml = first >= 2 && strncasecmp(host + first - 2, "ml", 2) == 0 &&
		  (first == 2 || host[first - 3] == '-');
	return ml ? SHOW_CAPABILITIES : SHOW_ID;
}

/* All that a job may ask for: it is taken in every region. */
static json_t *accelerators(void) {
	static const char *const way[] = {
		"trainingInput", "masterConfig", "acceleratorConfig"};
	const struct proto_message *m = &schema_ml_job;
	for (size_t i = 0; i < sizeof way / sizeof way[0]; i++)
		m = proto_field(m, way[i])->message;
	const struct proto_enum *types = proto_field(m, "type")->enumeration;
	auto_json json_t *out = json_array();
	for (size_t i = 1; types->values[i]; i++)
		if (json_array_append_new(out, json_string(types->values[i])))
			return NULL;
	return TAKE(out);
}

/* NULL: memory ran out. */
static json_t *location(const struct call *c, const char *region) {
	unsigned shown = shown_to(c);
	auto_free char *name =
		mem_printf("projects/%s/locations/%s", c->param[0], region);
	auto_json json_t *o = json_pack("{s:s}", "name", name);
	/* gcloud takes a project's location from the label */
	if (o && shown & SHOW_ID &&
		(json_object_set_new(o, "locationId", json_string(region)) ||
			json_object_set_new(o, "labels",
				json_pack("{s:s}",
					"cloud.googleapis.com/region",
					region))))
		return NULL;
	if (o && shown & SHOW_CAPABILITIES &&
		json_object_set_new(o, "capabilities",
			json_pack("[{s:s, s:o}]", "type", "TRAINING",
				"availableAccelerators", accelerators())))
		return NULL;
	return TAKE(o);
}

int ml_locations_get(struct call *c) {
	const char *region;
	for (size_t i = 0; (region = rules_ml_region(i)); i++)
		if (strcmp(region, c->param[1]) == 0)
			return call_json(c, location(c, region));
	/* guess, in the house style */
	return status_field(&c->st, ST_NOT_FOUND, "name",
		"The specified location could not be found.");
}

static bool find_field(
	void *ctx, struct filter_path *p, struct filter_field *ret) {
	(void)ctx;
	return p->len && filter_json_find(&schema_google_location, p, ret);
}

static bool get_value(void *ctx, const struct filter_field *f,
	const struct filter_path *p, size_t n, struct filter_value *ret) {
	return filter_json_get(ctx, f, p, 0, n, ret);
}

/* NULL for a list without a filter. */
static int read_filter(struct call *c, struct filter **ret) {
	static const struct filter_lang lang = {
		.chars_max = FILTER_MAX, .stars = true, .find = find_field};
	const char *text = call_query(c, "filter");
	struct err e = {0};
	if (!text || !*text || !filter_parse(&lang, text, ret, &e))
		return ST_OK;
	if (e.code == ERR_NOMEM)
		return call_nomem(c);
	return status_set(&c->st,
		e.code == ERR_STATE ? ST_UNIMPLEMENTED : ST_INVALID_ARGUMENT,
		"Invalid filter: %s.", e.msg);
}

static int list_location(
	struct list *l, const struct filter *filter, const char *region) {
	auto_json json_t *o = location(l->c, region);
	if (!o)
		return call_nomem(l->c);
	if (filter && !filter_match(filter, get_value, o))
		return ST_OK;
	return list_item(l, region) ? call_json(l->c, json_incref(o)) : ST_OK;
}

int ml_locations_list(struct call *c) {
	auto_filter struct filter *filter = NULL;
	struct list l;
	int rc = read_filter(c, &filter);
	if (rc || (rc = begin(&l, c, "locations")))
		return rc;
	const char *region;
	for (size_t i = 0; (region = rules_ml_region(i)); i++) {
		if (strcmp(region, l.after) > 0)
			rc = list_location(&l, filter, region);
		if (rc)
			return rc;
	}
	return list_end(&l);
}

int ml_operations_list(struct call *c) {
	struct list l;
	int rc = begin(&l, c, "operations");
	return rc ? rc : list_end(&l);
}

int ml_operations_get(struct call *c) {
	/* guess, in the house style */
	return status_field(&c->st, ST_NOT_FOUND, "name",
		"The specified operation could not be found.");
}

int ml_operations_cancel(struct call *c) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_ml_cancel, "", &body);
	return rc ? rc : ml_operations_get(c);
}
