/** The three axes of a complaint's classification, with what its text suggests. */

import { coding } from "./api.js";
import { Field, select } from "./field.js";

/** A field for each axis; what was confirmed before, or is the likeliest, is chosen already. */
export async function codingFields(number) {
  const { tree, suggestions, confirmed } = await coding(number);
  return Object.entries(tree).map(([axis, { label, parts }]) => {
    const likely = suggestions[axis];
    const others = leavesOf(parts).filter((path) => !likely.some((one) => one.path === path));
    const field = new Field("coding", label, select([...likely.map(choice), ...others.map((path) => [path, path])]));
    field.axis = axis;
    field.required = `请选择${label}。`;
    field.control.dataset.testid = `coding-${axis}`;
    field.control.value = confirmed?.[axis] ?? likely[0]?.path ?? "";
    return field;
  });
}

const choice = ({ path, confidence }) => [path, `${path}（建议，把握 ${Math.round(confidence * 100)}%）`];

/** @param {import("./api.js").Node[]} parts @returns {string[]} */
const leavesOf = (parts) => parts.flatMap((part) => (part.parts.length ? leavesOf(part.parts) : [part.path]));
