/**
 * What a pickle of tensors can describe.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";

/** Containers are filled after they are made, as pickle does; nobody changes them once `unpickle` returned. */
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: (readonly [PickleValue, PickleValue])[];
}
export interface PickleStorage {
  readonly kind: "storage";
  /** Null for untyped storages, whose `count` is in bytes. */
  readonly dtype: DType | null;
  readonly key: string;
  readonly device: string;
  readonly count: number;
}
export interface PickleTensor {
  readonly kind: "tensor";
  readonly storage: PickleStorage;
  readonly dtype: DType;
  readonly offset: number;
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly requiresGrad: boolean;
  readonly isParameter: boolean;
  readonly conj: boolean;
  readonly neg: boolean;
}
/** A Python float; plain numbers are ints. */
export interface PickleFloat {
  readonly kind: "float";
  readonly value: number;
}
/** A permitted name; what calling it does is a row of `pickle_globals.ts`. */
export interface PickleGlobal {
  readonly kind: "global";
  readonly name: string;
}
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleFloat
  | PickleDict
  | PickleStorage
  | PickleTensor
  | PickleGlobal
  | { readonly kind: "dtype"; readonly dtype: DType }
  | { readonly kind: "tuple" | "list"; readonly items: PickleValue[] };
