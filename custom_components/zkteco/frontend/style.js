/**
 * How the card looks: in the colours of Home Assistant's theme, at any width.
 */

export const sheet = new CSSStyleSheet();

sheet.replaceSync(`
:host {
  display: block;
  height: 100%;
  color: var(--primary-text-color);
  --line: 1px solid var(--divider-color);
  --soft: var(--secondary-text-color);
  --danger: var(--error-color, #db4437);
  --good: var(--success-color, #43a047);
  --warn: var(--warning-color, #ffa600);
}
:host([dark]) { color-scheme: dark; }
ha-card {
  container-type: inline-size;
  height: 100%;
  box-sizing: border-box;
  overflow: hidden;
  padding-block: 8px;
}
ul { list-style: none; margin: 0; padding: 0; }
[hidden] { display: none !important; }
.nothing, .nobody { color: var(--soft); margin: 8px 16px; }
.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

/* Buttons and fields */
button {
  font: inherit;
  color: inherit;
  border: none;
  background: none;
  cursor: pointer;
  border-radius: 18px;
  min-height: 36px;
  padding: 4px 16px;
  --mdc-icon-size: 20px;
}
button:not(.name, .icon) {
  color: var(--primary-color);
  background: color-mix(in srgb, var(--primary-color) 12%, transparent);
  font-weight: 500;
}
button:not(.name):hover { background: color-mix(in srgb, var(--primary-color) 22%, transparent); }
button.primary:not(:disabled) { color: var(--text-primary-color, #fff); background: var(--primary-color); }
button.danger:not(:disabled) { color: #fff; background: var(--danger); }
button.icon { padding: 8px; color: var(--soft); line-height: 0; }
button:disabled { color: var(--disabled-text-color) !important; background: none; cursor: default; }
:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }
input:not([type="checkbox"]) {
  font: inherit;
  color: inherit;
  box-sizing: border-box;
  width: 100%;
  min-height: 40px;
  padding: 8px 12px;
  border: var(--line);
  border-radius: 8px;
  background: var(--input-fill-color, var(--secondary-background-color));
}
input:read-only:not([type="checkbox"]), input:disabled { color: var(--soft); }
input[type="checkbox"] { accent-color: var(--primary-color); width: 18px; height: 18px; margin: 0; flex: none; }

/* Doors */
.area {
  color: var(--soft);
  font-size: var(--ha-font-size-s, 12px);
  font-weight: 500;
  padding: 12px 16px 0;
}
.door { display: flex; align-items: center; gap: 12px; padding: 8px 16px; }
.door .badge {
  flex: none;
  display: grid;
  place-items: center;
  width: 40px;
  height: 40px;
  border-radius: 50%;
  color: var(--soft);
  background: color-mix(in srgb, currentColor 15%, transparent);
}
.door[data-state="locked"] .badge { color: var(--state-lock-locked-color, var(--good)); }
.door:is([data-state="unlocked"], [data-state="open"]) .badge { color: var(--state-lock-unlocked-color, var(--warn)); }
.door:is([data-state="opening"], [data-state="locking"], [data-state="unlocking"]) .badge { color: var(--warn); }
.door:is([alarm], [data-state="jammed"]) .badge { color: var(--danger); }
.about { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.name { padding: 0; min-height: 24px; font-weight: 500; text-align: start; border-radius: 4px; }
.states { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 10px; font-size: 14px; }
.state, .last { color: var(--soft); }
.last, .result, .help, .id, small { font-size: var(--ha-font-size-s, 12px); }
.contact, .alarm { display: inline-flex; align-items: center; gap: 4px; --mdc-icon-size: 16px; }
.contact { color: var(--soft); }
.contact[data-state="on"] { color: var(--warn); }
.alarm { color: #fff; background: var(--danger); border-radius: 10px; padding: 0 8px; font-size: 12px; line-height: 20px; --mdc-icon-size: 14px; }
.open { flex: none; min-width: 88px; }
.open[data-step="asked"] { color: #fff; background: var(--danger); }
.open[data-step="working"] { cursor: progress; opacity: 0.7; }
.open[data-step="done"] { color: var(--good); background: color-mix(in srgb, var(--good) 15%, transparent); }
.result { color: var(--good); }
.failed { color: var(--danger); }

/* People */
.people { border-top: var(--line); margin-top: 8px; }
summary {
  display: flex;
  align-items: center;
  gap: 12px;
  padding: 14px 16px 6px;
  cursor: pointer;
  font-weight: 500;
  --mdc-icon-size: 22px;
}
summary::-webkit-details-marker { display: none; }
summary::after {
  content: "";
  margin-inline-start: auto;
  margin-inline-end: 6px;
  width: 8px;
  height: 8px;
  border: solid var(--soft);
  border-width: 0 2px 2px 0;
  transform: rotate(45deg);
}
details[open] > summary::after { transform: rotate(225deg) translate(-3px, -3px); }
.tools { display: flex; flex-wrap: wrap; gap: 8px; padding: 8px 16px; }
.tools .search { flex: 1 1 90px; width: auto; min-width: 0; }
.outcomes, .inside [role="status"] > p { margin: 0 16px 8px; }
.outcomes li { display: flex; gap: 8px; align-items: flex-start; padding: 2px 0; overflow-wrap: anywhere; --mdc-icon-size: 18px; }
.outcomes ha-icon { flex: none; width: 18px; height: 18px; color: var(--good); }
.outcomes .failed ha-icon { color: var(--danger); }
.working { color: var(--soft); }
.matrix { overflow-x: auto; padding-inline: 16px; }
.matrix[aria-busy] { opacity: 0.5; }
.matrix > button { margin: 8px 0; }
table { border-collapse: collapse; width: 100%; }
th { font-weight: 500; text-align: start; }
thead th { color: var(--soft); font-size: 12px; padding: 4px 6px; vertical-align: bottom; }
thead th.column { text-align: center; }
tbody tr { border-top: var(--line); }
tbody th { padding: 6px 8px 6px 0; min-width: 110px; overflow-wrap: anywhere; }
/* Above the marks that are scrolled below it. */
th:first-child { position: sticky; z-index: 1; inset-inline-start: 0; background: var(--ha-card-background, var(--card-background-color, #fff)); }
.id { color: var(--soft); font-weight: 400; }
td { text-align: center; padding: 0 6px; --mdc-icon-size: 20px; }
td.always { color: var(--good); }
td.scheduled { color: var(--primary-color); }
td.paused { color: var(--soft); }
td.change { white-space: nowrap; text-align: end; padding: 0; }

/* A narrow card shows each person with the doors that are open to them. */
@container (max-width: 560px) {
  table, tbody { display: block; }
  thead { display: none; }
  tbody tr { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 6px; padding: 6px 0; }
  tbody th { flex: 1 1 calc(100% - 90px); order: -2; padding: 0; }
  td.change { order: -1; }
  td:not(.change) {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 0 8px;
    border: var(--line);
    border-radius: 10px;
    font-size: 12px;
    line-height: 20px;
    --mdc-icon-size: 14px;
  }
  td:not(.change)::after { content: attr(data-door); color: var(--primary-text-color); }
  td.never:not(.change) { display: none; }
}

/* Dialogs */
dialog {
  width: min(480px, calc(100vw - 24px));
  max-height: calc(100dvh - 24px);
  padding: 0;
  border: none;
  border-radius: var(--ha-card-border-radius, 16px);
  color: var(--primary-text-color);
  background: var(--ha-dialog-surface-background, var(--card-background-color, #fff));
  box-shadow: 0 8px 32px rgb(0 0 0 / 40%);
  box-sizing: border-box;
}
dialog::backdrop { background: rgb(0 0 0 / 50%); }
dialog form { display: flex; flex-direction: column; max-height: calc(100dvh - 24px); }
h2 { font-size: 20px; font-weight: 500; margin: 0; padding: 20px 24px 8px; overflow-wrap: anywhere; }
.fields { overflow-y: auto; display: flex; flex-direction: column; gap: 12px; padding: 8px 24px; }
.fields > * { flex: none; }
.fields p { margin: 0; }
.field label { display: block; font-size: 14px; margin-bottom: 4px; }
.help, small { color: var(--soft); }
.help { margin-top: 4px; }
.check { display: flex; align-items: center; gap: 12px; min-height: 32px; }
small { display: block; }
fieldset { border: var(--line); border-radius: 8px; margin: 0; padding: 4px 12px 8px; }
legend { font-size: 14px; padding: 0 4px; }
.said .outcomes { margin: 0; }
.buttons { display: flex; justify-content: flex-end; gap: 8px; padding: 12px 24px 20px; }
`);
