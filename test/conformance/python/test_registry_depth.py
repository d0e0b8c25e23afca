"""The registry as the newest client has it: addresses of models, aliases, stages, webhooks, prompts."""

import time

import mlflow
import pytest
from mlflow.entities.webhook import WebhookAction, WebhookEntity, WebhookEvent, WebhookStatus
from mlflow.exceptions import MlflowException

NAME = "delays"
ATTEMPTS = 600


@pytest.fixture
def versions(client):
    """Three versions, each with a file that says its number."""
    client.create_registered_model(NAME, tags={"team": "ops"}, description="late arrivals")
    for number in ("1", "2", "3"):
        run = client.create_run("0")
        client.log_text(run.info.run_id, number, "model/number.txt")
        made = client.create_model_version(NAME, f"{run.info.artifact_uri}/model", run.info.run_id)
        assert str(made.version) == number
    return client


def behind(uri, tmp_path):
    """What the file says that a client finds behind an address of a model."""
    folder = mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path))
    with open(f"{folder}/number.txt") as file:
        return file.read()


def test_addresses_of_models_lead_to_their_files(versions, tmp_path):
    assert behind(f"models:/{NAME}/2", tmp_path) == "2"
    versions.transition_model_version_stage(NAME, "1", "Staging")
    assert behind(f"models:/{NAME}/Staging", tmp_path) == "1"
    versions.transition_model_version_stage(NAME, "3", "Staging")
    assert behind(f"models:/{NAME}/Staging", tmp_path) == "3"
    versions.set_registered_model_alias(NAME, "champion", "1")
    assert behind(f"models:/{NAME}@champion", tmp_path) == "1"
    versions.set_registered_model_alias(NAME, "champion", "2")
    assert behind(f"models:/{NAME}@champion", tmp_path) == "2"
    assert behind(f"models:/{NAME}/latest", tmp_path) == "3"
    for nowhere in (f"models:/{NAME}/9", f"models:/{NAME}@nobody", f"models:/{NAME}/Production"):
        with pytest.raises(MlflowException):
            mlflow.artifacts.download_artifacts(nowhere, dst_path=str(tmp_path))


def test_stages_archive_what_was_there(versions):
    versions.transition_model_version_stage(NAME, "1", "Production")
    versions.transition_model_version_stage(NAME, "2", "Production", archive_existing_versions=True)
    stages = {str(v.version): v.current_stage for v in versions.search_model_versions(f"name = '{NAME}'")}
    assert stages == {"1": "Archived", "2": "Production", "3": "None"}
    latest = versions.get_latest_versions(NAME, ["Production"])
    assert [str(v.version) for v in latest] == ["2"]


def test_aliases_and_tags_stand_on_model_and_version(versions):
    versions.set_registered_model_alias(NAME, "champion", "2")
    versions.set_registered_model_alias(NAME, "canary", "2")
    assert sorted(versions.get_model_version(NAME, "2").aliases) == ["canary", "champion"]
    assert {k: str(v) for k, v in versions.get_registered_model(NAME).aliases.items()} == {
        "canary": "2",
        "champion": "2",
    }
    versions.delete_registered_model_alias(NAME, "canary")
    assert versions.get_model_version(NAME, "2").aliases == ["champion"]
    versions.set_model_version_tag(NAME, "2", "owner", "ana")
    versions.delete_registered_model_tag(NAME, "team")
    assert versions.get_model_version(NAME, "2").tags == {"owner": "ana"}
    assert versions.get_registered_model(NAME).tags == {}


def test_a_model_is_renamed_and_deleted_with_all_that_is_in_it(versions, tmp_path):
    versions.set_registered_model_alias(NAME, "champion", "2")
    versions.rename_registered_model(NAME, "late")
    assert behind("models:/late@champion", tmp_path) == "2"
    versions.delete_model_version("late", "2")
    with pytest.raises(MlflowException):
        versions.get_model_version_by_alias("late", "champion")
    versions.delete_registered_model("late")
    assert versions.search_model_versions("name = 'late'") == []
    with pytest.raises(MlflowException, match="not found"):
        versions.get_registered_model("late")


def test_webhooks_are_told_of_what_happens(client, receiver):
    url, got = receiver
    event = WebhookEvent(WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.CREATED)
    hook = client.create_webhook("aliases", url, [event], description="d", secret="s3cret")
    assert (hook.status, hook.secret) == (WebhookStatus.ACTIVE, None)
    assert [h.webhook_id for h in client.list_webhooks()] == [hook.webhook_id]
    tested = client.test_webhook(hook.webhook_id)
    assert (tested.success, tested.response_status) == (True, 200)
    client.create_registered_model(NAME)
    client.create_model_version(NAME, "s3://bucket/model")
    client.set_registered_model_alias(NAME, "champion", "1")
    for _ in range(ATTEMPTS):
        if len(got) == 2:
            break
        time.sleep(0.2)
    headers, body = got[1]
    assert (body["entity"], body["action"]) == ("model_version_alias", "created")
    assert body["data"] == {"name": NAME, "alias": "champion", "version": "1"}
    assert headers["x-mlflow-signature"].startswith("v1,")
    paused = client.update_webhook(hook.webhook_id, status=WebhookStatus.DISABLED)
    assert paused.status == WebhookStatus.DISABLED
    client.delete_webhook(hook.webhook_id)
    assert list(client.list_webhooks()) == []


def test_prompts_are_versioned_and_named(client):
    client.create_registered_model("a-model")
    for text in ("Hello {{name}}", "Dear {{name}}"):
        client.register_prompt("greeting", text, commit_message="m", tags={"tone": "kind"})
    client.set_prompt_alias("greeting", "production", 1)
    assert client.get_prompt_version("greeting", 2).template == "Dear {{name}}"
    assert client.load_prompt("prompts:/greeting@production").format(name="Ana") == "Hello Ana"
    assert [p.name for p in client.search_prompts()] == ["greeting"]
    assert [m.name for m in client.search_registered_models()] == ["a-model"]
    with pytest.raises(MlflowException):
        client.create_registered_model("greeting")
