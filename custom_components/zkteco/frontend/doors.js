/**
 * The doors: which there are, and the row of each with its state and the button that opens it.
 *
 * Lives here: what a door looks like. Not here: where the rows are (`doors-card`), people.
 */

import { icon, make, set } from "./dom.js";
import { collator, errorWords, when, words } from "./words.js";

const ALARMS = ["forced", "held_open", "tamper", "duress"];
const ANY_ALARM = "alarm";
// What is not known to be locked must not look so.
const ICONS = {
  locked: "lock",
  unlocked: "lock-open-variant",
  locking: "lock-clock",
  unlocking: "lock-clock",
  opening: "lock-clock",
  open: "door-open",
  jammed: "lock-alert",
  unavailable: "lan-disconnect",
};
const UNKNOWN_ICON = "help-circle-outline";
const CONTACT_ICONS = { on: "door-open", off: "door-closed" };
const DOOR_OF_A_DEVICE = /-door-(\d+)$/;
/** What a button is called, where its text does not tell the door. */
const CALLS = {
  rest: (door) => words("doors.open_door", { name: door.name }),
  asked: (door) => words("doors.press_again", { name: door.name }),
};
const CONFIRM_MS = 5000;
const DONE_MS = 4000;

/**
 * Return the doors in the order of their areas and names; `wanted` are the only ones, if any,
 * and then also those that do not exist.
 *
 * Each has its `lock`, the other entities that tell something about it, and where it is: its
 * `area`, the device (its `id` and `name`) as `panel`, and its `number` there.
 */
export function findDoors(hass, wanted = []) {
  const ours = Object.values(hass.entities).filter(
    (entity) => entity.platform === "zkteco",
  );
  const locks = ours.filter(
    ({ entity_id: id, hidden }) =>
      id.startsWith("lock.") && (wanted.length ? wanted.includes(id) : !hidden),
  );
  const doors = locks.map((lock) => {
    const device = hass.devices[lock.device_id];
    const panel = hass.devices[device?.parent_device_id] ?? device;
    const areaId = lock.area_id ?? device?.area_id ?? panel?.area_id;
    const identifier = device?.identifiers.find(([domain]) => domain === "zkteco");
    const beside = (key) =>
      ours.find(
        (entity) =>
          entity.device_id === lock.device_id && entity.translation_key === key,
      )?.entity_id;
    return {
      lock: lock.entity_id,
      name: hass.states[lock.entity_id]?.attributes.friendly_name ?? lock.entity_id,
      area: hass.areas[areaId]?.name ?? "",
      panel: panel && { id: panel.id, name: panel.name_by_user ?? panel.name },
      number: Number(DOOR_OF_A_DEVICE.exec(identifier?.[1])?.[1]),
      contact: beside("contact"),
      access: beside("access"),
      alarms: ALARMS.map(beside).filter(Boolean),
      anyAlarm: beside(ANY_ALARM),
    };
  });
  // Whoever gave a lock another ID sees which one the card still looks for.
  const lost = wanted.filter((id) => !(id in hass.states || id in hass.entities));
  doors.push(...lost.map((id) => ({ lock: id, name: id, area: "", alarms: [] })));
  const { compare } = collator(hass);
  return doors.sort(
    (a, b) =>
      // Doors without an area come last.
      !a.area - !b.area || compare(a.area, b.area) || compare(a.name, b.name),
  );
}

/** Return who came last and when, as far as it is known. */
function lastPerson(hass, door) {
  const lock = hass.states[door.lock]?.attributes ?? {};
  if (lock.changed_by) {
    return { who: lock.changed_by, moment: lock.changed_at };
  }
  // After a restart of Home Assistant, the newest event is still known.
  const { state, attributes } = hass.states[door.access] ?? {};
  if (attributes?.event_type === "access_granted" && attributes.user_name) {
    return { who: attributes.user_name, moment: state };
  }
  return null;
}

/** One door in the list. */
export class DoorRow {
  #door;
  #hass;
  #seen = [];
  #timer;
  #icon = icon(UNKNOWN_ICON);
  #name = make("button", { type: "button", class: "name", onclick: () => this.#more() });
  #state = make("span", { class: "state" });
  #contact = make("span", { class: "contact" });
  #alarms = make("span", { class: "alarms" });
  #last = make("div", { class: "last" });
  #result = make("div", { class: "result", role: "status" });
  #label = make("span");
  #button = make(
    "button",
    {
      type: "button",
      class: "open",
      // A double click is one press, and so is a key that is held: neither confirms anything.
      onclick: (event) => event.detail > 1 || this.#press(),
      onkeydown: (event) => {
        if (event.key === "Escape") this.#rest();
        if (event.key === "Enter" && event.repeat) event.preventDefault();
      },
    },
    this.#label,
  );

  constructor(door) {
    this.element = make(
      "li",
      { class: "door" },
      make("span", { class: "badge" }, this.#icon),
      make(
        "div",
        { class: "about" },
        this.#name,
        make("div", { class: "states" }, this.#state, this.#contact, this.#alarms),
        this.#last,
        this.#result,
      ),
      this.#button,
    );
    this.become(door);
    this.#rest();
  }

  /** Be the row of a door, as `findDoors` returns it, and leave alone what somebody does there. */
  become(door) {
    this.#door = door;
    this.#seen = [];
    this.#name.textContent = door.name;
    this.#call();
  }

  /** Tell whether the door has another name now. */
  isRenamed(hass) {
    const { lock, name } = this.#door;
    return (hass.states[lock]?.attributes.friendly_name ?? name) !== name;
  }

  /** Show what has changed. */
  update(hass) {
    this.#hass = hass;
    const { lock, contact, access, alarms, anyAlarm } = this.#door;
    const seen = [lock, contact, access, ...alarms, anyAlarm].map((id) => hass.states[id]);
    if (seen.length === this.#seen.length && seen.every((s, i) => s === this.#seen[i])) return;
    this.#seen = seen;
    const state = hass.states[lock];
    const value = state?.state ?? "unavailable";
    // The lock of an open door holds nothing.
    const looks = hass.states[contact]?.state === "on" ? "open" : value;
    this.element.dataset.state = looks;
    this.#icon.setAttribute("icon", `mdi:${ICONS[looks] ?? UNKNOWN_ICON}`);
    this.#state.textContent = state ? hass.formatEntityState(state) : words("doors.missing");
    this.#showContact(hass.states[contact]);
    this.#showAlarms();
    this.#showLast();
    // A press is refused here no more than by Home Assistant: only what cannot work is off.
    this.#button.disabled = value === "unavailable";
  }

  /** Stop what would happen later. */
  remove() {
    clearTimeout(this.#timer);
  }

  #showContact(contact) {
    this.#contact.replaceChildren();
    this.#contact.hidden = !contact || contact.state === "unavailable";
    if (this.#contact.hidden) return;
    this.#contact.dataset.state = contact.state;
    const named = this.#hass.entities[contact.entity_id]?.name ?? "";
    this.#contact.title = named;
    this.#contact.append(
      icon(CONTACT_ICONS[contact.state] ?? UNKNOWN_ICON),
      make("span", { class: "unseen" }, `${named}: `),
      this.#hass.formatEntityState(contact),
    );
  }

  #showAlarms() {
    const isOn = (id) => this.#hass.states[id]?.state === "on";
    const named = this.#door.alarms.filter(isOn);
    const shown = named.length ? named : [this.#door.anyAlarm].filter(isOn);
    set(this.element, "alarm", shown.length > 0);
    this.#alarms.replaceChildren(
      ...shown.map((id) =>
        make("span", { class: "alarm" }, icon("alert"), this.#hass.entities[id].name ?? id),
      ),
    );
  }

  #showLast() {
    const last = lastPerson(this.#hass, this.#door);
    this.#last.hidden = !last;
    if (!last) return;
    this.#last.textContent = last.moment
      ? words("doors.last", { who: last.who, when: when(this.#hass, new Date(last.moment)) })
      : last.who;
  }

  #more() {
    this.element.dispatchEvent(
      new CustomEvent("hass-more-info", {
        detail: { entityId: this.#door.lock },
        bubbles: true,
        composed: true,
      }),
    );
  }

  /** Open the door: asked once, done the second time. */
  #press() {
    switch (this.#button.dataset.step) {
      case "rest":
        this.#show("asked", words("doors.sure"));
        this.#timer = setTimeout(() => this.#rest(), CONFIRM_MS);
        break;
      case "asked":
        this.#open();
        break;
    }
  }

  async #open() {
    clearTimeout(this.#timer);
    this.#show("working", words("doors.working"));
    try {
      await this.#hass.callWS({
        type: "call_service",
        domain: "lock",
        service: "open",
        target: { entity_id: this.#door.lock },
      });
    } catch (error) {
      this.#rest();
      this.#tell(await errorWords(this.#hass, error), true);
      return;
    }
    this.#show("done", words("doors.done"));
    this.#tell(words("doors.opened"));
    this.#timer = setTimeout(() => this.#rest(), DONE_MS);
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#show("rest", words("doors.open"));
  }

  /** Show a step of the button; the words of the one before are over. */
  #show(step, label) {
    this.#button.dataset.step = step;
    this.#call();
    set(this.#button, "aria-busy", step === "working" && "true");
    this.#label.textContent = label;
    this.#tell("");
  }

  /** Give the button a name that says which door it opens. */
  #call() {
    set(this.#button, "aria-label", CALLS[this.#button.dataset.step]?.(this.#door));
  }

  #tell(said, failed = false) {
    this.#result.textContent = said;
    this.#result.classList.toggle("failed", failed);
  }
}
