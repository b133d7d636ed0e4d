
// Keeps a served page up to date: asks for the version and, if that has changed, for the page,
// and replaces the old sections with the new ones.
(() => {
  const PAUSE = 2000;
  const SECTIONS = ['attention', 'figures', 'timeline', 'owners', 'failures', 'names', 'jobs', 'as-of'];

  // The only place where text becomes markup: a page of our own server, whose scripts are not run.
  const policy = window.trustedTypes
    ? window.trustedTypes.createPolicy('lastly', {createHTML: (page) => page})
    : {createHTML: (page) => page};
  const live = document.getElementById('live');
  const pause = document.getElementById('pause');
  let version = live.dataset.version;
  let paused = false;

  function say(text, style) {
    if (live.textContent !== text) {
      live.textContent = text;
      live.className = style;
    }
  }

  async function get(path) {
    const answer = await fetch(path, {cache: 'no-store', credentials: 'same-origin', redirect: 'error'});
    if (!answer.ok) {
      throw new Error(await answer.text());
    }
    return answer.text();
  }

  // A section with the focus, or with unfolded details, is not replaced.
  function isInUse(section) {
    return section.contains(document.activeElement) || section.querySelector('details[open]');
  }

  function replace(page) {
    for (const id of SECTIONS) {
      const old = document.getElementById(id);
      if (!isInUse(old)) {
        old.replaceWith(document.adoptNode(page.getElementById(id)));
      }
    }
    document.querySelector('#functions .note').textContent =
      page.querySelector('#functions .note').textContent;
    report.load(page.getElementById('data').textContent);
    version = page.getElementById('live').dataset.version;
  }

  async function look() {
    if (paused || document.hidden) {
      return;
    }
    try {
      if (await get('news') !== version) {
        const page = policy.createHTML(await get('./'));
        replace(new DOMParser().parseFromString(page, 'text/html'));
      }
      say('live', '');
    } catch (error) {
      say('no answer; is the server still running, and are you still logged in?', 'lost');
    }
  }

  async function keepLooking() {
    await look();
    window.setTimeout(keepLooking, PAUSE);
  }

  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    say(paused ? 'paused' : 'live', paused ? 'paused' : '');
  });
  document.addEventListener('visibilitychange', look);
  window.setTimeout(keepLooking, PAUSE);
})();
