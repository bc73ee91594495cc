/**
 * The dashboard card `custom:zkteco-doors-card`: the doors, and for administrators the people.
 *
 * Lives here: the element that Home Assistant creates, its configuration and its place in the
 * card picker. Not here: a door (`doors`), the people (`people`), colours and sizes (`style`).
 */

import { make } from "./dom.js";
import { DoorRow, findDoors } from "./doors.js";
import { People } from "./people.js";
import { sheet } from "./style.js";
import { loadWords, words } from "./words.js";

const TYPE = "zkteco-doors-card";
const DOCUMENTATION = "https://github.com/zkteco-ha/zkteco/blob/main/docs/card.md";

/** Home Assistant's state, for what it asks of the class rather than of a card. */
const home = () => document.querySelector("home-assistant")?.hass;

class DoorsCard extends HTMLElement {
  #config = {};
  #hass;
  /** The row of each lock. */
  #rows = new Map();
  #people;
  #list = make("ul", { class: "doors" });
  #card = make("ha-card", {}, this.#list);
  #language;
  /** Which doors are where in the list. */
  #places;
  /** What may change the doors, and what was built of it. */
  #basis = [];
  #built = "";

  static getStubConfig() {
    return {};
  }

  static async getConfigForm() {
    await loadWords(home());
    const labels = {
      title: words("editor.title"),
      doors: words("editor.doors"),
      hide_people: words("editor.hide_people"),
    };
    const helps = {
      doors: words("editor.doors_help"),
      hide_people: words("editor.hide_people_help"),
    };
    const locks = { integration: "zkteco", domain: "lock" };
    return {
      schema: [
        { name: "title", selector: { text: {} } },
        { name: "doors", selector: { entity: { multiple: true, filter: locks } } },
        { name: "hide_people", selector: { boolean: {} } },
      ],
      computeLabel: ({ name }) => labels[name],
      computeHelper: ({ name }) => helps[name],
    };
  }

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#card);
  }

  setConfig(config) {
    const { doors = [] } = config;
    if (!Array.isArray(doors)) throw new Error("doors: a list of locks");
    this.#config = config;
    if (this.#hass) this.#update();
  }

  set hass(hass) {
    this.#hass = hass;
    this.#update();
  }

  getCardSize() {
    return 1 + this.#rows.size;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  async #update() {
    const { entities, devices, areas, locale, user } = this.#hass;
    const basis = [this.#config, entities, devices, areas, locale, user?.is_admin];
    if (basis.some((item, index) => item !== this.#basis[index])) {
      this.#basis = basis;
      await loadWords(this.#hass);
      // Meanwhile there may be something newer.
      if (this.#basis === basis) this.#build();
    } else if ([...this.#rows.values()].some((row) => row.isRenamed(this.#hass))) {
      this.#build();
    }
    this.toggleAttribute("dark", Boolean(this.#hass.themes?.darkMode));
    for (const row of this.#rows.values()) row.update(this.#hass);
    this.#people?.update(this.#hass);
  }

  /** Build what has changed: somebody may be pressing a button, or typing. */
  #build() {
    const hass = this.#hass;
    const { title, doors: wanted, hide_people: hidden } = this.#config;
    const { language } = hass.locale;
    if (language !== this.#language) {
      this.#language = language;
      this.#people = null;
      this.#built = "";
      this.#keep([]);
    }
    this.#card.header = title;
    const doors = findDoors(hass, wanted);
    const sees = hass.user?.is_admin && !hidden && doors.length > 0;
    const built = JSON.stringify([doors, sees]);
    if (built === this.#built) return;
    this.#built = built;
    this.#keep(doors);
    if (!sees) this.#people = null;
    else if (this.#people) this.#people.show(doors);
    else this.#people = new People(hass, doors);
    if (this.#card.lastChild !== this.#people?.element) {
      this.#card.replaceChildren(this.#list, this.#people?.element ?? "");
    }
  }

  /** Have a row for each door. Those that stay are not touched more than they need. */
  #keep(doors) {
    const before = this.#rows;
    this.#rows = new Map();
    for (const door of doors) {
      const row = before.get(door.lock) ?? new DoorRow(door);
      before.delete(door.lock);
      row.become(door);
      this.#rows.set(door.lock, row);
    }
    for (const row of before.values()) row.remove();
    const places = JSON.stringify(doors.map(({ area, lock }) => [area, lock]));
    // Whoever has the keyboard on a button must not lose it.
    if (places !== this.#places) this.#list.replaceChildren(...this.#lines(doors));
    this.#places = places;
  }

  /** The rows of the doors, below the names of their areas. */
  #lines(doors) {
    if (!doors.length) return [make("li", { class: "nothing" }, words("doors.none"))];
    let area = "";
    return doors.flatMap((door) => {
      const { element } = this.#rows.get(door.lock);
      if (door.area === area) return element;
      ({ area } = door);
      return [make("li", { class: "area" }, area || words("doors.elsewhere")), element];
    });
  }
}

// An update of the integration may bring a second one into a page that is still open.
if (!customElements.get(TYPE)) {
  customElements.define(TYPE, DoorsCard);
  window.customCards ??= [];
  window.customCards.push({
    type: TYPE,
    preview: true,
    documentationURL: DOCUMENTATION,
    get name() {
      return words("card.name") || "ZKTeco";
    },
    get description() {
      return words("card.description");
    },
  });
  // The picker asks for the texts above without waiting for them.
  customElements.whenDefined("ha-panel-lovelace").then(() => home() && loadWords(home()));
}
