/** `@std/path` over Node's, where only the npm registry is reachable. */
export {
  basename,
  dirname,
  extname,
  isAbsolute,
  join,
  normalize,
  relative,
  resolve,
  sep as SEPARATOR,
} from "node:path/posix";
export { fileURLToPath as fromFileUrl, pathToFileURL as toFileUrl } from "node:url";
