/** The three axes of a complaint's classification, with what the text suggests. */

import { coding } from "./api.js";
import { Field, select } from "./field.js";

/**
 * A field for each axis; what was confirmed before is chosen already.
 * @param {string} number
 * @param {{channel: string, business: string, cause: string}|null} confirmed
 */
export async function codingFields(number, confirmed) {
  const { axes } = await coding(number);
  return axes.map(({ axis, label, leaves, suggestions }) => {
    const likely = suggestions.map(({ path, confidence }) => [path, `${path}（建议，把握 ${Math.round(confidence * 100)}%）`]);
    const suggested = new Set(suggestions.map(({ path }) => path));
    const others = leaves.filter((path) => !suggested.has(path)).map((path) => [path, path]);
    const field = new Field("coding", label, select([...likely, ...others]));
    field.axis = axis;
    field.required = `请选择${label}。`;
    field.control.dataset.testid = `coding-${axis}`;
    field.control.value = confirmed?.[axis] ?? suggestions[0]?.path ?? "";
    return field;
  });
}
