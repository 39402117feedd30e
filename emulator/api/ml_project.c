/* SPDX-License-Identifier: MIT */
/* ml.googleapis.com v1, what a project has beside its jobs: getConfig, the
 * locations, and the operations, of which jobs have none. */
#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/list.h"
#include "emulator/api/rules_ml.h"
#include "emulator/api/schema_ml.h"
#include "emulator/core/project.h"

#define PAGE 100 /* the default and the most */

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
	auto_json json_t *o = json_pack("{s:s, s:s*}", "name", name,
		"locationId", shown & SHOW_ID ? region : NULL);
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

int ml_locations_list(struct call *c) {
	const char *filter = call_query(c, "filter");
	if (filter && *filter)
		return call_not_emulated(c, "The filter of locations.list");
	struct list l;
	int rc = begin(&l, c, "locations");
	if (rc)
		return rc;
	const char *region;
	for (size_t i = 0; (region = rules_ml_region(i)); i++) {
		struct buf *b = strcmp(region, l.after) > 0
					? list_item(&l, region)
					: NULL;
		if (b && call_json(c, location(c, region)))
			return (int)c->st.code;
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
