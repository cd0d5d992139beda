export * from "./src/base/mod.ts";
