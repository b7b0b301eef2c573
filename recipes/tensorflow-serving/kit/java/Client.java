package @package{};

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import @class{tensorflow.serving.ClassificationRequest};
import @class{tensorflow.serving.GetModelStatusRequest};
import @class{tensorflow.serving.Input};
import @class{tensorflow.serving.ModelService};
import @class{tensorflow.serving.MultiInferenceRequest};
import @class{tensorflow.serving.PredictionService};
import @class{tensorflow.serving.RegressionRequest};

/**
 * A client of model servers, all of which serve the same models. It may be used by several threads.
 *
 * <p>Calls take turns among the addresses, and one that can't be reached is passed over. Where a name has several
 * addresses in DNS, calls take turns among these too.
 *
 * <p>Each call is there twice: one that waits, and one that ends in {@code Async} and gives a future. A future that is
 * cancelled ends its calls; its stages run in threads of gRPC's, so what takes long belongs into {@code thenApplyAsync}.
 * A failure of a future has the exception that the other call throws as its cause.
 */
public final class Client implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);

  private final Transport transport;
  private final Core core;

  private Client(Transport transport) {
    this.transport = transport;
    this.core = new Core(transport);
  }

  /** Makes a client of these addresses, "host:port" each. Nothing is sent yet. */
  public static Client connect(String... addresses) {
    return connect(new Settings(), addresses);
  }

  /** Makes a client with some settings; it needs no address where these have a channel. */
  public static Client connect(Settings settings, String... addresses) {
    return new Client(new Transport(Arrays.asList(addresses), settings));
  }

  /** Calls Predict of a model's newest version. */
  public Prediction predict(String model, Map<String, ?> inputs) {
    return predict(Target.of(model), inputs);
  }

  /**
   * Calls Predict; inputs are what {@link Tensors} takes, or tensors.
   *
   * @throws InputException before anything is sent
   * @throws CallException where the call fails
   */
  public Prediction predict(Target target, Map<String, ?> inputs) {
    return transport.await(target, false, operation -> core.predict(operation, inputs));
  }

  /** {@link #predict} as a future. */
  public CompletableFuture<Prediction> predictAsync(Target target, Map<String, ?> inputs) {
    return transport.begin(target, operation -> core.predict(operation, inputs));
  }

  /**
   * Calls Predict for a batch in parts. Rows are the first dimension of inputs and outputs. Parts take turns among the
   * addresses. The first part that fails ends the others, and its error has its rows. The deadline is for all together.
   */
  public Prediction predictBatches(Target target, Map<String, ?> inputs, Batch batch) {
    return transport.await(target, true, operation -> core.predictBatches(operation, inputs, batch));
  }

  /** {@link #predictBatches} as a future. */
  public CompletableFuture<Prediction> predictBatchesAsync(
      Target target, Map<String, ?> inputs, Batch batch) {
    return transport.begin(target, operation -> core.predictBatches(operation, inputs, batch));
  }

  /**
   * Calls Classify: the classes of each example, which is features by name: numbers, strings, or lists or arrays of
   * them. shared: features that all examples share; null for none.
   */
  public List<List<ClassScore>> classify(
      Target target, List<? extends Map<String, ?>> examples, Map<String, ?> shared) {
    return transport.await(target, false, operation -> classify(operation, examples, shared));
  }

  /** {@link #classify} as a future. */
  public CompletableFuture<List<List<ClassScore>>> classifyAsync(
      Target target, List<? extends Map<String, ?>> examples, Map<String, ?> shared) {
    return transport.begin(target, operation -> classify(operation, examples, shared));
  }

  private CompletableFuture<List<List<ClassScore>>> classify(
      Operation operation, List<? extends Map<String, ?>> examples, Map<String, ?> shared) {
    ClassificationRequest request =
        ClassificationRequest.newBuilder()
            .setModelSpec(operation.target.spec())
            .setInput(Examples.input(examples, shared))
            .build();
    return transport
        .inTurns(operation, PredictionServiceGrpc.getClassifyMethod(), request, null)
        .thenApply(reply -> Examples.classes(reply.getResult()));
  }

  /** Calls Regress: the value of each example. shared: features that all examples share; null for none. */
  public float[] regress(
      Target target, List<? extends Map<String, ?>> examples, Map<String, ?> shared) {
    return transport.await(target, false, operation -> regress(operation, examples, shared));
  }

  /** {@link #regress} as a future. */
  public CompletableFuture<float[]> regressAsync(
      Target target, List<? extends Map<String, ?>> examples, Map<String, ?> shared) {
    return transport.begin(target, operation -> regress(operation, examples, shared));
  }

  private CompletableFuture<float[]> regress(
      Operation operation, List<? extends Map<String, ?>> examples, Map<String, ?> shared) {
    RegressionRequest request =
        RegressionRequest.newBuilder()
            .setModelSpec(operation.target.spec())
            .setInput(Examples.input(examples, shared))
            .build();
    return transport
        .inTurns(operation, PredictionServiceGrpc.getRegressMethod(), request, null)
        .thenApply(reply -> Examples.values(reply.getResult()));
  }

  /** Calls MultiInference: for each task, as Classify or Regress gives it. */
  public List<TaskResult> multiInference(
      Target target, List<? extends Map<String, ?>> examples, Map<String, ?> shared, List<Task> tasks) {
    return transport.await(target, false, operation -> multiInference(operation, examples, shared, tasks));
  }

  /** {@link #multiInference} as a future. */
  public CompletableFuture<List<TaskResult>> multiInferenceAsync(
      Target target, List<? extends Map<String, ?>> examples, Map<String, ?> shared, List<Task> tasks) {
    return transport.begin(target, operation -> multiInference(operation, examples, shared, tasks));
  }

  private CompletableFuture<List<TaskResult>> multiInference(
      Operation operation,
      List<? extends Map<String, ?>> examples,
      Map<String, ?> shared,
      List<Task> tasks) {
    Input input = Examples.input(examples, shared);
    MultiInferenceRequest.Builder request = MultiInferenceRequest.newBuilder().setInput(input);
    for (Task task : tasks) {
      request
          .addTasksBuilder()
          .setModelSpec(operation.target.signature(task.signature()).spec())
          .setMethodName(task.method);
    }
    return transport
        .inTurns(operation, PredictionServiceGrpc.getMultiInferenceMethod(), request.build(), null)
        .thenApply(Examples::results);
  }

  /** What a model takes and gives. It is read once for a version. */
  public Signature signature(Target target) {
    return transport.await(target, false, core::signature);
  }

  /** {@link #signature} as a future. */
  public CompletableFuture<Signature> signatureAsync(Target target) {
    return transport.begin(target, core::signature);
  }

  /** What a server says about the versions of a model, the newest first. */
  public List<VersionStatus> status(Target target) {
    return transport.await(target, false, this::status);
  }

  /** {@link #status} as a future. */
  public CompletableFuture<List<VersionStatus>> statusAsync(Target target) {
    return transport.begin(target, this::status);
  }

  private CompletableFuture<List<VersionStatus>> status(Operation operation) {
    GetModelStatusRequest request =
        GetModelStatusRequest.newBuilder().setModelSpec(operation.target.spec()).build();
    return transport
        .inTurns(operation, ModelServiceGrpc.getGetModelStatusMethod(), request, null)
        .thenApply(VersionStatus::read);
  }

  /**
   * Returns once the model, or the target's version or label of it, is AVAILABLE at every address. A server that can't be
   * reached yet is waited for, too; it is asked again every half second.
   *
   * @throws NotReadyException after the timeout, and at once where the version asked for has failed to load
   */
  public List<VersionStatus> waitReady(Target target, Duration timeout) {
    return waitReady(target, timeout, POLL);
  }

  /** Waits, with another time between questions. */
  public List<VersionStatus> waitReady(Target target, Duration timeout, Duration poll) {
    return transport.await(
        target.deadline(timeout), false, operation -> Readiness.await(transport, operation, poll));
  }

  /** {@link #waitReady} as a future. */
  public CompletableFuture<List<VersionStatus>> waitReadyAsync(
      Target target, Duration timeout, Duration poll) {
    return transport.begin(
        target.deadline(timeout), operation -> Readiness.await(transport, operation, poll));
  }

  /** Makes every server serve these models, with the client's deadline. */
  public void reload(ModelsConf models) {
    reload(models, Target.of(""));
  }

  /**
   * Makes every server serve these models, and no others: models that aren't in the list are unloaded. It returns when
   * the servers have taken the list and loaded what is new; it has a deadline always. Of the target, only the deadline,
   * headers and credentials count.
   */
  public void reload(ModelsConf models, Target target) {
    Target calling = core.reloading(target);
    transport.await(calling, false, operation -> core.reload(operation, models.message()));
  }

  /** {@link #reload} as a future. */
  public CompletableFuture<Void> reloadAsync(ModelsConf models, Target target) {
    try {
      Target calling = core.reloading(target);
      return transport.begin(calling, operation -> core.reload(operation, models.message()));
    } catch (InputException refused) {
      return Operation.failed(refused);
    }
  }

  /** Ends all calls, and closes the channels that this client opened. */
  @Override
  public void close() {
    transport.close();
  }
}
