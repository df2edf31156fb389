// What readers, comments and instances cost, from measured constants. Pure; all times in microseconds, all sizes in
// bytes. A constant that nobody has measured yet is null, and so is whatever needs it.

/** null where any of the values is null. */
export const known = (compute, ...values) => (values.some((value) => value === null || value === undefined) ? null : compute(...values));

/** How much of a core, of a network card or of a memory is planned for; the rest is for what nobody planned. */
export const planned_share = 0.6;

/**
 * CPU that an event costs beside the send it travels in. Whatever the sends of the busy measurement do not explain is
 * counted here, as if it had gathered for the whole window: too much rather than too little.
 */
export function event_us(c) {
  const changes_per_s = 1_000; // of that measurement
  const cpu_us_per_s = (changes_per_s / c.busy_events_per_core_s) * 1e6;
  return (cpu_us_per_s - sends_per_s(c, changes_per_s) * c.send_us) / changes_per_s;
}

/** Sends to one reader in a second: one for each change, until the room gathers. */
export const sends_per_s = (c, changes_per_s) => Math.min(changes_per_s, 1000 / c.flush_window_max_ms);

/** CPU for one reader, in microseconds a second, of a discussion with so many changes a second. */
export function reader_us_per_s(c, changes_per_s) {
  return c.idle_us_per_s + sends_per_s(c, changes_per_s) * c.send_us + changes_per_s * event_us(c);
}

export const reader_wire_bytes_per_s = (c, changes_per_s) => changes_per_s * c.comment_wire_bytes;

/** What one core, one network card and the configuration allow in readers of an instance; the least decides. */
export function instance_limits(c, changes_per_s) {
  const nic_bytes_per_s = (c.nic_gbit_per_s * 1e9) / 8;
  return {
    'event loop': Math.floor((planned_share * 1e6) / reader_us_per_s(c, changes_per_s)),
    'network card': Math.floor((planned_share * nic_bytes_per_s) / reader_wire_bytes_per_s(c, changes_per_s)),
    connections_max: c.connections_max,
  };
}

export function least(limits) {
  const [name, value] = Object.entries(limits).reduce((one, other) => (other[1] < one[1] ? other : one));
  return { name, value };
}

/** One discussion with very many readers, on instances with one event loop each. */
export function one_discussion(c, { readers, changes_per_s }) {
  const limits = instance_limits(c, changes_per_s);
  const { name, value } = least(limits);
  const instances = Math.ceil(readers / value);
  const per_instance = Math.ceil(readers / instances);
  return {
    changes_per_s,
    limit: name,
    readers_per_instance: per_instance,
    instances,
    loop_share: (per_instance * reader_us_per_s(c, changes_per_s)) / 1e6,
    memory_bytes: c.base_bytes + per_instance * c.reader_bytes,
    proxy_bytes: known((each) => readers * each, c.proxy_socket_bytes),
    gbit_per_instance: (per_instance * reader_wire_bytes_per_s(c, changes_per_s) * 8) / 1e9,
    gbit_total: (readers * reader_wire_bytes_per_s(c, changes_per_s) * 8) / 1e9,
    // Somebody always comes or goes.
    ...shared_parts(c, { instances, changes_per_s, watched_per_instance: 1, tells_per_s: 1000 / c.presence_tell_min_ms }),
    // Those of one instance that ends, by those that are left; and all at once, if everything ends.
    return_s_one: per_instance / (Math.max(1, instances - 1) * c.connects_per_core_s),
    return_s_all: per_instance / c.connects_per_core_s,
  };
}

/** Very many discussions; `changes_per_s` of all together, readers spread evenly and over any instance. */
export function many_discussions(c, { discussions, readers, changes_per_s, sweep_interval_ms = c.sweep_interval_ms }) {
  const per_reader = changes_per_s / discussions;
  const { name, value } = least(instance_limits(c, per_reader));
  const instances = Math.ceil(readers / value);
  const per_instance = Math.ceil(readers / instances);
  // Of so many thrown at random into so many discussions, how many are hit.
  const watched = discussions * (1 - Math.exp(-per_instance / discussions));
  return {
    limit: name,
    readers_per_instance: per_instance,
    instances,
    loop_share: (per_instance * reader_us_per_s(c, per_reader)) / 1e6,
    memory_bytes: c.base_bytes + per_instance * c.reader_bytes,
    // At least: as if nobody came or went.
    ...shared_parts({ ...c, sweep_interval_ms }, {
      instances, changes_per_s, watched_per_instance: Math.round(watched), tells_per_s: Math.round(watched) * (1000 / c.presence_tell_again_ms),
    }),
  };
}

/**
 * What all instances together ask of Redis and PostgreSQL. `tells_per_s`: how often one instance tells the others how
 * many read a discussion with it, which is a message for each discussion.
 */
export function shared_parts(c, { instances, changes_per_s, watched_per_instance, tells_per_s }) {
  // Every instance hears everything.
  const bus_changes_per_s = changes_per_s * instances;
  const bus_presence_per_s = tells_per_s * instances * instances;
  const sweeps_per_s = (instances * 1000) / c.sweep_interval_ms;
  return {
    bus_changes_per_s,
    bus_presence_per_s,
    bus_gbit_per_s: known((bytes) => (bus_changes_per_s * bytes * 8) / 1e9, c.bus_changeset_bytes),
    bus_share: known((most) => (bus_changes_per_s + bus_presence_per_s) / most, c.redis_deliveries_per_s),
    sweeps_per_s,
    swept_rows_per_s: sweeps_per_s * watched_per_instance,
    sweep_share: known(
      (fixed_us, us) => (sweeps_per_s * (fixed_us + watched_per_instance * us)) / 1e6, c.postgres_sweep_us, c.postgres_sweep_us_per_discussion,
    ),
    write_share: known((most) => changes_per_s / most, c.postgres_posts_per_s),
  };
}
