/**
 * Renders Eta templates. A missing field is an error, never the text "undefined".
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { Eta } from "eta";

/** Templates of the project, by path below `templates/`. */
export class Templates {
  readonly #eta: Eta;

  constructor(folder: string = fromFileUrl(new URL("../../templates/", import.meta.url))) {
    this.#eta = new Eta({
      views: folder,
      autoEscape: false,
      autoTrim: false,
      useWith: false,
      autoFilter: true,
      cache: true,
      filterFunction: (value: unknown) => {
        if (value === undefined || value === null) {
          throw new TypeError("a template used a field that its view lacks");
        }
        return String(value);
      },
    });
  }

  /** Text of a template for a view. */
  render(name: string, view: object): string {
    return this.#eta.render(`./${name}.eta`, view);
  }
}
