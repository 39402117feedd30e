/* SPDX-License-Identifier: MIT */
/* Source: the clients that Google generates from its discovery documents; facts
 * ml-jobs.md section 1, pubsub.md section 1, scheduler.md section 1. */
#include "emulator/api/methods.h"

#include <string.h>

#include "emulator/api/schema_google.h"
#include "emulator/api/schema_iam.h"
#include "emulator/api/schema_logging.h"
#include "emulator/api/schema_ml.h"
#include "emulator/api/schema_pubsub.h"
#include "emulator/api/schema_scheduler.h"

#define METHOD(id, parameter, request, response)                               \
	{ id, parameter, request, response, NULL, NULL }
#define EMPTY &schema_google_empty

#define IAM(name)                                                              \
	METHOD(name "getIamPolicy", "resource", NULL, &schema_iam_policy),     \
		METHOD(name "setIamPolicy", "resource", &schema_iam_set,       \
			&schema_iam_policy),                                   \
		METHOD(name "testIamPermissions", "resource",                  \
			&schema_iam_test, &schema_iam_tested)

#define ML "ml.projects."
#define JOB &schema_ml_job
#define TOPICS "pubsub.projects.topics."
#define TOPIC &schema_pubsub_topic
#define SUBS "pubsub.projects.subscriptions."
#define SUB &schema_pubsub_subscription
#define SNAPSHOTS "pubsub.projects.snapshots."
#define SNAPSHOT &schema_pubsub_snapshot
#define CS "cloudscheduler.projects.locations."
#define SJOB &schema_scheduler_job

const struct method api_methods[] = {
	METHOD(ML "getConfig", "name", NULL, &schema_ml_get_config),
	METHOD(ML "jobs.cancel", "name", &schema_ml_cancel, EMPTY),
	METHOD(ML "jobs.create", "parent", JOB, JOB),
	METHOD(ML "jobs.get", "name", NULL, JOB),
	METHOD(ML "jobs.list", "parent", NULL, &schema_ml_list_jobs),
	METHOD(ML "jobs.patch", "name", JOB, JOB), IAM(ML "jobs."),
	{ML "locations.get", "name", NULL, &schema_ml_location,
		"projects.locations.get", ""},
	{ML "locations.list", "parent", NULL, &schema_ml_list_locations,
		"projects.locations.list", " pageSize pageToken "},
	METHOD(ML "operations.cancel", "name", NULL, EMPTY),
	METHOD(ML "operations.get", "name", NULL, &schema_google_operation),
	METHOD(ML "operations.list", "name", NULL,
		&schema_google_list_operations),

	METHOD(TOPICS "create", "name", TOPIC, TOPIC),
	METHOD(TOPICS "delete", "topic", NULL, EMPTY),
	METHOD(TOPICS "get", "topic", NULL, TOPIC),
	METHOD(TOPICS "list", "project", NULL, &schema_pubsub_list_topics),
	METHOD(TOPICS "patch", "name", &schema_pubsub_update_topic, TOPIC),
	METHOD(TOPICS "publish", "topic", &schema_pubsub_publish,
		&schema_pubsub_published),
	METHOD(TOPICS "snapshots.list", "topic", NULL,
		&schema_pubsub_list_topic_snapshots),
	METHOD(TOPICS "subscriptions.list", "topic", NULL,
		&schema_pubsub_list_topic_subscriptions),
	IAM(TOPICS),
	METHOD(SUBS "acknowledge", "subscription", &schema_pubsub_acknowledge,
		EMPTY),
	METHOD(SUBS "create", "name", SUB, SUB),
	METHOD(SUBS "delete", "subscription", NULL, EMPTY),
	METHOD(SUBS "detach", "subscription", NULL, &schema_pubsub_detached),
	METHOD(SUBS "get", "subscription", NULL, SUB),
	METHOD(SUBS "list", "project", NULL, &schema_pubsub_list_subscriptions),
	METHOD(SUBS "modifyAckDeadline", "subscription",
		&schema_pubsub_modify_ack_deadline, EMPTY),
	METHOD(SUBS "modifyPushConfig", "subscription",
		&schema_pubsub_modify_push_config, EMPTY),
	METHOD(SUBS "patch", "name", &schema_pubsub_update_subscription, SUB),
	METHOD(SUBS "pull", "subscription", &schema_pubsub_pull,
		&schema_pubsub_pulled),
	METHOD(SUBS "seek", "subscription", &schema_pubsub_seek,
		&schema_pubsub_seeked),
	IAM(SUBS),
	METHOD(SNAPSHOTS "create", "name", &schema_pubsub_create_snapshot,
		SNAPSHOT),
	METHOD(SNAPSHOTS "delete", "snapshot", NULL, EMPTY),
	METHOD(SNAPSHOTS "get", "snapshot", NULL, SNAPSHOT),
	METHOD(SNAPSHOTS "list", "project", NULL,
		&schema_pubsub_list_snapshots),
	METHOD(SNAPSHOTS "patch", "name", &schema_pubsub_update_snapshot,
		SNAPSHOT),
	IAM(SNAPSHOTS),

	{CS "get", "name", NULL, &schema_google_location,
		"projects.locations.get", ""},
	{CS "list", "name", NULL, &schema_google_list_locations,
		"projects.locations.list", " filter pageSize pageToken "},
	METHOD(CS "jobs.create", "parent", SJOB, SJOB),
	METHOD(CS "jobs.delete", "name", NULL, EMPTY),
	METHOD(CS "jobs.get", "name", NULL, SJOB),
	METHOD(CS "jobs.list", "parent", NULL, &schema_scheduler_list_jobs),
	METHOD(CS "jobs.patch", "name", SJOB, SJOB),
	METHOD(CS "jobs.pause", "name", &schema_scheduler_pause, SJOB),
	METHOD(CS "jobs.resume", "name", &schema_scheduler_resume, SJOB),
	METHOD(CS "jobs.run", "name", &schema_scheduler_run, SJOB),

	METHOD("logging.entries.list", "", &schema_logging_list,
		&schema_logging_list_answer),
	METHOD("logging.entries.write", "", &schema_logging_write,
		&schema_logging_write_answer),
	METHOD(NULL, NULL, NULL, NULL)};

const struct proto_message *route_response(const struct route *r) {
	for (const struct method *m = api_methods; m->id; m++)
		if (!strcmp(r->name, m->id))
			return m->response;
	return NULL;
}
