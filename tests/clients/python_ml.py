# SPDX-License-Identifier: MIT
"""Google's Python client against the emulator. Prints a line a step; which
lines are right is for python_ml.sh to say. Usage: python_ml.py URL"""
import sys

from googleapiclient import discovery
from googleapiclient import errors

URL = sys.argv[1]
PARENT = 'projects/test-project'


def build(name, version='v1'):
    return discovery.build(
        name, version, cache_discovery=False,
        discoveryServiceUrl=URL + '/discovery/v1/apis/{api}/{apiVersion}/rest')


def job(job_id, **more):
    return dict({
        'jobId': job_id,
        'trainingInput': {
            'region': 'us-central1',
            'scaleTier': 'CUSTOM',
            'masterType': 'n1-standard-4',
            'masterConfig': {'imageUri': 'gcr.io/test-project/img:latest'},
        },
    }, **more)


def step(what, call):
    """Runs it and prints what came of it."""
    try:
        answer = call()
    except errors.HttpError as err:
        # what the common recipe logs of an error
        answer = '%s %s' % (err.resp.status, err._get_reason())
    except TypeError as err:
        answer = 'TypeError: %s' % err
    print('%s: %s' % (what, answer))


def jobs_of_pages(jobs, **query):
    """The ids of all jobs, a list a page."""
    request = jobs.list(parent=PARENT, **query)
    pages = []
    while request is not None:
        answer = request.execute()
        pages.append([j['jobId'] for j in answer.get('jobs', [])])
        request = jobs.list_next(request, answer)
    return pages


def ml_jobs(jobs):
    step('create', lambda: jobs.create(
        parent=PARENT, body=job('job_1')).execute()['state'])
    step('again', lambda: jobs.create(
        parent=PARENT, body=job('job_1')).execute())
    step('bad id', lambda: jobs.create(
        parent=PARENT, body=job('1-bad')).execute())
    step('unknown field', lambda: jobs.create(
        parent=PARENT, body=job('job_2', nothing=1)).execute())
    step('no body', lambda: 'jobId' in jobs.create(parent=PARENT).execute())
    step('get', lambda: jobs.get(name=PARENT + '/jobs/job_1').execute()[
        'trainingInput']['masterType'])
    step('get, in part', lambda: jobs.get(
        name=PARENT + '/jobs/job_1', fields='jobId,trainingInput/region',
        prettyPrint=False, quotaUser='me').execute())
    step('get by a long URL', lambda: jobs.get(
        name=PARENT + '/jobs/job_1', fields=','.join(['jobId'] * 400)).execute())
    step('get what is not there', lambda: jobs.get(
        name=PARENT + '/jobs/nosuch').execute())
    step('get by a wrong name', lambda: jobs.get(name='job_1').execute())
    step('get without a name', lambda: jobs.get().execute())
    step('older errors', lambda: jobs.get(
        name=PARENT + '/jobs/nosuch', x__xgafv='1').execute())
    step('patch', lambda: jobs.patch(
        name=PARENT + '/jobs/job_1', updateMask='labels',
        body={'labels': {'owner': 'alice'}}).execute()['labels'])
    step('patch what may not be', lambda: jobs.patch(
        name=PARENT + '/jobs/job_1', updateMask='state',
        body={}).execute()['state'] and 'taken')
    step('permissions', lambda: jobs.testIamPermissions(
        resource=PARENT + '/jobs/job_1',
        body={'permissions': ['ml.jobs.get']}).execute())
    for n in range(2, 6):
        jobs.create(parent=PARENT, body=job('job_%d' % n)).execute()
    step('list', lambda: jobs_of_pages(jobs))
    step('list by pages', lambda: jobs_of_pages(jobs, pageSize=2))
    step('list in part', lambda: jobs_of_pages(
        jobs, pageSize=4, fields='jobs/jobId,nextPageToken'))
    step('list by filter', lambda: jobs_of_pages(
        jobs, filter='labels.owner=alice AND state:QUEUED', pageSize=2))
    step('list by a wrong filter', lambda: jobs_of_pages(jobs, filter='('))
    step('cancel', lambda: jobs.cancel(
        name=PARENT + '/jobs/job_1', body={}).execute())
    step('cancel without a body', lambda: jobs.cancel(
        name=PARENT + '/jobs/job_2').execute())
    step('cancel what is not there', lambda: jobs.cancel(
        name=PARENT + '/jobs/nosuch').execute())
    step('cancelled', lambda: [jobs.get(
        name=PARENT + '/jobs/job_%d' % n).execute()['state']
        for n in (1, 2, 3)])


def others():
    projects = build('ml').projects()
    step('config', lambda: sorted(projects.getConfig(name=PARENT).execute()))
    step('locations', lambda: projects.locations().list(
        parent=PARENT, pageSize=1).execute()['locations'][0]['name'])
    entries = build('logging', 'v2').entries()
    step('log', lambda: entries.list(body={
        'resourceNames': [PARENT], 'orderBy': 'timestamp asc', 'filter':
        'resource.type="ml_job" resource.labels.job_id="job_1"',
    }).execute()['entries'][0]['textPayload'])
    topics = build('pubsub').projects().topics()
    name = PARENT + '/topics/train'
    step('topic', lambda: topics.create(name=name, body={}).execute())
    step('publish', lambda: len(topics.publish(topic=name, body={
        'messages': [{'data': 'aGk='}]}).execute()['messageIds']))
    schedules = build('cloudscheduler').projects().locations().jobs()
    step('schedule', lambda: schedules.create(
        parent=PARENT + '/locations/us-central1',
        body={'schedule': '0 3 * * *', 'timeZone': 'Etc/UTC', 'pubsubTarget': {
            'topicName': name, 'data': 'aGk='}}).execute()['state'])


ml_jobs(build('ml').projects().jobs())
others()
