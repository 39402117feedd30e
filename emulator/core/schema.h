/* SPDX-License-Identifier: MIT */
/* The tables. Instants are microseconds since 1970; bodies are compact JSON in
 * the form the API answers with. A NULL due time means nothing is due. */
#ifndef TRAINCTL_EMULATOR_SCHEMA_H
#define TRAINCTL_EMULATOR_SCHEMA_H

#define SCHEMA_VERSION 6

static const char schema_sql[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) "
	"STRICT;"

	/* the newest one signs; a reset leaves them */
	"CREATE TABLE signing_key("
	" id INTEGER PRIMARY KEY, kid TEXT NOT NULL, pem TEXT NOT NULL,"
	" made_us INTEGER NOT NULL) STRICT;"

	/* what proves who one is: a service account's key, whose name is its
	 * id; or a person's refresh token, whose pem is NULL */
	"CREATE TABLE account("
	" id INTEGER PRIMARY KEY, email TEXT NOT NULL,"
	" name TEXT NOT NULL UNIQUE, pem TEXT, made_us INTEGER NOT NULL)"
	" STRICT;"

	/* what service accounts sign by that do not sign themselves */
	"CREATE TABLE managed_key("
	" email TEXT PRIMARY KEY, kid TEXT NOT NULL, pem TEXT NOT NULL,"
	" made_us INTEGER NOT NULL) STRICT;"

	/* of the resource //SERVICE/projects/PROJECT/COLLECTION/NAME */
	"CREATE TABLE policy("
	" service TEXT NOT NULL, project TEXT NOT NULL,"
	" collection TEXT NOT NULL, name TEXT NOT NULL,"
	" body TEXT NOT NULL, etag INTEGER NOT NULL,"
	" PRIMARY KEY(service, project, collection, name)) STRICT;"

	/* the projects that have jobs; the number gives those their rows, see
	 * job_rows.h */
	"CREATE TABLE ml_project("
	" number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"

	/* input: the members trainingInput or predictionInput as JSON text,
	 * braces included. Rows are never deleted: an id is taken for ever.
	 * output: of trainingOutput or predictionOutput, as JSON text; NULL is
	 * {}. fate: the one that it was created with, as JSON text. plan_us:
	 * how long the trials of a tuning job take, known from its start on.
	 * child: a program runs for it. */
	"CREATE TABLE ml_job("
	" id INTEGER PRIMARY KEY,"
	" project TEXT NOT NULL, job_id TEXT NOT NULL,"
	" input TEXT NOT NULL, labels TEXT,"
	" state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 7),"
	" create_us INTEGER NOT NULL, start_us INTEGER, end_us INTEGER,"
	" due_us INTEGER, error TEXT, etag INTEGER NOT NULL,"
	" prepare_us INTEGER, cancel_us INTEGER, output TEXT,"
	" fate TEXT, plan_us INTEGER, child INTEGER,"
	" UNIQUE(project, job_id)) STRICT;"

	/* job, label, image: what a job must be like; NULL matches any. count:
	 * how often it may still be used; NULL is for ever */
	"CREATE TABLE fate("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" job TEXT, label TEXT, image TEXT, count INTEGER,"
	" body TEXT NOT NULL, of_file INTEGER NOT NULL) STRICT;"

	/* retain_us: how long every message is kept to be gone back to;
	 * snapshots_us: until when snapshots need all that come */
	"CREATE TABLE topic("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" project TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,"
	" retain_us INTEGER NOT NULL,"
	" snapshots_us INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE(project, name)) STRICT;"

	/* fails, hold_us: the push backoff; in_flight: pushes under way;
	 * push_window: how many there may be, 0 for as many as at first;
	 * topic_retain_us: the topic's retain_us, while there is one; filter:
	 * NULL for none; flags: enum sub_flags;
	 * dead_topic: where dead letters go, NULL for none; it
	 * expires ttl_us (0: never) after used_us, which is looked at check_us
	 */
	"CREATE TABLE subscription("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" project TEXT NOT NULL, name TEXT NOT NULL,"
	" topic_id INTEGER, topic TEXT NOT NULL, body TEXT NOT NULL,"
	" endpoint TEXT NOT NULL, ack_us INTEGER NOT NULL,"
	" retain_us INTEGER NOT NULL,"
	" retry_min_us INTEGER NOT NULL, retry_max_us INTEGER NOT NULL,"
	" fails INTEGER NOT NULL DEFAULT 0,"
	" hold_us INTEGER NOT NULL DEFAULT 0,"
	" in_flight INTEGER NOT NULL DEFAULT 0,"
	" push_window INTEGER NOT NULL DEFAULT 0,"
	" topic_retain_us INTEGER NOT NULL, filter TEXT,"
	" flags INTEGER NOT NULL,"
	" dead_topic TEXT, max_attempts INTEGER NOT NULL,"
	" ttl_us INTEGER NOT NULL, used_us INTEGER NOT NULL,"
	" check_us INTEGER NOT NULL,"
	" UNIQUE(project, name)) STRICT;"
	"CREATE INDEX subscription_topic ON subscription(topic_id, id);"

	/* refs: deliveries that still need the message; keep_us: until when it
	 * is kept without any, 0 for not at all */
	"CREATE TABLE message("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" msg_id TEXT, publish_us INTEGER NOT NULL, body TEXT NOT NULL,"
	" refs INTEGER NOT NULL, topic_id INTEGER NOT NULL,"
	" keep_us INTEGER NOT NULL) STRICT;"
	"CREATE INDEX message_kept ON message(topic_id, publish_us)"
	" WHERE keep_us > 0;"
	"CREATE INDEX message_end ON message(keep_us) WHERE keep_us > 0;"

	/* what was not acknowledged, and the topic's messages after the row
	 * `last` */
	"CREATE TABLE snapshot("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" project TEXT NOT NULL, name TEXT NOT NULL,"
	" topic_id INTEGER NOT NULL, topic TEXT NOT NULL, labels TEXT,"
	" expire_us INTEGER NOT NULL, last INTEGER NOT NULL,"
	" UNIQUE(project, name)) STRICT;"
	"CREATE INDEX snapshot_topic ON snapshot(topic_id);"
	"CREATE TABLE snapshot_message("
	" snapshot_id INTEGER NOT NULL, message_id INTEGER NOT NULL,"
	" PRIMARY KEY(snapshot_id, message_id)) STRICT, WITHOUT ROWID;"

	/* state: 0 ready at due_us, 1 pulled and outstanding until due_us, 2
	 * waiting for a free place among the pushes under way, 3 such a push, 4
	 * acknowledged but kept until due_us. okey: the message's ordering key,
	 * where the subscription goes by it */
	"CREATE TABLE delivery("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" sub_id INTEGER NOT NULL, message_id INTEGER NOT NULL,"
	" state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),"
	" due_us INTEGER NOT NULL,"
	" attempt INTEGER NOT NULL DEFAULT 0, okey TEXT) STRICT;"
	"CREATE INDEX delivery_queue"
	" ON delivery(sub_id, state, due_us, message_id);"
	"CREATE INDEX delivery_key ON delivery(sub_id, okey, message_id)"
	" WHERE okey IS NOT NULL;"

	/* state: 1 ENABLED, 2 PAUSED. next_us: the next tick; retry_us: a
	 * pending retry of the tick tick_us, first tried at first_us; forced:
	 * how many forced runs were accepted and have not ended */
	"CREATE TABLE sched_job("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" project TEXT NOT NULL, location TEXT NOT NULL, name TEXT NOT NULL,"
	" body TEXT NOT NULL,"
	" state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 2),"
	" next_us INTEGER, retry_us INTEGER, tick_us INTEGER,"
	" first_us INTEGER, attempt INTEGER NOT NULL DEFAULT 0,"
	" update_us INTEGER NOT NULL, last_us INTEGER, status TEXT,"
	" running INTEGER NOT NULL DEFAULT 0,"
	" forced INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE(project, location, name)) STRICT;"

	/* A ring; upto: the bytes of all bodies there ever were up to this one.
	 * body: the entry as it is answered, the other columns being what is
	 * searched of it: log is the last part of its name, type, job_id and
	 * task are of its resource. */
	"CREATE TABLE log("
	" id INTEGER PRIMARY KEY, upto INTEGER NOT NULL,"
	" project TEXT NOT NULL, time_us INTEGER NOT NULL,"
	" insert_id TEXT NOT NULL, severity INTEGER NOT NULL,"
	" log TEXT NOT NULL, type TEXT NOT NULL, job_id TEXT, task TEXT,"
	" body TEXT NOT NULL,"
	" UNIQUE(project, time_us, insert_id, log)) STRICT;"
	"CREATE INDEX log_job ON log(project, job_id, time_us, insert_id)"
	" WHERE job_id IS NOT NULL;";

static const char wipe_sql[] =
	"DELETE FROM meta; DELETE FROM account; DELETE FROM managed_key;"
	"DELETE FROM policy;"
	"DELETE FROM ml_job;"
	"DELETE FROM fate; DELETE FROM topic;"
	"DELETE FROM subscription; DELETE FROM message; DELETE FROM delivery;"
	"DELETE FROM snapshot; DELETE FROM snapshot_message;"
	"DELETE FROM sched_job; DELETE FROM log; DELETE FROM sqlite_sequence;";

#endif
