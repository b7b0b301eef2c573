package @package{};

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import @class{tensorflow.serving.GetModelStatusRequest};
import @class{tensorflow.serving.GetModelStatusResponse};
import @class{tensorflow.serving.ModelConfig};
import @class{tensorflow.serving.ModelService};
import @class{tensorflow.serving.ModelSpec};
import @class{tensorflow.serving.ModelVersionStatus};
import @class{tensorflow.serving.ReloadConfigRequest};
import @class{tensorflow.serving.ReloadConfigResponse};

/** The service that tells of a fake server's models, and changes their list. */
final class FakeModels extends ModelServiceGrpc.ModelServiceImplBase {
  private final FakeServer server;

  FakeModels(FakeServer server) {
    this.server = server;
  }

  @Override
  public void getModelStatus(
      GetModelStatusRequest request, StreamObserver<GetModelStatusResponse> observer) {
    FakePredictions.answer(observer, () -> status(request));
  }

  private GetModelStatusResponse status(GetModelStatusRequest request) {
    ModelSpec spec = request.getModelSpec();
    server.called("GetModelStatus", request, spec.getName());
    boolean labelled = !FakeVersion.label(spec).isEmpty();
    long wanted = labelled ? server.find(spec).model.version : spec.getVersion().getValue();
    GetModelStatusResponse.Builder made = GetModelStatusResponse.newBuilder();
    synchronized (server) {
      List<FakeVersion> versions = new ArrayList<>(server.versions(spec.getName()).values());
      Collections.reverse(versions);
      for (FakeVersion each : versions) {
        if (!labelled && !spec.hasVersion() || each.model.version == wanted) {
          ModelVersionStatus.Builder one = made.addModelVersionStatusBuilder();
          one.setVersion(each.model.version).setState(ModelVersionStatus.State.valueOf(each.state));
          String reason = each.status.getDescription();
          one.getStatusBuilder()
              .setErrorCodeValue(each.status.getCode().value())
              .setErrorMessage(reason == null ? "" : reason);
        }
      }
    }
    if (made.getModelVersionStatusCount() == 0) {
      throw Status.NOT_FOUND
          .withDescription("Could not find any versions of model " + spec.getName())
          .asRuntimeException();
    }
    return made.build();
  }

  @Override
  public void handleReloadConfigRequest(
      ReloadConfigRequest request, StreamObserver<ReloadConfigResponse> observer) {
    FakePredictions.answer(
        observer,
        () -> {
          server.called("HandleReloadConfigRequest", request, "");
          List<ModelConfig> configs = request.getConfig().getModelConfigList().getConfigList();
          ReloadConfigResponse.Builder made = ReloadConfigResponse.newBuilder();
          for (ModelConfig each : configs) {
            if (each.getName().isEmpty() || each.getBasePath().isEmpty()) {
              made.getStatusBuilder()
                  .setErrorCodeValue(Status.Code.INVALID_ARGUMENT.value())
                  .setErrorMessage("a model needs a name and a base_path");
              return made.build();
            }
          }
          server.reloaded(configs);
          return made.build();
        });
  }
}
