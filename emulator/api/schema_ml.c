/* SPDX-License-Identifier: MIT */
/* Source: facts ml-jobs.md sections 2, 4, 5 and 7. The order of TrainingInput,
 * HyperparameterSpec and ParameterSpec is that of their tag numbers as far as
 * they were ever published (args before region before masterConfig in real
 * answers agrees), the later fields following in the order of the facts. */
#include "emulator/api/schema_ml.h"

#include "emulator/api/proto_table.h"

#define ML "google.cloud.ml.v1."

ENUM(tier, ML "TrainingInput.ScaleTier", "BASIC", "STANDARD_1", "PREMIUM_1",
	"BASIC_GPU", "BASIC_TPU", "CUSTOM");
ENUM(state, ML "Job.State", "STATE_UNSPECIFIED", "QUEUED", "PREPARING",
	"RUNNING", "SUCCEEDED", "FAILED", "CANCELLING", "CANCELLED");
ENUM(accelerator, ML "AcceleratorType", "ACCELERATOR_TYPE_UNSPECIFIED",
	"NVIDIA_TESLA_K80", "NVIDIA_TESLA_P100", "NVIDIA_TESLA_V100",
	"NVIDIA_TESLA_P4", "NVIDIA_TESLA_T4", "NVIDIA_TESLA_A100", "TPU_V2",
	"TPU_V3", "TPU_V2_POD", "TPU_V3_POD", "TPU_V4_POD");
ENUM(strategy, ML "Scheduling.Strategy", "STRATEGY_UNSPECIFIED", "ON_DEMAND",
	"LOW_COST");
ENUM(goal, ML "HyperparameterSpec.GoalType", "GOAL_TYPE_UNSPECIFIED",
	"MAXIMIZE", "MINIMIZE");
ENUM(algorithm, ML "HyperparameterSpec.Algorithm", "ALGORITHM_UNSPECIFIED",
	"GRID_SEARCH", "RANDOM_SEARCH", "POPULATION_BASED_TRAINING");
ENUM(parameter_type, ML "ParameterSpec.ParameterType",
	"PARAMETER_TYPE_UNSPECIFIED", "DOUBLE", "INTEGER", "CATEGORICAL",
	"DISCRETE");
ENUM(parameter_scale, ML "ParameterSpec.ScaleType", "NONE", "UNIT_LINEAR_SCALE",
	"UNIT_LOG_SCALE", "UNIT_REVERSE_LOG_SCALE");

MESSAGE(parameter, ML "ParameterSpec", F_ONE("parameterName", STRING),
	F_ONE("minValue", DOUBLE), F_ONE("maxValue", DOUBLE),
	F_ENUM("type", parameter_type), F_LIST("categoricalValues", STRING),
	F_LIST_OF("discreteValues", DOUBLE, 1000),
	F_ENUM("scaleType", parameter_scale));

MESSAGE(hyperparameters, ML "HyperparameterSpec", F_ENUM("goal", goal),
	F_MSGS("params", parameter), F_AT_LEAST("maxTrials", INT32, 0),
	F_AT_LEAST("maxParallelTrials", INT32, 0),
	F_ONE("hyperparameterMetricTag", STRING),
	F_ONE("resumePreviousJobId", STRING),
	F_ONE("enableTrialEarlyStopping", BOOL),
	F_AT_LEAST("maxFailedTrials", INT32, 0),
	F_ENUM("algorithm", algorithm));

MESSAGE(accelerator_config, ML "AcceleratorConfig", F_ONE("count", INT64),
	F_ENUM("type", accelerator));

MESSAGE(disk_config, ML "DiskConfig", F_ONE("bootDiskType", STRING),
	F_AT_LEAST("bootDiskSizeGb", INT32, 0));

MESSAGE(replica_config, ML "ReplicaConfig",
	F_MSG("acceleratorConfig", accelerator_config),
	F_ONE("imageUri", STRING), F_MSG("diskConfig", disk_config),
	F_ONE("tpuTfVersion", STRING), F_LIST("containerCommand", STRING),
	F_LIST("containerArgs", STRING));

MESSAGE(encryption_config, ML "EncryptionConfig", F_ONE("kmsKeyName", STRING));

MESSAGE(scheduling, ML "Scheduling", F_ONE("maxRunningTime", DURATION),
	F_AT_LEAST("maxWaitTime", DURATION, 1800),
	F_ONE("resilientToWorkerRestart", BOOL), F_ENUM("strategy", strategy),
	F_WITHIN("priority", INT32, 0, 1000));

MESSAGE_PUBLIC(schema_ml_training_input, ML "TrainingInput",
	F_ENUM("scaleTier", tier), F_ONE("masterType", STRING),
	F_ONE("workerType", STRING), F_ONE("parameterServerType", STRING),
	F_AT_LEAST("workerCount", INT64, 0),
	F_AT_LEAST("parameterServerCount", INT64, 0),
	F_LIST_OF("packageUris", STRING, 100), F_ONE("pythonModule", STRING),
	F_LIST("args", STRING), F_MSG("hyperparameters", hyperparameters),
	F_ONE("region", STRING), F_ONE("runtimeVersion", STRING),
	F_ONE("jobDir", STRING), F_ONE("pythonVersion", STRING),
	F_MSG("encryptionConfig", encryption_config),
	F_ONE("enableWebAccess", BOOL), F_MSG("masterConfig", replica_config),
	F_MSG("workerConfig", replica_config),
	F_MSG("parameterServerConfig", replica_config),
	F_MSG("evaluatorConfig", replica_config),
	F_AT_LEAST("evaluatorCount", INT64, 0), F_ONE("evaluatorType", STRING),
	F_ONE("nasJobSpec", ANY_JSON), F_ONE("network", STRING),
	F_MSG("scheduling", scheduling), F_ONE("serviceAccount", STRING),
	F_ONE("useChiefInTfConfig", BOOL));

/* PredictionInput is of the same generated client as the facts. From memory:
 * the order of its fields, and that the three ways to name a model are a oneof,
 * which the client's remark on `model_version` bears out. */
ENUM(data_format, ML "PredictionInput.DataFormat", "DATA_FORMAT_UNSPECIFIED",
	"JSON", "TEXT", "TF_RECORD", "TF_RECORD_GZIP", "FILE_LIST", "CSV");
ENUM(framework, ML "Framework", "FRAMEWORK_UNSPECIFIED", "TENSORFLOW",
	"SCIKIT_LEARN", "XGBOOST");

MESSAGE_PUBLIC(schema_ml_prediction_input, ML "PredictionInput",
	F_ENUM("dataFormat", data_format), F_LIST("inputPaths", STRING),
	F_ONE("outputPath", STRING), F_AT_LEAST("maxWorkerCount", INT64, 0),
	F_ONE("region", STRING), F_ONE("runtimeVersion", STRING),
	F_ONEOF_TYPE("modelName", "model_version", STRING),
	F_ONEOF_TYPE("versionName", "model_version", STRING),
	F_ONEOF_TYPE("uri", "model_version", STRING),
	F_AT_LEAST("batchSize", INT64, 0), F_ONE("signatureName", STRING),
	F_ENUM("outputDataFormat", data_format),
	F_MSG("accelerator", accelerator_config),
	F_ENUM("framework", framework),
	F_AT_LEAST("initialWorkerCount", INT64, 0),
	F_LIST("tagsOverride", STRING), F_ONE("workerType", STRING));

/* What a job answers with; a request's is taken and dropped, as it is in all
 * fields for output only. The client of the facts marks hardly any of these so,
 * but the messages are. From memory: the order. */
MESSAGE(metric, ML "HyperparameterOutput.HyperparameterMetric",
	F_ONE("trainingStep", INT64), F_ONE("objectiveValue", DOUBLE));

MESSAGE(built_in_output, ML "BuiltInAlgorithmOutput",
	F_ONE("framework", STRING), F_ONE("runtimeVersion", STRING),
	F_ONE("pythonVersion", STRING), F_ONE("modelPath", STRING));

MESSAGE(trial, ML "HyperparameterOutput", F_ONE("trialId", STRING),
	F_ONE("hyperparameters", STRING_MAP), F_MSG("finalMetric", metric),
	F_ONE("isTrialStoppedEarly", BOOL), F_MSGS("allMetrics", metric),
	F_MSG("builtInAlgorithmOutput", built_in_output),
	F_ENUM_OUT("state", state), F_OUT("startTime", TIMESTAMP),
	F_OUT("endTime", TIMESTAMP), F_OUT("webAccessUris", STRING_MAP));

MESSAGE(training_output, ML "TrainingOutput",
	F_ONE("completedTrialCount", INT64), F_MSGS("trials", trial),
	F_ONE("consumedMLUnits", DOUBLE),
	F_ONE("isHyperparameterTuningJob", BOOL),
	F_ONE("isBuiltInAlgorithmJob", BOOL),
	F_MSG("builtInAlgorithmOutput", built_in_output),
	F_ONE("hyperparameterMetricTag", STRING),
	F_ONE("nasJobOutput", ANY_JSON), F_OUT("webAccessUris", STRING_MAP));

MESSAGE(prediction_output, ML "PredictionOutput", F_ONE("outputPath", STRING),
	F_ONE("predictionCount", INT64), F_ONE("errorCount", INT64),
	F_ONE("nodeHours", DOUBLE));

MESSAGE(explanation_output, ML "ExplanationOutput",
	F_ONE("explanationCount", INT64), F_ONE("errorCount", INT64),
	F_ONE("nodeHours", DOUBLE), F_ONE("outputBigqueryTable", STRING));

MESSAGE_PUBLIC(schema_ml_job, ML "Job", F_ONE("jobId", STRING),
	F_MSG("trainingInput", schema_ml_training_input),
	F_MSG("predictionInput", schema_ml_prediction_input),
	F_ONE("explanationInput", ANY_JSON), F_OUT("createTime", TIMESTAMP),
	F_OUT("startTime", TIMESTAMP), F_OUT("endTime", TIMESTAMP),
	F_ENUM_OUT("state", state), F_OUT("errorMessage", STRING),
	F_MSG_OUT("trainingOutput", training_output),
	F_MSG_OUT("predictionOutput", prediction_output),
	F_MSG_OUT("explanationOutput", explanation_output),
	F_ONE("labels", STRING_MAP), F_ONE("etag", BYTES),
	F_OUT("jobPosition", INT64));

MESSAGE_PUBLIC(schema_ml_list_jobs, ML "ListJobsResponse",
	F_MSGS("jobs", schema_ml_job), F_ONE("nextPageToken", STRING));

MESSAGE(config, ML "Config", F_ONE("tpuServiceAccount", STRING));

MESSAGE_PUBLIC(schema_ml_get_config, ML "GetConfigResponse",
	F_ONE("serviceAccount", STRING), F_ONE("serviceAccountProject", INT64),
	F_MSG("config", config));

ENUM(capability_type, ML "Capability.Type", "TYPE_UNSPECIFIED", "TRAINING",
	"BATCH_PREDICTION", "ONLINE_PREDICTION");

MESSAGE(capability, ML "Capability", F_ENUM("type", capability_type),
	F_ENUMS("availableAccelerators", accelerator));

MESSAGE_PUBLIC(schema_ml_location, ML "Location", F_ONE("name", STRING),
	F_MSGS("capabilities", capability));

MESSAGE_PUBLIC(schema_ml_list_locations, ML "ListLocationsResponse",
	F_MSGS("locations", schema_ml_location),
	F_ONE("nextPageToken", STRING));

const struct proto_message schema_ml_cancel = {
	ML "CancelJobRequest", (const struct proto_field[]){F_END}};
