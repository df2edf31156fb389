// I1 to I5: what was acknowledged is there once, nothing else is, and the sums are right.

import { grouped, op_of } from './model.mjs';

/** @typedef {ReturnType<import('./model.mjs').model_of>} Model */

/** The comments that each way of reading told in the end: [source, comments]. @param {Model} model */
function sources_of(model) {
  const windows = grouped(model.all('final').filter(({ comments }) => comments), ({ source }) => source);
  const sources = [...windows].map(([source, finals]) => [source, finals.flatMap(({ discussion, comments }) => comments.map((c) => ({ ...c, discussion })))]);
  for (const { comments } of model.all('exported')) sources.push(['export', comments]);
  for (const { comments } of model.all('stored')) sources.push(['store', comments]);
  return sources;
}

/** In a window a comment without text and without replies is not there at all. @param {string} source */
const shows_all = (source) => source === 'export' || source === 'store';

/** @param {Model} model by comment: what must have become of it */
function expected_of({ operations, lost_at }) {
  const by_comment = new Map();
  const of = (id) => {
    if (!by_comment.has(id)) by_comment.set(id, { bodies: new Set(), states: new Set(), posted: null });
    return by_comment.get(id);
  };
  for (const operation of operations.values()) {
    const { kind, end, op, ended_at } = operation;
    const is_sure = end === 'ok' && ended_at > lost_at;
    if (kind === 'post' && end === 'ok') {
      const one = of(operation.id);
      one.bodies.add(op);
      one.posted = { ...operation, is_sure };
      one.states.add('visible');
    }
    if (kind === 'edit' && end !== 'fail') {
      const one = of(operation.comment);
      if (is_sure) one.bodies.clear();
      one.bodies.add(op);
    }
    if (kind === 'delete' && end !== 'fail') {
      const one = of(operation.comment);
      if (is_sure) one.states.clear();
      one.states.add('gone');
    }
  }
  return by_comment;
}

/** @param {Model} model */
export function acknowledged_writes(model) {
  const expected = expected_of(model);
  for (const [source, comments] of sources_of(model)) {
    const by_id = new Map(comments.map((comment) => [comment.id, comment]));
    for (const [id, { bodies, states, posted }] of expected) {
      const found = by_id.get(id);
      const may_be_hidden = states.has('gone') && !shows_all(source);
      if (!found) {
        if (posted?.is_sure && !may_be_hidden) model.findings.add('I1', `${source}: comment ${id}, acknowledged as op ${posted.op}, is not there`);
        continue;
      }
      const state = found.state === 'visible' ? 'visible' : 'gone';
      if (states.size > 0 && !states.has(state)) model.findings.add('I1', `${source}: comment ${id} is ${found.state}, acknowledged was ${[...states]}`);
      if (state === 'visible' && bodies.size > 0 && !bodies.has(op_of(found.body))) {
        model.findings.add('I1', `${source}: comment ${id} has the text of op ${op_of(found.body)}, acknowledged was op ${[...bodies]}`);
      }
    }
  }
  acknowledged_titles(model);
}

/** @param {Model} model */
function acknowledged_titles({ operations, all, findings, lost_at }) {
  const by_discussion = grouped([...operations.values()].filter(({ kind, end }) => kind === 'title' && end !== 'fail'), ({ discussion }) => discussion);
  for (const [discussion, changes] of by_discussion) {
    // One person changes titles, one after the other.
    const last_ok = changes.findLastIndex(({ end, ended_at }) => end === 'ok' && ended_at > lost_at);
    const allowed = new Set(changes.slice(Math.max(0, last_ok)).map(({ title }) => title));
    if (last_ok < 0) continue;
    for (const final of all('final')) {
      if (final.discussion === discussion && final.title !== undefined && !allowed.has(final.title)) {
        findings.add('I1', `${final.source}: ${discussion} is called "${final.title}", acknowledged was "${[...allowed]}"`);
      }
    }
  }
}

/** @param {Model} model */
export function exactly_once(model) {
  for (const [source, comments] of sources_of(model)) {
    for (const [id, copies] of grouped(comments, ({ id }) => id)) {
      if (copies.length > 1) model.findings.add('I2', `${source}: comment ${id} is there ${copies.length} times`);
    }
    const texts = comments.filter(({ body }) => op_of(body) !== null);
    for (const [op, copies] of grouped(texts, ({ body }) => op_of(body))) {
      if (copies.length > 1) model.findings.add('I2', `${source}: op ${op} is there ${copies.length} times, as ${copies.map(({ id }) => id)}`);
    }
    for (const comment of texts) {
      const posted = model.operations.get(op_of(comment.body));
      const is_other = posted?.kind === 'post' && posted.end === 'ok' && posted.id !== comment.id;
      // After a loss the number of a comment that is gone may be given again.
      if (is_other && posted.ended_at > model.lost_at) model.findings.add('I2', `${source}: op ${posted.op} is comment ${comment.id}, acknowledged was ${posted.id}`);
    }
    if (shows_all(source)) counted_once(model, source, comments);
  }
  for (const { keys } of model.all('stored')) {
    for (const { account, key, n } of keys) if (n > 1) model.findings.add('I2', `the key ${key} of account ${account} is recorded ${n} times`);
  }
}

/** Also those whose text is gone are not more than were posted. @param {Model} model */
function counted_once({ operations, initial, findings, lost_at }, source, all) {
  const played = new Set(initial.map(({ discussion }) => discussion));
  const comments = all.filter(({ discussion }) => played.has(discussion));
  const posts = [...operations.values()].filter(({ kind, end }) => kind === 'post' && end !== 'fail');
  const sure = posts.filter(({ end, ended_at }) => end === 'ok' && ended_at > lost_at).length;
  const before = initial.reduce((sum, one) => sum + one.comments.length, 0);
  const most = before + posts.length;
  if (comments.length > most) findings.add('I2', `${source}: ${comments.length} comments, posted were at most ${most}`);
  const fewest = sure + (lost_at < 0 ? before : 0);
  if (comments.length < fewest) findings.add('I1', `${source}: ${comments.length} comments, acknowledged were ${fewest}`);
}

/** @param {Model} model */
export function nothing_from_nowhere(model) {
  const known = new Set(model.initial.flatMap(({ comments }) => comments.map(({ body }) => body)));
  for (const [source, comments] of sources_of(model)) {
    for (const { id, body, state } of comments) {
      if (state !== 'visible' || known.has(body)) continue;
      const operation = model.operations.get(op_of(body) ?? -1);
      if (!operation) model.findings.add('I3', `${source}: comment ${id} was written by nobody: ${String(body).slice(0, 60)}`);
      else if (operation.end === 'fail') model.findings.add('I3', `${source}: comment ${id} is op ${operation.op}, which was refused with ${operation.code}`);
      else if (operation.body !== body) model.findings.add('I3', `${source}: comment ${id} has not the text that op ${operation.op} sent`);
    }
  }
}

/** @param {Model} model */
export function votes_add_up(model) {
  for (const { comments, votes } of model.all('stored')) {
    const by_comment = grouped(votes, ({ comment }) => comment);
    for (const { id, up, down } of comments) {
      const cast = by_comment.get(id) ?? [];
      const ups = cast.filter(({ value }) => value === 1).length;
      const downs = cast.filter(({ value }) => value === -1).length;
      if (ups !== up || downs !== down) model.findings.add('I4', `store: comment ${id} counts +${up} -${down}, on record are +${ups} -${downs}`);
    }
  }
  for (const { votes, comments } of model.all('exported')) {
    const sums = new Map();
    for (const { comment, value } of votes) sums.set(comment, (sums.get(comment) ?? 0) + value);
    const scores = new Map(comments.map(({ id, score }) => [id, score]));
    for (const [id, score] of scores) {
      if (score !== (sums.get(id) ?? 0)) model.findings.add('I4', `export: comment ${id} has score ${score}, its votes are ${sums.get(id) ?? 0}`);
    }
    // No base anywhere: nothing was imported.
    for (const final of model.all('final')) {
      for (const { id, score, state } of final.comments ?? []) {
        if (state === 'visible' && scores.get(id) !== score) model.findings.add('I4', `${final.source}: comment ${id} shows ${score}, exported is ${scores.get(id)}`);
      }
    }
    votes_as_cast(model, votes);
  }
}

/** One vote for each account and comment, and the one that was acknowledged last. @param {Model} model */
function votes_as_cast({ operations, findings, lost_at }, votes) {
  const recorded = new Map();
  for (const { account, comment, value } of votes) {
    const name = `${account} ${comment}`;
    if (recorded.has(name)) findings.add('I4', `export: account ${account} has voted twice on comment ${comment}`);
    recorded.set(name, value);
  }
  const cast = [...operations.values()].filter(({ kind, end }) => kind === 'vote' && end !== 'fail');
  for (const [name, list] of grouped(cast, ({ account, comment }) => `${account} ${comment}`)) {
    const last_ok = list.findLastIndex(({ end, ended_at }) => end === 'ok' && ended_at > lost_at);
    const allowed = new Set(list.slice(Math.max(0, last_ok)).map(({ value }) => value));
    if (last_ok < 0) continue;
    const found = recorded.get(name) ?? 0;
    if (!allowed.has(found)) findings.add('I4', `export: the vote of ${name.replace(' ', ' on comment ')} is ${found}, acknowledged was ${[...allowed]}`);
  }
}

/** @param {Model} model */
export function counts_are_recounts(model) {
  for (const { comments, discussions } of model.all('stored')) {
    const visible = comments.filter(({ state }) => state === 'visible');
    const by_discussion = grouped(visible, ({ discussion }) => discussion);
    const by_parent = grouped(visible.filter(({ parent }) => parent !== null), ({ parent }) => parent);
    for (const { id, comment_count } of discussions) {
      const count = by_discussion.get(id)?.length ?? 0;
      if (comment_count !== count) model.findings.add('I5', `store: ${id} counts ${comment_count} comments, visible are ${count}`);
    }
    for (const { id, replies } of comments) {
      const count = by_parent.get(id)?.length ?? 0;
      if (replies !== count) model.findings.add('I5', `store: comment ${id} counts ${replies} replies, visible are ${count}`);
    }
  }
  for (const { source, discussion, comment_count, comments } of model.all('final')) {
    if (!comments) continue;
    const visible = comments.filter(({ state }) => state === 'visible');
    if (visible.length !== comment_count) model.findings.add('I5', `${source}: ${discussion} counts ${comment_count} comments, reachable are ${visible.length}`);
    const by_parent = grouped(visible, ({ parent }) => parent);
    for (const { id, replies } of comments) {
      const count = by_parent.get(id)?.length ?? 0;
      if (replies !== count) model.findings.add('I5', `${source}: comment ${id} counts ${replies} replies, shown are ${count}`);
    }
  }
}
