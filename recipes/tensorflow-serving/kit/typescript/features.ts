// Examples, as Classify, Regress and MultiInference take them.

import { create } from "@bufbuild/protobuf";
import type { Example } from "@module{tensorflow/core/example/example.proto}";
import { ExampleSchema } from "@module{tensorflow/core/example/example.proto}";
import { FeatureSchema, Int64ListSchema, type Feature, type Int64List } from "@module{tensorflow/core/example/feature.proto}";
import { InputSchema, type Input } from "@module{tensorflow_serving/apis/input.proto}";
import { isTypedArray, kindOf, elementsOf } from "./elements.js";
import { InputError } from "./errors.js";

/** What a feature is, or is a list of: numbers are floats, bigints and booleans are integers. */
export type FeatureValue = number | bigint | boolean | string | Uint8Array;

/** One example: values by name. */
export type Features = Readonly<Record<string, FeatureValue | readonly FeatureValue[] | Float32Array | BigInt64Array>>;

/** Examples, and what all of them share. Throws InputError. */
export function makeInput(examples: readonly Features[], context?: Features): Input {
  const made = examples.map((each, place) => makeExample(each, `example ${place}`));
  if (!context) return create(InputSchema, { kind: { case: "exampleList", value: { examples: made } } });
  const value = { examples: made, context: makeExample(context, "context") };
  return create(InputSchema, { kind: { case: "exampleListWithContext", value } });
}

function makeExample(features: Features, place: string): Example {
  const feature = Object.fromEntries(Object.entries(features).map(([name, value]) => {
    try {
      return [name, makeFeature(value)];
    } catch (error) {
      throw error instanceof InputError ? error.at(`${place}, feature ${name}`) : error;
    }
  }));
  return create(ExampleSchema, { features: { feature } });
}

function makeFeature(value: Features[string]): Feature {
  const single = !Array.isArray(value) && (!isTypedArray(value) || value instanceof Uint8Array);
  const listed = single ? [value as FeatureValue] : Array.from(value as readonly FeatureValue[]);
  const kinds = [...new Set(listed.map(kindOf))].sort().join(" and ");
  switch (kinds) {
    case "":
      // No values have no type.
      return create(FeatureSchema);
    case "string":
      return create(FeatureSchema, { kind: { case: "bytesList", value: {
        value: elementsOf(listed, "DT_STRING").strings ?? [],
      } } });
    case "number":
    case "bigint and number": {
      const floats = elementsOf(listed, "DT_FLOAT").numbers as Float32Array;
      return create(FeatureSchema, { kind: { case: "floatList", value: { value: Array.from(floats) } } });
    }
    case "bigint":
    case "boolean":
    case "bigint and boolean": {
      const whole = listed.map((each) => BigInt(each as bigint));
      const ints = elementsOf(whole, "DT_INT64").numbers as BigInt64Array;
      return create(FeatureSchema, { kind: { case: "int64List", value: { value: asListed(ints) } } });
    }
    default:
      throw new InputError("type", `a feature can't hold ${kinds}`);
  }
}

/** Integers as the message has them: as text, in releases whose protos ask for that. */
function asListed(ints: BigInt64Array): Int64List["value"] {
  const field = Int64ListSchema.fields[0];
  const asText = field?.fieldKind === "list" && field.listKind === "scalar" && field.longAsString;
  return Array.from(ints, (each) => (asText ? String(each) : each)) as unknown as Int64List["value"];
}
