/* SPDX-License-Identifier: MIT */
/* trainctl schedule create: all is looked at before anything is written, so
 * what cannot be is found first, and a second time changes nothing. */
#include <stdio.h>
#include <string.h>

#include "client/ctl/print.h"
#include "client/ctl/remote.h"
#include "client/ctl/schedule.h"
#include "client/lib/policy_set.h"
#include "common/jsn.h"
#include "common/mem.h"

#define ACK_US (60 * US_PER_S)
#define BACKOFF_MIN_US (10 * US_PER_S)
#define BACKOFF_MAX_US (600 * US_PER_S)
#define ATTEMPTS 5 /* the service's default */
#define ATTEMPTS_MOST 100

struct options {
	struct ctl *ctl;
	const char *job_id, *config;
	bool dry_run;
	json_t *attributes;
	struct wanted_options want;
};

static const struct args_opt opts[] = {
	{"schedule", 0, "SCHEDULE", "when: '0 2 * * *' or 'every 12 hours'"},
	{"time-zone", 0, "ZONE", "the schedule's IANA zone (default Etc/UTC)"},
	{"push-endpoint", 0, "URL", "where train-uniquifier takes pushes"},
	{"service-account", 0, "E-MAIL",
		"whose OIDC token comes with each push (default none)"},
	{"audience", 0, "AUDIENCE", "of that token (default the endpoint)"},
	{"job-id", 0, "ID",
		"what job ids begin with (default the file's "
		"jobId, else NAME)"},
	{"topic", 0, "TOPIC", "the topic between them (default NAME)"},
	{"subscription", 0, "SUBSCRIPTION", "(default NAME-push)"},
	{"dead-letter-topic", 0, "TOPIC",
		"where messages go that were refused so often"},
	{"max-delivery-attempts", 0, "N", "so often: 5 to 100 (default 5)"},
	{"ack-deadline", 0, "DURATION",
		"how long a push may take (default 60s)"},
	{"min-backoff", 0, "DURATION",
		"before a push is made again (default 10s)"},
	{"max-backoff", 0, "DURATION", "the same, at most (default 600s)"},
	{"max-late", 0, "DURATION",
		"skip a run that comes later than this after its tick"},
	{"overlap", 0, "POLICY",
		"while the previous run is going: allow, skip or cancel"},
	{"failed", 0, "POLICY",
		"a failed run whose message comes again: keep or retry"},
	{"max-attempts", 0, "NUMBER", "jobs of one run at most, 1 to 9"},
	{"attributes", 0, "KEY=VALUE,...", "of each message"},
	{"description", 0, "TEXT", "of the Scheduler job"},
	{"dry-run", 0, NULL, "only show what would be done"},
	REMOTE_OPTS,
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " schedule create",
	.usage = "[options] NAME FILE",
	.about = "Makes what runs the job in FILE on a schedule: the topic, "
		 "the push subscription and the Cloud Scheduler job. What is "
		 "there and the same stays; what an earlier create made "
		 "otherwise is changed; what others made is not touched.",
	.opts = opts,
};

/* ---- options ---- */

static int add_attribute(
	struct options *o, const char *key, const char *value, struct err *e) {
	if (!o->attributes && !(o->attributes = json_object()))
		return err_nomem(e);
	if (json_object_set_new(o->attributes, key, json_string(value)))
		return err_set(e, ERR_USAGE, "'%s' is not UTF-8", key);
	return 0;
}

/* What the uniquifier would refuse in a message is refused here. ERR_NOTFOUND:
 * it is no policy. */
static int check_policy(const char *name, const char *value, struct err *e) {
	struct policy ignored;
	return policy_set(&ignored, name, value, e);
}

/* An option that is called as one of the uniquifier's, for the runs of this
 * schedule alone. */
static int take_policy(
	struct options *o, const char *name, const char *value, struct err *e) {
	int rc = check_policy(name, value, e);
	auto_free char *key =
		rc ? NULL : mem_printf(TRAIN_ATTRIBUTE "%s", name);
	if (rc)
		return rc;
	return key ? add_attribute(o, key, value, e) : err_nomem(e);
}

/* The names in train- that a schedule may carry. The uniquifier reads others,
 * too: a key would make all ticks one run, the rest says what is the command's
 * own to say; and one it does not know would have no effect. */
static int check_ours(const char *key, const char *value, struct err *e) {
	if (strcmp(key, TRAIN_ATTRIBUTE_JOB_ID) == 0 ||
		strcmp(key, TRAIN_ATTRIBUTE_LABELS) == 0)
		return 0;
	if (strcmp(key, TRAIN_ATTRIBUTE_KEY) == 0)
		return err_set(e, ERR_USAGE,
			"%s: all ticks would be one run, and only the first "
			"would have a job",
			key);
	static const char *const own[] = {TRAIN_ATTRIBUTE_SCHEDULE,
		TRAIN_ATTRIBUTE_ZONE, TRAIN_ATTRIBUTE_NAME,
		TRAIN_ATTRIBUTE_TRIGGER};
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (strcmp(key, own[i]) == 0)
			return err_set(e, ERR_USAGE,
				"%s is for " PROGRAM " to set", key);
	int rc = check_policy(key + strlen(TRAIN_ATTRIBUTE), value, e);
	if (rc == ERR_NOTFOUND)
		return err_set(e, ERR_USAGE,
			"train-uniquifier knows no attribute %s", key);
	return rc ? err_wrap(e, "%s", key) : 0;
}

static int take_attributes(struct options *o, const char *s, struct err *e) {
	auto_free char *copy = mem_strdup(s);
	if (!copy)
		return err_nomem(e);
	for (char *pair = copy, *next; pair; pair = next) {
		next = strchr(pair, ',');
		if (next)
			*next++ = '\0';
		char *eq = strchr(pair, '=');
		if (!eq || eq == pair)
			return err_set(
				e, ERR_USAGE, "'%s' is not KEY=VALUE", pair);
		*eq = '\0';
		bool ours = strncmp(pair, TRAIN_ATTRIBUTE,
				    strlen(TRAIN_ATTRIBUTE)) == 0;
		int rc = ours ? check_ours(pair, eq + 1, e) : 0;
		if (!rc)
			rc = add_attribute(o, pair, eq + 1, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* Where an option that is kept as it is goes; NULL for others. */
static const char **slot(struct options *o, const char *name) {
	const struct {
		const char *name, **at;
	} slots[] = {{"schedule", &o->want.schedule},
		{"time-zone", &o->want.zone},
		{"push-endpoint", &o->want.endpoint},
		{"service-account", &o->want.account},
		{"audience", &o->want.audience}, {"job-id", &o->job_id},
		{"topic", &o->want.topic},
		{"subscription", &o->want.subscription},
		{"dead-letter-topic", &o->want.dead_letter},
		{"description", &o->want.description},
		{"location", &o->want.location}};
	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
		if (strcmp(slots[i].name, name) == 0)
			return slots[i].at;
	return NULL;
}

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	const char **at = slot(o, name);
	if (at && !*value)
		return err_set(e, ERR_USAGE, "is empty");
	int rc = take_policy(o, name, value, e);
	if (rc != ERR_NOTFOUND)
		return rc;
	if (at)
		*at = value;
	else if (strcmp(name, "max-delivery-attempts") == 0)
		return ctl_number(value, ATTEMPTS_MOST, &o->want.attempts, e);
	else if (strcmp(name, "ack-deadline") == 0)
		return look_duration(value, &o->want.ack_deadline_us, e);
	else if (strcmp(name, "min-backoff") == 0)
		return look_duration(value, &o->want.backoff_min_us, e);
	else if (strcmp(name, "max-backoff") == 0)
		return look_duration(value, &o->want.backoff_max_us, e);
	else if (strcmp(name, "attributes") == 0)
		return take_attributes(o, value, e);
	else if (strcmp(name, "dry-run") == 0)
		o->dry_run = true;
	else
		return ctl_take(o->ctl, name, value, e);
	return 0;
}

static int check(const struct options *o, struct err *e) {
	const struct wanted_options *w = &o->want;
	struct schedule schedule;
	struct zone *zone = NULL;
	int64_t us;
	if (!w->schedule || !w->endpoint)
		return err_set(e, ERR_USAGE, "--%s is missing",
			w->schedule ? "push-endpoint" : "schedule");
	if (!fetch_url_ok(w->endpoint))
		return err_set(e, ERR_USAGE,
			"--push-endpoint '%s' is not an http or https URL",
			w->endpoint);
	if (w->audience && !w->account)
		return err_set(e, ERR_USAGE,
			"--audience belongs to --service-account");
	if (w->attempts < ATTEMPTS)
		return err_set(e, ERR_USAGE,
			"--max-delivery-attempts is from %d to %d", ATTEMPTS,
			ATTEMPTS_MOST);
	int rc = ctl_schedule(w->schedule, w->zone, &schedule, &zone, e);
	if (!rc)
		rc = schedule_next(&schedule, zone, 0, &us, e);
	zone_close(zone);
	if (rc == ERR_RANGE)
		rc = e->code = ERR_USAGE;
	return rc ? err_wrap(e, "--schedule '%s'", w->schedule) : 0;
}

static int parse(struct options *o, int argc, char **argv, struct err *e) {
	int first;
	int rc = args_parse(&spec, argc, argv, 0, take, o, &first, e);
	if (rc)
		return rc;
	if (first + 2 == argc) {
		o->config = argv[first + 1];
		argc--;
	} else if (first + 1 == argc) {
		return err_set(e, ERR_USAGE, "the job's FILE is missing");
	}
	rc = ctl_operand(o->ctl, argc, argv, first, "the schedule's NAME", e);
	o->want.name = argv[first];
	o->want.attributes = o->attributes;
	return rc ? rc : check(o, e);
}

/* The job, whose jobId is only the base of the ids to come: it need not be
 * legal as a whole, but something must be made of it. */
static int load(const struct options *o, json_t **ret, struct err *e) {
	auto_json json_t *job = NULL;
	const char *base = NULL;
	struct jobid_format f;
	char id[JOBID_MAX + 1];
	int rc = spec_load(o->config, &job, e);
	if (!rc)
		rc = spec_check(job, e);
	if (!rc)
		rc = spec_check_training(job, e);
	if (!rc)
		rc = jsn_str_opt(job, "", "jobId", &base, e);
	if (rc)
		return rc;
	if (o->job_id || !base)
		base = o->job_id ? o->job_id : o->want.name;
	rc = jobid_format_parse(JOBID_FORMAT, &f, e);
	if (!rc)
		rc = jobid_show(&f, base, 0, id, e);
	auto_free char *copy = mem_strdup(base);
	if (!rc &&
		(!copy || json_object_set_new(job, "jobId", json_string(copy))))
		rc = err_nomem(e);
	if (!rc)
		*ret = TAKE(job);
	return rc;
}

/* ---- one resource ---- */

struct step {
	const struct wanted_item *item;
	json_t *there;	 /* NULL: nothing */
	struct buf mask; /* what to change */
};

static int compare(struct step *s, struct err *e) {
	if (!s->there)
		return 0;
	buf_clear(&s->mask);
	int rc = wanted_mask(s->item, s->there, &s->mask, e);
	if (rc || !s->mask.len || wanted_is_ours(s->item->kind, s->there))
		return rc;
	return err_set(e, ERR_STATE,
		"%s is there, was not made by " PROGRAM
		", and differs in %s: use another name, or delete it",
		s->item->name, buf_str(&s->mask));
}

static int look(struct ctl *c, struct step *s, struct err *e) {
	int rc = remote_get(c, s->item->kind, s->item->name, &s->there, e);
	if (rc)
		return err_wrap(e, "%s", s->item->name);
	return compare(s, e);
}

/* What the service says after a write is what counts. */
static int settle(struct step *s, json_t *now, struct err *e) {
	json_decref(s->there);
	s->there = now;
	int rc = compare(s, e);
	if (rc || !s->mask.len)
		return rc;
	return err_set(e, ERR_STATE, "%s was written, but %s stay as they were",
		s->item->name, buf_str(&s->mask));
}

/* A 409: it came into being after the look, perhaps by a request of this
 * command whose answer was lost. */
static int create(struct ctl *c, struct step *s, struct err *e) {
	json_t *now = NULL;
	struct err why = {0};
	int rc = remote_create(c, s->item, &now, &why);
	if (rc == ERR_HTTP && why.http == 409) {
		rc = look(c, s, e);
		if (!rc && s->there && !s->mask.len)
			return 0;
		if (rc)
			return rc;
	}
	if (rc || why.code) {
		*e = why;
		return err_wrap(e, "%s", s->item->name);
	}
	return settle(s, now, e);
}

static int patch(struct ctl *c, struct step *s, struct err *e) {
	auto_json json_t *body = wanted_patch(s->item, s->there);
	json_t *now = NULL;
	int rc = body ? remote_patch(
				c, s->item, body, buf_str(&s->mask), &now, e)
		      : err_nomem(e);
	if (rc)
		return err_wrap(e, "%s", s->item->name);
	return settle(s, now, e);
}

/* Makes it so, and tells. */
static int apply(
	const struct options *o, struct step *s, json_t *rows, struct err *e) {
	bool is_new = !s->there, changes = is_new || s->mask.len;
	auto_buf struct buf detail;
	buf_init(&detail, 1000);
	if (s->mask.len)
		(void)buf_adds(&detail, buf_str(&s->mask));
	int rc = 0;
	if (changes && !o->dry_run)
		rc = is_new ? create(o->ctl, s, e) : patch(o->ctl, s, e);
	if (rc)
		return rc;
	if (!changes && !wanted_is_ours(s->item->kind, s->there))
		(void)buf_adds(&detail, "not made by " PROGRAM);
	const char *action = !changes	  ? "unchanged"
			     : o->dry_run ? is_new ? "to create" : "to patch"
			     : is_new	  ? "created"
					  : "patched";
	return steps_add(rows, action, s->item->name, buf_str(&detail), e);
}

static int make(const struct options *o, const struct wanted *w, json_t *rows,
	struct err *e) {
	struct step steps[WANTED_MAX];
	int rc = 0;
	for (size_t i = 0; i < w->len; i++) {
		steps[i] = (struct step){.item = &w->items[i]};
		buf_init(&steps[i].mask, 500);
	}
	for (size_t i = 0; !rc && i < w->len; i++)
		rc = look(o->ctl, &steps[i], e);
	for (size_t i = 0; !rc && i < w->len; i++)
		rc = apply(o, &steps[i], rows, e);
	for (size_t i = 0; i < w->len; i++) {
		json_decref(steps[i].there);
		buf_done(&steps[i].mask);
	}
	return rc;
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c,
		.want = {.zone = "Etc/UTC",
			.attempts = ATTEMPTS,
			.ack_deadline_us = ACK_US,
			.backoff_min_us = BACKOFF_MIN_US,
			.backoff_max_us = BACKOFF_MAX_US}};
	struct wanted w = {0};
	auto_json json_t *job = NULL, *rows = NULL;
	int rc = parse(&o, argc, argv, e);
	if (!rc)
		rc = load(&o, &job, e);
	if (!rc)
		rc = remote_open(c, &o.want.location, e);
	if (!rc) {
		o.want.project = c->project;
		o.want.job = job;
		rc = wanted_make(&o.want, &w, e);
	}
	if (!rc) {
		rows = json_array();
		rc = rows ? make(&o, &w, rows, e) : err_nomem(e);
		rc = steps_print(c, rows, rc, e);
	}
	wanted_done(&w);
	json_decref(o.attributes);
	return rc;
}

const struct cmd schedule_create = {
	"create", "set up all that a schedule needs", run};
