/* SPDX-License-Identifier: MIT */
#include "emulator/core/input.h"

#include <string.h>

#include "common/clock.h"
#include "common/jsn.h"

#define RUN_MAX_US (604800 * US_PER_S) /* facts ml-jobs.md section 4 */

int input_read(const char *text, struct input *ret) {
	json_t *root = jsn_parse(text, strlen(text), false, NULL);
	if (!root)
		return ERR_NOMEM; /* the text was checked before */
	const json_t *training = json_object_get(root, "trainingInput");
	const char *image = json_string_value(json_object_get(
		json_object_get(training, "masterConfig"), "imageUri"));
	*ret = (struct input){.root = root,
		.training = training,
		.tuning = json_object_get(training, "hyperparameters"),
		.image = image ? image : ""};
	return 0;
}

void input_done(struct input *in) {
	json_decref(in->root);
	in->root = NULL;
}

bool input_has(const char *text, const char *member) {
	return strstr(text, member) != NULL;
}

int input_limits(const char *text, struct limits *ret) {
	*ret = (struct limits){INT64_MAX, RUN_MAX_US};
	if (!input_has(text, "\"scheduling\":{"))
		return 0;
	auto_input struct input in = {0};
	if (input_read(text, &in))
		return ERR_NOMEM;
	const json_t *s = json_object_get(in.training, "scheduling");
	ret->wait_us = jsn_duration(s, "maxWaitTime", INT64_MAX);
	ret->run_us = jsn_duration(s, "maxRunningTime", RUN_MAX_US);
	return 0;
}
