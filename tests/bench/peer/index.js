// SPDX-License-Identifier: MIT
// The known recipe, to compare with: a function on a Pub/Sub topic that makes
// the job's id unique with the id of the message, and submits the job through
// Google's client. ML_URL is where the jobs API is, PROJECT whose jobs they are.
'use strict';

const functions = require('@google-cloud/functions-framework');
const {google} = require('googleapis');

const auth = new google.auth.GoogleAuth({
	scopes: ['https://www.googleapis.com/auth/cloud-platform'],
});
const ml = google.ml({version: 'v1', auth, rootUrl: process.env.ML_URL});
const parent = `projects/${process.env.PROJECT}`;

functions.cloudEvent('train', async event => {
	const message = event.data.message;
	const job = JSON.parse(Buffer.from(message.data, 'base64').toString());
	job.jobId = `${job.jobId}_${message.messageId}`;
	const created = await ml.projects.jobs.create({parent, requestBody: job});
	console.log(`created ${created.data.jobId}`);
});
