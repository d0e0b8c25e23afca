# MLflow's R client, as its sources install it, against the host of SLIPWAY_URL. Each check is one line; the last
# line is their count. With LIBRARY the folder where the package `mlflow` is installed.
library(mlflow, lib.loc = Sys.getenv("LIBRARY"))
url <- Sys.getenv("SLIPWAY_URL")
mlflow_set_tracking_uri(url)
client <- mlflow_client()

passed <- 0
failed <- 0
check <- function(what, body) {
  error <- tryCatch(
    {
      force(body)
      NULL
    },
    error = function(e) conditionMessage(e)
  )
  if (is.null(error)) {
    passed <<- passed + 1
    cat("ok   ", what, "\n", sep = "")
  } else {
    failed <<- failed + 1
    cat("FAIL ", what, ": ", error, "\n", sep = "")
  }
}
equal <- function(found, expected) {
  same <- all.equal(found, expected, check.attributes = FALSE)
  if (!isTRUE(same)) stop(paste(same, collapse = "; "), "; found ", toString(found), call. = FALSE)
}
refused <- function(code, body) {
  message <- tryCatch(
    {
      force(body)
      "nothing was refused"
    },
    error = function(e) conditionMessage(e)
  )
  if (!grepl(code, message, fixed = TRUE)) stop(message, call. = FALSE)
}
values <- function(table, keys) table$value[match(keys, table$key)]

experiment <- NULL
check("an experiment is created, found by id and name, and tagged", {
  experiment <- mlflow_create_experiment("from R", tags = list(team = "stats", note = "ä\u4e2d"))
  mlflow_set_experiment_tag("stage", "first", experiment_id = experiment)
  by_id <- mlflow_get_experiment(experiment_id = experiment)
  equal(by_id$name, "from R")
  equal(values(by_id$tags[[1]], c("team", "note", "stage")), c("stats", "ä\u4e2d", "first"))
  equal(mlflow_get_experiment(name = "from R")$experiment_id, experiment)
})
check("an experiment of a name that is taken is refused", {
  refused("RESOURCE_ALREADY_EXISTS", mlflow_create_experiment("from R"))
})
check("an experiment is renamed, deleted, found as deleted and restored", {
  id <- mlflow_create_experiment("renamed soon")
  mlflow_rename_experiment("renamed", experiment_id = id)
  mlflow_delete_experiment(id)
  deleted <- mlflow_search_experiments(experiment_view_type = "DELETED_ONLY")$experiments
  equal(deleted$name, "renamed")
  mlflow_restore_experiment(id)
  equal(mlflow_get_experiment(experiment_id = id)$lifecycle_stage, "active")
})
check("experiments are searched with filter, order and pages", {
  found <- mlflow_search_experiments(filter = "tags.team = 'stats'")
  equal(found$experiments$name, "from R")
  page <- mlflow_search_experiments(max_results = 1, order_by = list("name DESC"))
  equal(page$experiments$name, "renamed")
  rest <- mlflow_search_experiments(
    max_results = 1, order_by = list("name DESC"), page_token = page$next_page_token
  )
  equal(rest$experiments$name, "from R")
})
check("an unknown experiment is set as active by making it", {
  id <- suppressMessages(mlflow_set_experiment(experiment_name = "made by set"))
  equal(mlflow_get_experiment(experiment_id = id)$name, "made by set")
})

run <- NULL
check("a fluent run logs metrics, params and tags", {
  mlflow_set_experiment(experiment_id = experiment)
  run <- mlflow_start_run()
  for (step in 1:5) mlflow_log_metric("loss", 1 / step, step = step)
  mlflow_log_metric("odd", Inf)
  mlflow_log_metric("odd", NaN, step = 1)
  mlflow_log_param("alpha", 0.5)
  mlflow_log_param("missing", NA)
  mlflow_set_tag("owner", "ana")
  mlflow_end_run()
  got <- mlflow_get_run(run$run_id)
  equal(got$status, "FINISHED")
  equal(values(got$params[[1]], c("alpha", "missing")), c("0.5", "NA"))
  equal(values(got$tags[[1]], "owner"), "ana")
  equal(values(got$metrics[[1]], "loss"), 0.2)
  stopifnot(is.nan(values(got$metrics[[1]], "odd")), inherits(got$end_time, "POSIXct"))
})
check("the history of a metric comes back in its order", {
  history <- mlflow_get_metric_history("loss", run_id = run$run_id)
  equal(history$step, 1:5)
  equal(history$value, 1 / 1:5)
})
check("a batch is logged by the client", {
  other <- mlflow_start_run(client = client, experiment_id = experiment, tags = list(kind = "batch"))
  now <- as.numeric(Sys.time()) * 1000
  mlflow_log_batch(
    metrics = data.frame(key = c("a", "b"), value = c(1.5, Inf), step = c(0, 0), timestamp = round(c(now, now))),
    params = data.frame(key = "depth", value = "3"),
    tags = data.frame(key = "extra", value = "yes"),
    run_id = other$run_id, client = client
  )
  mlflow_end_run(status = "FAILED", run_id = other$run_id, client = client)
  got <- mlflow_get_run(other$run_id, client = client)
  equal(got$status, "FAILED")
  # What is infinite is kept as the largest number, as MLflow's own store does.
  equal(values(got$metrics[[1]], c("a", "b")), c(1.5, .Machine$double.xmax))
  equal(values(got$tags[[1]], c("kind", "extra")), c("batch", "yes"))
  mlflow_delete_tag("extra", run_id = other$run_id, client = client)
  stopifnot(!"extra" %in% mlflow_get_run(other$run_id, client = client)$tags[[1]]$key)
})
check("a param that changes is refused", {
  refused("INVALID_PARAMETER_VALUE", mlflow_log_param("alpha", 0.6, run_id = run$run_id, client = client))
})
check("nested runs know their parent", {
  with(parent <- mlflow_start_run(), {
    child <- mlflow_start_run(nested = TRUE)
    mlflow_end_run()
  })
  equal(values(mlflow_get_run(child$run_id)$tags[[1]], "mlflow.parentRunId"), parent$run_id)
})
check("runs are searched with filter and order", {
  found <- mlflow_search_runs("params.alpha = '0.5'", experiment_ids = list(experiment))
  equal(found$run_id, run$run_id)
  by_loss <- mlflow_search_runs(
    "metrics.loss < 1", experiment_ids = list(experiment), order_by = list("metrics.loss ASC")
  )
  equal(nrow(by_loss), 1)
  refused("INVALID_PARAMETER_VALUE", mlflow_search_runs("nonsense", experiment_ids = list(experiment)))
})
check("a run is deleted, found as deleted and restored", {
  mlflow_delete_run(run$run_id)
  deleted <- mlflow_search_runs(run_view_type = "DELETED_ONLY", experiment_ids = list(experiment))
  equal(deleted$run_id, run$run_id)
  equal(mlflow_restore_run(run$run_id)$lifecycle_stage, "active")
})

folder <- tempfile()
dir.create(folder)
check("files and folders are logged, listed and downloaded", {
  writeLines("one", file.path(folder, "a b.txt"))
  writeBin(as.raw(rep(0:255, 24000)), file.path(folder, "six-mb.bin"))
  mlflow_log_artifact(folder, "data", run_id = run$run_id, client = client)
  mlflow_log_artifact(file.path(folder, "a b.txt"), run_id = run$run_id, client = client)
  root <- suppressMessages(mlflow_list_artifacts(run_id = run$run_id))
  equal(root$path, c("a b.txt", "data"))
  equal(root$is_dir, c(FALSE, TRUE))
  data <- suppressMessages(mlflow_list_artifacts("data", run_id = run$run_id))
  equal(data$path, c("data/a b.txt", "data/six-mb.bin"))
  there <- mlflow_download_artifacts("data", run_id = run$run_id)
  equal(unname(tools::md5sum(file.path(there, "six-mb.bin"))), unname(tools::md5sum(file.path(folder, "six-mb.bin"))))
})

version <- NULL
check("a registered model is created, described, renamed and found", {
  mlflow_create_registered_model("r model", tags = list(list(key = "a", value = "b")), description = "first")
  equal(mlflow_get_registered_model("r model")$description, "first")
  mlflow_update_registered_model("r model", "second")
  mlflow_rename_registered_model("r model", "r-model")
  equal(mlflow_get_registered_model("r-model")$description, "second")
  refused("RESOURCE_DOES_NOT_EXIST", mlflow_get_registered_model("r model"))
})
check("registered models are searched", {
  found <- mlflow_search_registered_models("name = 'r-model'")
  equal(found$registered_models[[1]]$name, "r-model")
})
check("a version is created, described, tagged and put into a stage", {
  source <- paste0(mlflow_get_run(run$run_id)$artifact_uri, "/data")
  version <- mlflow_create_model_version("r-model", source, run_id = run$run_id, description = "v1")
  equal(version$version, "1")
  mlflow_update_model_version("r-model", "1", "better")
  equal(mlflow_get_model_version("r-model", "1")$description, "better")
  mlflow_set_model_version_tag("r-model", version = "1", key = "k", value = "v")
  equal(mlflow_transition_model_version_stage("r-model", "1", "Staging")$current_stage, "Staging")
  equal(mlflow_get_latest_versions("r-model")[[1]]$version, "1")
})
check("a version and its model are deleted", {
  mlflow_delete_model_version("r-model", "1")
  refused("RESOURCE_DOES_NOT_EXIST", mlflow_get_model_version("r-model", "1"))
  mlflow_delete_registered_model("r-model")
})

cat(passed, " passed, ", failed, " failed\n", sep = "")
quit(status = as.integer(failed > 0))
