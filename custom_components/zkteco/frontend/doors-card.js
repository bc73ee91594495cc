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
const DOCUMENTATION = "https://github.com/zkteco-ha/zkteco#dashboard-card";

/** Home Assistant's state, for what it asks of the class rather than of a card. */
const home = () => document.querySelector("home-assistant")?.hass;

class DoorsCard extends HTMLElement {
  #config = {};
  #hass;
  #rows = [];
  #people;
  /** What the card was built from: with anything else, it is another one. */
  #built = [];

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
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
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
    return 1 + this.#rows.length;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  async #update() {
    const hass = this.#hass;
    const { entities, devices, areas, locale, user } = hass;
    const basis = [this.#config, entities, devices, areas, locale, user?.is_admin];
    if (basis.some((item, index) => item !== this.#built[index])) {
      this.#built = basis;
      await loadWords(hass);
      // Meanwhile there may be something newer.
      if (this.#built === basis) this.#build();
    }
    this.toggleAttribute("dark", Boolean(hass.themes?.darkMode));
    for (const row of this.#rows) row.update(this.#hass);
    this.#people?.update(this.#hass);
  }

  #build() {
    const { title, doors: wanted, hide_people: hidden } = this.#config;
    const doors = findDoors(this.#hass, wanted);
    for (const row of this.#rows) row.remove();
    this.#rows = doors.map((door) => new DoorRow(door));
    const isAdmin = this.#hass.user?.is_admin && !hidden && doors.length > 0;
    this.#people = isAdmin ? new People(this.#hass, doors) : null;
    const list = make("ul", { class: "doors" });
    let area = "";
    for (const [index, row] of this.#rows.entries()) {
      if (doors[index].area !== area) {
        ({ area } = doors[index]);
        list.append(make("li", { class: "area" }, area || words("doors.elsewhere")));
      }
      list.append(row.element);
    }
    const card = make(
      "ha-card",
      {},
      doors.length ? list : make("p", { class: "nothing" }, words("doors.none")),
      this.#people?.element,
    );
    if (title) card.header = title;
    this.shadowRoot.replaceChildren(card);
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
