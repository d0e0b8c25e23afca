"""databricks-sdk's registry services as their users call them."""

import os
import time
import uuid

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, ResourceDoesNotExist
from databricks.sdk.service import catalog, ml


@pytest.fixture(scope="session")
def w():
    return WorkspaceClient(host=os.environ["SLIPWAY_URL"], token="any", auth_type="pat")


@pytest.fixture
def name():
    return f"model-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def version(w, name):
    w.model_registry.create_model(name, description="late arrivals", tags=[ml.ModelTag("team", "ops")])
    return w.model_registry.create_model_version(name, "s3://bucket/model", run_id="r1").model_version


def until(condition, seconds=120):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("not in time")


def test_models_and_versions(w, name, version):
    r = w.model_registry
    model = r.get_model(name).registered_model_databricks
    assert (model.name, model.description) == (name, "late arrivals")
    assert model.permission_level == ml.PermissionLevel.CAN_MANAGE
    assert [v.version for v in model.latest_versions] == ["1"]
    assert r.get_model_version(name, "1").model_version.source == "s3://bucket/model"
    assert r.get_model_version_download_uri(name, "1").artifact_uri == "s3://bucket/model"
    r.update_model(name, description="other")
    r.update_model_version(name, "1", description="first")
    r.set_model_tag(name, "a", "1")
    r.set_model_version_tag(name, "1", "b", "2")
    assert {t.key for t in r.get_model(name).registered_model_databricks.tags} == {"team", "a"}
    r.delete_model_tag(name, "a")
    r.delete_model_version_tag(name, "1", "b")
    assert [v.version for v in r.get_latest_versions(name)] == ["1"]
    assert name in [m.name for m in r.list_models()]
    assert [m.name for m in r.search_models(filter=f"name = '{name}'")] == [name]
    assert [v.version for v in r.search_model_versions(filter=f"name = '{name}'")] == ["1"]
    renamed = r.rename_model(name, new_name=f"{name}-2").registered_model
    assert renamed.name == f"{name}-2"
    assert r.get_model(f"{name}-2").registered_model_databricks.id == model.id
    r.delete_model_version(f"{name}-2", "1")
    r.delete_model(f"{name}-2")
    with pytest.raises(ResourceDoesNotExist):
        r.get_model(f"{name}-2")


def test_stages_and_requests(w, name, version):
    r = w.model_registry
    moved = r.transition_stage(name, "1", "Staging", False)
    assert str(moved.model_version_databricks.current_stage).endswith("Staging")
    asked = r.create_transition_request(name, "1", "Production", comment="please").request
    assert asked.comment == "please"
    [open_request] = r.list_transition_requests(name, "1")
    assert open_request.id
    assert open_request.activity_type == ml.ActivityType.REQUESTED_TRANSITION
    assert (open_request.from_stage, open_request.to_stage) == ("Staging", "Production")
    assert (open_request.user_id, open_request.comment) == ("local", "please")
    assert open_request.last_updated_timestamp == open_request.creation_timestamp == asked.creation_timestamp
    done = r.approve_transition_request(name, "1", "Production", archive_existing_versions=True, comment="ok")
    assert done.activity.activity_type == ml.ActivityType.APPROVED_REQUEST
    assert r.get_model_version(name, "1").model_version.current_stage == "Production"
    r.create_transition_request(name, "1", "Archived")
    assert r.reject_transition_request(name, "1", "Archived").activity.activity_type == ml.ActivityType.REJECTED_REQUEST
    r.create_transition_request(name, "1", "Archived")
    r.delete_transition_request(name, "1", "Archived", creator="local")
    assert list(r.list_transition_requests(name, "1")) == []
    with pytest.raises(NotFound):
        r.approve_transition_request(name, "1", "Archived", archive_existing_versions=False)


def test_comments(w, name, version):
    r = w.model_registry
    comment = r.create_comment(name, "1", "hm").comment
    assert r.update_comment(comment.id, "better").comment.comment == "better"
    r.delete_comment(comment.id)
    with pytest.raises(ResourceDoesNotExist):
        r.delete_comment(comment.id)


def test_permissions(w, name, version):
    r = w.model_registry
    id = r.get_model(name).registered_model_databricks.id
    assert len(r.get_permission_levels(id).permission_levels) == 5
    entry = ml.RegisteredModelAccessControlRequest(
        group_name="team", permission_level=ml.RegisteredModelPermissionLevel.CAN_EDIT
    )
    r.set_permissions(id, access_control_list=[entry])
    assert {a.group_name for a in r.get_permissions(id).access_control_list} == {"team", "admins"}
    r.update_permissions(id, access_control_list=[
        ml.RegisteredModelAccessControlRequest(
            user_name="ana", permission_level=ml.RegisteredModelPermissionLevel.CAN_READ
        )
    ])
    assert len(r.get_permissions(id).access_control_list) == 3


def test_webhooks(w, name, version, receiver):
    url, got = receiver
    r = w.model_registry
    hook = r.create_webhook(
        events=[ml.RegistryWebhookEvent.MODEL_VERSION_TRANSITIONED_STAGE],
        model_name=name,
        http_url_spec=ml.HttpUrlSpec(url=url, secret="s"),
    ).webhook
    assert hook.http_url_spec.url == url
    assert [h.id for h in r.list_webhooks(model_name=name)] == [hook.id]
    tested = r.test_registry_webhook(hook.id)
    assert (tested.status_code, tested.body) == (200, "thanks")
    r.transition_stage(name, "1", "Staging", False)
    until(lambda: len(got) == 2)
    headers, body = got[1]
    assert (body["event"], body["model_name"], body["version"]) == ("MODEL_VERSION_TRANSITIONED_STAGE", name, "1")
    assert (body["from_stage"], body["to_stage"]) == ("None", "Staging")
    assert "x-databricks-signature" in headers
    r.update_webhook(hook.id, status=ml.RegistryWebhookStatus.DISABLED)
    r.delete_webhook(hook.id)
    assert list(r.list_webhooks(model_name=name)) == []
    with pytest.raises(BadRequest):
        r.create_webhook(events=[ml.RegistryWebhookEvent.COMMENT_CREATED])


def test_unity_catalog(w, name):
    schema = f"s{uuid.uuid4().hex[:8]}"
    full = f"prod.{schema}.{name}"
    made = w.registered_models.create(catalog_name="prod", schema_name=schema, name=name, comment="late")
    assert (made.full_name, made.comment) == (full, "late")
    # A version of the workspace registry is the same version here.
    w.model_registry.create_model_version(full, "s3://bucket/uc")
    w.model_registry.create_model_version(full, "s3://bucket/uc2")
    w.registered_models.set_alias(full, "champion", 2)
    found = w.model_versions.get_by_alias(full, "champion")
    assert (found.version, found.source, found.status) == (2, "s3://bucket/uc2", catalog.ModelVersionInfoStatus.READY)
    assert [a.alias_name for a in w.registered_models.get(full, include_aliases=True).aliases] == ["champion"]
    assert [v.version for v in w.model_versions.list(full, max_results=1)] == [2, 1]
    assert w.model_versions.update(full, 1, comment="old").comment == "old"
    assert w.model_versions.get(full, 1).comment == "old"
    listed = w.registered_models.list(catalog_name="prod", schema_name=schema)
    assert [m.full_name for m in listed] == [full]
    w.registered_models.update(full, comment="later", new_name=f"{name}-2")
    full = f"{full}-2"
    assert w.registered_models.get(full).comment == "later"
    w.registered_models.delete_alias(full, "champion")
    with pytest.raises(NotFound):
        w.model_versions.get_by_alias(full, "champion")
    w.model_versions.delete(full, 1)
    w.registered_models.delete(full)
    with pytest.raises(NotFound):
        w.registered_models.get(full)
