/**
 * What the card says, in the language of whoever looks at it.
 *
 * Lives here: texts of the integration's translations, errors in Home Assistant's words, and
 * moments in the reader's own way. Not here: the names of states, which Home Assistant knows.
 */

let localize = () => "";

/** Get the texts in the language of `hass`; Home Assistant keeps them. */
export async function loadWords(hass) {
  localize = await hass.loadBackendTranslation("config_panel", "zkteco");
}

/** One of the texts under `config_panel`; an empty text before they are there. */
export const words = (key, values) =>
  localize(`component.zkteco.config_panel.${key}`, values);

/**
 * What an action failed with, as Home Assistant itself would say it; `named` are the words of the
 * form for the fields of actions.
 */
export async function errorWords(hass, error, named = (field) => field) {
  const { translation_domain: domain, translation_key: key } = error;
  const values = error.translation_placeholders;
  if (domain && key) {
    const find = await hass.loadBackendTranslation("exceptions", domain);
    const said = find(
      `component.${domain}.exceptions.${key}.message`,
      values?.field ? { ...values, field: named(values.field) } : values,
    );
    if (said) return said;
  }
  return error.message || String(error.code ?? error);
}

const HOUR_CYCLES = { 12: "h12", 24: "h23" };

/** How the reader wants to see dates and times. */
function format(hass, moment, options) {
  const { language, time_format: clock, time_zone: zone } = hass.locale;
  return new Intl.DateTimeFormat(language, {
    ...(options.timeStyle && { hourCycle: HOUR_CYCLES[clock] }),
    ...(zone === "server" && { timeZone: hass.config.time_zone }),
    ...options,
  }).format(moment);
}

/** A moment: only the time if it was today. */
export function when(hass, moment) {
  const day = (date) => format(hass, date, { dateStyle: "medium" });
  const time = format(hass, moment, { timeStyle: "short" });
  return day(moment) === day(new Date()) ? time : `${day(moment)}, ${time}`;
}

/** The day of one of a device's own moments, which have no time zone. */
export const day = (hass, moment) =>
  new Intl.DateTimeFormat(hass.locale.language, { dateStyle: "medium" }).format(
    new Date(moment),
  );

/** Compare texts as people of this language sort them, with numbers by their value. */
export const collator = (hass) =>
  new Intl.Collator(hass.locale.language, { numeric: true });

/** Several things as one text. */
export const list = (hass, texts) =>
  new Intl.ListFormat(hass.locale.language, { type: "conjunction" }).format(texts);
