/**
 * Decoders of a program's signature: what each input and output of the graph is.
 *
 * @module
 */
import { boolean, type Decode, defaulted, field, float, int, list, object, string, union } from "./decode.ts";
import { argument } from "./decode_graph.ts";
import { customObject, nameOf } from "./decode_values.ts";
import type { ConstantValue, InputSpec, OutputSpec } from "./types.ts";

const constantValue: Decode<ConstantValue> = union<ConstantValue>(
  "a constant",
  new Map<string, Decode<ConstantValue>>([
    ["as_none", () => ({ kind: "none" })],
    ["as_int", (value) => ({ kind: "int", value: int(value) })],
    ["as_float", (value) => ({ kind: "float", value: float(value) })],
    ["as_string", (value) => ({ kind: "string", value: string(value) })],
    ["as_bool", (value) => ({ kind: "bool", value: boolean(value) })],
  ]),
);

/** A decoder of a spec: the name of its value under `arg`, and another text field. */
function spec<T>(key: string, make: (name: string, text: string) => T): Decode<T> {
  return (value) => {
    const from = object(value);
    return make(field(from, "arg", nameOf), field(from, key, string));
  };
}
const named = <T>(make: (name: string) => T): Decode<T> => (value) =>
  make(field(object(value), "arg", nameOf));

/** What each graph input is. */
export const inputSpecs: Decode<InputSpec[]> = list(union<InputSpec>(
  "an input spec",
  new Map<string, Decode<InputSpec>>([
    ["parameter", spec("parameter_name", (name, parameter) => ({ kind: "parameter", name, parameter }))],
    ["buffer", (value) => ({
      ...spec("buffer_name", (name, buffer) => ({ kind: "buffer" as const, name, buffer }))(value),
      persistent: field(object(value), "persistent", defaulted(boolean, () => true)),
    })],
    [
      "tensor_constant",
      spec("tensor_constant_name", (name, constant) => ({ kind: "tensor-constant", name, constant })),
    ],
    ["custom_obj", (value) => {
      const from = object(value), object_ = field(from, "custom_obj_name", string);
      return { kind: "custom-object", ...field(from, "arg", customObject), object: object_ };
    }],
    ["user_input", (value) => ({ kind: "user-input", argument: field(object(value), "arg", argument) })],
    ["constant_input", (value) => {
      const from = object(value);
      return {
        kind: "constant-input",
        name: field(from, "name", string),
        value: field(from, "value", constantValue),
      };
    }],
    ["token", named((name) => ({ kind: "token", name }))],
  ]),
));

/** What each graph output is. */
export const outputSpecs: Decode<OutputSpec[]> = list(union<OutputSpec>(
  "an output spec",
  new Map<string, Decode<OutputSpec>>([
    ["buffer_mutation", spec("buffer_name", (name, buffer) => ({ kind: "buffer-mutation", name, buffer }))],
    [
      "parameter_mutation",
      spec("parameter_name", (name, parameter) => ({ kind: "parameter-mutation", name, parameter })),
    ],
    [
      "user_input_mutation",
      spec("user_input_name", (name, input) => ({ kind: "user-input-mutation", name, input })),
    ],
    ["user_output", (value) => ({ kind: "user-output", argument: field(object(value), "arg", argument) })],
    ["loss_output", named((name) => ({ kind: "loss-output", name }))],
    [
      "gradient_to_parameter",
      spec("parameter_name", (name, parameter) => ({ kind: "gradient-to-parameter", name, parameter })),
    ],
    [
      "gradient_to_user_input",
      spec("user_input_name", (name, input) => ({ kind: "gradient-to-user-input", name, input })),
    ],
    ["token", named((name) => ({ kind: "token", name }))],
  ]),
));
