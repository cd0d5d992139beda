/**
 * The graph interpreter.
 *
 * @module
 */
export { interpret, type Interpreted, type InterpretedOutput } from "./interpret/interpret.ts";
export { routines as routineReferences } from "./interpret/routines.ts";
