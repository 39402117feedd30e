/* SPDX-License-Identifier: MIT */
#include "emulator/core/input.h"

#include <string.h>

#include "common/jsn.h"

int input_read(const char *text, struct input *ret) {
	json_t *root = jsn_parse(text, strlen(text), false, NULL);
	if (!root)
		return ERR_NOMEM; /* the text was checked before */
	const json_t *training = json_object_get(root, "trainingInput");
	const char *image = json_string_value(json_object_get(
		json_object_get(training, "masterConfig"), "imageUri"));
	*ret = (struct input){.root = root,
		.training = training,
		.image = image ? image : ""};
	return 0;
}

void input_done(struct input *in) {
	json_decref(in->root);
	in->root = NULL;
}
