"use strict";

// The page is changed in place, so that focus, scrolling and what is selected stay. Data only ever
// becomes text: paths and messages may hold anything.
const dom = (() => {
  function byId(id) {
    return document.getElementById(id);
  }

  function text(node, value) {
    if (node.textContent !== value) node.textContent = value;
  }

  function show(node, visible) {
    if (node.hidden === visible) node.hidden = !visible;
  }

  function attribute(node, name, value) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }

  function make(tag, className, ...children) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
  }

  // One child an item, in their order; `create` makes it, `update` fills it.
  function list(parent, items, keyOf, create, update) {
    const nodes = parent.keyed ??= new Map();
    const keys = new Set();
    let place = parent.firstElementChild;
    items.forEach((item, index) => {
      const key = String(keyOf(item, index));
      keys.add(key);
      let node = nodes.get(key);
      if (!node) {
        node = create(item);
        nodes.set(key, node);
      }
      if (node === place) {
        place = place.nextElementSibling;
      } else {
        parent.insertBefore(node, place);
      }
      update(node, item, index);
    });
    for (const [key, node] of nodes) {
      if (!keys.has(key)) {
        node.remove();
        nodes.delete(key);
      }
    }
  }

  // A row of a table: the first cell is its header.
  function row(classes) {
    const tr = make("tr");
    classes.forEach((className, i) => {
      const cell = make(i === 0 ? "th" : "td", className);
      if (i === 0) cell.scope = "row";
      tr.append(cell);
    });
    return tr;
  }

  // A bar of shares 0..1, [[class, share], ...]; its text says the same.
  function bar(cell, shares, words) {
    if (!cell.firstChild) cell.append(make("div", "bar"), make("span", "bar-text"));
    const [box, label] = cell.children;
    attribute(box, "aria-hidden", "true");
    list(box, shares, ([name]) => name, ([name]) => make("div", name), (part, [, share]) => {
      const width = `${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%`;
      if (part.style.width !== width) part.style.width = width;
    });
    text(label, words);
  }

  return {byId, text, show, attribute, make, list, row, bar};
})();
