"""databricks-sdk's `w.experiments` beyond what MLflow's clients call."""

import os
import time
import uuid

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.common.types.fieldmask import FieldMask
from databricks.sdk.service import ml


@pytest.fixture(scope="session")
def w():
    return WorkspaceClient(host=os.environ["SLIPWAY_URL"], token="any", auth_type="pat")


@pytest.fixture
def experiment_id(w):
    return w.experiments.create_experiment(f"experiment-{uuid.uuid4().hex[:12]}").experiment_id


def stages(w, runs):
    return [w.experiments.get_run(run).run.info.lifecycle_stage for run in runs]


def test_runs_are_deleted_and_restored_by_time(w, experiment_id):
    runs = [
        w.experiments.create_run(experiment_id=experiment_id, start_time=start).run.info.run_id
        for start in (1000, 2000, 3000)
    ]
    before = int(time.time() * 1000)
    assert w.experiments.delete_runs(experiment_id, 2000).runs_deleted == 2
    assert stages(w, runs) == ["deleted", "deleted", "active"]
    assert w.experiments.restore_runs(experiment_id, before, max_runs=1).runs_restored == 1
    assert w.experiments.restore_runs(experiment_id, before).runs_restored == 1
    assert stages(w, runs) == ["active"] * 3


def test_experiments_are_listed_through_their_pages(w, experiment_id):
    listed = {one.experiment_id for one in w.experiments.list_experiments(max_results=1)}
    assert experiment_id in listed
    w.experiments.delete_experiment(experiment_id)
    listed = {one.experiment_id for one in w.experiments.list_experiments()}
    assert experiment_id not in listed
    everything = w.experiments.list_experiments(view_type=ml.ViewType.ALL)
    assert experiment_id in {one.experiment_id for one in everything}


def test_what_is_logged_is_read_back(w, experiment_id):
    run_id = w.experiments.create_run(experiment_id=experiment_id, run_name="first").run.info.run_id
    now = int(time.time() * 1000)
    w.experiments.log_batch(
        run_id=run_id,
        metrics=[ml.Metric(key="loss", value=1 / step, timestamp=now, step=step) for step in (1, 2, 4)],
        params=[ml.Param(key="depth", value="6")],
        tags=[ml.RunTag(key="team", value="ops")],
    )
    w.experiments.set_tag(key="note", value="kept", run_id=run_id)
    w.experiments.delete_tag(run_id=run_id, key="team")
    w.experiments.update_run(run_id=run_id, status=ml.UpdateRunStatus.FINISHED, end_time=now)
    run = w.experiments.get_run(run_id).run
    assert (run.info.run_name, run.info.status) == ("first", ml.RunInfoStatus.FINISHED)
    assert {one.key: one.value for one in run.data.params} == {"depth": "6"}
    assert {one.key: one.value for one in run.data.tags}.items() >= {("note", "kept")}
    history = list(w.experiments.get_history(metric_key="loss", run_id=run_id, max_results=2))
    assert [point.value for point in history] == [1.0, 0.5, 0.25]
    found = w.experiments.search_runs(experiment_ids=[experiment_id], filter="metrics.loss < 0.3")
    assert [one.info.run_id for one in found] == [run_id]
    assert list(w.experiments.list_artifacts(run_id=run_id)) == []


def access(entries):
    return {
        one.user_name or one.group_name: [given.permission_level for given in one.all_permissions]
        for one in entries.access_control_list
    }


def test_permissions_are_set_updated_and_listed(w, experiment_id):
    level = ml.ExperimentPermissionLevel
    levels = w.experiments.get_permission_levels(experiment_id).permission_levels
    assert [one.permission_level for one in levels] == [level.CAN_READ, level.CAN_EDIT, level.CAN_MANAGE]
    ask = ml.ExperimentAccessControlRequest
    given = w.experiments.set_permissions(
        experiment_id, access_control_list=[ask(user_name="ana", permission_level=level.CAN_READ)]
    )
    assert given.object_id == f"/experiments/{experiment_id}"
    assert access(given) == {"ana": [level.CAN_READ], "admins": [level.CAN_MANAGE]}
    w.experiments.update_permissions(
        experiment_id, access_control_list=[ask(group_name="ops", permission_level=level.CAN_EDIT)]
    )
    everybody = {"ana": [level.CAN_READ], "ops": [level.CAN_EDIT], "admins": [level.CAN_MANAGE]}
    assert access(w.experiments.get_permissions(experiment_id)) == everybody


def test_an_experiment_is_found_by_its_name(w, experiment_id):
    name = w.experiments.get_experiment(experiment_id).experiment.name
    assert w.experiments.get_by_name(name).experiment.experiment_id == experiment_id


def test_issues(w, experiment_id):
    parent = f"experiments/{experiment_id}"
    sent = ml.Issue(title="late answers", severity=ml.IssueSeverity.HIGH, tags={"team": "ops"})
    issue = w.experiments.create_issue(parent, sent, issue_id=f"iss-{uuid.uuid4().hex}")
    assert w.experiments.get_issue(issue.name) == issue
    w.experiments.create_issue(parent, ml.Issue(title="other", severity=ml.IssueSeverity.LOW))
    found = [one.title for one in w.experiments.search_issues(parent, page_size=1)]
    assert found == ["late answers", "other"]
    issue.status = ml.IssueStatus.RESOLVED
    updated = w.experiments.update_issue(issue.name, issue, FieldMask(["status"]))
    assert (updated.status, updated.title) == (ml.IssueStatus.RESOLVED, "late answers")
    resolved = w.experiments.search_issues(parent, statuses=[ml.IssueStatus.RESOLVED])
    assert [one.issue_id for one in resolved] == [issue.issue_id]
