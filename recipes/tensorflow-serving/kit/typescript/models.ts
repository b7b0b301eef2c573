// The list of models that a server serves, as its models.conf has it.

import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { clone, create, createRegistry, isMessage, type DescFile, type DescMessage } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import * as generated from "@module{}";
import {
  ModelConfigSchema, ModelServerConfigSchema, type ModelConfig, type ModelConfigList, type ModelServerConfig,
} from "@module{tensorflow_serving/config/model_server_config.proto}";
import { InputError } from "./errors.js";
import { parseText, printText } from "./textformat.js";

/** What is said about a model; what isn't given stays as it is. */
export interface Serving {
  /** The folder that has a folder for each version. */
  readonly basePath?: string | undefined;
  /** "tensorflow" where it isn't given. */
  readonly platform?: string | undefined;
  /** These versions. A server serves the newest one where neither this nor latest nor every is given. */
  readonly versions?: readonly (number | bigint)[] | undefined;
  /** The newest so many. */
  readonly latest?: number | undefined;
  readonly every?: boolean | undefined;
  /** Names of versions; a server takes one only for a version that is available already. */
  readonly labels?: Readonly<Record<string, number | bigint>> | undefined;
}

/** A list of models, or the path of a models.conf. */
export type Models = ModelsConf | ModelServerConfig | string;

/**
 * A models.conf, to read, to change and to write. What isn't changed stays as it was.
 *
 * A server is sent the whole list (Client.reload): it can't be asked for the one it has.
 */
export class ModelsConf {
  /** The list as the server takes it. */
  readonly message: ModelServerConfig;

  constructor(message?: ModelServerConfig) {
    this.message = message ? clone(ModelServerConfigSchema, message) : create(ModelServerConfigSchema);
  }

  /** Read text format, as --model_config_file is written in. Throws InputError with file and line. */
  static read(path: string): ModelsConf {
    try {
      const read = parseText(ModelServerConfigSchema, readFileSync(path, "utf8"), messageNamed);
      return new ModelsConf(read.message as ModelServerConfig);
    } catch (error) {
      // Fields refuse what isn't theirs by an error of their own.
      if (!(error instanceof SyntaxError || (error instanceof Error && error.name === "FieldValueInvalidError"))) {
        throw error;
      }
      throw new InputError("setting", `${path}:${error.message}`, { cause: error });
    }
  }

  /** Write text format; the file is the old one or the new one at any time. */
  write(path: string): void {
    const staged = join(dirname(path), `.${basename(path)}-${process.pid}`);
    const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0o644) & 0o777;
    try {
      writeFileSync(staged, printText(reflect(ModelServerConfigSchema, this.message)), { flag: "wx", mode });
      chmodSync(staged, mode);
      renameSync(staged, path);
    } catch (error) {
      rmSync(staged, { force: true });
      throw error;
    }
  }

  /** The models in the list. */
  get names(): string[] {
    return this.configs.map((each) => each.name);
  }

  /** Add a model, or change what is given of one that is there. */
  serve(name: string, serving: Serving): void {
    const { basePath, platform, versions, latest, every, labels } = serving;
    if ([versions !== undefined, latest !== undefined, every === true].filter(Boolean).length > 1) {
      throw new InputError("setting", "versions, latest and every: give one of them");
    }
    const labelled = ModelConfigSchema.fields.some((field) => field.name === "version_labels");
    if (labels && !labelled) throw new InputError("setting", "servers of this release have no labels");
    let config = this.find(name);
    if (!config) {
      if (!basePath) throw new InputError("missing", `model ${name} is new: it needs a basePath`);
      config = create(ModelConfigSchema, { name, modelPlatform: "tensorflow" });
      this.list().config.push(config);
    }
    if (basePath) config.basePath = basePath;
    if (platform) config.modelPlatform = platform;
    if (versions) setPolicy(config, { case: "specific", value: { versions: versions.map(BigInt) } });
    else if (latest !== undefined) setPolicy(config, { case: "latest", value: { numVersions: latest } });
    else if (every) setPolicy(config, { case: "all", value: {} });
    if (labels) {
      const made = Object.entries(labels).map(([label, version]) => [label, BigInt(version)]);
      (config as ModelConfig & { versionLabels: object }).versionLabels = Object.fromEntries(made);
    }
  }

  /** Take a model out of the list. A server unloads it. */
  remove(name: string): void {
    const place = this.configs.findIndex((each) => each.name === name);
    if (place < 0) {
      throw new InputError("name", `the list has no model ${name}: it has ${this.names.join(", ") || "none"}`);
    }
    this.configs.splice(place, 1);
  }

  private get configs(): ModelConfig[] {
    const { config } = this.message;
    return config.case === "modelConfigList" ? config.value.config : [];
  }

  private find(name: string): ModelConfig | undefined {
    return this.configs.find((each) => each.name === name);
  }

  /** The list itself, in place of anything else that the message may hold. */
  private list(): ModelConfigList {
    const { config } = this.message;
    if (config.case === "modelConfigList") return config.value;
    const made = create(ModelServerConfigSchema, { config: { case: "modelConfigList", value: {} } });
    this.message.config = made.config;
    return made.config.value as ModelConfigList;
  }
}

/** A list of models as the server takes it. */
export function serverConfig(models: Models): ModelServerConfig {
  if (models instanceof ModelsConf) return models.message;
  return isMessage(models, ModelServerConfigSchema) ? models : ModelsConf.read(models as string).message;
}

type Policy =
  | { case: "specific"; value: { versions: bigint[] } }
  | { case: "latest"; value: { numVersions: number } }
  | { case: "all"; value: object };

/** The type of a policy is in another place from release to release. */
function setPolicy(config: ModelConfig, policyChoice: Policy): void {
  const made = create(ModelConfigSchema, { modelVersionPolicy: { policyChoice } });
  if (made.modelVersionPolicy) config.modelVersionPolicy = made.modelVersionPolicy;
}

/** What may be inside an Any (custom_model_config is one) is one of the package's own. */
function messageNamed(typeName: string): DescMessage | undefined {
  const exported = Object.values(generated) as Partial<DescFile>[];
  return createRegistry(...exported.filter((each): each is DescFile => each.kind === "file")).getMessage(typeName);
}
