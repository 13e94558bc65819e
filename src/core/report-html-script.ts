/**
 * What a report's page does by itself: it sorts, filters and folds tables that are there already. Texts are only read from the page and
 * set as text; nothing is ever made of them. It runs without it, too: then everything is shown.
 */
export const SCRIPT = `
(() => {
  'use strict';
  const root = document.documentElement;
  root.classList.add('js');
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const one = (id) => document.getElementById(id);

  // Theme: as the system has it, or as chosen here.
  const themes = ['automatic', 'light', 'dark'];
  const remember = (name) => { try { localStorage.setItem('helm-cd-theme', name); } catch { /* a file may have no storage */ } };
  const remembered = () => { try { return localStorage.getItem('helm-cd-theme'); } catch { return null; } };
  const themeButton = one('theme');
  const setTheme = (name) => {
    if (name === 'automatic') delete root.dataset.theme;
    else root.dataset.theme = name;
    themeButton.dataset.name = name;
    themeButton.textContent = 'Theme: ' + name;
    themeButton.setAttribute('aria-label', 'Theme: ' + name + '. Change');
  };
  setTheme(themes.includes(remembered()) ? remembered() : 'automatic');
  themeButton.addEventListener('click', () => {
    const next = themes[(themes.indexOf(themeButton.dataset.name) + 1) % themes.length];
    setTheme(next);
    remember(next);
  });

  // Sorting: a table's entries are its tbody elements; a cell is sorted by its data-key.
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  for (const table of all('table.sortable')) {
    const heads = all('thead th', table);
    const entries = all('tbody.entry', table);
    const keyOf = (entry, column) => entry.rows[0].cells[column].dataset.key ?? '';
    const sort = (column, descending) => {
      const numeric = heads[column].dataset.sortBy === 'number';
      const sign = descending ? -1 : 1;
      const sorted = [...entries].sort((a, b) => {
        const [left, right] = [keyOf(a, column), keyOf(b, column)];
        // What is missing comes last, whichever way.
        if (left === '' || right === '') return left === right ? 0 : left === '' ? 1 : -1;
        return sign * (numeric ? Number(left) - Number(right) : collator.compare(left, right));
      });
      for (const [index, head] of heads.entries()) {
        if (head.dataset.sortBy === undefined) continue;
        head.setAttribute('aria-sort', index !== column ? 'none' : descending ? 'descending' : 'ascending');
      }
      table.append(...sorted);
    };
    for (const [column, head] of heads.entries()) {
      if (head.dataset.sortBy === undefined) continue;
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = head.textContent;
      head.replaceChildren(button);
      head.setAttribute('aria-sort', 'none');
      button.addEventListener('click', () => sort(column, head.getAttribute('aria-sort') === 'ascending'));
    }
  }

  // Folding: what is in trouble is open at first.
  const table = one('release-table');
  if (table === null) return;
  const releases = all('tbody.entry', table);
  const open = (entry, wanted) => {
    entry.rows[1].hidden = !wanted;
    entry.querySelector('.toggle').setAttribute('aria-expanded', String(wanted));
  };
  for (const [index, entry] of releases.entries()) {
    const name = entry.querySelector('.name');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'toggle name';
    button.textContent = name.textContent;
    entry.rows[1].id = 'detail-' + index;
    button.setAttribute('aria-controls', 'detail-' + index);
    name.replaceWith(button);
    open(entry, entry.dataset.level === 'bad' && index < 3);
    button.addEventListener('click', () => open(entry, entry.rows[1].hidden));
  }
  const fold = one('fold');
  fold.addEventListener('click', () => {
    const wanted = fold.getAttribute('aria-pressed') !== 'true';
    fold.setAttribute('aria-pressed', String(wanted));
    fold.textContent = wanted ? 'Hide all details' : 'Show all details';
    for (const entry of releases) open(entry, wanted);
  });

  // Filtering, kept in the address so that a view can be passed on.
  const text = one('text');
  const flag = one('flag');
  const selects = all('select[data-filter]');
  const radios = all('input[name=level]');
  const level = () => radios.find((radio) => radio.checked)?.value ?? '*';
  const total = releases.length;
  const filter = () => {
    const words = text.value.toLowerCase().split(/\\s+/).filter((word) => word !== '');
    let shown = 0;
    for (const entry of releases) {
      const { dataset } = entry;
      const fits =
        words.every((word) => dataset.text.includes(word)) &&
        selects.every(({ value, dataset: { filter: name } }) => value === '*' || dataset[name] === value) &&
        (flag.value === '*' || dataset.flags.split(' ').includes(flag.value)) &&
        (level() === '*' || dataset.level === level());
      entry.hidden = !fits;
      if (fits) shown++;
    }
    one('none').hidden = shown > 0;
    one('count').textContent = shown === total ? total + ' releases' : shown + ' of ' + total + ' releases';
  };
  const controls = () => [text, flag, ...selects];
  const save = () => {
    const state = new URLSearchParams();
    for (const { id, value } of controls()) if (value !== '' && value !== '*') state.set(id, value);
    if (level() !== '*') state.set('level', level());
    const query = state.toString();
    try { history.replaceState(null, '', query === '' ? location.pathname + location.search : '#' + query); } catch { /* not everywhere */ }
  };
  const changed = () => { filter(); save(); };
  if (location.hash.includes('=')) {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const control of controls()) {
      const value = state.get(control.id);
      if (value === null) continue;
      control.value = value;
      if (control.value !== value) control.value = '*';
    }
    for (const radio of radios) if (radio.value === state.get('level')) radio.checked = true;
  }
  text.addEventListener('input', changed);
  for (const control of [flag, ...selects, ...radios]) control.addEventListener('change', changed);
  text.form.addEventListener('submit', (event) => event.preventDefault());
  filter();
})();
`;
