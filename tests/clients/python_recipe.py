# SPDX-License-Identifier: MIT
"""The function of the common recipe, as it would be deployed: nothing in it
knows of an emulator. Prints the job's state, or why there is none."""
import sys

from googleapiclient import discovery
from googleapiclient import errors


def train(event, context):
    del event, context
    payload = {
        'jobId': sys.argv[1],
        'trainingInput': {
            'region': 'us-central1',
            'masterConfig': {'imageUri': 'gcr.io/test-project/img:latest'},
        },
    }
    ml = discovery.build('ml', 'v1')
    request = ml.projects().jobs().create(
        parent='projects/test-project', body=payload)
    try:
        print(request.execute()['state'])
    except errors.HttpError as err:
        print(err._get_reason())


train(None, None)
