/**
 * People on many devices: who is the same person, where they get in, what a change means.
 *
 * Lives here: pure functions on what the actions of the integration answer. Not here: calling
 * them (`people`), how anything looks.
 */

/** The weekly schedule that is open at any time. */
const ALWAYS = 1;
/** What a device may be without; nobody gets in more easily for that. */
const DISPENSABLE = ["user_name", "card", "pin_code"];

const holds = (device, field) => device.capabilities.supported_fields.includes(field);

/** What all spellings of a user ID have in common: where there are digits only, 0042 is 42. */
const person = (device, userId) =>
  device.capabilities.user_id_letters ? userId : userId.replace(/^0+/, "");

/** Whether two user IDs are one person's. */
export const isSame = (device, a, b) => person(device, a) === person(device, b);

/** Whether two names can be one person's: devices have none, or cut them off. */
const alike = (a, b) => a.startsWith(b) || b.startsWith(a);

/**
 * Return one row for each person: `userId`, `name`, and the user `on` each device by its ID.
 *
 * The same user ID is the same person, unless two devices call them different names.
 */
export function rowsOf(devices, compare) {
  const rows = [];
  const known = new Map();
  for (const device of devices) {
    for (const user of device.users) {
      const key = person(device, user.user_id);
      const name = user.user_name ?? "";
      const same = known.get(key) ?? [];
      known.set(key, same);
      let row = same.find((other) => !other.on.has(device.id) && alike(other.name, name));
      if (!row) {
        row = { userId: user.user_id, name, on: new Map() };
        same.push(row);
        rows.push(row);
      }
      if (name.length > row.name.length) row.name = name;
      row.on.set(device.id, user);
    }
  }
  return rows.sort(
    (a, b) => !a.name - !b.name || compare(a.name, b.name) || compare(a.userId, b.userId),
  );
}

/** Return the row of somebody after a change, on the devices that were to have them. */
export function rowAfter(row, { user_id: userId, user_name: name }, plans) {
  const on = new Map(row?.on);
  for (const { device, taken: other } of plans) {
    const user = device.users.find((one) => isSame(device, one.user_id, userId));
    if (user && !other) on.set(device.id, user);
  }
  return on.size ? { userId, name, on } : null;
}

/** The next number that nobody has. */
export function freeUserId(rows) {
  const numbers = rows.map((row) => Number(row.userId)).filter(Number.isSafeInteger);
  return String(Math.max(0, ...numbers) + 1);
}

const isNow = ({ valid_from: from, valid_until: until }) =>
  !(from && new Date(from) > new Date()) && !(until && new Date(until) < new Date());

/** Whether a person is let in at all on a device, as it looks now. */
const isOut = (user) => user.active === false || !isNow(user);

/** Whether a device lets in everybody whom it knows. */
export const isForAll = (device) => !holds(device, "doors");

/** Return the schedules in which a user gets in at a door; none is never. */
function zonesAt(device, number, user) {
  if (isForAll(device)) return [ALWAYS];
  const rights = user.rights.filter((right) => right.door === number);
  return rights.map((right) => right.time_zone);
}

/** Tell whether a person gets in at a door: "always", "scheduled", "paused" or "never". */
export function entry(row, { device, number }) {
  const user = row.on.get(device.id);
  const zones = user ? zonesAt(device, number, user) : [];
  if (!zones.length) return "never";
  if (isOut(user)) return "paused";
  return zones.includes(ALWAYS) ? "always" : "scheduled";
}

/** Return what is known about a person, as the form shows it. */
export function valuesOf(row, doors) {
  const users = [...row.on.values()];
  const first = (field) => users.find((user) => user[field])?.[field] ?? "";
  return {
    user_id: row.userId,
    user_name: row.name,
    active: users.some((user) => user.active !== false),
    valid_from: first("valid_from"),
    valid_until: first("valid_until"),
    doors: doors.filter((door) => entry(row, door) !== "never"),
  };
}

/**
 * Return the actions that make a person what the form says, by device: `calls` in their order,
 * and which fields the device is `without`.
 *
 * `before` are the values of the form as it was opened, null for somebody new. Of whom a device
 * knows, only what is different changes: rights that stay keep their schedules.
 */
export function planOf(row, before, after, devices, doors) {
  const plans = [];
  for (const device of devices) {
    const user = row?.on.get(device.id);
    const numbers = (chosen) =>
      chosen.filter((door) => door.device === device).map((door) => door.number);
    const now = numbers(after.doors);
    if (!user && !now.length) continue;
    const old = numbers(doors.filter((door) => user && entry(row, door) !== "never"));
    const wanted = user ? changesOf(before, after) : given(after);
    const without = DISPENSABLE.filter((name) => wanted[name] && !holds(device, name));
    for (const name of DISPENSABLE) {
      if (!holds(device, name)) delete wanted[name];
    }
    const data = { device_id: [device.id], user_id: user?.user_id ?? after.user_id };
    const calls = [];
    const add = (service, fields) => calls.push({ service, data: { ...data, ...fields } });
    if (!user) {
      add("set_user", { ...wanted, ...(isForAll(device) ? {} : { doors: now }) });
    } else {
      const gone = old.filter((number) => !now.includes(number));
      const added = now.filter((number) => !old.includes(number));
      if (gone.length) add("clear_access", { doors: gone });
      if (Object.keys(wanted).length) add("set_user", wanted);
      if (added.length) add("set_access", { doors: added });
    }
    if (calls.length) plans.push({ device, calls, without, taken: taken(row, device, data) });
  }
  return plans;
}

/** Return the user of a device who has the user ID of another person. */
function taken(row, device, { user_id: userId }) {
  const other = device.users.find((user) => isSame(device, user.user_id, userId));
  return other === row?.on.get(device.id) ? undefined : other;
}

/** Return what a device has to know about somebody new. Nothing is the standard of all of it. */
function given({ user_id: _, doors: __, active, ...fields }) {
  const told = Object.fromEntries(Object.entries(fields).filter(([, value]) => value?.length));
  return active ? told : { ...told, active };
}

/** Return what is different; card and PIN code are only there when they are to be changed. */
function changesOf(before, { user_id: _, doors: __, ...after }) {
  return Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) => value !== undefined && value !== before[name],
    ),
  );
}
