// Which version of a model is meant. The message's fields are part of a choice in newer releases.

import { create, type DescField, type MessageShape } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { Int64ValueSchema } from "@bufbuild/protobuf/wkt";
import { ModelSpecSchema, type ModelSpec } from "@module{tensorflow_serving/apis/model.proto}";
import { InputError } from "./errors.js";

/** A version or a label: one of them, or none for the newest version. */
export interface Chosen {
  readonly version?: number | bigint | undefined;
  readonly label?: string | undefined;
}

const fields: ReadonlyMap<string, DescField> = new Map(ModelSpecSchema.fields.map((field) => [field.name, field]));

/** A model as servers are told of it. */
export function modelSpec(name: string, signature: string, chosen: Chosen): ModelSpec {
  const made: ModelSpec = create(ModelSpecSchema, { name, signatureName: signature });
  if (chosen.version !== undefined && chosen.label !== undefined) {
    throw new InputError("setting", "a version and a label: give one of them");
  }
  if (chosen.version !== undefined) {
    const version = create(Int64ValueSchema, { value: BigInt(chosen.version) });
    reflect(ModelSpecSchema, made).set(fields.get("version") as DescField, reflect(Int64ValueSchema, version));
  }
  if (chosen.label !== undefined) {
    const field = fields.get("version_label");
    if (!field) throw new InputError("setting", "servers of this release have no labels");
    reflect(ModelSpecSchema, made).set(field, chosen.label);
  }
  return made;
}

/** What a server tells of a version, or is told. */
export function chosenOf(spec: ModelSpec | undefined): { version: bigint | undefined; label: string | undefined } {
  if (!spec) return { version: undefined, label: undefined };
  const message: ReflectMessage = reflect(ModelSpecSchema, spec);
  const [version, label] = [fields.get("version") as DescField, fields.get("version_label")];
  return {
    version: message.isSet(version) ? valueOf(message.get(version) as ReflectMessage) : undefined,
    label: label && message.isSet(label) ? String(message.get(label)) : undefined,
  };
}

function valueOf(wrapped: ReflectMessage): bigint {
  return (wrapped.message as MessageShape<typeof Int64ValueSchema>).value;
}
