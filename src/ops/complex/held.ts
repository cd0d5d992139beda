/**
 * How a complex value is held at the moment: as a pair in memory, as two parts, or both.
 *
 * @module
 */
import { int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { isComplexValue, realType } from "./parts.ts";
import { expand, select, unsqueeze } from "../views.ts";
import type { Parts } from "./functions.ts";

/** One complex value; a missing imaginary part is zero. */
export interface Form {
  readonly pair?: Value;
  readonly re?: Value;
  readonly im?: Value;
}

/** What every value of the old graph is in the new one. */
export class Held {
  readonly #forms = new Map<Value, Form>();
  readonly #real = new Map<Value, Value>();

  /** `value` is now held as `form`. */
  give(value: Value, form: Form): void {
    this.#forms.set(value, form);
  }

  /** The real `value` is now `by`. */
  giveReal(value: Value, by: Value): void {
    this.#real.set(value, by);
  }

  form(value: Value): Form {
    const form = this.#forms.get(value);
    if (!form) throw new RangeError(`complex value ${value.name} is used before it is defined`);
    return form;
  }

  /** The real value, or the pair of a complex one. */
  whole(g: GraphBuilder, value: Value): Value {
    if (!isComplexValue(value)) return this.#real.get(value) ?? value;
    const form = this.form(value);
    if (form.pair) return form.pair;
    const { re, im } = this.parts(g, value), dim = value.type.shape.length;
    const pair = g.concat([unsqueeze(g, re, dim), unsqueeze(g, im, dim)], dim);
    this.give(value, { ...form, pair });
    return pair;
  }

  /** Both parts, of the value's shape. */
  parts(g: GraphBuilder, value: Value): Parts {
    if (!isComplexValue(value)) {
      const re = this.whole(g, value);
      return { re, im: zeros(g, re) };
    }
    const form = this.form(value), dim = value.type.shape.length;
    if (form.re) return { re: form.re, im: form.im ?? zeros(g, form.re) };
    const [re, im] = [0, 1].map((n) => select(g, form.pair!, dim, int(n))) as [Value, Value];
    this.give(value, { ...form, re, im });
    return { re, im };
  }

  /** True if the imaginary part is known to be zero. */
  isReal(value: Value): boolean {
    if (!isComplexValue(value)) return true;
    const form = this.form(value);
    return form.re !== undefined && form.im === undefined;
  }

  /** The real part alone. */
  real(g: GraphBuilder, value: Value): Value {
    return this.isReal(value) && isComplexValue(value) ? this.form(value).re! : this.parts(g, value).re;
  }
}

function zeros(g: GraphBuilder, like: Value): Value {
  return expand(g, g.constant(0, realType(like.type.dtype)), like.type.shape);
}
