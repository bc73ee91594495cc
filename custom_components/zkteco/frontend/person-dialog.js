/**
 * The two dialogs about a person: adding or editing, and removing.
 *
 * Lives here: forms and what was typed into them. Not here: what that means for devices
 * (`people-model`), doing it (`people`).
 */

import { button, icon, make } from "./dom.js";
import { entry, isForAll, valuesOf } from "./people-model.js";
import { words } from "./words.js";

const SEPARATORS = /[\s,;]+/;

/** A dialog with a form: `save` is called when it is sent, and closes it by returning true. */
function dialogOf(title, body, label, save, kind = "primary") {
  const said = make("div", { class: "said", role: "alert" });
  const send = make("button", { class: kind }, label);
  const cancel = button(words("form.cancel"), () => dialog.close());
  const titled = make("h2", { id: "title" }, title);
  const form = make(
    "form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        for (const one of [send, cancel]) one.disabled = true;
        send.textContent = words("form.working");
        said.replaceChildren();
        const failed = await save();
        if (!failed) return dialog.close();
        said.replaceChildren(failed);
        for (const one of [send, cancel]) one.disabled = false;
        send.textContent = label;
        said.scrollIntoView({ block: "nearest" });
        return send.focus();
      },
    },
    titled,
    make("div", { class: "fields" }, body, said),
    make("div", { class: "buttons" }, cancel, send),
  );
  const dialog = make(
    "dialog",
    {
      "aria-labelledby": "title",
      onclose: () => dialog.remove(),
      // Nobody knows what a device has done until it says so.
      oncancel: (event) => cancel.disabled && event.preventDefault(),
      // What is typed here is no shortcut of Home Assistant.
      onkeydown: (event) => event.stopPropagation(),
    },
    form,
  );
  return dialog;
}

let fieldNumber = 0;

/** A labelled input, with a line of help. */
function field(label, input, help) {
  const id = `field-${++fieldNumber}`;
  input.id = id;
  if (help) input.setAttribute("aria-describedby", `${id}-help`);
  return make(
    "div",
    { class: "field" },
    make("label", { for: id }, label),
    input,
    help && make("div", { class: "help", id: `${id}-help` }, help),
  );
}

/** A labelled check box; `more` is a smaller text behind the label. */
const check = (input, label, more) =>
  make("label", { class: "check" }, input, make("span", {}, label, more && make("small", {}, more)));

const checkbox = (checked, properties = {}) => make("input", { type: "checkbox", checked, ...properties });

/** An input of digits that a browser must not offer to remember. */
const secret = (type) =>
  make("input", { type, inputmode: "numeric", autocomplete: type === "password" ? "new-password" : "off" });

const moment = (value) => make("input", { type: "datetime-local", step: "any", value });

/**
 * Ask for a person's data. `row` is null for somebody new, who then gets `userId`.
 *
 * `save(before, after)` gets the values of the form as it was and as it is, and returns what
 * went wrong, as an element, or nothing.
 */
export function personDialog({ row, userId, doors, save }) {
  const known = row ? valuesOf(row, doors) : { user_id: userId, active: true, doors: [] };
  const inputs = {
    user_id: make("input", {
      required: true,
      pattern: "[0-9A-Za-z]+",
      autocomplete: "off",
      value: known.user_id,
      readonly: Boolean(row),
    }),
    user_name: make("input", { value: known.user_name, autocomplete: "off" }),
    card: secret("text"),
    pin_code: secret("password"),
    active: checkbox(known.active),
    valid_from: moment(known.valid_from),
    valid_until: moment(known.valid_until),
  };
  const removals = row
    ? { card: checkbox(false), pin_code: checkbox(false) }
    : { card: { checked: false }, pin_code: { checked: false } };
  for (const [name, box] of Object.entries(row ? removals : {})) {
    box.addEventListener("change", () => {
      inputs[name].disabled = box.checked;
    });
  }
  const chosen = doors.map((door) => [door, doorBox(door, row, known)]);

  /** What the form says now. A secret that nobody typed is not there. */
  const read = () => ({
    user_id: inputs.user_id.value.trim(),
    user_name: inputs.user_name.value.trim(),
    card: removals.card.checked
      ? []
      : inputs.card.value.trim() ? inputs.card.value.trim().split(SEPARATORS) : undefined,
    pin_code: removals.pin_code.checked ? "" : inputs.pin_code.value || undefined,
    active: inputs.active.checked,
    valid_from: inputs.valid_from.value,
    valid_until: inputs.valid_until.value,
    doors: chosen.filter(([, box]) => box.checked).map(([door]) => door),
  });
  const before = read();

  const help = row ? words("form.stays") : undefined;
  const body = [
    field(words("form.user_name"), inputs.user_name),
    field(words("form.user_id"), inputs.user_id, row ? undefined : words("form.user_id_help")),
    field(words("form.card"), inputs.card, help),
    row && check(removals.card, words("form.remove_card")),
    field(words("form.pin_code"), inputs.pin_code, help),
    row && check(removals.pin_code, words("form.remove_pin_code")),
    field(words("form.valid_from"), inputs.valid_from),
    field(words("form.valid_until"), inputs.valid_until),
    check(inputs.active, words("form.active"), words("form.active_help")),
    make(
      "fieldset",
      {},
      make("legend", {}, words("form.doors")),
      chosen.map(([door, box]) => check(box, door.name, hint(door, row))),
      row && make("div", { class: "help" }, words("form.new_there")),
    ),
  ];
  const title = row
    ? words("form.edit", { name: row.name || row.userId })
    : words("form.add");
  return dialogOf(title, body, words("form.save"), () => save(before, read()));
}

/** Where a person gets in; at a device that lets in everybody it knows, only as somebody new. */
function doorBox(door, row, known) {
  const fixed = isForAll(door.device) && row?.on.has(door.device.id);
  return checkbox(known.doors.includes(door), { disabled: fixed });
}

function hint(door, row) {
  if (isForAll(door.device)) return words("form.for_all");
  return row && entry(row, door) === "scheduled" ? words("form.scheduled") : door.device.name;
}

/** Ask before a person is deleted, and where. `remove(devices)` returns what went wrong. */
export function removeDialog({ row, devices, remove }) {
  const boxes = devices.map((device) => [device, checkbox(true)]);
  const body = [
    make("p", {}, words("form.remove_help")),
    make(
      "fieldset",
      {},
      make("legend", {}, words("form.remove_from")),
      boxes.map(([device, box]) => check(box, device.name)),
    ),
  ];
  const title = words("form.remove", { name: row.name || row.userId });
  return dialogOf(
    title,
    body,
    words("form.remove_now"),
    () => remove(boxes.filter(([, box]) => box.checked).map(([device]) => device)),
    "danger",
  );
}

/** What is wrong with a form. */
export const problem = (said) => make("p", { class: "failed" }, icon("alert-circle"), ` ${said}`);
