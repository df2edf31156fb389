// How things stand once nobody writes any more, read in every way there is.

import { DiscussionState } from '../../../web-client/src/store/discussion_state.js';
import { rows_of } from '../load/reader.mjs';
import { read_whole } from './http.mjs';
import { discussions } from './prepare.mjs';

/** What a fresh page knows once it has read on to the end. @param {any[]} windows */
function state_of(windows) {
  const state = new DiscussionState(windows[0]);
  for (const window of windows.slice(1)) {
    const request = state.nextRequest;
    if (request === null || state.mergeWindow(window, request) === null) throw new Error('the windows do not fit');
  }
  return state;
}

/** A fresh load from each instance: into the history, and by discussion for comparing. */
export async function fresh_loads(world, history, at_least = new Map()) {
  const states = new Map();
  for (const { name, origin } of world.origins) {
    for (const discussion of discussions) {
      const windows = await read_whole(world.http, origin, discussion, at_least.get(discussion));
      const state = state_of(windows);
      const info = (await world.http.request(origin, 'GET', `/api/v1/discussions/${discussion}`)).json;
      const rows = rows_of(state).map(({ id, row }) => [id, row]);
      const comments = windows.flatMap((window) => window.comments);
      history.add('final', { source: `http ${name}`, discussion, epoch: state.epoch, seq: state.seq, comment_count: state.commentCount, title: info.title, rows, comments });
      if (!states.has(discussion)) states.set(discussion, { state, rows, title: info.title });
    }
  }
  return states;
}

/** Does a reader show what a fresh page shows, as far as it has read? @returns {string} what is not so */
export function difference(reader, fresh) {
  const { state } = reader;
  if (!state) return 'it shows nothing';
  if (state.epoch !== fresh.state.epoch) return `it is in history ${state.epoch}, not ${fresh.state.epoch}`;
  // Of the last change nothing may show in the comments: a title, say.
  if (state.seq !== fresh.state.seq) return `it is at ${state.seq}, not ${fresh.state.seq}`;
  if (state.commentCount !== fresh.state.commentCount) return `it counts ${state.commentCount} comments, not ${fresh.state.commentCount}`;
  const mine = new Map(rows_of(state).map(({ id, row }) => [id, row]));
  const theirs = new Map(fresh.rows);
  for (const [id, row] of mine) if (theirs.get(id) !== row) return `comment ${id} is ${theirs.has(id) ? 'another' : 'not there any more'}`;
  for (const [id] of theirs) if (!mine.has(id) && state.covers(fresh.state.entry(id).key)) return `comment ${id} is missing`;
  return '';
}

/** What each reader shows in the end. */
export function reader_finals(readers, fresh, history) {
  for (const reader of readers) {
    const { state, name, discussion, is_whole } = reader;
    const found = fresh.get(discussion);
    history.add('final', {
      source: `reader ${name}`, reader: name, discussion, epoch: state?.epoch, seq: state?.seq, comment_count: state?.commentCount,
      title: reader.info?.title, rows: state ? rows_of(state).map(({ id, row }) => [id, row]) : [],
      covered: is_whole ? null : found.rows.map(([id]) => id).filter((id) => state?.covers(found.state.entry(id).key)),
    });
  }
}

/** What `parley export` and `parley check` say, beside the running instances. */
export async function command_finals(world, history) {
  const done = await world.command(['export', '-']);
  if (done.code !== 0) throw new Error(`export: ${done.stderr}`);
  const lines = done.stdout.trim().split('\n').map((line) => JSON.parse(line));
  const of_type = (type) => lines.filter((line) => line.type === type).map(({ type: _, ...rest }) => rest);
  history.add('exported', { comments: of_type('comment'), votes: of_type('vote'), discussions: of_type('discussion').map(({ id, title }) => ({ id, title })) });
  const checked = await world.command(['check']);
  history.add('checked', { code: checked.code, output: (checked.stdout + checked.stderr).slice(0, 4_000) });
}

/** What another program reads in the store. */
export async function store_final(world, history) {
  history.add('stored', await world.store.read());
}
