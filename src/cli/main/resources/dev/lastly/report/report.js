'use strict';

// The table of functions: reads the data in the page, filters, sorts and shows it page by page.
// All texts are set with textContent, so none is parsed as markup.
const report = (() => {
  const ROWS = 50;
  const [ID, STATE, NAME, JOB, JOB_ID, OWNER, PID, ATTEMPTS, MOST, CLAIMS, ORPHAN, REGISTERED,
    FINISHED, DUE, STARTED, ENDED, FUNCTION, MODULE, ARGUMENTS, ERROR, WAITS, HELPS, CANNOT,
    HOST] = Array(24).keys();
  const COLUMNS = ['Id', 'State', 'Function', 'Owner', 'Attempts', 'Registered', 'Took',
    'Last error, or arguments'];

  const by = (id) => document.getElementById(id);
  const open = new Set();
  let data;
  let searched;
  let chosen = [];
  let first = 0;

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  function value(text, style) {
    return element('bdi', style ? {class: style} : {}, text);
  }

  const text = (index) => index < 0 ? '' : data.texts[index];

  // An id is a number on a node, and the text of a UUID in a fleet.
  const named = (id) => typeof id === 'number' ? `#${id}` : id;

  function count(number) {
    return number.toLocaleString('en-US');
  }

  function time(offset) {
    return offset === null ? '–'
      : new Date(data.base + offset).toISOString().replace('T', ' ').replace('Z', '');
  }

  function duration(millis) {
    if (millis < 0) {
      return '0 ms';
    }
    const units = [[86400000, 'd'], [3600000, 'h'], [60000, 'min']];
    for (let i = 0; i < units.length; i++) {
      if (millis >= units[i][0]) {
        const whole = Math.floor(millis / units[i][0]);
        const [small, name] = units[i + 1] || [1000, 's'];
        const rest = Math.floor(millis % units[i][0] / small);
        return `${whole} ${units[i][1]}` + (rest ? ` ${rest} ${name}` : '');
      }
    }
    return millis < 1000 ? `${millis} ms` : `${(Math.floor(millis / 100) / 10).toFixed(1)} s`;
  }

  // Filter and order

  function matches(row, index, words) {
    return words.every((word) => /^#(\d+|[\da-f]{8}-[\da-f-]{27})$/.test(word)
      ? String(row[ID]) === word.slice(1) : searched[index].includes(word));
  }

  function inState(row, state) {
    return state === ''
      || (state === 'unfinished' ? data.states[row[STATE]][3] === 1 : row[STATE] === Number(state));
  }

  const ONLY = {
    '': () => true,
    orphaned: (row) => row[ORPHAN] === 1,
    moved: (row) => row[CLAIMS] > 0,
    failed: (row) => row[ERROR] >= 0,
  };

  const newest = (a, b) => a[ID] < b[ID] ? 1 : -1;

  const ORDERS = {
    newest,
    oldest: (a, b) => newest(b, a),
    attempts: (a, b) => b[ATTEMPTS] - a[ATTEMPTS] || newest(a, b),
    name: (a, b) => text(a[NAME]).localeCompare(text(b[NAME])) || newest(a, b),
  };

  function choose() {
    const words = by('text').value.toLowerCase().split(/\s+/).filter((word) => word);
    const state = by('state').value;
    const only = ONLY[by('only').value];
    chosen = data.rows
      .filter((row, i) => inState(row, state) && only(row) && matches(row, i, words))
      .sort(ORDERS[by('order').value]);
  }

  // Display

  function badge(state) {
    const [name, sign, style] = data.states[state];
    return element('span', {class: `badge ${style}`},
      element('span', {class: 'sign', 'aria-hidden': 'true'}, sign), name);
  }

  function took(row) {
    if (row[ENDED] !== null) {
      return duration(row[ENDED] - row[STARTED]);
    }
    return row[STARTED] === null ? '–' : 'no outcome yet';
  }

  function cells(row) {
    const name = element('div', {}, value(text(row[NAME])));
    if (text(row[JOB])) {
      name.append(element('small', {}, 'in ', value(text(row[JOB]))));
    }
    const owner = element('div', {}, ...(row[HOST] < 0 ? [text(row[OWNER])] : [process(row)]));
    if (row[ORPHAN]) {
      owner.append(' ', element('span', {class: 'tag'}, 'orphan'));
    }
    if (row[CLAIMS]) {
      owner.append(' ', element('span', {class: 'tag'}, 'claimed'));
    }
    if (row[CANNOT]) {
      owner.append(' ', element('span', {class: 'tag'}, 'waits for another process'));
    }
    const done = data.states[row[STATE]][4] === 1;
    const last = row[CANNOT] ? value(text(row[WAITS]), 'error')
      : row[ERROR] < 0 || done ? value(text(row[ARGUMENTS]), 'mono')
      : value(text(row[ERROR]), 'error');
    return [badge(row[STATE]), name, owner, `${row[ATTEMPTS]} of ${row[MOST]}`,
      time(row[REGISTERED]), took(row), last];
  }

  function process(row) {
    return element('span', {class: 'process'}, `process ${row[PID]}`,
      ...(row[HOST] < 0 ? [] : [' on ', value(text(row[HOST]))]));
  }

  function line(row) {
    const expanded = open.has(row[ID]);
    const style = row[HOST] < 0 ? 'more' : 'more long';
    const button = element('button', {type: 'button', class: style, 'aria-expanded': expanded,
      'aria-label': `History of function ${row[ID]}`, 'data-id': row[ID]}, named(row[ID]));
    button.addEventListener('click', () => toggle(row[ID]));
    const tr = element('tr', {class: expanded ? 'open' : ''},
      element('th', {scope: 'row', 'data-label': COLUMNS[0]}, button));
    cells(row).forEach((content, i) => tr.append(
      element('td', {'data-label': COLUMNS[i + 1], class: i > 1 && i < 6 ? 'number' : ''},
        element('div', {}, content))));
    return expanded ? [tr, life(row)] : [tr];
  }

  function facts(row) {
    const list = element('dl', {});
    const add = (name, content) => list.append(element('dt', {}, name), element('dd', {}, content));
    add('Calls', value(text(row[FUNCTION]), 'mono'));
    add('With', value(text(row[ARGUMENTS]), 'mono'));
    add('From', value(text(row[MODULE]), 'mono'));
    add('Job', element('span', {}, `${text(row[JOB_ID])} `, value(text(row[JOB]))));
    add('Owner', element('span', {}, `${text(row[OWNER])}, `, process(row)));
    add('Registered', time(row[REGISTERED]));
    if (row[DUE] !== null) {
      add('Due again', time(row[DUE]));
    }
    if (row[FINISHED] !== null) {
      add('Finished', time(row[FINISHED]));
    }
    if (row[WAITS] >= 0) {
      add('Waits', value(text(row[WAITS]), row[CANNOT] ? 'error' : ''));
    }
    if (row[HELPS] >= 0) {
      add('To do', value(text(row[HELPS])));
    }
    if (row[ERROR] >= 0) {
      add('Last error', value(text(row[ERROR]), 'error'));
    }
    return list;
  }

  function attempt([number, owner, started, ended, outcome, error, output]) {
    const took = ended === null ? '' : ` after ${duration(ended - started)}`;
    const item = element('li', {value: number}, `${time(started)}, by owner ${owner}: ${outcome}${took}`);
    if (output !== null) {
      item.append(element('small', {}, 'returned ', value(output, 'mono')));
    }
    if (error !== null) {
      item.append(element('pre', {tabindex: '0', 'aria-label': 'Error'}, error));
    }
    return item;
  }

  function claim([from, to, at, evidence]) {
    return element('li', {}, `${time(at)}, owner ${to} from ${from}: `, value(evidence));
  }

  function action([at, who, what, why]) {
    return element('li', {}, `${time(at)}, `, value(who), ': ', value(what), ' – ', value(why));
  }

  function life(row) {
    const cell = element('td', {colspan: COLUMNS.length}, facts(row));
    const known = data.lives[row[ID]];
    const parts = known ? [['Attempts', known[0], attempt], ['Claims', known[1], claim],
      ["Operator's acts", known[2], action]] : [];
    for (const [title, items, show] of parts) {
      if (items.length) {
        cell.append(element('h4', {}, title), element('ol', {}, ...items.map(show)));
      }
    }
    return element('tr', {class: 'life-of'}, cell);
  }

  function show() {
    const focused = document.activeElement.dataset.id;
    first = Math.max(0, Math.min(first, Math.floor((chosen.length - 1) / ROWS) * ROWS));
    const rows = chosen.slice(first, first + ROWS);
    const heads = COLUMNS.map((name) => element('th', {scope: 'col'}, name));
    by('rows').replaceChildren(rows.length ? element('table', {},
      element('caption', {hidden: ''}, 'Functions'),
      element('thead', {}, element('tr', {}, ...heads)),
      element('tbody', {}, ...rows.flatMap(line))) : '');
    say('found', `${count(chosen.length)} of ${count(data.rows.length)} functions`);
    by('pages').hidden = chosen.length <= ROWS;
    by('page').textContent = `${count(first + 1)} to ${count(first + rows.length)}`;
    by('newer').disabled = first === 0;
    by('older').disabled = first + ROWS >= chosen.length;
    if (focused) {
      document.querySelector(`button[data-id="${focused}"]`)?.focus();
    }
  }

  // A screen reader reads the text only if it changes.
  function say(id, text) {
    if (by(id).textContent !== text) {
      by(id).textContent = text;
    }
  }

  function filter() {
    first = 0;
    choose();
    show();
  }

  function turn(by) {
    first += by * ROWS;
    show();
    document.getElementById('functions').scrollIntoView();
  }

  function toggle(id) {
    if (!open.delete(id)) {
      open.add(id);
    }
    show();
  }

  function clear() {
    by('text').value = '';
    by('state').value = '';
    by('only').value = '';
    filter();
  }

  // A link to #function- with an id shows that function.
  function follow() {
    const found = /^#function-([\da-f-]+)$/.exec(location.hash);
    if (found) {
      clear();
      by('text').value = `#${found[1]}`;
      data.rows.filter((row) => String(row[ID]) === found[1]).forEach((row) => open.add(row[ID]));
      filter();
      by('functions-title').focus();
    }
  }

  function load(json) {
    data = JSON.parse(json);
    searched = data.rows.map((row) =>
      [named(row[ID]), ...[NAME, JOB, ARGUMENTS, ERROR, WAITS, FUNCTION, HOST].map((i) => text(row[i]))]
        .join('\n').toLowerCase());
    choose();
    show();
  }

  function begin() {
    by('filter').hidden = false;
    by('text').addEventListener('input', filter);
    for (const id of ['state', 'only', 'order']) {
      by(id).addEventListener('change', filter);
    }
    by('clear').addEventListener('click', clear);
    by('newer').addEventListener('click', () => turn(-1));
    by('older').addEventListener('click', () => turn(1));
    window.addEventListener('hashchange', follow);
    load(by('data').textContent);
    follow();
  }

  begin();
  return {load};
})();
