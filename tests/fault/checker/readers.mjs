// I8, I9: every screen agrees, and who was answered can read what they wrote.

import { grouped } from './model.mjs';

/** @typedef {ReturnType<import('./model.mjs').model_of>} Model */

/** @param {Model} model @param {{needs_finals: boolean}} expects */
export function convergence(model, { needs_finals }) {
  const windows = model.all('final').filter(({ comments }) => comments);
  const readers = model.all('final').filter(({ reader }) => reader);
  if (needs_finals && (windows.length === 0 || readers.length === 0 || model.all('stored').length === 0 || model.all('exported').length === 0)) {
    model.findings.add('run', 'nobody read how things stand in the end');
  }
  for (const { equal, last } of model.all('converged')) if (!equal) model.findings.add('I8', `the readers do not agree: ${last}`);
  for (const [discussion, list] of grouped(windows, (one) => one.discussion)) {
    const [first, ...others] = list;
    const name = JSON.stringify(first.rows);
    for (const other of others) {
      const is_same = JSON.stringify(other.rows) === name && other.seq === first.seq && other.epoch === first.epoch && other.comment_count === first.comment_count;
      if (!is_same) model.findings.add('I8', `${discussion} is not the same by ${first.source} and by ${other.source}`);
    }
    for (const reader of readers.filter((one) => one.discussion === discussion)) shows_the_same(model, reader, first);
  }
  for (const { discussions } of model.all('stored')) {
    for (const { id, seq, epoch } of discussions) {
      for (const window of windows.filter(({ discussion }) => discussion === id)) {
        if (window.seq !== seq || window.epoch !== epoch) model.findings.add('I8', `${window.source}: ${id} is at ${window.epoch} ${window.seq}, in the store at ${epoch} ${seq}`);
      }
    }
  }
}

/** @param {Model} model */
function shows_the_same(model, reader, fresh) {
  const tell = (text) => model.findings.add('I8', `${reader.source}: ${text} (a fresh load of ${fresh.discussion} shows otherwise)`);
  if (reader.epoch !== fresh.epoch || reader.seq !== fresh.seq) return tell(`it is at ${reader.epoch} ${reader.seq}, not ${fresh.epoch} ${fresh.seq}`);
  if (reader.comment_count !== fresh.comment_count) return tell(`it counts ${reader.comment_count}, not ${fresh.comment_count}`);
  if (reader.title !== fresh.title) tell(`it is called "${reader.title}", not "${fresh.title}"`);
  if (reader.covered === null) {
    if (JSON.stringify(reader.rows) !== JSON.stringify(fresh.rows)) tell(first_difference(reader.rows, fresh.rows));
    return;
  }
  const mine = new Map(reader.rows);
  const theirs = new Map(fresh.rows);
  for (const [id, row] of mine) if (theirs.get(id) !== row) tell(`comment ${id} is another`);
  for (const id of reader.covered) if (!mine.has(id)) tell(`comment ${id} is missing`);
}

function first_difference(rows, others) {
  const at = rows.findIndex(([id, row], i) => others[i]?.[0] !== id || others[i]?.[1] !== row);
  if (at < 0) return `${others.length - rows.length} comments are missing, from ${others[rows.length]?.[0]} on`;
  const [id] = rows[at];
  return others[at]?.[0] === id ? `comment ${id} is another` : `at place ${at} is comment ${id}, not ${others[at]?.[0]}`;
}

/** @param {Model} model */
export function reading_back(model) {
  for (const { op, id, seq, instance, status, epoch, answered_epoch, reached, found, at } of model.all('read_back')) {
    if (status !== 200 || at < model.lost_at || epoch !== answered_epoch) continue;
    if (reached < seq) model.findings.add('I9', `${instance} is at ${reached} after op ${op} was acknowledged at ${seq}`);
    else if (!found && !model.ok.some(({ kind, comment }) => kind === 'delete' && comment === id)) model.findings.add('I9', `${instance} does not tell of comment ${id}, acknowledged as op ${op} at ${seq}`);
  }
}
