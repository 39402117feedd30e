/* SPDX-License-Identifier: MIT */
#include "client/ctl/flags.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/lib/train.h"
#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

enum flag_kind {
	TEXT,
	COUNT,
	SWITCH,
	BOOL,
	GS,
	GS_LIST,
	TIME,
	TIER,
	ACCELERATOR
};

static const struct flag {
	const char *name;
	enum flag_kind kind;
	const char *path; /* in trainingInput */
} table[] = {
#define FLAG(name, arg, help, kind, path) {name, kind, path},
#include "client/ctl/flags.def"
#undef FLAG
};

static const char *const tiers[] = {"basic", "basic-gpu", "basic-tpu",
	"standard-1", "premium-1", "custom", NULL};
static const char *const accelerators[] = {"nvidia-tesla-a100",
	"nvidia-tesla-k80", "nvidia-tesla-p100", "nvidia-tesla-p4",
	"nvidia-tesla-t4", "nvidia-tesla-v100", "tpu-v2", "tpu-v2-pod",
	"tpu-v3", "tpu-v3-pod", "tpu-v4-pod", NULL};

/* Sets a member by its path below `o`, making the objects on the way. Takes
 * over v, which may be NULL for out of memory. */
static int set_path(json_t *o, const char *path, json_t *v, struct err *e) {
	char key[64];
	for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
		(void)snprintf(
			key, sizeof key, "%.*s", (int)(dot - path), path);
		json_t *inner = json_object_get(o, key);
		if (!inner) {
			inner = json_object();
			if (json_object_set_new(o, key, inner)) {
				json_decref(v);
				return err_nomem(e);
			}
		}
		o = inner;
	}
	return json_object_set_new(o, path, v) ? err_nomem(e) : 0;
}

static int set(struct flags *f, const char *path, json_t *v, struct err *e) {
	char whole[128];
	(void)snprintf(whole, sizeof whole, "trainingInput.%s", path);
	return set_path(f->job, whole, v, e);
}

/* ---- values ---- */

static json_t *string_of(const char *s, struct err *e) {
	unsigned long failures = mem_failures();
	json_t *j = json_string(s);
	if (!j && mem_failures() != failures)
		(void)err_nomem(e);
	else if (!j)
		(void)err_set(e, ERR_USAGE, "is not UTF-8");
	return j;
}

/* The word of the list that s means in either spelling, nvidia-tesla-t4 or
 * NVIDIA_TESLA_T4, as the API's enum name; NULL for none. */
static json_t *enum_of(const char *s, const char *const *words, struct err *e) {
	char upper[32];
	auto_buf struct buf all;
	buf_init(&all, 512);
	for (; *words; words++) {
		size_t i = 0;
		for (; (*words)[i]; i++)
			upper[i] = (*words)[i] == '-'
					   ? '_'
					   : (char)toupper((*words)[i]);
		upper[i] = '\0';
		if (strcmp(s, *words) == 0 || strcmp(s, upper) == 0) {
			return string_of(upper, e);
		}
		(void)buf_addf(&all, "%s%s", all.len ? ", " : "", *words);
	}
	(void)err_set(e, ERR_USAGE, "'%s' is not one of %s", s, buf_str(&all));
	return NULL;
}

/* An int64 is a string in JSON. */
static json_t *count_of(const char *s, struct err *e) {
	size_t n = strspn(s, "0123456789");
	if (!n || n > 9 || s[n]) {
		(void)err_set(e, ERR_USAGE, "'%s' is not a whole number", s);
		return NULL;
	}
	while (*s == '0' && s[1])
		s++;
	return string_of(s, e);
}

static int gs_ok(const char *s, struct err *e) {
	if (strncmp(s, "gs://", 5) == 0 && s[5] && s[5] != '/')
		return 0;
	return err_set(e, ERR_USAGE,
		"'%s' is not on Cloud Storage: upload it first (gsutil cp) "
		"and give its gs:// URI",
		s);
}

/* count=N,type=TYPE in any order. */
static json_t *accelerator_of(char *s, struct err *e) {
	json_t *type = NULL, *count = NULL;
	bool ok = true;
	for (char *next; s && ok; s = next) {
		next = strchr(s, ',');
		if (next)
			*next++ = '\0';
		if (strncmp(s, "type=", 5) == 0 && !type)
			ok = (type = enum_of(s + 5, accelerators, e));
		else if (strncmp(s, "count=", 6) == 0 && !count)
			ok = (count = count_of(s + 6, e));
		else
			ok = false;
	}
	if (ok && count && type && strcmp(json_string_value(count), "0") != 0) {
		json_t *j =
			json_pack("{s:o, s:o}", "count", count, "type", type);
		if (!j)
			(void)err_nomem(e);
		return j;
	}
	json_decref(type);
	json_decref(count);
	if (!e->code)
		(void)err_set(e, ERR_USAGE,
			"is count=N,type=TYPE, with a count of at least 1");
	return NULL;
}

static json_t *list_of(char *s, struct err *e) {
	auto_json json_t *list = json_array();
	if (!list)
		(void)err_nomem(e);
	for (char *next; list && s; s = next) {
		next = strchr(s, ',');
		if (next)
			*next++ = '\0';
		json_t *j = gs_ok(s, e) ? NULL : string_of(s, e);
		if (!j)
			return NULL;
		if (json_array_append_new(list, j))
			(void)err_nomem(e);
	}
	return e->code ? NULL : TAKE(list);
}

static json_t *time_of(const char *s, struct err *e) {
	int64_t us;
	char text[WHEN_TEXT_MAX];
	if (duration_parse(s, &us, e))
		return NULL;
	if (us <= 0) {
		(void)err_set(e, ERR_USAGE, "'%s' is no time at all", s);
		return NULL;
	}
	duration_format(us, text);
	return string_of(text, e);
}

static json_t *bool_of(const char *s, struct err *e) {
	if (strcasecmp(s, "true") == 0)
		return json_true();
	if (strcasecmp(s, "false") == 0)
		return json_false();
	(void)err_set(e, ERR_USAGE, "'%s' is not true or false", s);
	return NULL;
}

static json_t *text_of(const char *s, struct err *e) {
	if (*s)
		return string_of(s, e);
	(void)err_set(e, ERR_USAGE, "is empty");
	return NULL;
}

/* The JSON of a value; NULL with e set. */
static json_t *value_of(enum flag_kind kind, char *s, struct err *e) {
	switch (kind) {
	case TEXT:
		return text_of(s, e);
	case COUNT:
		return count_of(s, e);
	case SWITCH:
		return json_true();
	case BOOL:
		return bool_of(s, e);
	case GS:
		return gs_ok(s, e) ? NULL : string_of(s, e);
	case GS_LIST:
		return list_of(s, e);
	case TIME:
		return time_of(s, e);
	case TIER:
		return enum_of(s, tiers, e);
	case ACCELERATOR:
		return accelerator_of(s, e);
	}
	return NULL;
}

/* ---- options ---- */

/* Where an option with rules of its own keeps its value; NULL for others. */
static const char **kms_slot(struct flags *f, const char *name) {
	return strcmp(name, "kms-key") == 0	   ? &f->kms_key
	       : strcmp(name, "kms-keyring") == 0  ? &f->kms_keyring
	       : strcmp(name, "kms-location") == 0 ? &f->kms_location
	       : strcmp(name, "kms-project") == 0  ? &f->kms_project
						   : NULL;
}

static const struct flag *find(const char *name) {
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static int begin(struct flags *f, struct err *e) {
	if (!f->job)
		f->job = json_object();
	return f->job ? 0 : err_nomem(e);
}

int flags_take(
	struct flags *f, const char *name, const char *value, struct err *e) {
	const char **kms = kms_slot(f, name);
	const struct flag *flag = find(name);
	bool labels = strcmp(name, "labels") == 0;
	if (!kms && !flag && !labels)
		return -1;
	int rc = begin(f, e);
	if (rc)
		return rc;
	if (labels)
		return spec_set_labels(f->job, value, e);
	if (kms) {
		*kms = value;
		return *value ? 0 : err_set(e, ERR_USAGE, "is empty");
	}
	auto_free char *copy = mem_strdup(value ? value : "");
	if (!copy)
		return err_nomem(e);
	json_t *v = value_of(flag->kind, copy, e);
	return v ? set(f, flag->path, v, e) : e->code;
}

int flags_args(struct flags *f, int argc, char *const *argv, struct err *e) {
	auto_json json_t *list = json_array();
	for (int i = 0; list && i < argc; i++) {
		json_t *j = string_of(argv[i], e);
		if (!j)
			return err_wrap(e, "argument %d after --", i + 1);
		if (json_array_append_new(list, j))
			return err_nomem(e);
	}
	int rc = list ? begin(f, e) : err_nomem(e);
	return rc ? rc : set(f, "args", TAKE(list), e);
}

int flags_end(struct flags *f, const char *project, struct err *e) {
	if (!f->kms_key &&
		(f->kms_keyring || f->kms_location || f->kms_project))
		return err_set(e, ERR_USAGE,
			"--kms-keyring, --kms-location and --kms-project "
			"belong to --kms-key");
	if (!f->kms_key)
		return 0;
	bool whole = strchr(f->kms_key, '/');
	if (whole && (f->kms_keyring || f->kms_location || f->kms_project))
		return err_set(e, ERR_USAGE,
			"--kms-key is a full name, which says the rest");
	if (!whole && (!f->kms_keyring || !f->kms_location))
		return err_set(e, ERR_USAGE,
			"--kms-key is a full name (projects/P/locations/L/"
			"keyRings/R/cryptoKeys/K), or needs --kms-keyring and "
			"--kms-location");
	auto_free char *name =
		whole ? mem_strdup(f->kms_key)
		      : mem_printf("projects/%s/locations/%s/keyRings/%s/"
				   "cryptoKeys/%s",
				f->kms_project ? f->kms_project : project,
				f->kms_location, f->kms_keyring, f->kms_key);
	int rc = name ? begin(f, e) : err_nomem(e);
	return rc ? rc
		  : set(f, "encryptionConfig.kmsKeyName", json_string(name), e);
}

void flags_done(struct flags *f) {
	json_decref(f->job);
	*f = (struct flags){0};
}
