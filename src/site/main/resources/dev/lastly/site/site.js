// The search: it looks through SECTIONS, [address, page, heading, text] of each section of each page.
"use strict";
(() => {
  const MOST = 20;
  const box = document.getElementById("search");
  const list = document.getElementById("found");
  const folded = SECTIONS.map((section) => section.slice(1).map((text) => text.toLowerCase()));

  // A word in a heading says more than one in a page's title, and that more than one in the text.
  const score = ([page, heading, text], words) => {
    let sum = 0;
    for (const word of words) {
      const inHeading = heading.includes(word) ? (heading.split(/[^\p{L}\p{N}]+/u).includes(word) ? 30 : 15) : 0;
      const here = inHeading + (page.includes(word) ? 8 : 0) + Math.min(text.split(word).length - 1, 5);
      if (here === 0) {
        return 0;
      }
      sum += here;
    }
    return sum;
  };

  const find = (words) => folded
    .map((texts, place) => [score(texts, words), place])
    .filter(([points]) => points > 0)
    .sort(([a, first], [b, second]) => b - a || first - second)
    .slice(0, MOST)
    .map(([, place]) => place);

  const element = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };

  // The text around the first of the words, which is marked.
  const excerpt = (text, words) => {
    const lower = text.toLowerCase();
    const word = words.find((one) => lower.includes(one));
    const at = word === undefined ? 0 : lower.indexOf(word);
    const start = Math.max(0, at - 60);
    const line = element("span", (start > 0 ? "…" : "") + text.slice(start, at));
    if (word !== undefined) {
      line.append(element("mark", text.slice(at, at + word.length)));
    }
    line.append(text.slice(at + (word ?? "").length, start + 180));
    return line;
  };

  const show = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.hidden = words.length === 0;
    list.replaceChildren(...find(words.length ? words : ["\0"]).map((place) => {
      const [address, page, heading, text] = SECTIONS[place];
      const link = document.createElement("a");
      link.href = document.body.dataset.up + address;
      link.append(element("strong", heading === page ? page : `${page}: ${heading}`), excerpt(text, words));
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
    if (!list.hidden && !list.firstChild) {
      list.append(element("li", "Nothing found."));
    }
  };

  box.addEventListener("input", show);
  box.form.addEventListener("submit", (event) => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  list.addEventListener("click", () => {
    list.hidden = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape") {
      list.hidden = true;
    }
  });

  if (matchMedia("(max-width: 60rem)").matches) {
    document.querySelector("nav details").open = false;
  }
  box.value = new URLSearchParams(location.search).get("q") ?? "";
  show();
})();
