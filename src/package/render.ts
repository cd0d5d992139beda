/**
 * Renders the templates of bindings and headers. A missing field is an error, never the text "undefined".
 *
 * @module
 */
import { Eta } from "eta";

let eta: Eta | undefined;

/** Text of a template below `templates/` for a complete view. */
export function render(name: string, view: object): string {
  eta ??= new Eta({
    views: decodeURIComponent(new URL("../../templates/", import.meta.url).pathname),
    autoEscape: false,
    autoTrim: false,
    useWith: false,
    autoFilter: true,
    cache: true,
    filterFunction: (value: unknown) => {
      if (value === undefined || value === null) {
        throw new TypeError(`${name} used a field that its view lacks`);
      }
      return String(value);
    },
  });
  return eta.render(`./${name}.eta`, view);
}
