/**
 * Making elements without markup: names come from devices, and text never becomes HTML here.
 *
 * Lives here: the one function that makes elements, and the few that every part shares.
 */

/**
 * Make an element. Properties are attributes, except that a function is a listener of the event
 * that its name says (`onclick`), and true and false are an attribute's being there or not.
 * Children are elements and texts; what is null, undefined or false is left out.
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else {
      set(element, name, value);
    }
  }
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
}

/** Set an attribute, or remove it with null, undefined or false. */
export function set(element, name, value) {
  if (value === false || value === null || value === undefined) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : value);
  }
}

/** Show one of Home Assistant's icons, which no screen reader has to read. */
export const icon = (name) =>
  make("ha-icon", { icon: `mdi:${name}`, "aria-hidden": "true" });

/** A button with an icon only; `label` is what it is called. */
export const iconButton = (name, label, onclick) =>
  make(
    "button",
    { type: "button", class: "icon", "aria-label": label, title: label, onclick },
    icon(name),
  );

/** A button with a text. */
export const button = (label, onclick, kind = "") =>
  make("button", { type: "button", class: kind, onclick }, label);

/** A line per device about what came of a change: its name, and the words for it. */
export const outcomes = (results) =>
  make(
    "ul",
    { class: "outcomes" },
    results.map(({ name, failed, words }) =>
      make(
        "li",
        { class: failed ? "failed" : "done" },
        icon(failed ? "alert-circle" : "check-circle"),
        make("span", {}, make("b", {}, name), ` ${words}`),
      ),
    ),
  );
