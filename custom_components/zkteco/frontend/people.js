/**
 * The people: who gets in at which doors, and changing that, for administrators.
 *
 * Lives here: the matrix, and the actions of the integration that read and change it. Nothing
 * is read before somebody unfolds it. Not here: what a change means (`people-model`), forms
 * (`person-dialog`).
 */

import { button, icon, iconButton, make, outcomes, set } from "./dom.js";
import { entry, freeUserId, isSame, planOf, rowAfter, rowsOf } from "./people-model.js";
import { personDialog, problem, removeDialog } from "./person-dialog.js";
import { collator, day, errorWords, list, words } from "./words.js";

const MARKS = { always: "check", scheduled: "clock-outline", paused: "pause" };
const MEANINGS = {
  always: () => words("entry.always"),
  scheduled: () => words("entry.scheduled"),
  paused: () => words("entry.paused"),
  never: () => words("entry.never"),
};
const FIELDS = {
  user_name: () => words("form.user_name"),
  card: () => words("form.card"),
  pin_code: () => words("form.pin_code"),
  active: () => words("form.active"),
  valid_from: () => words("form.valid_from"),
  valid_until: () => words("form.valid_until"),
  doors: () => words("form.doors"),
};
const nameOf = (field) => FIELDS[field]?.() ?? field;
const ROWS_AT_ONCE = 50;

/** The part of the card about people. */
export class People {
  #hass;
  #doors;
  #devices = [];
  #rows = [];
  #shown = ROWS_AT_ONCE;
  #loaded = false;
  #search = make("input", {
    type: "search",
    class: "search",
    "aria-label": words("people.search"),
    placeholder: words("people.search"),
    oninput: () => this.#show(),
  });
  #add = button(words("people.add"), () => this.#edit(null), "primary");
  #tools = make(
    "div",
    { class: "tools" },
    this.#search,
    iconButton("refresh", words("people.refresh"), () => this.#load()),
    this.#add,
  );
  #status = make("div", { role: "status" });
  #problems = make("div");
  #matrix = make("div", { class: "matrix" });

  /** `doors` are those that the card shows, as `findDoors` returns them. */
  constructor(hass, doors) {
    this.#hass = hass;
    this.#doors = doors;
    this.element = make(
      "details",
      { class: "people", ontoggle: () => this.element.open && !this.#loaded && this.#load() },
      make("summary", {}, icon("account-group"), words("people.title")),
      make("div", { class: "inside" }, this.#tools, this.#problems, this.#status, this.#matrix),
    );
  }

  /** Act for whoever is here now. */
  update(hass) {
    this.#hass = hass;
  }

  /** Show other doors. */
  show(doors) {
    this.#doors = doors;
    if (this.#loaded) this.#show();
  }

  // Reading

  async #load() {
    this.#loaded = true;
    // Which user IDs are free, and at which doors, is what the devices tell.
    this.#add.disabled = true;
    this.#status.replaceChildren(make("p", { class: "working" }, words("people.loading")));
    set(this.#matrix, "aria-busy", "true");
    const panels = new Map(this.#doors.map(({ panel }) => [panel?.id, panel]));
    panels.delete(undefined);
    const answers = await Promise.all([...panels.values()].map((panel) => this.#read(panel)));
    this.#devices = answers.filter((device) => device?.users);
    const failures = answers.filter((device) => device?.words);
    this.#problems.replaceChildren(failures.length ? outcomes(failures) : "");
    this.#status.replaceChildren();
    this.#arrange();
  }

  /** Return a device with its users, with words if it fails, or null if it has none to manage. */
  async #read({ id, name }) {
    const device = { id, name };
    try {
      const capabilities = await this.#ask("get_credential_capabilities", id);
      if (!capabilities.supports_user_management) return null;
      const { users } = await this.#ask("get_users", id);
      return { ...device, capabilities, users };
    } catch (error) {
      return { ...device, failed: true, words: await errorWords(this.#hass, error) };
    }
  }

  async #ask(service, deviceId, data = {}) {
    const { response } = await this.#hass.callWS({
      type: "call_service",
      domain: "zkteco",
      service,
      service_data: { ...data, device_id: [deviceId] },
      return_response: true,
    });
    return response[deviceId];
  }

  /** The doors that people can be let in at: those of devices that answered. */
  get #columns() {
    return this.#doors
      .map((door) => ({
        ...door,
        device: this.#devices.find((device) => device.id === door.panel?.id),
      }))
      .filter((door) => door.device);
  }

  // Showing

  #arrange() {
    this.#rows = rowsOf(this.#devices, collator(this.#hass).compare);
    this.#show();
  }

  #show() {
    set(this.#matrix, "aria-busy", false);
    const columns = this.#columns;
    this.#add.disabled = !columns.length;
    const sought = this.#search.value.trim().toLocaleLowerCase();
    const found = this.#rows.filter((row) =>
      `${row.name} ${row.userId}`.toLocaleLowerCase().includes(sought),
    );
    if (!found.length) {
      this.#matrix.replaceChildren(
        make("p", { class: "nobody" }, sought ? words("people.not_found") : words("people.nobody")),
      );
      return;
    }
    const more = found.length - this.#shown;
    // The roles are said because a narrow card shows the table as a list.
    this.#matrix.replaceChildren(
      make(
        "table",
        { role: "table", "aria-label": words("people.title") },
        make(
          "thead",
          { role: "rowgroup" },
          make(
            "tr",
            { role: "row" },
            make("th", { role: "columnheader" }, words("people.person")),
            columns.map((door) => make("th", { role: "columnheader", class: "column" }, door.name)),
            make("th", { role: "columnheader" }, make("span", { class: "unseen" }, words("people.change"))),
          ),
        ),
        make(
          "tbody",
          { role: "rowgroup" },
          found.slice(0, this.#shown).map((row) => this.#line(row, columns)),
        ),
      ),
    );
    if (more > 0) {
      this.#matrix.append(
        button(words("people.more", { count: more }), () => {
          this.#shown += ROWS_AT_ONCE;
          this.#show();
        }),
      );
    }
  }

  #line(row, columns) {
    const name = row.name || row.userId;
    return make(
      "tr",
      { role: "row", "data-user": row.userId },
      make(
        "th",
        { role: "rowheader", scope: "row" },
        make("div", { class: "who" }, name),
        make("div", { class: "id" }, this.#facts(row).join(" · ")),
      ),
      columns.map((door) => {
        const kind = entry(row, door);
        return make(
          "td",
          { role: "cell", class: kind, "data-door": door.name, title: MEANINGS[kind]() },
          MARKS[kind] && icon(MARKS[kind]),
          make("span", { class: "unseen" }, MEANINGS[kind]()),
        );
      }),
      make(
        "td",
        { role: "cell", class: "change" },
        iconButton("pencil", words("people.edit", { name }), () => this.#edit(row)),
        iconButton("delete", words("people.remove", { name }), () => this.#remove(row)),
      ),
    );
  }

  /** What stands below a name. */
  #facts(row) {
    const users = [...row.on.values()];
    const until = users.map((user) => user.valid_until).find(Boolean);
    return [
      words("people.id", { user_id: row.userId }),
      users.every((user) => user.active === false) && words("people.inactive"),
      until && words("people.until", { day: day(this.#hass, until) }),
    ].filter(Boolean);
  }

  // Changing

  /** Show a dialog; when it closes, the keyboard is back where it was. */
  #open(dialog, userId) {
    dialog.addEventListener("close", () => {
      const line = this.#matrix.querySelector(`[data-user="${CSS.escape(userId ?? "")}"]`);
      (line?.querySelector("button") ?? this.#add).focus();
    });
    this.element.append(dialog);
    dialog.showModal();
  }

  #edit(row) {
    let current = row;
    const save = async (before, after) => {
      if (!row && !after.doors.length) return problem(words("form.choose_door"));
      const plans = planOf(current, before, after, this.#devices, this.#columns);
      const failed = await this.#carryOut(plans, after.user_id);
      // Whoever tries again goes on from here.
      current = rowAfter(current, after, plans);
      return failed;
    };
    this.#open(
      personDialog({ row, userId: freeUserId(this.#rows), doors: this.#columns, save }),
      row?.userId,
    );
  }

  #remove(row) {
    const remove = (devices) =>
      this.#carryOut(
        devices.map((device) => {
          const { user_id } = row.on.get(device.id);
          return { device, calls: [{ service: "delete_user", data: { user_id } }], without: [] };
        }),
        row.userId,
      );
    const devices = this.#devices.filter((device) => row.on.has(device.id));
    this.#open(removeDialog({ row, devices, remove }), row.userId);
  }

  /** Do it on all devices at once, and show what came of it; returns that, too, if one failed. */
  async #carryOut(plans, userId) {
    const results = await Promise.all(plans.map((plan) => this.#carryOutOn(plan)));
    await Promise.all(plans.map(({ device }) => this.#reread(device, userId)));
    this.#arrange();
    const shown = () =>
      results.length ? outcomes(results) : make("p", {}, words("people.unchanged"));
    this.#status.replaceChildren(shown());
    return results.some(({ failed }) => failed) ? shown() : null;
  }

  /** Do what one device has to do, and return its name and what came of it, in words. */
  async #carryOutOn({ device, calls, without, taken }) {
    const { name } = device;
    if (taken) {
      const who = taken.user_name || taken.user_id;
      return { name, failed: true, words: words("people.taken", { name: who }) };
    }
    const said = [];
    const changed = new Set();
    let why;
    try {
      for (const { service, data } of calls) {
        const answer = await this.#ask(service, device.id, data);
        if (answer.created) said.push(words("people.added"));
        if (answer.deleted) said.push(words("people.removed"));
        if (!answer.created) answer.changed?.forEach((field) => changed.add(field));
      }
    } catch (error) {
      why = await errorWords(this.#hass, error, nameOf);
    }
    if (changed.size) said.push(words("people.changed", { fields: this.#named(changed) }));
    if (why) said.push(words("people.refused", { reason: why }));
    if (!said.length) said.push(words("people.unchanged"));
    if (without.length) said.push(words("people.without", { fields: this.#named(without) }));
    return { name, failed: Boolean(why), words: said.join(" ") };
  }

  #named(fields) {
    return list(this.#hass, [...fields].map(nameOf));
  }

  /** See what one device knows of a person now. */
  async #reread(device, userId) {
    const others = device.users.filter((user) => !isSame(device, user.user_id, userId));
    try {
      const { users } = await this.#ask("get_users", device.id, { user_id: [userId] });
      device.users = [...others, ...users];
    } catch {
      // The change has failed for the same reason, and said so.
    }
  }
}
