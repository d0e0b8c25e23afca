package slipway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.mlflow.api.proto.ModelRegistry.ModelVersion;
import org.mlflow.api.proto.Service.Experiment;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.Param;
import org.mlflow.api.proto.Service.Run;
import org.mlflow.api.proto.Service.RunInfo;
import org.mlflow.api.proto.Service.RunStatus;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.api.proto.Service.ViewType;
import org.mlflow.tracking.ActiveRun;
import org.mlflow.tracking.ExperimentsPage;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;
import org.mlflow.tracking.MlflowContext;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.RunsPage;

/** The Java client as released, against the host named by SLIPWAY_URL. */
class ClientTest {
  private static final String URL = System.getenv("SLIPWAY_URL");
  private final MlflowClient client = new MlflowClient(URL);

  private static String fresh(String what) {
    return what + "-" + UUID.randomUUID();
  }

  @Test
  void experiments() {
    String name = fresh("experiment");
    String id = client.createExperiment(name);
    client.setExperimentTag(id, "team", "größe");
    Experiment experiment = client.getExperiment(id);
    assertEquals(name, experiment.getName());
    assertEquals("größe", experiment.getTags(0).getValue());
    assertTrue(experiment.getCreationTime() > 1_700_000_000_000L);
    assertEquals(id, client.getExperimentByName(name).orElseThrow().getExperimentId());
    assertTrue(client.getExperimentByName(fresh("none")).isEmpty());
    client.renameExperiment(id, name + " renamed");
    ExperimentsPage page = client.searchExperiments("name = '" + name + " renamed'");
    assertEquals(1, page.getItems().size());
    client.deleteExperiment(id);
    assertEquals("deleted", client.getExperiment(id).getLifecycleStage());
    client.restoreExperiment(id);
    assertEquals("active", client.getExperiment(id).getLifecycleStage());
    MlflowHttpException again =
        assertThrows(
            MlflowHttpException.class, () -> client.createExperiment(name + " renamed"));
    assertEquals(400, again.getStatusCode());
    assertTrue(again.getBodyMessage().contains("RESOURCE_ALREADY_EXISTS"));
  }

  @Test
  void runs() {
    String experiment = client.createExperiment(fresh("runs"));
    RunInfo info = client.createRun(experiment);
    String id = info.getRunId();
    client.logParam(id, "depth", "3");
    client.setTag(id, "kind", "smoke");
    client.logMetric(id, "loss", 0.5, 1_000L, 1L);
    client.logMetric(id, "loss", 0.25, 2_000L, 2L);
    client.logBatch(
        id,
        List.of(
            Metric.newBuilder()
                .setKey("auc")
                .setValue(Double.NaN)
                .setTimestamp(3_000L)
                .setStep(0)
                .build()),
        List.of(Param.newBuilder().setKey("rate").setValue("0.1").build()),
        List.of(RunTag.newBuilder().setKey("other").setValue("x").build()));
    List<Metric> history = client.getMetricHistory(id, "loss");
    assertEquals(List.of(0.5, 0.25), history.stream().map(Metric::getValue).toList());
    assertEquals(List.of(1L, 2L), history.stream().map(Metric::getStep).toList());
    client.setTerminated(id, RunStatus.FINISHED, 9_000L);
    Run run = client.getRun(id);
    assertEquals(RunStatus.FINISHED, run.getInfo().getStatus());
    assertEquals(9_000L, run.getInfo().getEndTime());
    assertEquals(2, run.getData().getParamsCount());
    assertTrue(
        run.getData().getMetricsList().stream()
            .anyMatch(metric -> metric.getKey().equals("auc") && Double.isNaN(metric.getValue())));
    assertThrows(MlflowHttpException.class, () -> client.logParam(id, "depth", "4"));
    client.deleteTag(id, "kind");
    client.deleteRun(id);
    assertEquals("deleted", client.getRun(id).getInfo().getLifecycleStage());
    client.restoreRun(id);
  }

  @Test
  void searchInPages() {
    String experiment = client.createExperiment(fresh("search"));
    for (int i = 0; i < 5; i++) {
      String id = client.createRun(experiment).getRunId();
      client.logMetric(id, "score", i);
    }
    RunsPage page =
        client.searchRuns(
            List.of(experiment), "metrics.score >= 1", ViewType.ACTIVE_ONLY, 3,
            List.of("metrics.score DESC"));
    assertEquals(3, page.getItems().size());
    assertEquals(4.0, page.getItems().get(0).getData().getMetrics(0).getValue());
    assertTrue(page.hasNextPage());
    assertEquals(1, ((RunsPage) page.getNextPage()).getItems().size());
    assertThrows(
        MlflowHttpException.class,
        () -> client.searchRuns(List.of(experiment), "nonsense", ViewType.ALL, 1));
  }

  /** The client reads the registry and leaves writing to plain requests of its own. */
  @Test
  void registry() {
    String name = fresh("model");
    client.sendPost("registered-models/create", "{\"name\": \"" + name + "\"}");
    String run = client.createRun(client.createExperiment(fresh("registry"))).getRunId();
    String version =
        "{\"name\": \"%s\", \"run_id\": \"%s\", \"source\": \"runs:/%s/model\"}"
            .formatted(name, run, run);
    client.sendPost("model-versions/create", version);
    client.sendPost("model-versions/create", version);
    client.sendPost(
        "model-versions/transition-stage",
        "{\"name\": \"%s\", \"version\": \"1\", \"stage\": \"Staging\"}".formatted(name));
    assertEquals(name, client.getRegisteredModel(name).getName());
    ModelVersion first = client.getModelVersion(name, "1");
    assertEquals("Staging", first.getCurrentStage());
    assertEquals(run, first.getRunId());
    assertEquals("2", client.getLatestVersions(name, List.of("None")).get(0).getVersion());
    assertEquals(2, client.searchModelVersions("name = '" + name + "'").getItems().size());
    assertThrows(MlflowClientException.class, () -> client.getRegisteredModel(fresh("none")));
  }

  @Test
  void fluentContext() {
    MlflowContext context = new MlflowContext(client);
    String name = fresh("fluent");
    client.createExperiment(name);
    context.setExperimentName(name);
    ActiveRun run = context.startRun("parent");
    run.logParam("a", "1");
    run.logMetric("m", 1.5);
    ActiveRun child = context.startRun("child", run.getId());
    child.endRun();
    run.endRun(RunStatus.KILLED);
    assertEquals(RunStatus.KILLED, client.getRun(run.getId()).getInfo().getStatus());
    assertTrue(
        client.getRun(child.getId()).getData().getTagsList().stream()
            .anyMatch(
                tag ->
                    tag.getKey().equals("mlflow.parentRunId")
                        && tag.getValue().equals(run.getId())));
  }
}
