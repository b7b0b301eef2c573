package @package{};

import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import @class{tensorflow.TensorProto};
import @class{tensorflow.serving.GetModelMetadataRequest};
import @class{tensorflow.serving.ModelServerConfig};
import @class{tensorflow.serving.ModelSpec};
import @class{tensorflow.serving.ModelService};
import @class{tensorflow.serving.PredictRequest};
import @class{tensorflow.serving.PredictResponse};
import @class{tensorflow.serving.PredictionService};
import @class{tensorflow.serving.ReloadConfigRequest};

/** What a client does step by step, whether its calls wait or not, and what it knows about models. */
final class Core {
  /** What is known about a model's signatures. */
  private static final class Known {
    /** The version that they are of. */
    final long version;
    /** Null where the server doesn't tell. */
    final Map<String, Signature> signatures;

    Known(long version, Map<String, Signature> signatures) {
      this.version = version;
      this.signatures = signatures;
    }
  }

  private final Transport transport;
  private final Map<List<Object>, Known> known = new ConcurrentHashMap<>();

  Core(Transport transport) {
    this.transport = transport;
  }

  CompletableFuture<Prediction> predict(Operation operation, Map<String, ?> values) {
    return checked(operation, values)
        .thenCompose(
            inputs ->
                send(operation, inputs.tensors(), null)
                    .thenApply(
                        reply -> {
                          answered(operation.target, reply.getModelSpec());
                          List<ModelSpec> specs = Collections.singletonList(reply.getModelSpec());
                          return new Prediction(reply.getOutputsMap(), specs, inputs.filled());
                        }));
  }

  CompletableFuture<Prediction> predictBatches(Operation operation, Map<String, ?> values, Batch batch) {
    if (batch.parallel < 1) {
      throw new InputException(
          InputException.Kind.SETTING, batch.parallel + " calls at a time");
    }
    return checked(operation, values).thenCompose(inputs -> inParts(operation, inputs, batch));
  }

  private CompletableFuture<Prediction> inParts(Operation operation, CheckedInputs inputs, Batch batch) {
    List<Part> parts = Part.split(inputs.tensors(), batch.rows, batch.shared(), inputs.filled());
    return Together.run(
            operation,
            parts.size(),
            batch.parallel,
            number -> send(operation, parts.get(number).inputs(), parts.get(number).rows()))
        .thenApply(
            replies -> {
              List<Map<String, TensorProto>> outputs = new ArrayList<>();
              List<ModelSpec> specs = new ArrayList<>();
              for (PredictResponse reply : replies) {
                answered(operation.target, reply.getModelSpec());
                outputs.add(reply.getOutputsMap());
                specs.add(reply.getModelSpec());
              }
              return new Prediction(Part.join(parts, outputs), specs, inputs.filled());
            });
  }

  private CompletableFuture<PredictResponse> send(
      Operation operation, Map<String, TensorProto> inputs, Rows rows) {
    PredictRequest request =
        PredictRequest.newBuilder()
            .setModelSpec(operation.target.spec())
            .putAllInputs(inputs)
            .addAllOutputFilter(operation.target.outputs)
            .build();
    return transport.inTurns(operation, PredictionServiceGrpc.getPredictMethod(), request, rows);
  }

  CompletableFuture<Signature> signature(Operation operation) {
    return read(operation)
        .thenApply(
            found -> {
              if (found.signatures == null) {
                throw new InputException(
                    InputException.Kind.SETTING, "the server tells no signatures");
              }
              return Signature.choose(found.signatures, operation.target.signature);
            });
  }

  /** Makes every server serve these models, and no others. */
  CompletableFuture<Void> reload(Operation operation, ModelServerConfig config) {
    ReloadConfigRequest request = ReloadConfigRequest.newBuilder().setConfig(config).build();
    CompletableFuture<Void> made = CompletableFuture.completedFuture(null);
    for (Server server : transport.servers()) {
      made = made.thenCompose(nothing -> reload(operation, server, request));
    }
    return made;
  }

  private CompletableFuture<Void> reload(Operation operation, Server server, ReloadConfigRequest request) {
    return transport
        .call(
            operation,
            server,
            ModelServiceGrpc.getHandleReloadConfigRequestMethod(),
            request,
            null,
            operation.deadline)
        .thenApply(
            reply -> {
              int code = reply.getStatus().getErrorCodeValue();
              if (code != Status.Code.OK.value()) {
                throw CallException.of(
                    operation.target.site("HandleReloadConfigRequest", server.address, null),
                    Status.fromCodeValue(code).withDescription(reply.getStatus().getErrorMessage()),
                    null);
              }
              return null;
            });
  }

  /** The inputs as tensors, checked where the signature is known. */
  private CompletableFuture<CheckedInputs> checked(Operation operation, Map<String, ?> values) {
    Target target = operation.target;
    if (!transport.settings().isChecked() && target.fill == Fill.ERROR) {
      return CompletableFuture.completedFuture(Inputs.unchecked(values));
    }
    boolean old = known.containsKey(target.key());
    CompletableFuture<CheckedInputs> made =
        read(operation).thenApply(found -> checked(target, found, values));
    // What is known may be of a version that isn't served any more.
    return Operation.orElse(
        made,
        failure -> failure instanceof InputException && old && !target.isPinned(),
        () -> {
          known.remove(target.key());
          return read(operation).thenApply(found -> checked(target, found, values));
        });
  }

  private static CheckedInputs checked(Target target, Known found, Map<String, ?> values) {
    if (found.signatures == null) {
      if (target.fill != Fill.ERROR) {
        throw new InputException(
            InputException.Kind.SETTING,
            "the server tells no signatures: to fill " + target.fill + " can't be done");
      }
      return Inputs.unchecked(values);
    }
    Signature signature = Signature.choose(found.signatures, target.signature);
    return signature.check(values, target.outputs, target.fill);
  }

  /** What is known about a model's signatures; asked for once. */
  private CompletableFuture<Known> read(Operation operation) {
    Known found = known.get(operation.target.key());
    if (found != null) {
      return CompletableFuture.completedFuture(found);
    }
    GetModelMetadataRequest request =
        GetModelMetadataRequest.newBuilder()
            .setModelSpec(operation.target.signature("").spec())
            .addMetadataField("signature_def")
            .build();
    CompletableFuture<Known> made =
        transport
            .inTurns(operation, PredictionServiceGrpc.getGetModelMetadataMethod(), request, null)
            .thenApply(
                reply -> new Known(reply.getModelSpec().getVersion().getValue(), Signature.read(reply)));
    return Operation.orElse(
            made,
            failure ->
                failure instanceof CallException
                    && ((CallException) failure).code() == Status.Code.UNIMPLEMENTED,
            () -> CompletableFuture.completedFuture(new Known(0, null)))
        .thenApply(
            fresh -> {
              known.put(operation.target.key(), fresh);
              return fresh;
            });
  }

  /** Forgets the signatures of another version than the one that answers now. */
  private void answered(Target target, ModelSpec spec) {
    Known found = known.get(target.key());
    long version = spec.getVersion().getValue();
    if (found != null && found.signatures != null && version != 0 && version != found.version) {
      known.remove(target.key(), found);
    }
  }

  /** The target of a reload, which has a deadline always. */
  Target reloading(Target target) {
    if (target.isEndless()) {
      throw new InputException(
          InputException.Kind.SETTING,
          "a reload needs a deadline: a path that is wrong makes it hang");
    }
    boolean endless = target.deadline == null && transport.settings().deadline == null;
    return endless ? target.deadline(Duration.ofMinutes(1)) : target;
  }
}
