/** Makes elements without ever parsing text as HTML. */

/**
 * An element. Names with a hyphen, and `role`, become attributes; all others are properties.
 * @param {string} tag
 * @param {Object<string, unknown>} [properties]
 * @param {...(Node|string|null|undefined|false)} children
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "role" || name.includes("-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter(Boolean));
  return node;
}

/**
 * Makes the children of `list` match `items` in order, keeping the nodes (and the keyboard
 * focus within them) of items that are still there.
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items
 * @param {(item: T) => string|number} key
 * @param {(item: T) => HTMLElement} create
 * @param {(node: HTMLElement, item: T) => void} update
 */
export function reconcile(list, items, key, create, update) {
  const before = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const kept = new Set(items.map((item) => String(key(item))));
  for (const [name, node] of before) if (!kept.has(name)) node.remove();
  items.forEach((item, place) => {
    const name = String(key(item));
    const node = before.get(name) ?? create(item);
    node.dataset.key = name;
    update(node, item);
    if (list.children[place] !== node) list.insertBefore(node, list.children[place] ?? null);
  });
}
