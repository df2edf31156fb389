// I6, I7, I10, I11: what was told along the way.

import { grouped } from './model.mjs';

/** @typedef {ReturnType<import('./model.mjs').model_of>} Model */

const named = 5; // examples in a sentence

/** All that told something about comments at a position. @param {Model} model */
const tellings = (model) => [...model.all('update'), ...model.all('probe')];

/** @param {Model} model */
export function positions_rise(model) {
  for (const { reader, discussion, epoch, prev, seq, outcome, mine } of model.all('update')) {
    const is_empty = prev === seq;
    if (prev > seq) model.findings.add('I6', `reader ${reader}: an update of ${discussion} goes from ${prev} back to ${seq}`);
    if (outcome === 'applied' && (is_empty || mine === null || prev > mine || seq <= mine)) {
      model.findings.add('I6', `reader ${reader}: an update of ${discussion} ${epoch} from ${prev} to ${seq} was applied at ${mine}`);
    }
  }
  for (const { reader, discussion, epoch, seq, items } of model.all('update')) {
    const ahead = items.filter(([, stamp]) => stamp > seq);
    if (ahead.length > 0) model.findings.add('I6', `reader ${reader}: an update of ${discussion} ${epoch} to ${seq} has comment ${ahead[0][0]} with stamp ${ahead[0][1]}`);
  }
  answers_are_ordered(model);
  changesets_are_accounted_for(model);
}

/** A write that began after the answer to another has a later seq. @param {Model} model */
function answers_are_ordered({ ok, findings, lost_at }) {
  // Who deletes again what is gone is told so with the stamp of the first time.
  const deleted_by = new Map();
  for (const { op, kind, comment } of [...ok].sort((a, b) => a.ended_at - b.ended_at)) if (kind === 'delete' && !deleted_by.has(comment)) deleted_by.set(comment, op);
  const is_change = ({ op, kind, comment, changes }) => changes !== false && (kind !== 'delete' || deleted_by.get(comment) === op);
  const with_seq = ok.filter((one) => one.seq !== null && one.kind !== 'sign_out' && is_change(one));
  for (const [discussion, list] of grouped(with_seq, (one) => one.discussion)) {
    const by_end = list.filter(({ ended_at }) => ended_at > lost_at).sort((a, b) => a.ended_at - b.ended_at);
    const by_start = [...by_end].filter(({ invoked_at }) => invoked_at > lost_at).sort((a, b) => a.invoked_at - b.invoked_at);
    let next = 0;
    let highest = null;
    for (const operation of by_start) {
      for (; next < by_end.length && by_end[next].ended_at < operation.invoked_at; ++next) {
        if (highest === null || by_end[next].seq > highest.seq) highest = by_end[next];
      }
      if (highest !== null && operation.seq <= highest.seq) {
        findings.add('I6', `${discussion}: op ${operation.op} has seq ${operation.seq}, but op ${highest.op} was answered before with ${highest.seq}`);
      }
    }
  }
}

/**
 * Each changeset was +1: every seq up to the last one was told by somebody, but for those whose answer was lost.
 * @param {Model} model
 */
function changesets_are_accounted_for(model) {
  const { findings, operations, all, initial, lost_at } = model;
  if (lost_at >= 0) return; // numbers of another history
  for (const { discussion, epoch, seq: first } of initial) {
    const last = all('final').find((final) => final.discussion === discussion && final.comments);
    if (!last || last.epoch !== epoch) continue;
    const told = new Set();
    for (const telling of tellings(model)) {
      if (telling.discussion === discussion && telling.epoch === epoch) for (const [, stamp] of telling.items) told.add(stamp);
    }
    for (const { seq } of last.comments) told.add(seq);
    const own = [...operations.values()].filter((one) => one.discussion === discussion && one.kind !== 'sign_out');
    for (const { end, seq } of own) if (end === 'ok' && seq !== null) told.add(seq);
    const silent = [];
    for (let seq = first + 1; seq <= last.seq; ++seq) if (!told.has(seq)) silent.push(seq);
    // The answer to a repeated write tells a later seq than its own.
    const unheard = all('unheard').reduce((sum, { count }) => sum + count, 0);
    const excused = unheard + own.filter(({ end, unknowns }) => unknowns > 0 || end === 'unknown').length;
    if (silent.length > excused) findings.add('I6', `${discussion}: nobody told of ${silent.length} changesets, such as ${silent.slice(0, named)}; ${excused} answers were lost`);
    const most = first + own.filter(({ end }) => end !== 'fail').length;
    if (last.seq > most) findings.add('I6', `${discussion}: seq is ${last.seq} after at most ${most} changes`);
    const ahead = [...told].filter((seq) => seq > last.seq);
    if (ahead.length > 0) findings.add('I6', `${discussion}: seq is ${last.seq} in the end, but ${ahead.slice(0, named)} was told`);
  }
}

/** @param {Model} model */
export function one_content_for_one_stamp(model) {
  for (const { reader, why } of model.all('garbled')) model.findings.add('I7', `reader ${reader}: what the server sent is no message: ${why}`);
  const known = new Map();
  const note = (name, value, who, what) => {
    const before = known.get(name);
    if (before === undefined) known.set(name, { value, who });
    else if (before.value !== value) model.findings.add('I7', `${what} is not the same for ${before.who} and ${who}`);
  };
  for (const telling of tellings(model)) {
    const { discussion, epoch, seq, comment_count, items } = telling;
    const who = telling.reader ? `reader ${telling.reader}` : `a window of ${telling.instance}`;
    const at = `${discussion} ${epoch}`;
    if (comment_count !== undefined && telling.outcome !== 'ignored') note(`${at} count ${seq}`, comment_count, who, `the count of ${at} at ${seq}`);
    for (const [id, stamp, content, tally] of items) {
      note(`${epoch} ${id} ${stamp} tally`, tally, who, `the score of comment ${id} (${at}) at ${stamp}`);
      if (content !== null) note(`${epoch} ${id} ${stamp}`, content, who, `the content of comment ${id} (${at}) at ${stamp}`);
    }
  }
}

/** @param {Model} model */
export function causes_come_first(model) {
  for (const [reader, updates] of grouped(model.all('update'), (one) => one.reader)) {
    for (const update of updates.filter(({ outcome }) => outcome === 'applied')) {
      const place = new Map(update.items.map(([id, , content], i) => [content === null ? `score ${id}` : id, i]));
      for (const [id, , content, , , parent] of update.items) {
        if (content !== null && parent !== null && place.has(parent) && place.get(parent) > place.get(id)) {
          model.findings.add('I10', `reader ${reader}: comment ${id} comes before its parent ${parent}`);
        }
      }
    }
  }
  for (const [reader, notes] of grouped(model.all('shown'), (one) => one.reader)) {
    for (const [at, list] of grouped(notes, ({ discussion, epoch }) => `${discussion} ${epoch}`)) {
      const gone = new Map();
      for (const { changed } of list) {
        for (const [id, visible, stamp] of changed) {
          if (!visible) gone.set(id, stamp);
          else if (gone.has(id) && stamp <= gone.get(id)) model.findings.add('I10', `reader ${reader}: comment ${id} of ${at} was taken away at ${gone.get(id)} and is shown again by ${stamp}`);
        }
      }
    }
  }
}

/** @param {Model} model @param {{away_grace_ms: number}} expects */
export function nothing_leaks(model, { away_grace_ms }) {
  for (const { reader, canary } of model.all('leak')) model.findings.add('I11', `reader ${reader} was sent "${canary}"`);
  const taken = new Map();
  for (const { kind, comment, ended_at } of model.ok) if (kind === 'delete' && ended_at > model.lost_at) taken.set(comment, ended_at);
  for (const { instance, discussion, asked_at, stale, visible } of model.all('probe')) {
    if (stale || asked_at < model.lost_at) continue;
    for (const id of visible) {
      const at = taken.get(id);
      if (at !== undefined && asked_at > at + away_grace_ms) {
        model.findings.add('I11', `${instance}: a window of ${discussion} has the text of comment ${id}, ${Math.round(asked_at - at)} ms after it was taken away`);
      }
    }
  }
}
