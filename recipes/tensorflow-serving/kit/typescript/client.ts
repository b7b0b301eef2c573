// A client of model servers, all of which serve the same models.

import { create } from "@bufbuild/protobuf";
import { ClassificationRequestSchema } from "@module{tensorflow_serving/apis/classification.proto}";
import { GetModelStatusRequestSchema } from "@module{tensorflow_serving/apis/get_model_status.proto}";
import { ReloadConfigRequestSchema } from "@module{tensorflow_serving/apis/model_management.proto}";
import { ModelService } from "@module{tensorflow_serving/apis/model_service.proto}";
import { PredictionService } from "@module{tensorflow_serving/apis/prediction_service.proto}";
import { RegressionRequestSchema } from "@module{tensorflow_serving/apis/regression.proto}";
import { join, split } from "./batches.js";
import { splitAddresses, type Settings } from "./connection.js";
import { Core, together } from "./core.js";
import { InputError, callError } from "./errors.js";
import { makeInput, type Features } from "./features.js";
import { serverConfig, type Models } from "./models.js";
import {
  Prediction, multiInferenceRequest, predictRequest, readClasses, readResults, readStatuses, readValues, targetCall,
  targetSpec, type CallOptions, type Class, type PredictOptions, type Target, type Task, type VersionStatus,
} from "./requests.js";
import { chooseSignature, type Inputs, type Signature } from "./signatures.js";

/** What a batch takes besides. */
export interface BatchOptions extends PredictOptions {
  /** The most rows of a part. */
  readonly rows: number;
  /** The most parts at a time: 4. */
  readonly parallel?: number | undefined;
  /** Inputs that are sent with each part, as scalars are. */
  readonly shared?: readonly string[] | undefined;
}

/** What calls with examples take besides. */
export interface ExampleOptions extends CallOptions {
  /** Features that all examples share. */
  readonly context?: Features | undefined;
}

/** How long a model is waited for. */
export interface WaitOptions extends Omit<CallOptions, "deadlineMs"> {
  /** 60000, where it isn't given. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds between questions: 500. */
  readonly pollMs?: number | undefined;
}

const reloadMs = 60_000;

/** A client of model servers, all of which serve the same models. */
export class Client {
  private readonly core: Core;

  /**
   * Nothing is sent yet.
   *
   * @param addresses "host:port" of each server; calls take turns, and one that can't be reached is passed over. Where
   * a name has several addresses in DNS, calls take turns among these too.
   */
  constructor(addresses: string | readonly string[], settings: Settings = {}) {
    const given = settings.channel && addresses.length === 0 ? ["the given channel"] : splitAddresses(addresses);
    this.core = new Core(settings.channel ? given.slice(0, 1) : given, settings);
  }

  /** Call Predict; inputs are what toTensor takes, or tensors. InputError comes before anything is sent. */
  async predict(model: string, inputs: Inputs, options: PredictOptions = {}): Promise<Prediction> {
    const target = { ...options, model };
    return await this.core.run(options, async (running) => {
      const checked = await this.core.checked(target, inputs, running);
      const request = predictRequest(target, checked.inputs, options.outputs);
      const reply = await this.core.send(PredictionService.method.predict, request, { running, target });
      this.core.answered(target, reply.modelSpec);
      return new Prediction(reply.outputs, [reply.modelSpec], checked.filled);
    });
  }

  /**
   * Call Predict for a batch in parts.
   *
   * Rows are the first dimension of inputs and outputs. Parts take turns among the addresses. The first part that
   * fails ends the others, and its error has its rows. The deadline is for all together.
   */
  async predictBatches(model: string, inputs: Inputs, options: BatchOptions): Promise<Prediction> {
    const { rows, parallel = 4, shared } = options;
    const target = { ...options, model };
    if (!(parallel >= 1)) throw new InputError("setting", `${parallel} calls at a time`);
    return await this.core.run(options, async (running) => {
      const checked = await this.core.checked(target, inputs, running);
      const parts = split(checked.inputs, rows, shared, checked.filled);
      const replies = await together(parts, parallel, running, async (part, running) => {
        const request = predictRequest(target, part.inputs, options.outputs);
        return await this.core.send(PredictionService.method.predict, request, { running, target, rows: part.rows });
      });
      for (const reply of replies) this.core.answered(target, reply.modelSpec);
      const joined = join(parts, replies.map((reply) => reply.outputs));
      return new Prediction(joined, replies.map((reply) => reply.modelSpec), checked.filled);
    });
  }

  /** Call Classify; the classes of each example. */
  async classify(model: string, examples: readonly Features[], options: ExampleOptions = {}): Promise<Class[][]> {
    const target = { ...options, model };
    const request = create(ClassificationRequestSchema, {
      modelSpec: targetSpec(target), input: makeInput(examples, options.context),
    });
    return await this.core.run(options, async (running) => {
      return readClasses((await this.core.send(PredictionService.method.classify, request, { running, target })).result);
    });
  }

  /** Call Regress; the value of each example. */
  async regress(model: string, examples: readonly Features[], options: ExampleOptions = {}): Promise<number[]> {
    const target = { ...options, model };
    const request = create(RegressionRequestSchema, {
      modelSpec: targetSpec(target), input: makeInput(examples, options.context),
    });
    return await this.core.run(options, async (running) => {
      return readValues((await this.core.send(PredictionService.method.regress, request, { running, target })).result);
    });
  }

  /** Call MultiInference: for each task, as classify or regress gives it. */
  async multiInference(
    model: string, examples: readonly Features[], tasks: readonly Task[], options: ExampleOptions = {},
  ): Promise<(Class[][] | number[])[]> {
    const target = { ...options, model };
    const request = multiInferenceRequest(target, examples, tasks, options.context);
    return await this.core.run(options, async (running) => {
      return readResults(await this.core.send(PredictionService.method.multiInference, request, { running, target }));
    });
  }

  /** What the model takes and gives. It is read once for a version. */
  async signature(model: string, options: CallOptions = {}): Promise<Signature> {
    return await this.core.run(options, async (running) => {
      const { signatures } = await this.core.read({ ...options, model }, running);
      if (!signatures) throw new InputError("setting", "the server tells no signatures");
      return chooseSignature(signatures, options.signature ?? "");
    });
  }

  /** What a server says about the versions of a model, the newest first. */
  async status(model: string, options: CallOptions = {}): Promise<VersionStatus[]> {
    const target = { ...options, model };
    const request = create(GetModelStatusRequestSchema, { modelSpec: targetSpec(target) });
    return await this.core.run(options, async (running) => {
      return readStatuses(await this.core.send(ModelService.method.getModelStatus, request, { running, target }));
    });
  }

  /**
   * Return once the model, or the given version or label of it, is AVAILABLE at every address.
   *
   * A server that can't be reached yet is waited for, too. Throws NotReady after the timeout, and at once where the
   * version asked for has failed to load.
   */
  async waitReady(model: string, options: WaitOptions = {}): Promise<VersionStatus[]> {
    const { timeoutMs = 60_000, pollMs = 500 } = options;
    return await this.core.run(options, async (running) => {
      let ready: VersionStatus[] = [];
      for (const place of this.core.addresses.keys()) {
        ready = await this.core.waitReadyAt(place, { ...options, model }, running, pollMs);
      }
      return ready;
    }, timeoutMs);
  }

  /**
   * Make every server serve these models, and no others: models that aren't in the list are unloaded.
   *
   * It returns when the servers have taken the list and loaded what is new; it has a deadline always.
   */
  async reload(
    models: Models, options: Pick<CallOptions, "deadlineMs" | "metadata" | "credentials" | "signal"> = {},
  ): Promise<void> {
    const request = create(ReloadConfigRequestSchema, { config: serverConfig(models) });
    if (options.deadlineMs === Infinity) {
      throw new InputError("setting", "a reload needs a deadline: a path that is wrong makes it hang");
    }
    const ownMs = Number.isFinite(this.core.deadlineMs) ? this.core.deadlineMs : reloadMs;
    await this.core.run(options, async (running) => {
      for (const [place, address] of this.core.addresses.entries()) {
        const target: Target = { ...options, model: "" };
        const method = ModelService.method.handleReloadConfigRequest;
        const { status } = await this.core.call(place, method, request, { running, target });
        if (status?.errorCode) {
          throw callError(targetCall(target, method.name, address), status.errorCode, status.errorMessage);
        }
      }
    }, options.deadlineMs ?? ownMs);
  }

  /** End all calls, and close the channels that this client opened. */
  close(): void {
    this.core.close();
  }
}
